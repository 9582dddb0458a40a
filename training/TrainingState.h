// TrainingState: the memory of a training Program (Program::states), and that of its optimizer. What a run is between two updates.
#pragma once

#include "runtime/base/Arena.h"
#include "runtime/program/Program.h"
#include "runtime/weights/Weights.h"
#include "training/Recipe.h"

#include <span>

namespace clew {

/// Move-only. Used by one thread at a time.
class TrainingState {
public:
  /// Memory for the states of `program`, which must outlive it: zeros. `moments` numbers beside each trained parameter: 2 of AdamW and LAMB,
  /// 1 of SGD with momentum; `averaged`: an average of each. Io if memory runs out.
  static Result<TrainingState> create(const Program &program, int moments, bool averaged);

  /// One parameter that has a gradient.
  struct Trained {
    const Parameter *parameter = nullptr;
    std::span<float> values, gradient;
    std::vector<std::span<float>> moments;
    std::span<float> average; ///< or none
  };
  std::span<Trained> trained() { return all; }

  /// For Session::useStates.
  std::span<void *const> pointers() const { return bases; }
  /// What the next run's random bits are made from.
  void setRandom(uint64_t seed, uint64_t step);
  void clearGradients();

  /// Values of all parameters, in the order of the Program: as they are, or averages where there are some.
  std::vector<std::span<const float>> values(bool averages) const;
  std::span<float> valuesOf(size_t parameter) { return parameters[parameter]; }
  int64_t bytes() const;

private:
  explicit TrainingState(const Program &program) : program(&program) {}

  const Program *program;
  std::vector<Arena> memory;
  std::vector<void *> bases;
  std::vector<std::span<float>> parameters; ///< by index into Program::parameters
  std::vector<Trained> all;
  int32_t *random = nullptr;
};

/// Fills all parameters with what the recipe says they begin with: a function of its seed and the parameter's name alone. `model` says which
/// op a parameter belongs to.
void initialize(TrainingState &state, const Program &program, const Model &model, const Recipe &recipe);

} // namespace clew
