// One label a sequence: from logits, in prediction files, on boards.
#include "suites/kinds/LabelKind.h"

#include "runtime/base/Excerpt.h"
#include "suites/kinds/Decoding.h"
#include "suites/kinds/JsonText.h"
#include "suites/kinds/LabelSyntax.h"
#include "suites/metrics/Measure.h"

#include <fmt/format.h>

#include <cmath>

namespace clew {
namespace {

using nlohmann::json;

constexpr double kProbabilitySlack = 1e-3; ///< softmax in low precision may pass 1 by a little

/// Floats in their shortest form that reads back the same; JSON's dump would print them as doubles.
std::string probsOf(const Task &task, const std::vector<float> &probs) {
  std::string text;
  for (size_t i = 0; i < probs.size(); ++i) {
    text += fmt::format("{}{}: {}", i > 0 ? ", " : "", jsonText(task.labels[i]),
                        std::isfinite(probs[i]) ? fmt::format("{}", probs[i]) : "null");
  }
  return text;
}

Result<void> readProbs(const LabelIndex &labels, const json &probs, std::vector<float> &out) {
  const size_t count = labels.task().labels.size();
  if (!probs.is_object() || probs.size() != count) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected \"probs\", an object with one number for each of the {} labels", count));
  }
  out.assign(count, -1);
  for (const auto &[name, value] : probs.items()) {
    const Result<int32_t> found = labels.find(name);
    if (!found) {
      return fail(found);
    }
    const double number = value.is_number() ? value.get<double>() : -1;
    if (!(number >= 0 && number <= 1 + kProbabilitySlack)) {
      return fail(ErrorKind::BadInput, fmt::format("the probability of '{}' is no number from 0 to 1", excerpt(name)));
    }
    float &place = out[static_cast<size_t>(*found)];
    if (place >= 0) {
      return fail(ErrorKind::BadInput, fmt::format("'{}' has two probabilities, one by an alias", excerpt(name)));
    }
    place = static_cast<float>(number);
  }
  return {};
}

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
  return probs.empty() ? fmt::format(R"({{"id": {}, "label": {}}})", id, label)
                       : fmt::format(R"({{"id": {}, "label": {}, "probs": {{{}}}}})", id, label, probsOf(task, probs));
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
  std::string text;
  for (size_t i = 0; i < rows.size(); ++i) {
    text += fmt::format("{{\"id\": {}, \"label\": {}}}\n", idText(rows[i].id), jsonText(labelOf(task, predictions[i])));
  }
  return text;
}

Result<Measure> LabelKind::measure(const Task &task, std::span<const Row> rows,
                                   std::span<const Prediction> predictions) const {
  return measureLabels(task, rows, predictions);
}

} // namespace clew
