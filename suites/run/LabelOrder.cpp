// See LabelOrder.h.
#include "suites/run/LabelOrder.h"

#include "runtime/base/JsonTree.h"
#include "runtime/weights/CheckpointFolder.h"
#include "runtime/weights/StoredType.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <optional>

namespace clew {
namespace {

constexpr size_t kMostConfigBytes = size_t{16} << 20;

/// "LABEL_3" is what Hugging Face writes where nobody gave a name.
bool isUnnamed(const std::vector<std::string> &labels) {
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] != fmt::format("LABEL_{}", i)) {
      return false;
    }
  }
  return true;
}

Result<std::vector<std::string>> fromMetadata(const Weights &weights) {
  std::vector<std::string> labels;
  const auto found = weights.metadata().find("clew.labels");
  if (found == weights.metadata().end()) {
    return labels;
  }
  const Result<JsonNode> list = parseJsonTree(found->second, weights.path());
  for (const JsonNode &item : list ? list->items : std::vector<JsonNode>()) {
    if (item.kind == JsonNode::Kind::Text) {
      labels.push_back(item.text);
    }
  }
  if (!list || list->kind != JsonNode::Kind::Array || labels.size() != list->items.size()) {
    return fail(ErrorKind::BadInput, "clew.labels: expected a JSON list of strings", weights.path());
  }
  return labels;
}

/// {"0": "a", "1": "b"} -> a, b.
Result<std::vector<std::string>> namesIn(const JsonNode &config, const std::string &path) {
  const JsonNode *names = config.find("id2label");
  std::vector<std::string> labels;
  if (!names || names->kind == JsonNode::Kind::Null) {
    return labels;
  }
  std::map<std::string_view, const JsonNode *> byNumber;
  for (const JsonEntry &entry : names->entries) {
    byNumber.emplace(entry.key, &entry.value);
  }
  for (size_t i = 0; i < byNumber.size(); ++i) {
    const auto name = byNumber.find(std::to_string(i));
    if (name == byNumber.end() || name->second->kind != JsonNode::Kind::Text) {
      break;
    }
    labels.push_back(name->second->text);
  }
  if (names->kind != JsonNode::Kind::Object || labels.size() != byNumber.size()) {
    return fail(ErrorKind::BadInput, "id2label: expected an object with the keys \"0\", \"1\", ... and texts",
                fmt::format("{}:{}", path, names->line));
  }
  return labels;
}

/// label2id is the same table the other way round; one that nobody filled in (LABEL_0) says nothing.
Result<void> checkNumbers(const JsonNode &config, const std::vector<std::string> &labels, const std::string &path) {
  const JsonNode *numbers = config.find("label2id");
  if (!numbers || labels.empty()) {
    return {};
  }
  for (const JsonEntry &entry : numbers->entries) {
    const auto number = static_cast<size_t>(entry.value.integer);
    const bool right =
        entry.value.kind == JsonNode::Kind::Integer && number < labels.size() && labels[number] == entry.key;
    if (!right && !entry.key.starts_with("LABEL_")) {
      return fail(ErrorKind::BadInput,
                  fmt::format("label2id: expected what id2label says, found {} for {}", describe(entry.value),
                              quoteName(entry.key)),
                  fmt::format("{}:{}", path, entry.value.line));
    }
  }
  return {};
}

Result<std::vector<std::string>> fromConfig(const CheckpointFolder &folder) {
  const Result<std::optional<std::string>> text = folder.readText("config.json", kMostConfigBytes);
  std::vector<std::string> labels;
  if (!text || !*text) {
    return text ? labels : Result<std::vector<std::string>>(fail(text));
  }
  const std::string path = folder.pathOf("config.json");
  const Result<JsonNode> config = parseJsonTree(**text, path);
  if (!config || config->kind != JsonNode::Kind::Object) {
    return config ? fail(ErrorKind::BadInput, "expected a JSON object", path) : fail(config);
  }
  Result<std::vector<std::string>> named = namesIn(*config, path);
  if (named) {
    if (Result<void> same = checkNumbers(*config, *named, path); !same) {
      return fail(same);
    }
  }
  return named && isUnnamed(*named) ? labels : named;
}

} // namespace

Result<std::vector<std::string>> labelsOf(const Weights &weights, const std::string &path) {
  Result<std::vector<std::string>> own = fromMetadata(weights);
  const Result<CheckpointFolder> folder = own ? CheckpointFolder::open(path) : fail(own);
  Result<std::vector<std::string>> said = folder ? fromConfig(*folder) : fail(folder);
  if (!said || own->empty()) {
    return said;
  }
  if (!said->empty() && *said != *own) {
    return fail(ErrorKind::BadInput,
                fmt::format("id2label: expected the labels that the weights themselves name, [{}], found [{}]",
                            fmt::join(*own, ", "), fmt::join(*said, ", ")),
                folder->pathOf("config.json"));
  }
  return own;
}

Result<void> checkLabelOrder(const Task &task, const std::vector<std::string> &labels, const std::string &path) {
  const std::vector<std::string> wanted = task.outputNames();
  if (labels.empty() || task.labels.empty() || labels == wanted || labels == task.labelNames) {
    return {};
  }
  return fail(
      ErrorKind::BadInput,
      fmt::format("the labels are not those of the task '{}' in its order; the task has [{}], the weights have [{}]",
                  task.name, fmt::join(wanted, ", "), fmt::join(labels, ", ")),
      path);
}

} // namespace clew
