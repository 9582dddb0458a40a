// One sorted table over the headers of all files.
#include "runtime/weights/TensorFiles.h"

#include "runtime/base/Sha256.h"

#include <algorithm>
#include <fmt/format.h>

namespace clew {
namespace {

std::string_view nameIn(const TensorView *tensor) { return tensor->name; }

} // namespace

TensorFiles::TensorFiles(TensorFile file) : filePath(file.path()) {
  files.push_back(std::move(file));
  for (const TensorView &tensor : files.front().tensors()) {
    sorted.push_back(&tensor);
  }
}

Result<TensorFiles> TensorFiles::of(std::vector<TensorFile> files, std::vector<std::string> names, std::string path) {
  TensorFiles all;
  all.files = std::move(files);
  all.fileNames = std::move(names);
  all.filePath = std::move(path);
  for (const TensorFile &file : all.files) {
    for (const TensorView &tensor : file.tensors()) {
      all.sorted.push_back(&tensor);
    }
  }
  std::ranges::sort(all.sorted, {}, nameIn);
  if (const auto twice = std::ranges::adjacent_find(all.sorted, {}, nameIn); twice != all.sorted.end()) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected each tensor in one file, found {} in two", quoteName((*twice)->name)),
                all.filePath);
  }
  return all;
}

const TensorView *TensorFiles::find(std::string_view name) const {
  const auto found = std::ranges::lower_bound(sorted, name, {}, nameIn);
  return found != sorted.end() && (*found)->name == name ? *found : nullptr;
}

const SafeTensorsMetadata &TensorFiles::metadata() const {
  static const SafeTensorsMetadata none;
  return files.empty() ? none : files.front().metadata();
}

Result<std::string> TensorFiles::sha256() const {
  if (files.size() == 1 && fileNames.empty()) {
    return files.front().sha256();
  }
  std::vector<std::string> lines;
  for (size_t i = 0; i < files.size(); ++i) {
    const Result<std::string> hash = files[i].sha256();
    if (!hash) {
      return hash;
    }
    lines.push_back(fmt::format("{}:{} {}\n", fileNames[i].size(), fileNames[i], *hash));
  }
  std::ranges::sort(lines);
  std::string all;
  for (const std::string &line : lines) {
    all += line;
  }
  return sha256Of(all);
}

void TensorFiles::release(const TensorView &tensor) const {
  for (const TensorFile &file : files) {
    if (file.find(tensor.name) == &tensor) {
      file.release(tensor);
      return;
    }
  }
}

} // namespace clew
