// See Array.h.
#include "runtime/evaluate/Array.h"

#include "runtime/base/Rounding.h"
#include "runtime/weights/StoredType.h"

#include <bit>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>

namespace clew::onnx {

Shape stridesOf(std::span<const int64_t> dims) {
  Shape strides(dims.size(), 1);
  for (size_t i = dims.size(); i-- > 1;) {
    strides[i - 1] = strides[i] * dims[i];
  }
  return strides;
}

Memory::~Memory() {
  for (const auto &[size, blocks] : free) {
    for (std::byte *block : blocks) {
      std::free(block);
    }
  }
}

std::shared_ptr<std::byte> Memory::take(int64_t bytes) {
  if (bytes < 0 || bytes > mostBytes) {
    return nullptr;
  }
  // Sizes of an eighth of a power of two apart, so that blocks fit others of nearly the same size.
  const auto least = static_cast<uint64_t>(std::max<int64_t>(bytes, 64));
  const uint64_t step = std::max<uint64_t>(64, std::bit_floor(least) / 8);
  const auto size = static_cast<int64_t>((least + step - 1) / step * step);
  std::byte *block = nullptr;
  if (auto found = free.find(size); found != free.end() && !found->second.empty()) {
    block = found->second.back();
    found->second.pop_back();
    kept -= size;
  } else {
    block = static_cast<std::byte *>(std::aligned_alloc(64, static_cast<size_t>(size)));
  }
  if (!block) {
    return nullptr;
  }
  return {block, [self = weak_from_this(), size](std::byte *memory) {
            if (const std::shared_ptr<Memory> pool = self.lock()) {
              pool->give(memory, size);
            } else {
              std::free(memory);
            }
          }};
}

void Memory::give(std::byte *block, int64_t size) {
  constexpr int64_t most = int64_t{1} << 30; // more is given back to the system
  if (kept + size > most) {
    std::free(block);
    return;
  }
  free[size].push_back(block);
  kept += size;
}

F16::F16(float value) {
  const auto word = std::bit_cast<uint32_t>(value);
  const auto sign = static_cast<uint16_t>((word >> 16) & 0x8000);
  const uint32_t magnitude = word & 0x7fffffff;
  if (magnitude > 0x7f800000) {
    bits = sign | 0x7e00;
  } else if (magnitude >= 0x477ff000) { // 65520 and more round to infinity
    bits = sign | 0x7c00;
  } else if (magnitude >= 0x38800000) { // normal
    const uint32_t rounded = magnitude + 0xfff + ((magnitude >> 13) & 1);
    bits = sign | static_cast<uint16_t>((rounded - 0x38000000) >> 13);
  } else { // a multiple of 2^-24: adding 0.5 lets the float unit round it there
    const float shifted = std::bit_cast<float>(magnitude) + 0.5F;
    bits = sign | static_cast<uint16_t>(std::bit_cast<uint32_t>(shifted) - 0x3f000000);
  }
}

F16::operator float() const {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16;
  const uint32_t rest = bits & 0x7fff;
  if (rest >= 0x7c00) {
    return std::bit_cast<float>(sign | 0x7f800000 | (rest & 0x3ff) << 13);
  }
  const float magnitude =
      rest < 0x400 ? static_cast<float>(rest) * 0x1p-24F : std::bit_cast<float>((rest << 13) + 0x38000000);
  return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(magnitude));
}

/// Elements of `bits` bits, packed from the lowest bits on, to a byte each; integers with a sign get theirs.
static void unpack(std::span<const std::byte> from, int64_t bits, bool sign, int64_t count, std::byte *to) {
  for (int64_t i = 0; i < count; ++i) {
    const int64_t bit = i * bits;
    unsigned word = static_cast<unsigned>(from[static_cast<size_t>(bit / 8)]);
    if (bit % 8 + bits > 8) {
      word |= static_cast<unsigned>(from[static_cast<size_t>(bit / 8 + 1)]) << 8;
    }
    const unsigned mask = (1U << bits) - 1;
    unsigned value = (word >> (bit % 8)) & mask;
    if (sign && (value >> (bits - 1)) != 0) {
      value |= ~mask;
    }
    to[i] = static_cast<std::byte>(value);
  }
}

Array arrayOf(const Tensor &tensor, Memory &memory) {
  Array array;
  array.type = tensor.type;
  array.dims = tensor.dims;
  if (tensor.type == DataType::String) {
    array.strings = std::make_shared<std::vector<std::string>>(tensor.strings);
    return array;
  }
  const std::span<const std::byte> bytes = tensor.bytes();
  const int64_t bits = bitsOf(tensor.type);
  const auto alignment = static_cast<uintptr_t>(std::min<int64_t>(8, std::max<int64_t>(1, bits / 8)));
  if (bits >= 8 && reinterpret_cast<uintptr_t>(bytes.data()) % alignment == 0 && tensor.raw.empty()) {
    array.data = bytes.data();
    static constexpr std::byte none[64] = {};
    array.data = array.data ? array.data : none;
    return array;
  }
  array.memory = memory.take(array.bytes());
  array.data = array.memory.get();
  if (array.data && bits >= 8 && !bytes.empty()) {
    std::memcpy(array.memory.get(), bytes.data(), bytes.size());
  } else if (array.data && bits < 8) {
    unpack(bytes, bits, tensor.type == DataType::Int4 || tensor.type == DataType::Int2, array.count(),
           array.memory.get());
  }
  return array;
}

std::string render(const Array &array) { return fmt::format("{} {}", nameOf(array.type), renderShape(array.dims)); }

} // namespace clew::onnx
