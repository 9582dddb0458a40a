// StoredType: element types of tensors in files, and reading them as the types that Clew computes with. Files hold more
// types than we compute with, and their data may lie at any byte.
#pragma once

#include "runtime/base/Result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

enum class StoredType : uint8_t { F64, F32, F16, BF16, F8E4M3, F8E5M2, I64, I32, I16, I8, U64, U32, U16, U8, Bool };

/// The name in safetensors files: "F32", "F8_E4M3", "BOOL".
std::string_view nameOf(StoredType type);
std::optional<StoredType> storedTypeNamed(std::string_view name);
size_t bytesOf(StoredType type);

/// A tensor as a file holds it: little endian, row-major, dense. `bytes` belong to whoever made the view, and may be
/// unaligned.
struct TensorView {
  std::string name;
  StoredType type = StoredType::F32;
  std::vector<int64_t> shape; ///< none negative; no extents = one element
  std::span<const std::byte> bytes;

  int64_t elements() const { return static_cast<int64_t>(bytes.size() / bytesOf(type)); }
};

/// Whether readF32 takes the type: F64, F32, F16, BF16.
bool readsAsF32(StoredType type);

/// Converts into `out`, which has elements() floats. F64 is rounded to nearest (too large becomes infinite), F16 and
/// BF16 are exact. BadInput for other types.
Result<void> readF32(const TensorView &tensor, std::span<float> out);

/// The same, added to what `out` holds.
Result<void> addF32(const TensorView &tensor, std::span<float> out);

/// I32, or I64 whose values all fit, into `out`, which has elements() numbers. BadInput otherwise.
Result<void> readI32(const TensorView &tensor, std::span<int32_t> out);

/// "[2, 3]": how shapes are written in messages.
std::string renderShape(std::span<const int64_t> shape);

/// A name from a file in double quotes, with control characters and invalid UTF-8 made harmless, cut after 200 bytes.
std::string quoteName(std::string_view name);

} // namespace clew
