// One axis after the other; then every element is counted.
#include "runtime/program/LayoutSolver.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace clew::layout {
namespace {

std::string_view axisName(const Tensor &tensor, size_t axis) {
  return tensor.isFlat ? "elements" : axis == 0 ? "rows" : "columns";
}

} // namespace

/// The tensor's extent along one axis: what a piece implies that reaches to its end, else the end of the last one.
bool LayoutSolver::solveAxis(Tensor &tensor, size_t axis) {
  int64_t extent = unknown;
  int64_t reach = 0;
  int64_t first = unknown;
  int64_t last = unknown;
  for (const Piece &piece : tensor.pieces) {
    const TensorRange &range = piece.ranges[axis];
    const int64_t size = piece.sizes[axis];
    int64_t implied = unknown;
    bool overflow = false;
    switch (range.kind) {
    case TensorRange::Kind::All:
      implied = size;
      break;
    case TensorRange::Kind::Share:
      overflow = __builtin_mul_overflow(size, range.to, &implied);
      break;
    case TensorRange::Kind::Span:
      if (range.to == TensorRange::wholeRest) {
        overflow = __builtin_add_overflow(range.from, size, &implied);
      }
      reach = std::max(reach, range.to);
      break;
    case TensorRange::Kind::First:
      first = std::max(first, size);
      break;
    case TensorRange::Kind::Last:
      last = std::max(last, size);
      break;
    }
    const int64_t said = piece.whole.empty() ? unknown : piece.whole[axis];
    if (implied != unknown && said != unknown && implied != said) {
      return reject(piece.parameter, fmt::format("expected the tensor '{}' with {} {}, as its shape says, found {}",
                                                 tensor.name, said, axisName(tensor, axis), implied));
    }
    implied = said == unknown ? implied : said;
    if (overflow || (implied != unknown && extent != unknown && implied != extent)) {
      return reject(piece.parameter,
                    fmt::format("expected the tensor '{}' with {} {}, as other parts of it say, found {}", tensor.name,
                                extent, axisName(tensor, axis), overflow ? "too many" : std::to_string(implied)));
    }
    extent = implied == unknown ? extent : implied;
  }
  if (extent == unknown && last != unknown && first == unknown && reach == 0) {
    return reject(tensor.pieces.front().parameter,
                  fmt::format("expected something that says where the last {} of the tensor '{}' begin, found nothing",
                              axisName(tensor, axis), tensor.name));
  }
  if (extent == unknown) {
    extent = std::max(reach, std::max<int64_t>(first, 0) + std::max<int64_t>(last, 0));
  }
  tensor.shape.push_back(extent);
  return std::ranges::all_of(tensor.pieces, [&](Piece &piece) { return placeOnAxis(tensor, piece, axis, extent); });
}

bool LayoutSolver::placeOnAxis(const Tensor &tensor, Piece &piece, size_t axis, int64_t extent) {
  const TensorRange &range = piece.ranges[axis];
  const int64_t size = piece.sizes[axis];
  int64_t begin = 0;
  if (range.kind == TensorRange::Kind::Share) {
    begin = (range.from - 1) * size; // the product with range.to fits
  } else if (range.kind == TensorRange::Kind::Span) {
    begin = range.from;
  } else if (range.kind == TensorRange::Kind::Last) {
    begin = extent - size;
  }
  const bool spans = range.kind == TensorRange::Kind::Span && range.to != TensorRange::wholeRest;
  if (begin < 0 || size > extent || begin > extent - size || (spans && range.to - range.from != size)) {
    return reject(piece.parameter,
                  fmt::format("expected {} of the {} {} of the tensor '{}', found {} to {}", size, extent,
                              axisName(tensor, axis), tensor.name, begin, spans ? range.to : begin + size));
  }
  piece.begins.push_back(begin);
  return true;
}

