// See ExportMetadata.h.
#include "cli/ExportMetadata.h"

#include "runtime/weights/ConvertCheckpoint.h"
#include "runtime/weights/FileDigests.h"
#include "suites/run/LabelOrder.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace clew {
namespace {

std::string textForm(const TextForm &form) {
  nlohmann::ordered_json out = {{"tokenizer", form.tokenizer}, {"single", render(form.single)}};
  if (!form.pair.empty()) {
    out["pair"] = render(form.pair);
  }
  if (form.characters) {
    out["characters"] = {{"most", form.characters->most}, {"padding", form.characters->padding}};
  }
  return out.dump();
}

/// What the weights call their labels, or else the task.
Result<std::vector<std::string>> labelsFor(const ExportedFrom &from) {
  Result<std::vector<std::string>> labels = std::vector<std::string>();
  if (!from.path.empty()) {
    labels = labelsOf(from.weights, from.path);
  }
  if (!labels) {
    return labels;
  }
  if (const std::optional<Task> &task = from.model.task) {
    if (const Result<void> same = checkLabelOrder(*task, *labels, from.path); !same) {
      return fail(same);
    }
    labels = labels->empty() ? task->outputNames() : std::move(*labels);
  }
  if (!labels->empty() && from.outputs > 0 && static_cast<int64_t>(labels->size()) != from.outputs) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected a label for each of {} logits, found {} labels", from.outputs, labels->size()),
                from.path);
  }
  return labels;
}

/// sha256 of the files beside the weights that say how they are used: configurations, labels, tokenizers.
Result<nlohmann::ordered_json> filesBeside(const std::string &path) {
  nlohmann::ordered_json files = nlohmann::ordered_json::object();
  const Result<CheckpointFolder> folder = CheckpointFolder::open(path);
  const Result<std::vector<std::string>> names = folder ? companionsOf(*folder) : fail(folder);
  if (!names) {
    return fail(names);
  }
  for (const std::string &name : *names) {
    const Result<MappedFile> file = folder->map(name);
    const Result<std::string> digest = file ? FileDigests::shared().of(*file) : fail(file);
    if (!digest) {
      return fail(digest);
    }
    files[name] = *digest;
  }
  return files;
}

} // namespace

Result<std::vector<std::pair<std::string, std::string>>> exportMetadata(const ExportedFrom &from) {
  const Model &model = from.model.model;
  const Result<std::string> identity = from.weights.sha256();
  const Result<std::vector<std::string>> labels = identity ? labelsFor(from) : fail(identity);
  Result<nlohmann::ordered_json> files = nlohmann::ordered_json::object();
  if (labels && !from.path.empty()) {
    files = filesBeside(from.path);
  }
  if (!labels || !files) {
    return !labels ? fail(labels) : fail(files);
  }
  std::vector<std::pair<std::string, std::string>> metadata;
  for (const auto &[key, value] : from.weights.metadata()) { // licences, and whatever else the weights say
    if (!key.starts_with("clew.")) {
      metadata.emplace_back(key, value);
    }
  }
  metadata.emplace_back("clew.model", model.name());
  metadata.emplace_back("clew.source", model.source);
  metadata.emplace_back("clew.weights", *identity);
  metadata.emplace_back("clew.text", textForm(model.text));
  if (from.model.task) {
    metadata.emplace_back("clew.task", from.model.task->name);
  }
  if (from.outputs > 0 && !model.head.empty()) {
    metadata.emplace_back("clew.head", model.head);
  }
  if (!labels->empty()) {
    metadata.emplace_back("clew.labels", nlohmann::json(*labels).dump());
  }
  if (!files->empty()) {
    metadata.emplace_back("clew.files", files->dump());
  }
  return metadata;
}

} // namespace clew
