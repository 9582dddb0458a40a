// Which extent the rows of a tensor run over: tokens, sequences, or neither.
#pragma once

#include "mlir/IR/Operation.h"

namespace clew::nn {

enum class RowExtent { Fixed, Tokens, Batch };

/// Of a value of the graph function or of a kernel region's body. Of the function's arguments, ids, segments and positions have tokens,
/// offsets are fixed; one without a name, as in graphs of matrices that tests write, has tokens if its rows are dynamic. Ops say it of their
/// results (GraphOp::extentOf). Fails, with a diagnostic, for an argument of another name and for an op that does not say.
llvm::FailureOr<RowExtent> rowExtent(mlir::Value value);

/// Success if rowExtent knows every value of the graph function and of the regions in it: what passes ask before they use it.
llvm::LogicalResult checkRowExtents(mlir::Operation *function);

/// Of a value of a checked graph.
RowExtent knownRowExtent(mlir::Value value);

llvm::StringRef nameOf(RowExtent extent);                        ///< fixed, tokens, batch
llvm::FailureOr<RowExtent> rowExtentNamed(llvm::StringRef name); ///< fails without a diagnostic

} // namespace clew::nn
