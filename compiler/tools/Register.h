// One place that knows every dialect, pass and pipeline of Clew: clew-opt and whoever parses our IR start here.
#pragma once

#include "mlir/IR/DialectRegistry.h"

namespace clew::compiler {

/// Adds our dialects and those of MLIR that we lower to, and registers all passes and pipelines with the process-wide registry. Call once,
/// before threads start.
void registerClew(mlir::DialectRegistry &registry);

} // namespace clew::compiler
