// Reads the tensors of a batch.
#include "cli/BatchFile.h"

#include "runtime/weights/SafeTensors.h"

#include <fmt/format.h>

namespace clew {

/// Far above any batch that a model's buffers would fit into memory for; checked before the numbers are copied.
constexpr int64_t kMostTokens = int64_t{1} << 24;

/// Errors without a place get the file as theirs.
static Failure inFile(Error error, const std::string &path) {
  if (error.where.empty()) {
    error.where = path;
  }
  return Failure(std::move(error));
}

static Result<std::vector<int32_t>> readVector(const SafeTensors &file, std::string_view name) {
  const TensorView *tensor = file.find(name);
  if (tensor == nullptr) {
    return fail(ErrorKind::BadInput, fmt::format("expected a tensor '{}', found none", name), file.path());
  }
  if (tensor->shape.size() != 1) {
    return fail(ErrorKind::BadInput,
                fmt::format("'{}': expected one dimension, found {}", name, renderShape(tensor->shape)), file.path());
  }
  if (tensor->elements() > kMostTokens) {
    return fail(ErrorKind::BadInput,
                fmt::format("'{}': expected at most {} numbers, found {}", name, kMostTokens, tensor->elements()),
                file.path());
  }
  std::vector<int32_t> values(static_cast<size_t>(tensor->elements()));
  if (Result<void> read = readI32(*tensor, values); !read) {
    return inFile(read.error(), file.path());
  }
  return values;
}

Result<BatchFile> readBatch(const std::string &path) {
  Result<SafeTensors> file = SafeTensors::open(path);
  if (!file) {
    return inFile(file.error(), path);
  }
  for (const TensorView &tensor : file->tensors()) {
    if (tensor.name != "ids" && tensor.name != "offsets" && tensor.name != "segments") {
      return fail(ErrorKind::BadInput,
                  fmt::format("unknown tensor {}: expected ids, offsets and segments", quoteName(tensor.name)), path);
    }
  }
  BatchFile batch;
  Result<std::vector<int32_t>> ids = readVector(*file, "ids");
  Result<std::vector<int32_t>> offsets = readVector(*file, "offsets");
  if (!ids || !offsets) {
    return fail(ids ? offsets : ids);
  }
  batch.ids = std::move(*ids);
  batch.offsets = std::move(*offsets);
  if (file->find("segments") != nullptr) {
    Result<std::vector<int32_t>> segments = readVector(*file, "segments");
    if (!segments) {
      return fail(segments);
    }
    batch.segments = std::move(*segments);
  }
  return batch;
}

} // namespace clew
