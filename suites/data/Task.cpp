// What follows from a task's fields.
#include "suites/data/Task.h"

#include "runtime/base/Excerpt.h"
#include "runtime/base/Sha256.h"
#include "yaml/Suggest.h"

#include <algorithm>

namespace clew {

const TaskSplit *Task::split(std::string_view wanted) const {
  const auto found = std::find_if(splits.begin(), splits.end(), [&](const TaskSplit &s) { return s.name == wanted; });
  return found == splits.end() ? nullptr : &*found;
}

const FileLayout *Task::layout(std::string_view wanted) const {
  const auto found =
      std::find_if(layouts.begin(), layouts.end(), [&](const FileLayout &l) { return l.name == wanted; });
  return found == layouts.end() ? nullptr : &*found;
}

std::vector<TaskPart> TaskFile::parts() const {
  std::vector<TaskPart> all = also;
  if (answers) {
    all.push_back(*answers);
  }
  return all;
}

std::string TaskFile::officialSha256() const {
  std::vector<std::pair<std::string, std::string>> all = {{name, sha256}};
  for (const TaskPart &part : parts()) {
    all.emplace_back(part.name, part.sha256);
  }
  const bool known = std::ranges::none_of(all, [](const auto &one) { return one.second.empty(); });
  return known ? sha256OfParts(all) : "";
}

std::string sha256OfParts(std::span<const std::pair<std::string, std::string>> namesAndDigests) {
  if (namesAndDigests.size() == 1) {
    return namesAndDigests.front().second;
  }
  std::string lines;
  for (const auto &[name, digest] : namesAndDigests) {
    lines += digest + "  " + name + "\n";
  }
  return sha256Of(std::string_view(lines)).value_or("");
}

int32_t Task::labelOf(std::string_view text) const {
  const auto alias = std::find_if(aliases.begin(), aliases.end(), [&](const auto &a) { return a.first == text; });
  const std::string_view meant = alias == aliases.end() ? text : std::string_view(alias->second);
  const auto found = std::find(labels.begin(), labels.end(), meant);
  return found == labels.end() ? -1 : static_cast<int32_t>(found - labels.begin());
}

Result<std::optional<int32_t>> Task::readLabel(std::string_view text) const {
  if (std::ranges::find(skipped, text) != skipped.end()) {
    return std::optional<int32_t>();
  }
  const int32_t label = labelOf(text);
  if (label >= 0) {
    return std::optional(label);
  }
  constexpr size_t kShown = 20;
  const auto end = labels.begin() + static_cast<std::ptrdiff_t>(std::min(kShown, labels.size()));
  const std::string more = labels.size() > kShown ? " and " + std::to_string(labels.size() - kShown) + " more" : "";
  return fail(ErrorKind::BadInput, "unknown label '" + excerpt(text) + "', the task '" + name + "' has " +
                                       quotedList({labels.begin(), end}) + more);
}

LabelIndex::LabelIndex(const Task &task) : owner(&task) {
  for (size_t i = 0; i < task.labels.size(); ++i) {
    byName.emplace(task.labels[i], static_cast<int32_t>(i));
  }
  for (const auto &[spelling, label] : task.aliases) {
    byName.emplace(spelling, task.labelOf(label));
  }
}

Result<int32_t> LabelIndex::find(const std::string &name) const {
  const auto found = byName.find(name);
  if (found == byName.end()) {
    return fail(ErrorKind::BadInput,
                "task '" + owner->name + "' has no label '" + excerpt(name) + "'" + didYouMean(name, owner->labels));
  }
  return found->second;
}

Result<std::optional<Gold>> TaskKind::goldOf(const Task &task, std::span<const std::string_view> cells) const {
  if (cells.size() != 1) {
    return fail(ErrorKind::BadInput, "expected one label, found " + std::to_string(cells.size()));
  }
  const Result<std::optional<int32_t>> label = task.readLabel(cells.front());
  if (!label) {
    return fail(label);
  }
  return *label ? std::optional<Gold>(**label) : std::nullopt;
}

Result<void> TaskKind::targetsOf(const Task &task, const Row & /*row*/, const SequencePlaces & /*places*/,
                                 std::vector<int32_t> & /*targets*/) const {
  return fail(ErrorKind::Unsupported,
              "no model is trained for tasks of the kind " + std::string(task.kind->name) + " yet", task.file);
}

Result<void> TaskKind::checkRow(const Row & /*row*/) const { return {}; }

void TaskKind::completeRow(Row & /*row*/) const {}

void TaskKind::textsOf(const Row &row, int64_t /*longest*/, SequenceTexts &texts) const {
  texts.sequences.push_back({row.fields[sequence.text], row.fields[sequence.other]});
}

Result<void> TaskKind::checkAnswer(const Row & /*row*/, Answer & /*answer*/) const { return {}; }

void TaskKind::gather(std::span<const Row> /*rows*/, std::vector<Prediction> & /*predictions*/) const {}

const TaskKind *findTaskKind(std::string_view name) {
  const auto kinds = taskKinds();
  const auto found = std::ranges::find(kinds, name, &TaskKind::name);
  return found == kinds.end() ? nullptr : *found;
}

} // namespace clew
