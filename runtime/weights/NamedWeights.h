// NamedWeights: weights as the tensors of a way of naming: the recipes of a model's checkpoint the other way round.
#pragma once

#include "runtime/base/FunctionRef.h"
#include "runtime/program/CheckpointLayout.h"
#include "runtime/weights/SafeTensors.h"
#include "runtime/weights/Weights.h"

#include <span>
#include <vector>

namespace clew {

/// Borrows the Program and its Weights.
class NamedWeights {
public:
  /// `names` is one of the Program's (firstNames). With `prefix`, every name that lacks its prefix gets it. Errors as layOutCheckpoint.
  static Result<NamedWeights> make(const Program &program, const Weights &weights, const CheckpointNames &names,
                                   bool prefix);

  /// All of F32.
  std::span<const TensorLayout> tensors() const { return layouts; }

  /// Calls `use` with the values of tensors()[index], which are good during the call only. The first tensor of a sum has it all and the
  /// others are zero; what a recipe adds is subtracted. Fails as Weights::get and `use` do.
  Result<void> visit(size_t index, FunctionRef<Result<void>(std::span<const float>)> use) const;

  /// Whether some recipe adds something, so that the subtraction may have rounded.
  bool mayRound() const;

private:
  /// A part of a parameter that a tensor holds.
  struct HeldPart {
    const Parameter *parameter = nullptr;
    const PlacedPart *part = nullptr;
  };

  NamedWeights(CheckpointLayout layout, const Weights &weights) : layout(std::move(layout)), weights(weights) {}
  Result<void> assemble(size_t index, FunctionRef<Result<void>(std::span<const float>)> use) const;

  CheckpointLayout layout;
  const Weights &weights;
  std::vector<TensorLayout> layouts;
  std::vector<std::vector<HeldPart>> held; ///< by tensor
};

} // namespace clew
