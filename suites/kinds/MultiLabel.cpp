// Multi-label: any number of labels for a text, none too. Each has a probability of its own, and those above one half are given.
#include "suites/kinds/BoardForm.h"
#include "suites/kinds/JsonText.h"
#include "suites/kinds/Kinds.h"
#include "suites/kinds/LabelProbs.h"
#include "suites/kinds/LabelSyntax.h"
#include "suites/metrics/Measure.h"
#include "yaml/YamlFields.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace clew {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// ["a", "b"]
std::string labelText(const Task &task, const Prediction &prediction) {
  ordered_json list = ordered_json::array();
  for (const int32_t label : std::get<LabelsAnswer>(prediction.answer).labels) {
    list.push_back(task.labels[static_cast<size_t>(label)]);
  }
  return jsonText(list);
}

/// Sorts labels, of which none may stand twice.
Result<void> putInOrder(const Task &task, std::vector<int32_t> &labels) {
  std::ranges::sort(labels);
  const auto twice = std::ranges::adjacent_find(labels);
  return twice == labels.end() ? Result<void>()
                               : fail(ErrorKind::BadInput, fmt::format("the label '{}' stands there twice",
                                                                       task.labels[static_cast<size_t>(*twice)]));
}

class MultiLabel : public TaskKind {
public:
  MultiLabel()
      : TaskKind({.name = "multi_label",
                  .head = "multi_label",
                  .fields = {{"text", "first"}},
                  .readers = {"json", "tsv", "csv", "quoted_tsv"},
                  .metrics = namesOf(labelSetMetrics()),
                  .sequence = {SequenceForm::Shape::OneText, SequenceForm::Logits::Sequence, 0, 0},
                  .severalGold = true}) {}

  void readYaml(YamlFields &fields, Task &task, Diagnostics &diagnostics) const override {
    readLabels(fields, 2, task, diagnostics);
    if (const YamlEntry *entry = fields.find("separator")) {
      task.separator = textOf(entry->value, "'separator'", diagnostics).value_or("");
      if (task.separator.empty()) {
        diagnostics.error(entry->value.at, "expected what stands between the labels of a cell");
      }
    }
  }

  std::vector<std::string> outputNames(const Task &task) const override { return task.labels; }

  int64_t outputs(const Task &task) const override { return static_cast<int64_t>(task.labels.size()); }

  /// A list of labels, or a cell with the task's separator between them; an empty one has none.
  Result<std::optional<Gold>> goldOf(const Task &task, std::span<const std::string_view> cells) const override {
    std::vector<int32_t> labels;
    for (std::string_view cell : cells) {
      while (!cell.empty()) {
        const size_t end = task.separator.empty() ? cell.size() : std::min(cell.find(task.separator), cell.size());
        const Result<std::optional<int32_t>> label = task.readLabel(cell.substr(0, end));
        if (!label) {
          return fail(label);
        }
        if (!*label) {
          return std::optional<Gold>(); // the row is skipped
        }
        labels.push_back(**label);
        cell.remove_prefix(std::min(end + task.separator.size(), cell.size()));
      }
    }
    const Result<void> sorted = putInOrder(task, labels);
    return sorted ? Result<std::optional<Gold>>(Gold(std::move(labels))) : fail(sorted);
  }

  std::vector<int64_t> shares(int64_t characters) const override { return {characters}; }

  void decode(const Task & /*task*/, const Row & /*row*/, std::span<const SequenceLogits> sequences,
              Answer &answer) const override {
    LabelsAnswer &given = answerAs<LabelsAnswer>(answer);
    given.labels.clear();
    given.probs.clear();
    given.blanks.clear();
    const std::span<const float> logits = sequences.front().values;
    for (size_t label = 0; label < logits.size(); ++label) {
      given.probs.push_back(1 / (1 + std::exp(-logits[label])));
      if (logits[label] > 0) {
        given.labels.push_back(static_cast<int32_t>(label));
      }
    }
  }

  std::string render(const Task &task, const Row & /*row*/, const Prediction &prediction) const override {
    const std::vector<float> &probs = std::get<LabelsAnswer>(prediction.answer).probs;
    const std::string end = probs.empty() ? "" : fmt::format(R"(, "probs": {{{}}})", probsText(task, probs));
    return fmt::format(R"({{"id": {}, "label": {}{}}})", idText(prediction.id), labelText(task, prediction), end);
  }

  Result<void> readAnswer(const LabelIndex &labels, const json &object, Answer &answer) const override {
    const auto list = object.find("label");
    if (list == object.end() || !list->is_array()) {
      return fail(ErrorKind::BadInput,
                  fmt::format("expected \"label\", a list of labels of task '{}'", labels.task().name));
    }
    LabelsAnswer &given = answer.emplace<LabelsAnswer>();
    for (const json &one : *list) {
      if (!one.is_string() && !one.is_number_integer()) {
        return fail(ErrorKind::BadInput, "expected \"label\", a list of labels, found something else in it");
      }
      const Result<int32_t> found = labels.find(one.is_string() ? one.get<std::string>() : one.dump());
      if (!found) {
        return fail(found);
      }
      given.labels.push_back(*found);
    }
    if (Result<void> sorted = putInOrder(labels.task(), given.labels); !sorted) {
      return sorted;
    }
    const auto probs = object.find("probs");
    return probs == object.end() ? Result<void>() : readProbs(labels, *probs, given.probs);
  }

  std::string renderSubmission(const Task &task, std::span<const Row> rows,
                               std::span<const Prediction> predictions) const override {
    return boardText(task, rows, [&](size_t i) { return labelText(task, predictions[i]); });
  }

  Result<Measure> measure(const Task &task, std::span<const Row> rows,
                          std::span<const Prediction> predictions) const override {
    return measureLabelSets(task, rows, predictions);
  }
};

} // namespace

const TaskKind &multiLabelKind() {
  static const MultiLabel kind;
  return kind;
}

} // namespace clew
