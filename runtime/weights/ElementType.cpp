// Values are converted block by block; what a block became is read back and compared.
#include "runtime/weights/ElementType.h"

#include "runtime/base/DType.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

namespace clew {
namespace {

constexpr size_t blockElements = 4096;

template <typename T> void narrow(std::span<const float> values, std::vector<std::byte> &out, T convert) {
  for (size_t i = 0; i < values.size(); ++i) {
    const uint16_t bits = convert(values[i]);
    std::memcpy(out.data() + i * sizeof(bits), &bits, sizeof(bits));
  }
}

/// The block's numbers as doubles, which hold every type's exactly.
double valueAt(const TensorView &block, std::span<const float> floats, size_t i) {
  if (block.type != StoredType::F64) {
    return floats[i];
  }
  double value = 0;
  std::memcpy(&value, block.bytes.data() + i * sizeof(value), sizeof(value));
  return value;
}

} // namespace

uint16_t toHalf(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = bits >> 16 & 0x8000;
  const uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude >= 0x7f800000) { // infinity, or NaN, which keeps its first digits and stays NaN
    const uint32_t digits = magnitude > 0x7f800000 ? 0x200 | (magnitude >> 13 & 0x3ff) : 0;
    return static_cast<uint16_t>(sign | 0x7c00 | digits);
  }
  if (magnitude >= 0x477ff000) { // from 65520 on, halfway to what would come next
    return static_cast<uint16_t>(sign | 0x7c00);
  }
  if (magnitude < 0x38800000) { // denormal: a count of 2^-24
    const float count = std::bit_cast<float>(magnitude) * 0x1p24F;
    return static_cast<uint16_t>(sign | static_cast<uint32_t>(std::nearbyintf(count)));
  }
  const uint32_t rounded = magnitude + 0xfff + (magnitude >> 13 & 1);
  return static_cast<uint16_t>(sign | ((rounded - 0x38000000) >> 13));
}

Result<ChangedValues> convertTensor(const TensorView &tensor, StoredType type, TensorSink sink) {
  ChangedValues result;
  if (!readsAsF32(tensor.type) || tensor.type == type) {
    Result<void> written = sink(tensor.bytes);
    return written ? Result<ChangedValues>(result) : fail(written);
  }
  const size_t from = bytesOf(tensor.type);
  const size_t to = bytesOf(type);
  std::vector<float> values(blockElements);
  std::vector<float> back(blockElements);
  std::vector<std::byte> out(blockElements * to);
  for (std::span<const std::byte> left = tensor.bytes; !left.empty();) {
    const size_t count = std::min(blockElements, left.size() / from);
    const TensorView block{tensor.name, tensor.type, {}, left.first(count * from)};
    const std::span<float> floats = std::span(values).first(count);
    if (Result<void> read = readF32(block, floats); !read) {
      return fail(read);
    }
    if (type == StoredType::F32) {
      std::memcpy(out.data(), floats.data(), floats.size_bytes());
    } else if (type == StoredType::F16) {
      narrow(floats, out, toHalf);
    } else {
      narrow(floats, out, [](float value) { return BF16(value).bits; });
    }
    const TensorView made{tensor.name, type, {}, std::span<const std::byte>(out).first(count * to)};
    if (Result<void> read = readF32(made, std::span(back).first(count)); !read) {
      return fail(read);
    }
    for (size_t i = 0; i < count; ++i) {
      const double before = valueAt(block, floats, i);
      const bool same = before == static_cast<double>(back[i]) || (std::isnan(before) && std::isnan(back[i]));
      result.changed += same ? 0 : 1;
      result.infinite += !same && std::isinf(back[i]) ? 1 : 0;
    }
    if (Result<void> written = sink(made.bytes); !written) {
      return fail(written);
    }
    left = left.subspan(count * from);
  }
  return result;
}

} // namespace clew
