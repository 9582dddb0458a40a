// Reads the tensors of a batch.
#include "cli/BatchFile.h"

#include "runtime/weights/SafeTensors.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>

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

/// What batches bring of the Program's inputs; the rest the runtime makes.
static std::vector<const Input *> inputsOf(const Program &program) {
  std::vector<const Input *> brought;
  for (const Input &input : program.inputs) {
    if (input.kind == InputKind::Values || input.kind == InputKind::Offsets) {
      brought.push_back(&input);
    }
  }
  return brought;
}

Result<BatchFile> readBatch(const std::string &path, const Program &program, std::vector<std::string> &notes) {
  Result<SafeTensors> file = SafeTensors::open(path);
  if (!file) {
    return inFile(file.error(), path);
  }
  const std::vector<const Input *> inputs = inputsOf(program);
  for (const TensorView &tensor : file->tensors()) {
    const bool known = std::ranges::any_of(inputs, [&](const Input *input) { return input->name == tensor.name; });
    if (!known && tensor.name == "segments") {
      notes.push_back(path + ": the model has no segments; those of the file are left out");
    } else if (!known) {
      std::vector<std::string> names;
      std::ranges::transform(inputs, std::back_inserter(names), [](const Input *input) { return input->name; });
      return fail(ErrorKind::BadInput,
                  fmt::format("unknown tensor {}: the model reads {}", quoteName(tensor.name), fmt::join(names, ", ")),
                  path);
    }
  }
  BatchFile batch;
  for (const Input *input : inputs) {
    if (input->optional && file->find(input->name) == nullptr) {
      continue;
    }
    Result<std::vector<int32_t>> values = readVector(*file, input->name);
    if (!values) {
      return fail(values);
    }
    const auto entry = batch.arrays.emplace(input->name, std::move(*values)).first;
    batch.views.push_back({entry->first, entry->second});
  }
  return batch;
}

} // namespace clew
