// LayoutPieces: what the laying out of checkpoints (CheckpointLayout.cpp, LayoutSolver.h) puts together: extents, and pieces of
// tensors that are not placed yet.
#pragma once

#include "runtime/base/TensorRecipe.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace clew::layout {

inline constexpr int64_t unknown = -1;

using Extents = std::vector<int64_t>;

/// The product, times 8 bytes, or nothing if that overflows or an extent is negative.
inline std::optional<int64_t> elementsIn(std::span<const int64_t> shape) {
  int64_t count = 1;
  int64_t bytes = 8;
  for (const int64_t extent : shape) {
    if (extent < 0 || __builtin_mul_overflow(bytes, std::max<int64_t>(extent, 1), &bytes)) {
      return std::nullopt;
    }
    count *= extent;
  }
  return count;
}

inline Extents rowMajor(const Extents &shape) {
  Extents strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;) {
    strides[i - 1] = strides[i] * std::max<int64_t>(shape[i], 1);
  }
  return strides;
}

inline bool isAll(const TensorRange &range) { return range.kind == TensorRange::Kind::All; }

/// A part of no tensor: one number throughout.
inline bool isFill(const TensorPart &part) { return part.tensor.empty(); }

/// [2, 3], or [2, end] where a single one is wanted.
inline bool isOne(const TensorRange &range) {
  return range.kind == TensorRange::Kind::Span && range.from >= 0 &&
         (range.to == range.from + 1 || range.to == TensorRange::wholeRest);
}

/// Whether the part of a vector is a row of a matrix, or one of its columns: both ranges are said, and one of them is a single row.
inline bool isRowOfMatrix(const TensorPart &part) { return isOne(part.rows) && !isAll(part.columns); }
inline bool isColumnOfMatrix(const TensorPart &part) { return isOne(part.columns) && !isAll(part.rows); }

/// Whether the part is cut out of a tensor, whose extents its shape may say.
inline bool isCut(const TensorPart &part) {
  return part.axes.empty() && (!isAll(part.rows) || !isAll(part.columns) || !isAll(part.elements) || part.transpose);
}

/// What a part takes of a tensor, or of a stretch of one, axis by axis of it.
struct Piece {
  size_t parameter = 0;
  size_t part = 0; ///< in CheckpointLayout::parameters[parameter]
  Extents sizes;
  Extents begins; ///< known once the tensor's extents are
  std::vector<TensorRange> ranges;
  std::vector<int32_t> order; ///< which axis comes first in the parameter, second, ...
  Extents whole = {};         ///< the tensor's extents, if the part says them
};

/// A tensor of the file, or a stretch of its elements, which has extents of its own.
struct Tensor {
  std::string name;
  TensorRange stretch = {};       ///< which of its elements
  std::vector<Piece> pieces = {}; ///< at least one
  Extents shape = {};             ///< known once it is solved
  Extents said = {};              ///< of a stretch: the extents of the whole tensor, if a part says them
  int64_t begin = 0;              ///< of a stretch: its first element in the tensor
  size_t place = 0;               ///< in CheckpointLayout::tensors
  bool isFlat = false;            ///< its one axis counts elements of a tensor that has others
};

inline int64_t rowSizeOf(const Extents &shape) {
  return std::accumulate(shape.begin() + (shape.empty() ? 0 : 1), shape.end(), int64_t{1}, std::multiplies<>());
}

inline bool disjoint(const Piece &one, const Piece &other) {
  for (size_t axis = 0; axis < one.sizes.size(); ++axis) {
    if (one.begins[axis] >= other.begins[axis] + other.sizes[axis] ||
        other.begins[axis] >= one.begins[axis] + one.sizes[axis]) {
      return true;
    }
  }
  return false;
}

} // namespace clew::layout
