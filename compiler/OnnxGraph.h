// OnnxGraph: an ONNX file as a model that the compiler takes. Compile.h's neighbour: a file in place of a YAML, recognised as a graph of nn
// (compiler/recognize); the rest is the same pipeline.
#pragma once

#include "compiler/Compile.h"
#include "runtime/onnx/OnnxModel.h"
#include "runtime/onnx/PaddedForm.h"

#include <memory>
#include <string>
#include <string_view>

namespace clew {

/// A file that was recognised. Copies share the graph, which nobody changes.
class OnnxGraph {
public:
  /// The graph of a checked model, whose place is `path`. Unsupported, naming the first node that is not understood and why.
  static Result<OnnxGraph> recognize(const onnx::Model &model, const std::string &path);

  /// Compiles all outputs; `options.outputs` is not looked at. The Program's parameters are read from the file (loadOnnxWeights).
  Result<Program> compile(const CompileOptions &options) const;
  /// The same, through the program cache.
  Result<Program> compileCached(const CompileOptions &options) const;
  /// Text of a stage, as emitStage.
  Result<std::string> emit(const CompileOptions &options, std::string_view stage) const;

  ModelSummary summary(int64_t tokens = 128) const;
  /// How the file's padded tensors stand to packed batches.
  const onnx::PaddedForm &form() const;
  /// The model's name: what the file says, else how it is called.
  const std::string &name() const;

private:
  struct Impl;
  explicit OnnxGraph(std::shared_ptr<const Impl> impl) : impl(std::move(impl)) {}
  std::shared_ptr<const Impl> impl;
};

} // namespace clew
