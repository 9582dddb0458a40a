// Evaluator: runs an ONNX model op by op, whatever its ops and shapes: the generic path, for what is no model that Clew knows by itself. What a
// graph reads before it is made, which ops and attributes it has, and when a buffer is free is settled once, in a plan; what depends on
// constants alone is computed once. Shapes are found when it runs: one path for fixed and open ones.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/evaluate/Array.h"
#include "runtime/onnx/OnnxModel.h"

#include <memory>
#include <string>
#include <vector>

namespace clew::onnx {

struct EvaluatorLimits {
  int64_t mostBytes = int64_t{1} << 36;       ///< of one tensor in a run
  int64_t mostFoldedBytes = int64_t{1} << 26; ///< of one tensor that is computed ahead
};

/// Immutable once made, but for packed weights that the first run leaves: one run at a time.
class Evaluator {
public:
  /// `model` must have passed checkModel() and outlive this, with the files that it views. Unsupported where an op, a version of it or an
  /// attribute is not known: the message names all such ops. `where` is the place of errors.
  static Result<Evaluator> create(const Model &model, const std::string &where, const EvaluatorLimits &limits = {});

  Evaluator(Evaluator &&) noexcept;
  Evaluator &operator=(Evaluator &&) noexcept;
  ~Evaluator();

  /// What the graph gives for its inputs, both in the order of the graph. An input may be None where an initializer has its name. BadInput,
  /// naming the node, where types, shapes or numbers do not go together, and where a result would be too large.
  Result<std::vector<Value>> run(std::vector<Value> inputs, int threads);

  /// Nodes that are run, those of bodies not counted.
  size_t steps() const;

private:
  struct Impl;
  explicit Evaluator(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

} // namespace clew::onnx
