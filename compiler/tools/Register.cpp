// See Register.h.
#include "compiler/tools/Register.h"

#include "compiler/kernel/Kernel.h"
#include "compiler/nn/NN.h"
#include "compiler/passes/Passes.h"
#include "compiler/passes/Pipeline.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"

namespace clew::compiler {

void registerClew(mlir::DialectRegistry &registry) {
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::registerAllPasses();
  registry.insert<nn::NNDialect, kernel::KernelDialect>();
  registerClewPasses();
  registerPipelines();
}

} // namespace clew::compiler
