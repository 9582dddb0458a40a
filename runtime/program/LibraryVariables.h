// LibraryVariables: variables of the environment that a target's libraries read by themselves, and that change what they compute or how fast.
// They are honoured, or refused where a number would silently change; whoever keys or records a measurement states them.
#pragma once

#include "runtime/base/Target.h"
#include "runtime/program/Execution.h"

#include <string_view>

namespace clew {

/// Whether it is one of the target's: "ONEDNN_MAX_CPU_ISA" of oneDNN, "CUDA_VISIBLE_DEVICES" of NVIDIA's driver.
bool isLibraryVariable(Target target, std::string_view name);

/// Those that are set, with their values, sorted.
ExecutionFacts libraryVariables(Target target);

} // namespace clew
