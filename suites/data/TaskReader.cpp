// Reads a task's YAML. Strict: whatever is unknown, missing, doubled or contradictory is said with its place, all at once, because a task
// that is half understood would publish wrong scores.
#include "suites/data/Layouts.h"
#include "suites/data/Task.h"
#include "suites/data/TaskSyntax.h"
#include "yaml/Suggest.h"
#include "yaml/YamlFields.h"

#include <algorithm>
#include <set>

namespace clew {
namespace {

std::optional<TaskKind> kindOf(const YamlNode &node, Diagnostics &diagnostics) {
  static const std::vector<std::string> kNames = {"classify", "pair", "tag", "span"};
  const std::optional<std::string> text = textOf(node, "'kind'", diagnostics);
  if (!text) {
    return std::nullopt;
  }
  for (const TaskKind kind : {TaskKind::Classify, TaskKind::Pair, TaskKind::Tag, TaskKind::Span}) {
    if (*text == nameOf(kind)) {
      return kind;
    }
  }
  const std::string hint = didYouMean(*text, kNames);
  diagnostics.error(node.at,
                    "unknown kind '" + *text + "'" + (hint.empty() ? ", there is " + quotedList(kNames) : hint));
  return std::nullopt;
}

void readHeadline(const YamlNode &node, Task &task, Diagnostics &diagnostics) {
  task.headline = textOf(node, "'headline'", diagnostics).value_or("");
  std::vector<std::string> known = {"accuracy", "macro_f1", "micro_f1"};
  if (task.kind == TaskKind::Tag) {
    known = {"entity_f1", "clue_macro_f1"};
  } else if (task.kind == TaskKind::Span) {
    known = {"em", "f1"};
  }
  if (!task.headline.empty() && std::find(known.begin(), known.end(), task.headline) == known.end()) {
    diagnostics.error(node.at, "a " + std::string(nameOf(task.kind)) + " task has no metric '" + task.headline +
                                   "', it has " + quotedList(known));
  }
}

constexpr size_t kMostLabels = 10000;

/// False, with an error, when there are too few or too many: before anything is compared with all the others.
bool checkCount(const YamlNode &node, size_t least, const std::string &what, Diagnostics &diagnostics) {
  const size_t count = node.kind == YamlNode::Kind::Map ? node.entries.size() : node.items.size();
  if (count < least || count > kMostLabels) {
    diagnostics.error(node.at, "expected " + std::to_string(least) + " to " + std::to_string(kMostLabels) + " " + what +
                                   ", found " + std::to_string(count));
    return false;
  }
  return true;
}

/// A list of labels, or a map from each label to its name for people.
void readLabels(const YamlNode &node, Task &task, Diagnostics &diagnostics) {
  const auto add = [&](const std::string &label, Spot at) {
    if (label.empty() || label.size() > 100) {
      diagnostics.error(at, "expected a label of 1 to 100 bytes");
    } else if (std::find(task.labels.begin(), task.labels.end(), label) != task.labels.end()) {
      diagnostics.error(at, "the label '" + label + "' stands there twice");
    }
    task.labels.push_back(label);
  };
  const bool list = node.kind == YamlNode::Kind::Map || node.kind == YamlNode::Kind::Sequence;
  if (list && !checkCount(node, task.kind == TaskKind::Tag ? 1 : 2, "labels", diagnostics)) {
    return;
  }
  if (node.kind == YamlNode::Kind::Map) {
    for (const YamlEntry &entry : node.entries) {
      add(entry.key, entry.at);
      task.labelNames.push_back(textOf(entry.value, "the name of label '" + entry.key + "'", diagnostics).value_or(""));
    }
  } else {
    for (const YamlNode *item : itemsOf(node, "'labels'", diagnostics)) {
      add(textOf(*item, "a label", diagnostics).value_or("?"), item->at);
    }
  }
}

void readAliases(const YamlNode &node, Task &task, Diagnostics &diagnostics) {
  expectMap(node, "'aliases'", diagnostics);
  if (!checkCount(node, 0, "aliases", diagnostics)) {
    return;
  }
  for (const YamlEntry &entry : node.entries) {
    const std::string meant = textOf(entry.value, "the label of '" + entry.key + "'", diagnostics).value_or("");
    if (task.labelOf(entry.key) >= 0) {
      diagnostics.error(entry.at, "'" + entry.key + "' is a label itself");
    } else if (std::find(task.labels.begin(), task.labels.end(), meant) == task.labels.end()) {
      diagnostics.error(entry.value.at, "unknown label '" + meant + "'" + didYouMean(meant, task.labels));
    }
    task.aliases.emplace_back(entry.key, meant);
  }
}

void readSkipped(const YamlNode &node, Task &task, Diagnostics &diagnostics) {
  if (!checkCount(node, 0, "skipped labels", diagnostics)) {
    return;
  }
  for (const YamlNode *item : itemsOf(node, "'skip'", diagnostics)) {
    const std::string label = textOf(*item, "a skipped label", diagnostics).value_or("");
    if (task.labelOf(label) >= 0) {
      diagnostics.error(item->at, "'" + label + "' is a label of the task and cannot be skipped");
    }
    task.skipped.push_back(label);
  }
}

/// What only some kinds have: labels or windows.
void readByKind(YamlFields &fields, Task &task, Diagnostics &diagnostics) {
  const auto number = [&](const YamlEntry *entry, int64_t least, int64_t most) {
    const std::string what = entry ? "'" + entry->key + "'" : "";
    return entry ? intOf(entry->value, what, least, most, diagnostics).value_or(least) : int64_t{0};
  };
  if (task.kind == TaskKind::Span) {
    task.stride = number(fields.need("stride"), 1, 100000);
    task.longestAnswer = number(fields.need("longest_answer"), 1, 100000);
    return;
  }
  if (const YamlEntry *entry = fields.need("labels")) {
    readLabels(entry->value, task, diagnostics);
  }
  if (const YamlEntry *entry = fields.find("aliases")) {
    readAliases(entry->value, task, diagnostics);
  }
  if (const YamlEntry *entry = fields.find("skip")) {
    readSkipped(entry->value, task, diagnostics);
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
  const std::optional<TaskKind> known = kind ? kindOf(kind->value, diagnostics) : std::nullopt;
  task.kind = known.value_or(TaskKind::Classify);
  task.version = text(fields.need("version"));
  task.source = text(fields.need("source"));
  task.licence = text(fields.need("licence"));
  const YamlEntry *folder = fields.find("folder");
  task.folder = folder ? text(folder) : task.name;
  if (folder && !isInsideName(task.folder)) {
    diagnostics.error(folder->value.at, "expected a folder below the data folder, found '" + task.folder + "'");
  }
  const YamlEntry *headline = fields.need("headline");
  if (headline && known) {
    readHeadline(headline->value, task, diagnostics);
  }
  if (const YamlEntry *entry = fields.need("longest")) {
    task.longest = intOf(entry->value, "'longest'", 4, 100000, diagnostics).value_or(512);
  }
  if (known) {
    readByKind(fields, task, diagnostics);
  } else {
    for (const char *key : {"labels", "aliases", "skip", "stride", "longest_answer"}) {
      fields.find(key);
    }
  }
  const YamlEntry *submission = fields.find("submission");
  task.submission = text(submission);
  if (submission && (!isInsideName(task.submission) || task.submission.find('/') != std::string::npos)) {
    diagnostics.error(submission->value.at, "expected a file name, found '" + task.submission + "'");
  }
  const std::string archive = text(fields.find("archive"));
  const YamlEntry *layouts = fields.need("layouts");
  if (layouts && known) {
    readLayouts(layouts->value, task, diagnostics);
  }
  if (const YamlEntry *entry = fields.need("splits")) {
    readSplits(entry->value, archive, task, diagnostics);
  }
  fields.finish();
  if (task.kind == TaskKind::Span && task.stride >= task.longest) {
    diagnostics.error(root.at, "'stride' must be less than 'longest'");
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
