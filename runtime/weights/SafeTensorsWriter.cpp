// The writing side: the header is known before the data, so the data can be streamed.
#include "runtime/weights/SafeTensors.h"

#include "runtime/base/Rounding.h"
#include "runtime/weights/SafeTensorsHeader.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <set>

namespace clew {
namespace {

/// Mapped files start on a page, so this alignment of the data reaches memory.
constexpr size_t dataAlignment = 64;

Result<size_t> sizeOf(const TensorLayout &tensor) {
  size_t size = bytesOf(tensor.type);
  for (int64_t extent : tensor.shape) {
    if (extent < 0 || __builtin_mul_overflow(size, static_cast<size_t>(extent), &size)) {
      return fail(ErrorKind::Internal,
                  fmt::format("tensor {} cannot have the shape {}", quoteName(tensor.name), renderShape(tensor.shape)));
    }
  }
  return size;
}

/// The header's JSON, and the number of bytes of data that follow it.
Result<std::pair<std::string, size_t>> renderHeader(std::span<const TensorLayout> tensors,
                                                    const SafeTensorsMetadata &metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  std::set<std::string_view> names = {"__metadata__"};
  // ordered_json searches linearly; objects are filled through their list instead, after our own check of names.
  auto &list = header.get_ref<nlohmann::ordered_json::object_t &>();
  if (!metadata.empty()) {
    list.emplace_back("__metadata__", metadata);
  }
  size_t offset = 0;
  for (const TensorLayout &tensor : tensors) {
    Result<size_t> size = sizeOf(tensor);
    if (!size) {
      return fail(size);
    }
    if (!names.insert(tensor.name).second) {
      return fail(ErrorKind::Internal, fmt::format("tensor name {} cannot be written (again)", quoteName(tensor.name)));
    }
    size_t end = 0;
    if (__builtin_add_overflow(offset, *size, &end)) {
      return fail(ErrorKind::Internal, "the tensors are too large for one file");
    }
    nlohmann::ordered_json entry;
    entry["dtype"] = nameOf(tensor.type);
    entry["shape"] = tensor.shape;
    entry["data_offsets"] = {offset, end};
    list.emplace_back(tensor.name, std::move(entry));
    offset = end;
  }
  try {
    return std::pair(header.dump(), offset);
  } catch (const nlohmann::json::exception &error) { // a name or a value that is not UTF-8
    return fail(ErrorKind::BadInput, fmt::format("expected names and metadata in UTF-8: {}", quoteName(error.what())));
  }
}

} // namespace

Result<SafeTensorsWriter> SafeTensorsWriter::create(const std::string &path, std::span<const TensorLayout> tensors,
                                                    const SafeTensorsMetadata &metadata) {
  Result<std::pair<std::string, size_t>> rendered = renderHeader(tensors, metadata);
  if (!rendered) {
    return fail(rendered.error().kind, rendered.error().message, path);
  }
  auto &[header, dataSize] = *rendered;
  size_t frame = sizeof(uint64_t);
  header.resize(roundUp(frame + header.size(), dataAlignment) - frame, ' ');
  if (header.size() > maxSafeTensorsHeader) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected a header of at most {} bytes, found {}", maxSafeTensorsHeader, header.size()),
                path);
  }
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file) {
    return fail(file);
  }
  uint64_t length = header.size();
  std::string front(sizeof(length), '\0');
  std::memcpy(front.data(), &length, sizeof(length));
  if (Result<void> written = file->write(front + header); !written) {
    return fail(written);
  }
  return SafeTensorsWriter(std::move(*file), path, dataSize);
}

Result<void> SafeTensorsWriter::write(std::span<const std::byte> bytes) {
  if (bytes.size() > missing) {
    return fail(ErrorKind::Internal, fmt::format("{} bytes more than the header promised", bytes.size() - missing),
                path);
  }
  missing -= bytes.size();
  return file.write(bytes);
}

Result<void> SafeTensorsWriter::finish() {
  if (missing != 0) {
    return fail(ErrorKind::Internal, fmt::format("{} bytes less than the header promised", missing), path);
  }
  return file.commit();
}

Result<void> writeSafeTensors(const std::string &path, std::span<const TensorView> tensors,
                              const SafeTensorsMetadata &metadata) {
  std::vector<TensorLayout> layouts;
  for (const TensorView &tensor : tensors) {
    layouts.push_back({tensor.name, tensor.type, tensor.shape});
  }
  Result<SafeTensorsWriter> writer = SafeTensorsWriter::create(path, layouts, metadata);
  if (!writer) {
    return fail(writer);
  }
  for (size_t i = 0; i < tensors.size(); ++i) {
    Result<size_t> size = sizeOf(layouts[i]);
    if (!size || *size != tensors[i].bytes.size()) {
      return fail(ErrorKind::Internal,
                  fmt::format("tensor {}: {} bytes do not make {} {}", quoteName(tensors[i].name),
                              tensors[i].bytes.size(), nameOf(tensors[i].type), renderShape(tensors[i].shape)),
                  path);
    }
    if (Result<void> written = writer->write(tensors[i].bytes); !written) {
      return written;
    }
  }
  return writer->finish();
}

} // namespace clew
