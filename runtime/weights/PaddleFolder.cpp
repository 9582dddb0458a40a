// One file, one parameter: the folder is the checkpoint.
#include "runtime/weights/CheckpointFormats.h"
#include "runtime/weights/PaddleFile.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace clew {
namespace {

constexpr size_t mostParameters = 10'000; ///< each stays mapped
constexpr std::array<std::string_view, 4> textEndings{".txt", ".json", ".dic", ".md"};

bool mayBeOther(std::string_view name) {
  return name == "__model__" || name.starts_with('.') ||
         std::ranges::any_of(textEndings, [&](std::string_view ending) { return name.ends_with(ending); });
}

} // namespace

Result<TensorFiles> readPaddleFolder(const CheckpointFolder &folder, const std::string &) {
  const Result<std::vector<std::string>> names = folder.namesEnding("");
  if (!names) {
    return fail(names);
  }
  std::vector<TensorFile> files;
  std::vector<std::string> read;
  for (const std::string &name : *names) {
    if (mayBeOther(name)) {
      continue;
    }
    if (files.size() == mostParameters) {
      return fail(ErrorKind::BadInput, fmt::format("expected at most {} parameters, found more", mostParameters),
                  folder.path());
    }
    Result<MappedFile> file = folder.map(name);
    Result<TensorSet> set = file ? readPaddleTensor(file->bytes(), name, folder.pathOf(name)) : fail(file);
    if (!set) {
      return fail(set);
    }
    files.emplace_back(std::move(*file), std::move(*set));
    read.push_back(name);
  }
  return TensorFiles::of(std::move(files), std::move(read), folder.path());
}

} // namespace clew