/// Every element is read once.
bool LayoutSolver::checkCover(const Tensor &tensor) {
  const std::optional<int64_t> all = elementsIn(tensor.shape);
  if (!all) {
    return reject(tensor.pieces.front().parameter,
                  fmt::format("expected the tensor '{}' of a possible size, found [{}]", tensor.name,
                              fmt::join(tensor.shape, ", ")));
  }
  int64_t read = 0;
  for (size_t i = 0; i < tensor.pieces.size(); ++i) {
    const Piece &piece = tensor.pieces[i];
    for (size_t j = 0; j < i; ++j) {
      if (!disjoint(piece, tensor.pieces[j])) {
        return reject(piece.parameter,
                      fmt::format("expected each element of the tensor '{}' in one place, found some that '{}' has too",
                                  tensor.name, parameters[tensor.pieces[j].parameter].name));
      }
    }
    read += *elementsIn(piece.sizes);
  }
  // Parameters that nobody asked for may have the rest.
  if (read != *all && std::ranges::find(ignore, tensor.name) == ignore.end()) {
    return reject(
        tensor.pieces.front().parameter,
        fmt::format("expected all {} elements of the tensor '{}' [{}] to be read, found {} that no parameter reads",
                    *all, tensor.name, fmt::join(tensor.shape, ", "), *all - read));
  }
  return true;
}

std::optional<Fault> LayoutSolver::solve(Tensor &tensor) {
  for (size_t axis = 0; axis < tensor.pieces.front().sizes.size(); ++axis) {
    if (!solveAxis(tensor, axis)) {
      return fault;
    }
  }
  return checkCover(tensor) ? std::nullopt : std::optional(fault);
}

/// What a part says; else as if the stretches stood side by side, since that is how files declare them.
bool LayoutSolver::shapeOf(std::span<Tensor *const> stretches, int64_t elements, Extents &shape) {
  const size_t first = stretches.front()->pieces.front().parameter;
  const std::string &name = stretches.front()->name;
  for (const Tensor *stretch : stretches) {
    if (!stretch->said.empty() && !shape.empty() && stretch->said != shape) {
      return reject(stretch->pieces.front().parameter,
                    fmt::format("expected the tensor '{}' as [{}], as other parts of it say, found [{}]", name,
                                fmt::join(shape, ", "), fmt::join(stretch->said, ", ")));
    }
    shape = stretch->said.empty() ? shape : stretch->said;
  }
  if (!shape.empty()) {
    return elementsIn(shape) == elements ||
           reject(first,
                  fmt::format("expected the tensor '{}' with {} elements, as its stretches need, found the shape "
                              "[{}]",
                              name, elements, fmt::join(shape, ", ")));
  }
  const Extents &pattern = stretches.front()->shape;
  const bool alike = std::ranges::all_of(stretches, [&](const Tensor *stretch) {
    return stretch->shape.size() == pattern.size() && (pattern.size() == 1 || stretch->shape[0] == pattern[0]);
  });
  if (pattern.size() == 1 && alike) {
    shape = {elements};
    return true;
  }
  if (pattern.size() != 2 || !alike || pattern[0] == 0 || elements % pattern[0] != 0) {
    return reject(first, fmt::format("expected `shape`, the extents of the tensor '{}', since its stretches have "
                                     "different numbers of rows",
                                     name));
  }
  shape = {pattern[0], elements / pattern[0]};
  return true;
}

std::optional<Fault> LayoutSolver::join(std::span<Tensor *const> stretches, Tensor &whole) {
  whole.name = stretches.front()->name;
  whole.isFlat = true;
  for (const Tensor *stretch : stretches) {
    const size_t parameter = stretch->pieces.front().parameter;
    if (isAll(stretch->stretch)) {
      return Fault{
          parameter,
          fmt::format("expected `elements` of the tensor '{}', as other parts of it have, found none", whole.name)};
    }
    whole.pieces.push_back({parameter, 0, {*elementsIn(stretch->shape)}, {}, {stretch->stretch}, {0}});
  }
  if (std::optional<Fault> found = solve(whole)) {
    return found;
  }
  const int64_t elements = whole.shape.front();
  whole.shape.clear();
  return shapeOf(stretches, elements, whole.shape) ? std::nullopt : std::optional(fault);
}

} // namespace clew::layout
