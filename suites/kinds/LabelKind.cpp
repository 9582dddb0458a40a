// One label a sequence: from logits, in prediction files, on boards.
#include "suites/kinds/LabelKind.h"

#include "suites/kinds/BoardForm.h"
#include "suites/kinds/Decoding.h"
#include "suites/kinds/JsonText.h"
#include "suites/kinds/LabelProbs.h"
#include "suites/kinds/LabelSyntax.h"
#include "suites/metrics/Measure.h"

#include <fmt/format.h>

namespace clew {
namespace {

using nlohmann::json;

const std::string &labelOf(const Task &task, const Prediction &prediction) {
  return task.labels[static_cast<size_t>(std::get<LabelAnswer>(prediction.answer).label)];
}

} // namespace

void LabelKind::readYaml(YamlFields &fields, Task &task, Diagnostics &diagnostics) const {
  readLabels(fields, 2, task, diagnostics);
}

std::vector<std::string> LabelKind::outputNames(const Task &task) const { return task.labels; }

int64_t LabelKind::outputs(const Task &task) const { return static_cast<int64_t>(task.labels.size()); }

void LabelKind::decode(const Task & /*task*/, const Row & /*row*/, std::span<const SequenceLogits> sequences,
                       Answer &answer) const {
  LabelAnswer &given = answerAs<LabelAnswer>(answer);
  softmax(sequences.front().values, given.probs);
  given.label = argmax(sequences.front().values);
}

Result<void> LabelKind::targetsOf(const Task & /*task*/, const Row &row, const SequencePlaces & /*places*/,
                                  std::vector<int32_t> &targets) const {
  const Result<const int32_t *> gold = clew::goldOf<int32_t>(row);
  if (gold) {
    targets.push_back(**gold);
  }
  return gold ? Result<void>() : fail(gold);
}

std::string LabelKind::render(const Task &task, const Row & /*row*/, const Prediction &prediction) const {
  const std::string id = idText(prediction.id);
  const std::string label = jsonText(labelOf(task, prediction));
  const std::vector<float> &probs = std::get<LabelAnswer>(prediction.answer).probs;
  return probs.empty()
             ? fmt::format(R"({{"id": {}, "label": {}}})", id, label)
             : fmt::format(R"({{"id": {}, "label": {}, "probs": {{{}}}}})", id, label, probsText(task, probs));
}

Result<void> LabelKind::readAnswer(const LabelIndex &labels, const json &object, Answer &answer) const {
  const auto label = object.find("label");
  if (label == object.end() || (!label->is_string() && !label->is_number_integer())) {
    return fail(ErrorKind::BadInput, fmt::format("expected \"label\", one of the {} labels of task '{}'",
                                                 labels.task().labels.size(), labels.task().name));
  }
  const Result<int32_t> found = labels.find(label->is_string() ? label->get<std::string>() : label->dump());
  if (!found) {
    return fail(found);
  }
  LabelAnswer &given = answer.emplace<LabelAnswer>();
  given.label = *found;
  const auto probs = object.find("probs");
  return probs != object.end() ? readProbs(labels, *probs, given.probs) : Result<void>();
}

std::string LabelKind::renderSubmission(const Task &task, std::span<const Row> rows,
                                        std::span<const Prediction> predictions) const {
  const bool table = isTable(task);
  return boardText(task, rows, [&](size_t i) {
    const std::string &label = labelOf(task, predictions[i]);
    return table ? label : jsonText(label);
  });
}

Result<Measure> LabelKind::measure(const Task &task, std::span<const Row> rows,
                                   std::span<const Prediction> predictions) const {
  return measureLabels(task, rows, predictions);
}

} // namespace clew
