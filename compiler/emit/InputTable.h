// The arguments of a graph function -> levels and inputs of a Program.
#pragma once

#include "compiler/nn/NN.h"
#include "runtime/base/Result.h"
#include "runtime/program/Program.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringMap.h"

namespace clew::compiler {

/// Writes to one Program, which must outlive it.
class InputTable {
public:
  /// Enters the function's levels and arguments into `program`. Unsupported for more levels than a Program has; BadInput for levels that no
  /// input of offsets cuts, or that two cut; Internal for an argument that names no input.
  static Result<InputTable> enter(mlir::func::FuncOp function, Program &program);

  /// Index into Program::levels of a level of the function.
  int32_t levelOf(nn::LevelAttr level) const { return levels.lookup(level.getName()); }
  /// What holds the elements that `offsets` cut, and what they are.
  int32_t holderIn(mlir::Value offsets) const { return levels.lookup(nn::cutOf(offsets.getType()).getParent()); }
  int32_t levelIn(mlir::Value offsets) const { return levels.lookup(nn::cutOf(offsets.getType()).getLevel()); }

  Operand operandOf(mlir::BlockArgument argument) const;
  /// What the runtime makes from the level's offsets; entered into the Program when it is first asked for.
  Operand derived(InputKind kind, int32_t level);

  /// Makes result number `number` of the function, which `operand` holds, an output, or what the next batch begins with.
  Result<void> enterResult(mlir::func::FuncOp function, unsigned number, Operand operand);

private:
  explicit InputTable(Program &program) : program(&program) {}
  Result<void> enterLevels(mlir::func::FuncOp function);
  Result<void> enterArgument(mlir::func::FuncOp function, mlir::BlockArgument argument);

  Program *program;
  llvm::StringMap<int32_t> levels;
  llvm::SmallVector<Operand> arguments;
};

} // namespace clew::compiler
