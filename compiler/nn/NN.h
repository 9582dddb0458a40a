// The dialect nn: what a model means. See NNDialect.td, NNOps.td, NNLoweredOps.td.
#pragma once

#include "compiler/nn/RowExtent.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "compiler/nn/NNDialect.h.inc"
#include "compiler/nn/NNEnums.h.inc"

namespace clew::nn {
/// tensor<?xi32>: what ids, segments, offsets and positions are.
bool isIndexVector(mlir::Type type);

/// The vector type of one row of a matrix type: tensor<?x8xf32> has tensor<8xf32>.
mlir::Type rowOf(mlir::Type matrix);

/// Names and values, booleans being 0 or 1.
using RefAttributes = llvm::SmallVector<std::pair<llvm::StringRef, double>>;

} // namespace clew::nn

#include "compiler/nn/NNInterfaces.h.inc"

#define GET_OP_CLASSES
#include "compiler/nn/NNOps.h.inc"

namespace clew::nn {

inline constexpr llvm::StringLiteral inputName =
    "nn.input"; ///< on an argument of @main: "ids", "segments" or "offsets"
inline constexpr llvm::StringLiteral outputName = "nn.output"; ///< on a result of @main: the output's name
inline constexpr llvm::StringLiteral modelName = "nn.model";   ///< on the module, as the ones below: "bert/base"
inline constexpr llvm::StringLiteral vocabularyName = "nn.vocabulary"; ///< i64: ids must be below
inline constexpr llvm::StringLiteral maxLengthName = "nn.max_length"; ///< i64: tokens a sequence may have; absent = any
inline constexpr llvm::StringLiteral segmentsName = "nn.segments";    ///< i64: segment ids must be below; absent = none

} // namespace clew::nn
