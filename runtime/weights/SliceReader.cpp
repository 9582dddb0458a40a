// Elements are gathered a run at a time (as many as the last extent has), then converted as whole tensors are.
#include "runtime/weights/SliceReader.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace clew {
namespace {

constexpr int64_t mostGathered = 4096; ///< elements converted at once

/// Counts through the places of a slice, run by run along its last extent.
class Runs {
public:
  explicit Runs(const TensorSlice &slice)
      : slice(slice), index(slice.shape.size(), 0), at(slice.offset),
        runLength(slice.shape.empty() ? 1 : slice.shape.back()),
        runStride(slice.shape.empty() ? 1 : slice.strides.back()),
        left(slice.elements() == 0 ? 0 : slice.elements() / runLength) {}

  bool done() const { return left == 0; }
  int64_t begin() const { return at; }
  int64_t length() const { return runLength; }
  int64_t stride() const { return runStride; }

  void next() {
    --left;
    for (size_t i = slice.shape.size(); i-- > 1;) {
      const size_t axis = i - 1;
      at += slice.strides[axis];
      if (++index[axis] < slice.shape[axis]) {
        return;
      }
      at -= slice.strides[axis] * slice.shape[axis];
      index[axis] = 0;
    }
  }

private:
  const TensorSlice &slice;
  std::vector<int64_t> index;
  int64_t at;
  int64_t runLength;
  int64_t runStride;
  int64_t left; ///< runs
};

template <size_t Bytes>
void gather(const std::byte *from, int64_t begin, int64_t stride, int64_t count, std::byte *to) {
  for (int64_t i = 0; i < count; ++i) {
    std::memcpy(to + static_cast<size_t>(i) * Bytes, from + static_cast<size_t>(begin + i * stride) * Bytes, Bytes);
  }
}

void gatherAny(const TensorView &tensor, int64_t begin, int64_t stride, int64_t count, std::byte *to) {
  switch (bytesOf(tensor.type)) {
  case 2:
    return gather<2>(tensor.bytes.data(), begin, stride, count, to);
  case 4:
    return gather<4>(tensor.bytes.data(), begin, stride, count, to);
  case 8:
    return gather<8>(tensor.bytes.data(), begin, stride, count, to);
  default:
    return gather<1>(tensor.bytes.data(), begin, stride, count, to);
  }
}

Result<void> convert(const TensorView &tensor, const PlacedPart &part, std::span<float> out) {
  if (Result<void> read = part.adds ? addF32(tensor, out) : readF32(tensor, out); !read) {
    return read;
  }
  if (part.plus != 0) {
    std::ranges::for_each(out, [&](float &value) { value += part.plus; });
  }
  return {};
}

} // namespace

bool isStretch(const PlacedPart &part) { return !part.adds && part.plus == 0 && part.slice.isDense(); }

Result<void> readSlice(const TensorView &tensor, const PlacedPart &part, std::span<float> out) {
  const size_t width = bytesOf(tensor.type);
  TensorView piece{tensor.name, tensor.type, {}, {}};
  if (part.slice.isDense()) {
    piece.bytes = tensor.bytes.subspan(static_cast<size_t>(part.slice.offset) * width, out.size() * width);
    return convert(piece, part, out);
  }
  std::vector<std::byte> gathered(static_cast<size_t>(mostGathered) * width);
  for (Runs runs(part.slice); !runs.done(); runs.next()) {
    for (int64_t begin = 0; begin < runs.length(); begin += mostGathered) {
      const int64_t count = std::min(mostGathered, runs.length() - begin);
      gatherAny(tensor, runs.begin() + begin * runs.stride(), runs.stride(), count, gathered.data());
      piece.bytes = std::span(gathered).first(static_cast<size_t>(count) * width);
      if (Result<void> read = convert(piece, part, out.first(static_cast<size_t>(count))); !read) {
        return read;
      }
      out = out.subspan(static_cast<size_t>(count));
    }
  }
  return {};
}

void fillSlice(const PlacedPart &part, std::span<float> out) { std::ranges::fill(out, part.plus); }

void writeSlice(std::span<const float> values, const PlacedPart &part, std::span<float> tensor) {
  size_t from = 0;
  for (Runs runs(part.slice); !runs.done(); runs.next()) {
    for (int64_t i = 0; i < runs.length(); ++i) {
      const float value = part.adds ? 0.0F : values[from];
      ++from;
      tensor[static_cast<size_t>(runs.begin() + i * runs.stride())] = value - part.plus;
    }
  }
}

} // namespace clew
