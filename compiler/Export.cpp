// See Export.h: imports a model, then hands the graph to compiler/onnx.
#include "compiler/Export.h"

#include "compiler/import/ImportModel.h"
#include "compiler/onnx/ExportGraph.h"

#include "mlir/IR/MLIRContext.h"

namespace clew {

Result<ExportedGraph> exportModel(const Model &model, std::span<const std::string> outputs) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  auto module = compiler::importModel(model, outputs, context);
  return module ? compiler::exportGraph(**module) : fail(module);
}

} // namespace clew
