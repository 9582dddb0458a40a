// TargetRules: what compiling for one target is, behind the graph passes that all share.
#pragma once

#include "compiler/Compile.h"

#include "mlir/IR/BuiltinOps.h"

#include <span>

namespace clew::compiler {

struct TargetRules {
  Target target = Target::Ref;
  bool choosesExecution = false; ///< whether the choices of Execution mean something to it
  bool trains = false;           ///< whether it runs Programs of training
  bool carries = false;          ///< whether it keeps states from batch to batch

  /// The machine that code is generated for, in words that tell any two apart: a part of the cache's keys. Errors: the machine's.
  Result<std::string> (*machine)(const CompileOptions &options) = nullptr;

  /// A module on which passes 1 to 4 have run becomes a Program: all but model, target, precision and execution.
  Result<Program> (*emit)(mlir::ModuleOp module, const CompileOptions &options) = nullptr;

  /// The stages behind the graph passes that it has, in their order, and how a module becomes the text of one.
  std::span<const std::string_view> stages = {};
  Result<std::string> (*print)(mlir::ModuleOp module, const CompileOptions &options, std::string_view stage) = nullptr;
};

/// All targets, in the order of kTargets.
std::span<const TargetRules> allTargetRules();

const TargetRules &rulesOf(Target target);

/// The choices that matter to a program of this target and precision; the others are as good as not made.
Execution executionOf(const CompileOptions &options);

} // namespace clew::compiler
