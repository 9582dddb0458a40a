// The dialect nn: what a model means. See NNDialect.td, NNOps.td, NNLoweredOps.td.
#pragma once

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/TensorEncoding.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/StringMap.h"

#include "compiler/nn/NNDialect.h.inc"
#include "compiler/nn/NNEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "compiler/nn/NNAttributes.h.inc"

namespace clew::nn {

// Levels (Levels.cpp): what the rows of a tensor run over, read off its type.

/// The level that holds all others: the sequences of a batch.
inline constexpr llvm::StringLiteral rootLevel = "batch";

/// The level of a tensor's rows; null where they are fixed, as those of parameters.
LevelAttr levelOf(mlir::Type type);
inline LevelAttr levelOf(mlir::Value value) { return levelOf(value.getType()); }
inline bool isRoot(LevelAttr level) { return level && level.getName() == rootLevel; }

/// One i32 for each element of a level.
bool isValues(mlir::Type type);
mlir::RankedTensorType valuesOf(LevelAttr level);
/// What offsets cut, and into what; null for everything else.
OffsetsAttr cutOf(mlir::Type type);

/// Elements of each level, by its name.
using LevelCounts = llvm::StringMap<int64_t>;

/// Fails with a diagnostic at the first value of the function, or of a region in it, whose rows are dynamic and say no level: what passes
/// ask before they use it.
llvm::LogicalResult checkLevels(mlir::Operation *function);

/// The vector type of one row of a matrix type: tensor<?x8xf32> has tensor<8xf32>.
mlir::Type rowOf(mlir::Type matrix);

/// One number: tensor<1x1> of f32 or f64.
bool isNumber(mlir::Type type);

class Gradients; // Gradients.h
/// The rule of all ops of runtime/ref/Activations.h.
llvm::LogicalResult differentiateActivation(mlir::Operation *op, Gradients &gradients);

/// Names and values, booleans being 0 or 1.
using RefAttributes = llvm::SmallVector<std::pair<llvm::StringRef, double>>;

} // namespace clew::nn

#include "compiler/nn/NNInterfaces.h.inc"

#define GET_OP_CLASSES
#include "compiler/nn/NNOps.h.inc"

namespace clew::nn {

// On an argument of @main: NNDialect.td says what each means.
inline constexpr llvm::StringLiteral inputName = "nn.input";
inline constexpr llvm::StringLiteral derivedName = "nn.derived";
inline constexpr llvm::StringLiteral limitName = "nn.limit";
inline constexpr llvm::StringLiteral optionalName = "nn.optional";
inline constexpr llvm::StringLiteral mostName = "nn.most";
inline constexpr llvm::StringLiteral atName = "nn.at";
inline constexpr llvm::StringLiteral carriedName = "nn.carried";  ///< on a result, too: what the next batch finds there
inline constexpr llvm::StringLiteral outputName = "nn.output";    ///< on a result of @main: the output's name
inline constexpr llvm::StringLiteral modelName = "nn.model";      ///< on the module: "bert/base"
inline constexpr llvm::StringLiteral frozenName = "nn.frozen";    ///< on a parameter: training leaves it as it is
inline constexpr llvm::StringLiteral lossName = "loss";           ///< the output that training makes small
inline constexpr llvm::StringLiteral positionsName = "positions"; ///< what nn.derived may say
inline constexpr llvm::StringLiteral countsName =
    "counts"; ///< and: how many of the level, of what holds them, of the longest

} // namespace clew::nn
