// .npz as NumPy's savez writes it: a plain archive of .npy members of version 1, each with its header padded to 64 bytes.
#include "runtime/weights/CheckpointWriter.h"
#include "runtime/weights/ZipWriter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace clew {
namespace {

/// NumPy's name of the type; empty if it has none.
std::string_view descriptionOf(StoredType type) {
  switch (type) {
  case StoredType::F64:
    return "<f8";
  case StoredType::F32:
    return "<f4";
  case StoredType::F16:
    return "<f2";
  case StoredType::I64:
    return "<i8";
  case StoredType::I32:
    return "<i4";
  case StoredType::I16:
    return "<i2";
  case StoredType::I8:
    return "|i1";
  case StoredType::U64:
    return "<u8";
  case StoredType::U32:
    return "<u4";
  case StoredType::U16:
    return "<u2";
  case StoredType::U8:
    return "|u1";
  case StoredType::Bool:
    return "|b1";
  case StoredType::BF16:
  case StoredType::F8E4M3:
  case StoredType::F8E5M2:
    return "";
  }
  return "";
}

/// The member's bytes before the data.
std::string headerOf(const TensorLayout &layout) {
  const char *comma = layout.shape.size() == 1 ? "," : "";
  std::string text = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}",
                                 descriptionOf(layout.type), fmt::join(layout.shape, ", "), comma);
  constexpr size_t front = 10; // magic, version, length
  text.resize((front + text.size() + 1 + 63) / 64 * 64 - front - 1, ' ');
  text += '\n';
  const auto length = static_cast<uint16_t>(text.size());
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(length & 0xff) + static_cast<char>(length >> 8) + text;
}

} // namespace

Result<void> writeNpz(const std::string &path, std::span<const TensorSource> tensors) {
  for (const TensorSource &tensor : tensors) {
    if (descriptionOf(tensor.layout.type).empty()) {
      return fail(ErrorKind::BadInput,
                  fmt::format("expected a type that NumPy has, found tensor {} of {}; convert it with --dtype f32",
                              quoteName(tensor.layout.name), nameOf(tensor.layout.type)),
                  path);
    }
  }
  Result<ZipWriter> archive = ZipWriter::create(path);
  if (!archive) {
    return fail(archive);
  }
  for (const TensorSource &tensor : tensors) {
    const Result<uint64_t> bytes = bytesOf(tensor.layout);
    if (!bytes) {
      return fail(bytes);
    }
    const std::string header = headerOf(tensor.layout);
    const auto member = [&](TensorSink sink) -> Result<void> {
      Result<void> first = sink(std::as_bytes(std::span(header)));
      return first ? tensor.produce(sink) : first;
    };
    if (Result<void> added = archive->add(tensor.layout.name + ".npy", header.size() + *bytes, member); !added) {
      return added;
    }
  }
  return archive->finish();
}

} // namespace clew
