// LabelSyntax: the part of a task's YAML that kinds with labels share.
#pragma once

#include "suites/data/Task.h"

namespace clew {

/// Reads `labels` (at least `least`), `aliases` and `skip` into the task.
void readLabels(YamlFields &fields, size_t least, Task &task, Diagnostics &diagnostics);

} // namespace clew
