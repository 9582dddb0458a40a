// CpuFeatures: what this CPU and its operating system offer, by LLVM's feature names. Programs name the features that their
// code needs; a lesser CPU must refuse them before it runs an instruction it does not have.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/program/Program.h"

#include <string_view>

namespace clew {

/// Whether this CPU has the feature and the operating system keeps its registers; false for names we do not know.
bool cpuHas(std::string_view feature);

bool cpuIsAmd();

/// Unsupported, listing all features of the Program's code that this CPU lacks.
Result<void> checkCpu(const Program &program);

} // namespace clew
