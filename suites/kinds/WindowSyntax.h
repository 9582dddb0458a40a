// WindowSyntax: the part of a task's YAML that kinds with windows share.
#pragma once

#include "suites/data/Task.h"

namespace clew {

/// Reads `stride`, the tokens by which windows overlap: 1 to less than `longest`.
void readStride(YamlFields &fields, Task &task, Diagnostics &diagnostics);

} // namespace clew
