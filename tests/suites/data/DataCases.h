// DataCases: small task files and data files, for tests of the readers.
#pragma once

#include "suites/data/Dataset.h"
#include "tests/runtime/base/TemporaryFolder.h"
#include "tests/suites/data/TaskText.h"

#include <string>
#include <string_view>

namespace clew {

/// A folder that holds task.yaml and the data folder "data".
class DataCase {
public:
  DataCase(std::string_view kind, std::string_view layout) : DataCase(taskText(kind, layout)) {}
  explicit DataCase(const std::string &yaml);

  /// Writes a file below the task's folder.
  void write(const std::string &name, std::string_view text) const;
  /// The split dev, with `text` as its file.
  Result<Dataset> dev(std::string_view text) const;
  /// The same of test, which has no labels.
  Result<Dataset> test(std::string_view text) const;
  /// What is wrong with dev: "LINE: message" or "" if nothing; FILE is checked and left out.
  std::string wrong(std::string_view text) const;

  const Task &task() const { return theTask; }
  std::string yamlPath() const { return (folder.path + "/task.yaml"); }
  std::string dataFolder() const { return (folder.path + "/data"); }

private:
  TemporaryFolder folder;
  Task theTask;
};

} // namespace clew
