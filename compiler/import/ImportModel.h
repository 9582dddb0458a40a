// Model -> graph of nn ops. This is where shapes are first known, so where wrong ones are reported: at the place in the YAML.
#pragma once

#include "compiler/import/Count.h"
#include "runtime/base/Result.h"
#include "zoo/Model.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <span>
#include <string>

namespace clew::compiler {

/// The graph that computes `outputs` of the model, in that order, with the parameters it needs and no more; form and attributes are those
/// of the dialect nn (compiler/nn/NNDialect.td). Every op has the position of its node in the YAML. Loads the dialects it needs into
/// `context`, which must outlive the module. Errors: NotFound for an output that the model does not have; BadInput, with the position, for
/// shapes or types that do not fit, and for a parameter that two nodes use with different shapes.
Result<mlir::OwningOpRef<mlir::ModuleOp>> importModel(const Model &model, std::span<const std::string> outputs,
                                                      mlir::MLIRContext &context);

} // namespace clew::compiler
