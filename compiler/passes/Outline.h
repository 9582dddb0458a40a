// Moves neighbouring ops into the body of one region op that is isolated from above (kernel.rows, kernel.chain).
#pragma once

#include "mlir/IR/Builders.h"
#include "mlir/IR/Operation.h"

namespace clew::compiler {

/// Makes the region op with these results and operands; its body is still empty.
using MakeRegionOp =
    llvm::function_ref<mlir::Operation *(mlir::OpBuilder &, mlir::Location, mlir::TypeRange, mlir::ValueRange)>;

/// `ops` stand in order, nothing that reads them stands between them. Results that are used outside become results of the region op,
/// values from outside become its operands and body arguments. Erases `ops`.
void outline(llvm::ArrayRef<mlir::Operation *> ops, MakeRegionOp make);

} // namespace clew::compiler
