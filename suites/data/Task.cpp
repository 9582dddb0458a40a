// What follows from a task's fields.
#include "suites/data/Task.h"

#include <algorithm>

namespace clew {

std::string_view nameOf(TaskKind kind) {
  switch (kind) {
  case TaskKind::Classify:
    return "classify";
  case TaskKind::Pair:
    return "pair";
  case TaskKind::Tag:
    return "tag";
  case TaskKind::Span:
    return "span";
  }
  return "";
}

int64_t Task::outputs() const { return static_cast<int64_t>(outputNames().size()); }

std::vector<std::string> Task::outputNames() const {
  switch (kind) {
  case TaskKind::Classify:
  case TaskKind::Pair:
    return labels;
  case TaskKind::Tag: {
    std::vector<std::string> names = {"O"};
    for (const std::string &type : labels) {
      names.push_back("B-" + type);
      names.push_back("I-" + type);
    }
    return names;
  }
  case TaskKind::Span:
    return {"start", "end"};
  }
  return {};
}

const TaskSplit *Task::split(std::string_view wanted) const {
  const auto found = std::find_if(splits.begin(), splits.end(), [&](const TaskSplit &s) { return s.name == wanted; });
  return found == splits.end() ? nullptr : &*found;
}

} // namespace clew
