// Optimizers: what a gradient does to the parameters. One pass over the memory of each.
#pragma once

#include "training/TrainingState.h"

namespace clew {

class Optimizer {
public:
  Optimizer(const OptimizerForm &form, double average, int threads) : form(form), average(average), threads(threads) {}

  static int momentsOf(const OptimizerForm &form);

  /// One update, number `step` from 0, at `factor` times the form's rate. AdamW: arXiv:1711.05101, algorithm 2; LAMB: arXiv:1904.00962,
  /// algorithm 2; SGD with momentum as PyTorch's. Averages follow. The same bits for every number of threads.
  void update(TrainingState &state, int64_t step, double factor) const;

  /// The length of all gradients together, as clipping sees it.
  double gradientNorm(TrainingState &state) const;

private:
  double rateOf(const std::string &parameter) const;

  OptimizerForm form;
  double average;
  int threads;
};

} // namespace clew
