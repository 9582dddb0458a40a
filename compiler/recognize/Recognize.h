// Recognize: an ONNX graph as a graph of nn with packed batches. docs/onnx.md says what comes back, and under which condition.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/base/TensorRecipe.h"
#include "runtime/onnx/OnnxModel.h"
#include "runtime/onnx/PaddedForm.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <map>
#include <string>

namespace clew::compiler {

struct RecognizedGraph {
  mlir::OwningOpRef<mlir::ModuleOp> module;    ///< as importModel makes it
  std::map<std::string, TensorRecipe> recipes; ///< how the file's tensors make each parameter
  onnx::PaddedForm form;
};

/// The model of a checked file, whose place is `path`. Unsupported, naming the first node that is not understood and why, if any output
/// depends on one; the evaluator runs such a file. Loads the dialects that it needs into `context`, which must outlive the module.
Result<RecognizedGraph> recognizeOnnx(const onnx::Model &model, const std::string &path, mlir::MLIRContext &context);

} // namespace clew::compiler
