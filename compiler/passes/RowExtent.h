// Which extent the rows of a tensor run over: tokens or sequences.
#pragma once

#include "mlir/IR/Value.h"

namespace clew::compiler {

enum class RowExtent { Fixed, Tokens, Batch };

/// Of a value of the graph function or of a kernel region's body. Token inputs (ids, segments) and positions have tokens; nn.first makes
/// sequences out of tokens; every other op passes its first ranked operand's extent on. Constants are fixed.
RowExtent rowExtent(mlir::Value value);

} // namespace clew::compiler
