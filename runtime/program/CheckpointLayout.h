// CheckpointLayout: where every element of every parameter lies in the tensors of a checkpoint, worked out from the parameters'
// shapes and their recipes alone: what tensors a file must hold, of which shapes, and how they become parameters and back.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/program/Program.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace clew {

/// Elements of a dense row-major tensor, visited in row-major order of `shape`.
struct TensorSlice {
  int64_t offset = 0; ///< of the first element
  std::vector<int64_t> shape;
  std::vector<int64_t> strides; ///< in elements

  int64_t elements() const;
  /// Whether the elements follow one another in the tensor.
  bool isDense() const;
};

/// A stretch of a parameter and the elements of a tensor that it is made of, in the same order.
struct PlacedPart {
  static constexpr size_t noTensor = SIZE_MAX;
  size_t tensor = 0; ///< in CheckpointLayout::tensors; noTensor: every element is 0, and `plus` is added
  TensorSlice slice;
  int64_t begin = 0; ///< the stretch's first element in the parameter, row-major
  float plus = 0;    ///< is added to every element
  bool adds = false; ///< to what the parts before it made of the stretch
};

struct CheckpointLayout {
  struct Tensor {
    std::string name;
    std::vector<int64_t> shape;
  };
  std::vector<Tensor> tensors;                     ///< in the order in which parameters name them, each once
  std::vector<std::vector<PlacedPart>> parameters; ///< by index into Program::parameters
};

/// `names.tensors` has a recipe for each parameter, whose shapes have a possible size. BadInput, at the parameter's of `places` (or
/// nowhere, if there are none), unless the parts make each parameter exactly, every tensor has one shape, and each of its elements
/// is read once; elements that nobody reads may be in tensors that `names.form.ignore` lists by name.
Result<CheckpointLayout> layOutCheckpoint(std::span<const Parameter> parameters, const CheckpointNames &names,
                                          std::span<const std::string> places = {});

} // namespace clew
