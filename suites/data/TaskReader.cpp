// Reads a task's YAML. Strict: whatever is unknown, missing, doubled or contradictory is said with its place, all at once, because a task
// that is half understood would publish wrong scores.
#include "suites/data/Task.h"
#include "suites/data/TaskSyntax.h"
#include "yaml/Suggest.h"
#include "yaml/YamlFields.h"

#include <algorithm>

namespace clew {
namespace {

/// Null for a kind that is not known.
const TaskKind *kindOf(const YamlNode &node, Diagnostics &diagnostics) {
  const std::optional<std::string> text = textOf(node, "'kind'", diagnostics);
  if (!text) {
    return nullptr;
  }
  const TaskKind *kind = findTaskKind(*text);
  if (!kind) {
    std::vector<std::string> names;
    for (const TaskKind *known : taskKinds()) {
      names.emplace_back(known->name);
    }
    const std::string hint = didYouMean(*text, names);
    diagnostics.error(node.at,
                      "unknown kind '" + *text + "'" + (hint.empty() ? ", there is " + quotedList(names) : hint));
  }
  return kind;
}

void readHeadline(const YamlNode &node, Task &task, Diagnostics &diagnostics) {
  task.headline = textOf(node, "'headline'", diagnostics).value_or("");
  const std::vector<std::string> known(task.kind->metrics.begin(), task.kind->metrics.end());
  if (!task.headline.empty() && std::ranges::find(known, task.headline) == known.end()) {
    diagnostics.error(node.at, "a " + std::string(task.kind->name) + " task has no metric '" + task.headline +
                                   "', it has " + quotedList(known));
  }
}

/// `metrics: [accuracy, f1]`: what is computed, the headline among it.
void readMetrics(const YamlEntry &entry, Task &task, Diagnostics &diagnostics) {
  const std::vector<std::string> known(task.kind->metrics.begin(), task.kind->metrics.end());
  for (const YamlNode *item : itemsOf(entry.value, "'metrics'", diagnostics)) {
    const std::string name = textOf(*item, "a metric", diagnostics).value_or("");
    if (std::ranges::find(known, name) == known.end()) {
      diagnostics.error(item->at, "a " + std::string(task.kind->name) + " task has no metric '" + name + "', it has " +
                                      quotedList(known));
    } else if (std::ranges::find(task.metrics, name) != task.metrics.end()) {
      diagnostics.error(item->at, "the metric '" + name + "' stands there twice");
    }
    task.metrics.push_back(name);
  }
}

/// A headline that is none of the metrics asked for, or usual ones, is computed too.
void checkMetrics(Spot at, Task &task, Diagnostics &diagnostics) {
  const auto asked = [&](const std::string &name) {
    return task.headline == name || std::ranges::find(task.metrics, name) != task.metrics.end();
  };
  if (!task.metrics.empty() && std::ranges::find(task.metrics, task.headline) == task.metrics.end()) {
    diagnostics.error(at, "the headline '" + task.headline + "' is none of the 'metrics'");
  }
  if (asked("f1") && !task.labels.empty() && task.labels.size() != 2) {
    diagnostics.error(at, "'f1' is that of the second of two labels; the task has " +
                              std::to_string(task.labels.size()) + " labels");
  }
}

void readName(const YamlNode &node, Task &task, Diagnostics &diagnostics) {
  task.name = textOf(node, "'task'", diagnostics).value_or("");
  const bool fine = !task.name.empty() && task.name.size() <= 64 &&
                    std::all_of(task.name.begin(), task.name.end(), [](unsigned char c) {
                      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
                    });
  if (!fine) {
    diagnostics.error(node.at,
                      "expected a name of small letters, digits, - and _, at most 64 long; found '" + task.name + "'");
  }
}

void readTaskNode(const YamlNode &root, Task &task, Diagnostics &diagnostics) {
  YamlFields fields(root, "a task", diagnostics);
  const auto text = [&](const YamlEntry *entry) {
    return entry ? textOf(entry->value, "'" + entry->key + "'", diagnostics).value_or("") : std::string();
  };
  if (const YamlEntry *entry = fields.need("task")) {
    readName(entry->value, task, diagnostics);
  }
  const YamlEntry *kind = fields.need("kind");
  task.kind = kind ? kindOf(kind->value, diagnostics) : nullptr;
  task.version = text(fields.need("version"));
  task.source = text(fields.need("source"));
  task.licence = text(fields.need("licence"));
  const YamlEntry *folder = fields.find("folder");
  task.folder = folder ? text(folder) : task.name;
  if (folder && !isInsideName(task.folder)) {
    diagnostics.error(folder->value.at, "expected a folder below the data folder, found '" + task.folder + "'");
  }
  const YamlEntry *headline = fields.need("headline");
  if (headline && task.kind) {
    readHeadline(headline->value, task, diagnostics);
  }
  if (const YamlEntry *entry = fields.need("longest")) {
    task.longest = intOf(entry->value, "'longest'", 4, 100000, diagnostics).value_or(512);
  }
  if (task.kind) {
    task.kind->readYaml(fields, task, diagnostics);
    if (const YamlEntry *metrics = fields.find("metrics")) {
      readMetrics(*metrics, task, diagnostics);
    }
    if (headline) {
      checkMetrics(headline->value.at, task, diagnostics);
    }
  }
  const YamlEntry *submission = fields.find("submission");
  task.submission = text(submission);
  if (submission && (!isInsideName(task.submission) || task.submission.find('/') != std::string::npos)) {
    diagnostics.error(submission->value.at, "expected a file name, found '" + task.submission + "'");
  }
  const std::string archive = text(fields.find("archive"));
  const YamlEntry *layouts = fields.need("layouts");
  if (layouts && task.kind) {
    readLayouts(layouts->value, task, diagnostics);
  }
  if (const YamlEntry *entry = fields.need("splits")) {
    readSplits(entry->value, archive, task, diagnostics);
  }
  if (task.kind) { // else nobody knows which keys may stand there
    fields.finish();
  }
}

Task parseTask(const std::string &text, Diagnostics &diagnostics) {
  Task task;
  task.file = diagnostics.fileName();
  if (const std::optional<YamlNode> root = parseYaml(text, diagnostics)) {
    readTaskNode(*root, task, diagnostics);
  }
  return task;
}

} // namespace

Result<Task> readTask(const std::string &path) {
  const Result<std::string> text = readSmallFile(path);
  if (!text) {
    return fail(text);
  }
  Diagnostics diagnostics(path);
  Task task = parseTask(*text, diagnostics);
  if (diagnostics.any()) {
    return Failure(diagnostics.first());
  }
  return task;
}

std::vector<Error> checkTaskFile(const std::string &path) {
  const Result<std::string> text = readSmallFile(path);
  if (!text) {
    return {text.error()};
  }
  Diagnostics diagnostics(path);
  parseTask(*text, diagnostics);
  return diagnostics.all();
}

} // namespace clew
