// See RunPasses.h.
#include "compiler/RunPasses.h"

#include "compiler/nn/Place.h"

#include <optional>

using namespace mlir;

namespace clew::compiler {

Result<void> runPasses(ModuleOp module, llvm::function_ref<void(OpPassManager &)> build) {
  std::optional<Error> first;
  ScopedDiagnosticHandler collect(module.getContext(), [&](Diagnostic &diagnostic) {
    if (!first && diagnostic.getSeverity() == DiagnosticSeverity::Error) {
      first = Error{ErrorKind::Unsupported, diagnostic.str(), nn::whereOf(diagnostic.getLocation())};
    }
    return success();
  });
  PassManager passes(module.getContext());
  build(passes);
  if (failed(passes.run(module))) {
    return Failure(first.value_or(Error{ErrorKind::Internal, "a pass failed without saying why", ""}));
  }
  return {};
}

} // namespace clew::compiler
