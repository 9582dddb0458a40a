// One file, one parameter: the folder is the checkpoint. Or all parameters in one file, whose names its program says.
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

/// Which program belongs to a file of all parameters.
std::string programOf(std::string_view file) {
  constexpr std::string_view parameters = ".pdiparams";
  return file.ends_with(parameters) ? std::string(file.substr(0, file.size() - parameters.size())) + ".pdmodel"
                                    : "__model__";
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

Result<TensorFiles> readPaddleCombined(const CheckpointFolder &folder, const std::string &name) {
  Result<MappedFile> file = name == folder.file() ? folder.mapFile() : folder.map(name);
  if (!file) {
    return fail(file);
  }
  const std::string programName = programOf(name);
  if (!folder.has(programName)) {
    return fail(
        ErrorKind::NotFound,
        fmt::format("expected {}, the program that names these parameters, beside them, found none", programName),
        folder.pathOf(name));
  }
  Result<MappedFile> program = folder.map(programName);
  const Result<std::vector<PaddleVariable>> variables =
      program ? readPaddleProgram(program->bytes(), folder.pathOf(programName)) : fail(program);
  if (!variables) {
    return fail(variables);
  }
  Result<TensorSet> set = readPaddleTensors(file->bytes(), *variables, folder.pathOf(name));
  if (!set) {
    return fail(set);
  }
  std::vector<TensorFile> files;
  files.emplace_back(std::move(*program), TensorSet()); // its hash counts, too: it says the names
  files.emplace_back(std::move(*file), std::move(*set));
  return TensorFiles::of(std::move(files), {programName, name}, folder.pathOf(name));
}

} // namespace clew
