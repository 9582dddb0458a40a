// ExtraRows: labelled rows beside those of a task's own files, as `clew augment` keeps them, for a student to learn from.
#pragma once

#include "suites/data/Dataset.h"

#include <span>
#include <string>
#include <vector>

namespace clew {

struct ExtraFile {
  std::string path;
  std::string sha256;
  int64_t rows = 0;    ///< that are learnt from
  int64_t leftOut = 0; ///< that meet a row by which something is judged (AvoidedTexts.h)
};

struct ExtraRows {
  std::vector<Row> rows;
  std::vector<ExtraFile> files;
};

/// JSON lines with "text" and "label" in the form of the task's predictions, which are the official one of tags; all of them in memory. Rows of
/// which a field is, holds or is part of a field of `judging` are left out. Errors of readers of official files; BadInput for a file without
/// rows; Unsupported for kinds whose rows are more than one text.
Result<ExtraRows> readExtraRows(const Task &task, std::span<const std::string> paths, std::span<const Row> judging);

} // namespace clew
