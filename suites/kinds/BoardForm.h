// BoardForm: the two forms of official submissions that have a line for each row. CLUE takes JSON lines, GLUE a table.
#pragma once

#include "runtime/base/FunctionRef.h"
#include "suites/data/Task.h"

namespace clew {

/// Whether the task's submission is a table: its name ends in .tsv.
bool isTable(const Task &task);

/// {"id": .., "label": VALUE} a line, or, of a table, `index<TAB>prediction` and ID<TAB>VALUE a line; value(i) is that of rows[i], written as
/// JSON or as a cell.
std::string boardText(const Task &task, std::span<const Row> rows, FunctionRef<std::string(size_t row)> value);

} // namespace clew
