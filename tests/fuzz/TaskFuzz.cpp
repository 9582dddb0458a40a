// Tasks and boards in YAML.
#include "suites/data/Task.h"
#include "suites/run/BoardReader.h"
#include "tests/fuzz/Harness.h"

namespace clew::fuzz {
namespace {

template <typename T> void agree(const Result<T> &read, const std::vector<Error> &errors, const std::string &path) {
  expect(read.has_value() == errors.empty(), "one reading", errors.empty() ? "" : errors.front().render());
  for (const Error &error : errors) {
    expectRefusal(error, path);
  }
}

void run(std::string_view bytes) {
  const std::string path = folderOf({{"small.yaml", std::string(bytes)}}) + "/small.yaml";
  const Result<Task> task = readTask(path);
  agree(task, checkTaskFile(path), path);
  if (task) {
    expect(task->kind != nullptr && task->outputs() == static_cast<int64_t>(task->outputNames().size()),
           "as many names as outputs", task->name);
    for (const TaskSplit &split : task->splits) {
      for (const TaskFile &file : split.files) {
        expect(task->layout(file.layout) != nullptr, "a layout for each file", file.name);
        expect(!file.name.starts_with('/') && file.name.find("..") == std::string::npos, "a file inside its folder",
               file.name);
      }
    }
  }
  agree(readBoard(path), checkBoardFile(path), path);
}

std::vector<std::string> seeds() {
  std::vector<std::string> all = sourceFiles("suites/tasks", ".yaml");
  for (std::string &board : sourceFiles("suites/boards", ".yaml")) {
    all.push_back(std::move(board));
  }
  return all;
}

const Harness harness("task", run, seeds);

} // namespace
} // namespace clew::fuzz
