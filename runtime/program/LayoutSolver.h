// LayoutSolver: the second pass of laying out checkpoints: a tensor is put together from the pieces that parameters need of it, which gives
// its extents and shows overlaps and holes.
#pragma once

#include "runtime/program/LayoutPieces.h"
#include "runtime/program/Program.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace clew::layout {

/// What is wrong, and the parameter that it is about.
struct Fault {
  size_t parameter = 0;
  std::string why;
};

class LayoutSolver {
public:
  /// `ignore`: tensors of which elements may stay unread.
  LayoutSolver(std::span<const Parameter> parameters, std::span<const std::string> ignore)
      : parameters(parameters), ignore(ignore) {}

  /// Gives the tensor its shape and its pieces their places, unless they contradict one another.
  std::optional<Fault> solve(Tensor &tensor);

  /// The whole tensor of stretches that are solved, which say where they begin; pieces are its stretches, in their order.
  std::optional<Fault> join(std::span<Tensor *const> stretches, Tensor &whole);

private:
  bool reject(size_t parameter, std::string why) {
    fault = {parameter, std::move(why)};
    return false;
  }

  bool solveAxis(Tensor &tensor, size_t axis);
  bool placeOnAxis(const Tensor &tensor, Piece &piece, size_t axis, int64_t extent);
  bool checkCover(const Tensor &tensor);
  bool shapeOf(std::span<Tensor *const> stretches, int64_t elements, Extents &shape);

  std::span<const Parameter> parameters;
  std::span<const std::string> ignore;
  Fault fault;
};

} // namespace clew::layout
