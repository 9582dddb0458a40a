// Array: a tensor of a run, of any of ONNX's types, and Value: that, or a sequence of them, or nothing. Buffers are shared: reshaping copies
// nothing, and an op may write into the buffer of an input that nobody else holds.
#pragma once

#include "runtime/base/DType.h"
#include "runtime/base/Result.h"
#include "runtime/onnx/OnnxModel.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace clew::onnx {

using Shape = std::vector<int64_t>;

/// Elements of a shape whose extents are known to fit.
constexpr int64_t product(std::span<const int64_t> dims) {
  int64_t count = 1;
  for (const int64_t extent : dims) {
    count *= extent;
  }
  return count;
}

/// Elements from one index of each axis to the next, row-major.
Shape stridesOf(std::span<const int64_t> dims);

/// Memory that is given back and taken again within a run. For one thread at a time; blocks may outlive it.
class Memory : public std::enable_shared_from_this<Memory> {
public:
  /// Bytes that one block may have at most.
  explicit Memory(int64_t mostBytes) : mostBytes(mostBytes) {}
  ~Memory();
  Memory(const Memory &) = delete;

  /// `bytes` of arbitrary contents on a cache line; null if they are too many, or the system has no such memory.
  std::shared_ptr<std::byte> take(int64_t bytes);

private:
  void give(std::byte *block, int64_t size);

  int64_t mostBytes;
  int64_t kept = 0; ///< bytes in `free`
  std::map<int64_t, std::vector<std::byte *>> free;
};

/// Types of fewer than 8 bits take a byte for each element: the number itself if it is an integer, else its bits.
struct Array {
  DataType type = DataType::Undefined;
  Shape dims;
  std::shared_ptr<std::byte> memory;                 ///< null: `data` belongs to somebody who lives longer
  const std::byte *data = nullptr;                   ///< aligned for its type
  std::shared_ptr<std::vector<std::string>> strings; ///< of type String, instead of data

  int64_t count() const { return product(dims); }
  int64_t rank() const { return static_cast<int64_t>(dims.size()); }
  int64_t bytes() const { return count() * bytesOf(type); }
  template <typename T> const T *as() const { return reinterpret_cast<const T *>(data); }
  template <typename T> std::span<const T> all() const { return {as<T>(), static_cast<size_t>(count())}; }
  /// What this wrote itself, or owns alone.
  template <typename T> T *to() { return reinterpret_cast<T *>(memory.get()); }
};

/// What a name stands for.
struct Value {
  enum class Kind : uint8_t {
    None,     ///< left out; as the value of an optional: empty
    Array,    ///< `array`
    Sequence, ///< `sequence`
  } kind = Kind::None;
  Array array;
  std::shared_ptr<std::vector<Array>> sequence;

  Value() = default;
  Value(Array array) : kind(Kind::Array), array(std::move(array)) {}
  explicit Value(std::vector<Array> arrays)
      : kind(Kind::Sequence), sequence(std::make_shared<std::vector<Array>>(std::move(arrays))) {}
};

/// IEEE binary16, as DType.h's BF16 is bfloat16. Rounds to nearest, ties to even.
struct F16 {
  uint16_t bits = 0;

  F16() = default;
  explicit F16(float value);
  explicit operator float() const;
};

/// A tensor of a file as an array: a view where types and alignment allow, else a copy. Null data if there is no memory.
Array arrayOf(const Tensor &tensor, Memory &memory);

/// "float [2, 3]": for messages.
std::string render(const Array &array);

} // namespace clew::onnx
