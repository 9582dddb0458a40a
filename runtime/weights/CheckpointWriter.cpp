// Which writer a format has, and safetensors' own.
#include "runtime/weights/CheckpointWriter.h"

#include <fmt/format.h>

namespace clew {
namespace {

Result<void> writeSafe(const std::string &path, std::span<const TensorSource> tensors,
                       const SafeTensorsMetadata &metadata) {
  std::vector<TensorLayout> layouts;
  for (const TensorSource &tensor : tensors) {
    layouts.push_back(tensor.layout);
  }
  Result<SafeTensorsWriter> writer = SafeTensorsWriter::create(path, layouts, metadata);
  if (!writer) {
    return fail(writer);
  }
  for (const TensorSource &tensor : tensors) {
    const auto sink = [&](std::span<const std::byte> bytes) { return writer->write(bytes); };
    if (Result<void> written = tensor.produce(sink); !written) {
      return written;
    }
  }
  return writer->finish();
}

} // namespace

std::string_view nameOf(WrittenFormat format) {
  switch (format) {
  case WrittenFormat::SafeTensors:
    return "safetensors";
  case WrittenFormat::Npz:
    return "npz";
  case WrittenFormat::Torch:
    return "pytorch";
  }
  return "?";
}

std::optional<WrittenFormat> writtenFormatOf(std::string_view file) {
  if (file.ends_with(".safetensors")) {
    return WrittenFormat::SafeTensors;
  }
  if (file.ends_with(".npz")) {
    return WrittenFormat::Npz;
  }
  if (file.ends_with(".bin") || file.ends_with(".pt") || file.ends_with(".pth")) {
    return WrittenFormat::Torch;
  }
  return std::nullopt;
}

Result<uint64_t> bytesOf(const TensorLayout &layout) {
  uint64_t bytes = bytesOf(layout.type);
  for (const int64_t extent : layout.shape) {
    if (extent < 0 || __builtin_mul_overflow(bytes, static_cast<uint64_t>(extent), &bytes)) {
      return fail(ErrorKind::Internal,
                  fmt::format("tensor {} cannot have the shape {}", quoteName(layout.name), renderShape(layout.shape)));
    }
  }
  return bytes;
}

Result<void> writeCheckpoint(const std::string &path, WrittenFormat format, std::span<const TensorSource> tensors,
                             const SafeTensorsMetadata &metadata) {
  switch (format) {
  case WrittenFormat::SafeTensors:
    return writeSafe(path, tensors, metadata);
  case WrittenFormat::Npz:
    return writeNpz(path, tensors);
  case WrittenFormat::Torch:
    return writeTorch(path, tensors);
  }
  return fail(ErrorKind::Internal, "unknown format");
}

} // namespace clew
