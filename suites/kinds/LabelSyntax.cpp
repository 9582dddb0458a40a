// Labels, their other spellings, and those whose rows are left out.
#include "suites/kinds/LabelSyntax.h"

#include "yaml/Suggest.h"
#include "yaml/YamlFields.h"

#include <algorithm>
#include <set>

namespace clew {
namespace {

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
void readNames(const YamlNode &node, size_t least, Task &task, Diagnostics &diagnostics) {
  const bool list = node.kind == YamlNode::Kind::Map || node.kind == YamlNode::Kind::Sequence;
  if (list && !checkCount(node, least, "labels", diagnostics)) {
    return;
  }
  std::set<std::string> seen;
  const auto add = [&](const std::string &label, Spot at) {
    if (label.empty() || label.size() > 100) {
      diagnostics.error(at, "expected a label of 1 to 100 bytes");
    } else if (!seen.insert(label).second) {
      diagnostics.error(at, "the label '" + label + "' stands there twice");
    }
    task.labels.push_back(label);
  };
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

} // namespace

void readLabels(YamlFields &fields, size_t least, Task &task, Diagnostics &diagnostics) {
  if (const YamlEntry *entry = fields.need("labels")) {
    readNames(entry->value, least, task, diagnostics);
  }
  if (const YamlEntry *entry = fields.find("aliases")) {
    readAliases(entry->value, task, diagnostics);
  }
  if (const YamlEntry *entry = fields.find("skip")) {
    readSkipped(entry->value, task, diagnostics);
  }
}

} // namespace clew
