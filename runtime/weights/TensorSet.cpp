// Every number that a file gives is checked here once, for all formats: extents, strides and offsets against the storage.
#include "runtime/weights/TensorSet.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <limits>
#include <utility>

namespace clew {
namespace {

constexpr uint64_t madePerFileByte = 8;
constexpr uint64_t madeAnyway = uint64_t{64} << 20;

/// Where an element beyond the last one begins, in elements; nothing on overflow. The tensor is not empty.
bool reachOf(const StridedTensor &tensor, int64_t &reach) {
  reach = tensor.offset;
  bool overflow = tensor.offset < 0;
  for (size_t i = 0; i < tensor.shape.size(); ++i) {
    int64_t span = 0;
    overflow |= tensor.strides[i] < 0;
    overflow |= __builtin_mul_overflow(tensor.shape[i] - 1, tensor.strides[i], &span);
    overflow |= __builtin_add_overflow(reach, span, &reach);
  }
  overflow |= __builtin_add_overflow(reach, 1, &reach);
  return !overflow;
}

/// Whether the elements follow one another in row-major order. Strides of single extents mean nothing.
bool isDense(const StridedTensor &tensor) {
  int64_t expected = 1;
  for (size_t i = tensor.shape.size(); i-- > 0;) {
    if (tensor.shape[i] != 1 && tensor.strides[i] != expected) {
      return false;
    }
    expected *= tensor.shape[i];
  }
  return true;
}

/// Copies element by element, counting through the indices as an odometer does.
template <size_t Bytes> void copyElements(const StridedTensor &tensor, std::span<std::byte> out) {
  std::vector<int64_t> index(tensor.shape.size(), 0);
  int64_t position = tensor.offset;
  for (size_t to = 0; to < out.size(); to += Bytes) {
    std::memcpy(out.data() + to, tensor.storage.data() + static_cast<size_t>(position) * Bytes, Bytes);
    if (tensor.bigEndian) {
      std::reverse(out.data() + to, out.data() + to + Bytes);
    }
    for (size_t i = index.size(); i-- > 0;) {
      position += tensor.strides[i];
      if (++index[i] < tensor.shape[i]) {
        break;
      }
      position -= tensor.strides[i] * tensor.shape[i];
      index[i] = 0;
    }
  }
}

void copyAny(const StridedTensor &tensor, std::span<std::byte> out) {
  switch (bytesOf(tensor.type)) {
  case 1:
    return copyElements<1>(tensor, out);
  case 2:
    return copyElements<2>(tensor, out);
  case 4:
    return copyElements<4>(tensor, out);
  default:
    return copyElements<8>(tensor, out);
  }
}

} // namespace

TensorMemory::TensorMemory(size_t fileBytes) : left(madeAnyway) {
  uint64_t more = 0;
  left = __builtin_mul_overflow(uint64_t{fileBytes}, madePerFileByte, &more) ? std::numeric_limits<uint64_t>::max()
                                                                             : madeAnyway + more;
}

Result<std::span<std::byte>> TensorMemory::take(uint64_t bytes, const std::string &where) {
  if (bytes > left) {
    return fail(
        ErrorKind::BadInput,
        fmt::format("expected to make at most {} bytes for each byte of the file and {} MiB (by decompressing or "
                    "laying out anew), found that {} more are needed where {} are left",
                    madePerFileByte, madeAnyway >> 20, bytes, left),
        where);
  }
  Result<Arena> block = Arena::allocate(bytes);
  if (!block) {
    return fail(block);
  }
  left -= bytes;
  return std::span<std::byte>(made.emplace_back(std::move(*block)).as<std::byte>());
}

std::vector<int64_t> rowMajorStrides(std::span<const int64_t> shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;) {
    strides[i - 1] = strides[i] * std::max<int64_t>(shape[i], 1);
  }
  return strides;
}

Result<int64_t> countElements(const std::string &name, std::span<const int64_t> shape, StoredType type,
                              const std::string &where) {
  if (shape.size() > mostTensorRank) {
    return fail(
        ErrorKind::BadInput,
        fmt::format("tensor {}: expected at most {} extents, found {}", quoteName(name), mostTensorRank, shape.size()),
        where);
  }
  // Empty extents count as one here, so that no product of the others overflows either.
  auto bytes = static_cast<int64_t>(bytesOf(type));
  int64_t count = 1;
  bool bad = false;
  for (int64_t extent : shape) {
    bad |= extent < 0 || __builtin_mul_overflow(bytes, std::max<int64_t>(extent, 1), &bytes);
    count = bad ? 0 : count * extent;
  }
  if (bad) {
    return fail(
        ErrorKind::BadInput,
        fmt::format("tensor {}: expected extents of a possible size, found {}", quoteName(name), renderShape(shape)),
        where);
  }
  return count;
}

Result<TensorView> layDense(StridedTensor tensor, TensorMemory &memory, const std::string &where) {
  const Result<int64_t> count = countElements(tensor.name, tensor.shape, tensor.type, where);
  if (!count) {
    return fail(count);
  }
  if (tensor.strides.size() != tensor.shape.size()) {
    return fail(ErrorKind::BadInput,
                fmt::format("tensor {}: expected a stride for each of {} extents, found {}", quoteName(tensor.name),
                            tensor.shape.size(), tensor.strides.size()),
                where);
  }
  TensorView view{std::move(tensor.name), tensor.type, tensor.shape, {}};
  if (*count == 0) {
    return view;
  }
  const size_t width = bytesOf(tensor.type);
  const auto held = static_cast<int64_t>(tensor.storage.size() / width);
  int64_t reach = 0;
  if (!reachOf(tensor, reach) || reach > held) {
    return fail(
        ErrorKind::BadInput,
        fmt::format("tensor {}: expected it to lie within the {} elements of its storage, found offset {}, shape {}, "
                    "strides {}",
                    quoteName(view.name), held, tensor.offset, renderShape(tensor.shape), renderShape(tensor.strides)),
        where);
  }
  const size_t bytes = static_cast<size_t>(*count) * width;
  if (isDense(tensor) && (!tensor.bigEndian || width == 1)) {
    view.bytes = tensor.storage.subspan(static_cast<size_t>(tensor.offset) * width, bytes);
    return view;
  }
  const Result<std::span<std::byte>> copy = memory.take(bytes, where);
  if (!copy) {
    return fail(copy);
  }
  copyAny(tensor, *copy);
  view.bytes = *copy;
  return view;
}

Result<TensorSet> gatherTensors(std::vector<TensorView> tensors, TensorMemory memory, const std::string &where) {
  std::ranges::sort(tensors, {}, &TensorView::name);
  const auto twice = std::ranges::adjacent_find(tensors, {}, &TensorView::name);
  if (twice != tensors.end()) {
    return fail(ErrorKind::BadInput, fmt::format("expected names that differ, found {} twice", quoteName(twice->name)),
                where);
  }
  return TensorSet{std::move(tensors), std::move(memory.made)};
}

} // namespace clew
