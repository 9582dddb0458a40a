// What must hold of tensors that a reader took from a hostile file.
#pragma once

#include "runtime/weights/TensorSet.h"
#include "tests/fuzz/Harness.h"

#include <algorithm>
#include <span>

namespace clew::fuzz {

inline bool liesIn(std::span<const std::byte> bytes, std::span<const std::byte> block) {
  return bytes.empty() || (bytes.data() >= block.data() && bytes.data() + bytes.size() <= block.data() + block.size());
}

/// As large as its shape and type say.
inline void expectSized(const TensorView &tensor) {
  const bool none = std::ranges::find(tensor.shape, 0) != tensor.shape.end();
  int64_t elements = none ? 0 : 1;
  for (const int64_t extent : tensor.shape) {
    expect(extent >= 0 && (none || !__builtin_mul_overflow(elements, extent, &elements)), "a shape that has a size",
           tensor.name);
  }
  expect(static_cast<size_t>(elements) * bytesOf(tensor.type) == tensor.bytes.size(), "bytes for its shape",
         tensor.name);
}

/// Reads every byte: each must be there.
inline void expectReadable(const TensorView &tensor) {
  expectSized(tensor);
  std::vector<float> floats(static_cast<size_t>(tensor.elements()));
  expect(readF32(tensor, floats).has_value() == readsAsF32(tensor.type), "F32 of what reads as such", tensor.name);
  std::vector<int32_t> numbers(static_cast<size_t>(tensor.elements()));
  if (const Result<void> read = readI32(tensor, numbers); !read) {
    expectText(read.error().render());
  }
}

/// Sorted, none twice, each in the file or in what was made of it.
inline void expectSound(const TensorSet &set, std::span<const std::span<const std::byte>> files) {
  for (size_t i = 0; i < set.tensors.size(); ++i) {
    const TensorView &tensor = set.tensors[i];
    expect(i == 0 || set.tensors[i - 1].name < tensor.name, "sorted names", tensor.name);
    const bool inFile = std::ranges::any_of(files, [&](auto file) { return liesIn(tensor.bytes, file); });
    const auto isIn = [&](const Arena &block) { return liesIn(tensor.bytes, block.as<std::byte>()); };
    expect(inFile || std::ranges::any_of(set.made, isIn), "bytes of the file", tensor.name);
    expectReadable(tensor);
  }
}

inline std::span<const std::byte> asBytes(std::string_view text) { return std::as_bytes(std::span(text)); }

} // namespace clew::fuzz
