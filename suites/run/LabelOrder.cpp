// See LabelOrder.h.
#include "suites/run/LabelOrder.h"

#include "runtime/base/MappedFile.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <filesystem>

namespace clew {
namespace {

using nlohmann::json;

constexpr size_t kMostLabels = 100000;

json parsed(std::string_view text) {
  return json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
}

Result<std::vector<std::string>> listOf(std::string_view text, const std::string &path) {
  const json list = parsed(text);
  std::vector<std::string> labels;
  for (size_t i = 0; list.is_array() && i < list.size(); ++i) {
    if (list[i].is_string()) {
      labels.push_back(list[i].get<std::string>());
    }
  }
  if (!list.is_array() || labels.size() != list.size()) {
    return fail(ErrorKind::BadInput, "clew.labels: expected a JSON list of strings", path);
  }
  return labels;
}

/// {"0": "a", "1": "b"} -> a, b.
Result<std::vector<std::string>> fromConfig(const std::string &path) {
  const Result<MappedFile> file = MappedFile::open(path);
  if (!file) {
    return fail(file);
  }
  const json config = parsed({reinterpret_cast<const char *>(file->bytes().data()), file->size()});
  if (!config.is_object()) {
    return fail(ErrorKind::BadInput, "expected a JSON object", path);
  }
  const auto names = config.find("id2label");
  std::vector<std::string> labels;
  if (names == config.end()) {
    return labels;
  }
  bool unnamed = true;
  for (size_t i = 0; names->is_object() && i < std::min(names->size(), kMostLabels); ++i) {
    const auto name = names->find(std::to_string(i));
    if (name == names->end() || !name->is_string()) {
      break;
    }
    labels.push_back(name->get<std::string>());
    unnamed = unnamed && labels.back() == fmt::format("LABEL_{}", i);
  }
  if (!names->is_object() || labels.size() != names->size()) {
    return fail(ErrorKind::BadInput, "id2label: expected an object with the keys \"0\", \"1\", ... and texts", path);
  }
  return unnamed ? std::vector<std::string>() : labels;
}

} // namespace

Result<std::vector<std::string>> labelsOf(const Weights &weights, const std::string &path) {
  if (const auto found = weights.metadata().find("clew.labels"); found != weights.metadata().end()) {
    return listOf(found->second, path);
  }
  const std::filesystem::path config = std::filesystem::path(path) / "config.json";
  std::error_code error;
  if (path.empty() || !std::filesystem::is_regular_file(config, error)) {
    return std::vector<std::string>();
  }
  return fromConfig(config.string());
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
