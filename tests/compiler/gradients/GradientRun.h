// Runs a graph of f64 with an output `loss` on the ref backend, so that its gradients can be held against differences of the loss.
#pragma once

#include "runtime/program/Program.h"

#include <string>
#include <vector>

namespace clew {

/// One graph over a fixed batch of three sequences with 3, 1 and 3 tokens. Its inputs, all of which a graph has: ids 0..6 of the tokens, rows
/// 0..2 of the sequences, labels of tokens and classes of sequences, all below 3, offsets.
class GradientRun {
public:
  /// The graph is the body of @main and, before it, the parameters; what it needs around it is added. It ends in a `return` of the loss.
  /// Parameters get distinct values of both signs, of about `size`. Fails the test with the diagnostic where it does not compile.
  GradientRun(const std::string &parameters, const std::string &body, double size = 0.5);

  /// The loss with the parameters as they are; gradients are computed, too.
  double loss();

  const Program &program() const { return compiled; }
  std::vector<double> &valuesOf(size_t state) { return memory[state]; }
  std::vector<double> &valuesOf(const std::string &state);

private:
  Program compiled;
  std::vector<std::vector<double>> memory; ///< by index into Program::states
};

/// The largest difference between the gradients of all parameters and central differences of the loss, relative to 1 or to the larger.
double largestDifference(GradientRun &run);

} // namespace clew
