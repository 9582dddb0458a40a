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

const FileLayout *Task::layout(std::string_view wanted) const {
  const auto found =
      std::find_if(layouts.begin(), layouts.end(), [&](const FileLayout &l) { return l.name == wanted; });
  return found == layouts.end() ? nullptr : &*found;
}

int32_t Task::labelOf(std::string_view text) const {
  const auto alias = std::find_if(aliases.begin(), aliases.end(), [&](const auto &a) { return a.first == text; });
  const std::string_view meant = alias == aliases.end() ? text : std::string_view(alias->second);
  const auto found = std::find(labels.begin(), labels.end(), meant);
  return found == labels.end() ? -1 : static_cast<int32_t>(found - labels.begin());
}

} // namespace clew
