// See OnnxReader.h.
#include "runtime/onnx/OnnxReader.h"

#include "runtime/onnx/OnnxParser.h"
#include "runtime/weights/CheckpointFolder.h"
#include "runtime/weights/StoredType.h"

#include <map>

namespace clew::onnx {

Result<int64_t> countElements(std::span<const int64_t> dims, const std::string &where) {
  constexpr int64_t most = int64_t{1} << 40;
  int64_t count = 1;
  bool empty = false;
  for (const int64_t extent : dims) {
    empty = empty || extent == 0;
    if (extent < 0 || extent > most || (extent > 0 && __builtin_mul_overflow(count, extent, &count)) || count > most) {
      return fail(ErrorKind::BadInput,
                  fmt::format("expected a shape of at most 2^40 elements, found {}", renderShape(dims)), where);
    }
  }
  if (dims.size() > static_cast<size_t>(mostRank)) {
    return fail(ErrorKind::BadInput, fmt::format("expected at most {} axes, found {}", mostRank, dims.size()), where);
  }
  return empty ? 0 : count;
}

Result<Model> parseOnnx(std::span<const std::byte> bytes, const std::string &where, ExternalData external) {
  OnnxParser parser(where, external);
  Model model;
  if (!parser.model(bytes, model)) {
    return fail(std::move(parser).error().kind, std::move(parser).error().message, std::move(parser).error().where);
  }
  if (const Result<void> right = checkModel(model, where); !right) {
    return fail(right);
  }
  return model;
}

Result<OnnxFile> openOnnx(const std::string &path) {
  const Result<CheckpointFolder> folder = CheckpointFolder::open(path);
  if (!folder) {
    return fail(folder);
  }
  if (folder->file().empty()) {
    return fail(ErrorKind::BadInput, "expected an ONNX file, found a folder", path);
  }
  Result<MappedFile> mapped = folder->mapFile();
  if (!mapped) {
    return fail(mapped);
  }
  OnnxFile file;
  file.files.push_back(std::make_shared<const MappedFile>(std::move(*mapped)));
  std::map<std::string, std::span<const std::byte>> known;
  const auto external = [&](const std::string &name) -> Result<std::span<const std::byte>> {
    if (const auto found = known.find(name); found != known.end()) {
      return found->second;
    }
    Result<MappedFile> data = folder->map(name);
    if (!data) {
      return fail(data);
    }
    file.files.push_back(std::make_shared<const MappedFile>(std::move(*data)));
    return known[name] = file.files.back()->bytes();
  };
  Result<Model> model = parseOnnx(file.files.front()->bytes(), path, external);
  if (!model) {
    return fail(model);
  }
  file.model = std::move(*model);
  return file;
}

} // namespace clew::onnx
