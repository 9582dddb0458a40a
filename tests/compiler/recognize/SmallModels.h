// Models of the zoo, made small, as ONNX models in memory: what recognition is tested with.
#pragma once

#include "compiler/OnnxGraph.h"
#include "runtime/base/Result.h"
#include "runtime/evaluate/Evaluator.h"
#include "runtime/onnx/OnnxModel.h"
#include "zoo/Model.h"

#include <map>
#include <random>
#include <string>
#include <vector>

namespace clew {

/// A folder that goes when this does.
class ScratchFolder {
public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder &) = delete;
  std::string file(const std::string &name) const { return folder + "/" + name; }

private:
  std::string folder;
};

/// The architecture with its own sizes made small, and with `head`, if it is not "".
Result<Model> smallModel(const std::string &architecture, const std::string &head, const ScratchFolder &scratch);

/// Every output of the model as an ONNX model whose weights are drawn, large enough to bend every function.
Result<onnx::Model> exportedWithWeights(const Model &model, uint64_t seed);

/// Padded inputs for the model: rows of these lengths in `places` places; of an input without a mask all rows are full.
std::vector<onnx::Value> paddedInputs(const onnx::Model &model, const std::vector<int64_t> &lengths, int64_t places,
                                      std::mt19937 &chance);

/// What a way to run the model gives: outputs by name, or why it does not.
using Outputs = Result<std::map<std::string, onnx::Value>>;
Outputs runByOp(const onnx::Model &model, std::vector<onnx::Value> inputs);

/// As a graph of nn on the ref target. NotFound, with the reason, where it is not recognised; BadInput where the batch does not keep the
/// condition.
Outputs runRecognized(const onnx::Model &model, const std::vector<onnx::Value> &inputs, const ScratchFolder &scratch);

/// The largest difference at tokens over 1 + the largest number there; infinite where shapes differ, or one is NaN where the other is not.
double differenceAtTokens(const onnx::Value &a, const onnx::Value &b, const std::vector<int64_t> &lengths);

} // namespace clew
