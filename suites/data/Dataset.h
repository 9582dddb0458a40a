// Dataset: the rows of one split, read from the official file that is there.
#pragma once

#include "suites/data/Row.h"
#include "suites/data/Task.h"

namespace clew {

struct Dataset {
  std::vector<Row> rows;
  std::string path;      ///< the file that was read; of several the first
  std::string sha256;    ///< of its bytes; of several files sha256OfParts
  bool official = false; ///< sha256 equals the task's
  bool labelled = true;
  std::vector<RowId> skipped;     ///< of rows that the task leaves out by its own rule (OCNLI's label "-")
  std::vector<std::string> notes; ///< what was read otherwise than the file says it; people must be told
};

/// The folder with data sets: `option` (--data) if given, else $CLEW_DATA, else ~/.cache/clew/data. A task whose folder is not there but
/// which is shipped with the installation (suites/samples) is read from there.
Result<std::string> dataFolder(const std::string &option);

/// Where a task's files lie: `dataFolder`/task.folder, or the installation's samples as above. It need not exist.
std::string taskFolder(const Task &task, const std::string &dataFolder);

/// NotFound that lists the splits there are.
Result<const TaskSplit *> findSplit(const Task &task, const std::string &name);
/// The first of the split's accepted files that is in the task's folder, or null. Its parts may be missing.
const TaskFile *presentFile(const TaskSplit &split, const std::string &folder);

/// Reads a split. NotFound that names the files looked for and `clew data fetch TASK`; BadInput with FILE:LINE for what is malformed,
/// mislabelled, wrongly encoded (with the encoding it looks like) or cut short; all or nothing.
Result<Dataset> readSplit(const Task &task, const std::string &split, const std::string &dataFolder);

} // namespace clew
