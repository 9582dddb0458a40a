// The official files themselves, where they are: $CLEW_DATA, else shared/data beside the checkout. Rows, labels and hashes are held against
// the task files. Without data the test says so and is skipped.
#include "suites/data/Dataset.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

using namespace clew;

namespace {

constexpr int kSkipped = 77;

int wrong = 0;
int files = 0;

void complain(const std::string &what) {
  std::printf("%s\n", what.c_str());
  ++wrong;
}

/// Reads one split from the file that is there; every file must be the official one.
void readOne(const Task &task, const TaskSplit &split, const std::string &folder) {
  const std::string name = task.name + " " + split.name;
  const TaskFile *file = presentFile(split, taskFolder(task, folder));
  if (!file) {
    return;
  }
  const Result<Dataset> data = readSplit(task, split.name, folder);
  if (!data) {
    complain(name + ": " + data.error().render());
    return;
  }
  ++files;
  const int64_t rows = static_cast<int64_t>(data->rows.size() + data->skipped.size());
  if (!data->official) {
    complain(name + ": " + data->path + " is not the official file");
  }
  if (rows != file->rows) {
    complain(name + ": expected " + std::to_string(file->rows) + " rows, found " + std::to_string(rows));
  }
  const int64_t expectedSkipped = task.name != "ocnli" ? 0 : split.name == "train" ? 49 : split.name == "dev" ? 50 : 0;
  const auto skipped = static_cast<int64_t>(data->skipped.size());
  if (skipped != expectedSkipped) {
    complain(name + ": skipped " + std::to_string(skipped));
  }
  std::printf("%-28s %6zu rows, %lld skipped\n", name.c_str(), data->rows.size(), static_cast<long long>(skipped));
}

} // namespace

int main() {
  const char *given = std::getenv("CLEW_DATA");
  const std::string folder = given && *given ? given : std::string(CLEW_SOURCE_DIR) + "/../shared/data";
  std::error_code code;
  if (!std::filesystem::is_directory(std::filesystem::path(folder) / "cluener", code)) {
    std::printf("skipped: no official data in %s (set CLEW_DATA)\n", folder.c_str());
    return kSkipped;
  }
  const Result<TaskSet> set = TaskSet::open({std::string(CLEW_SOURCE_DIR) + "/suites/tasks"});
  if (!set) {
    std::printf("%s\n", set.error().render().c_str());
    return 1;
  }
  for (const Task &task : set->tasks()) {
    for (const TaskSplit &split : task.splits) {
      readOne(task, split, folder);
    }
  }
  std::printf("%d files read, %d wrong\n", files, wrong);
  return wrong == 0 && files > 0 ? 0 : 1;
}
