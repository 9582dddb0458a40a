// Choice: which of a row's own choices answers a question about a text (C3). Each choice is a sequence of its own, and the model gives one
// number for each.
#include "suites/kinds/BoardForm.h"
#include "suites/kinds/ChoiceNumber.h"
#include "suites/kinds/Decoding.h"
#include "suites/kinds/JsonText.h"
#include "suites/kinds/Kinds.h"
#include "suites/metrics/Measure.h"

#include <fmt/format.h>

#include <algorithm>

namespace clew {
namespace {

using nlohmann::json;

constexpr size_t kContext = 0;
constexpr size_t kQuestion = 1;
constexpr size_t kChoices = 2;

size_t choicesOf(const Row &row) { return row.lists[kChoices].size(); }

Result<void> readProbs(const json &probs, std::vector<float> &out) {
  for (const json &one : probs) {
    const double number = one.is_number() ? one.get<double>() : -1;
    if (!(number >= 0 && number <= 1.001)) { // softmax in low precision may pass 1 by a little
      return fail(ErrorKind::BadInput, "expected \"probs\", a list of numbers from 0 to 1");
    }
    out.push_back(static_cast<float>(number));
  }
  return probs.is_array() ? Result<void>() : fail(ErrorKind::BadInput, "expected \"probs\", a list of numbers");
}

class Choice : public TaskKind {
public:
  Choice()
      : TaskKind({.name = "choice",
                  .head = "choice",
                  .fields = {{"context", "context"}, {"question", "question"}, {"choices", "choices", FieldType::List}},
                  .readers = {"c3", "json"},
                  .metrics = namesOf(choiceMetrics()),
                  .sequence = {SequenceForm::Shape::TwoTexts, SequenceForm::Logits::Sequence, kContext, kQuestion}}) {}

  void readYaml(YamlFields & /*fields*/, Task & /*task*/, Diagnostics & /*diagnostics*/) const override {}

  std::vector<std::string> outputNames(const Task & /*task*/) const override { return {"choice"}; }

  int64_t outputs(const Task & /*task*/) const override { return 1; }

  Result<std::optional<Gold>> goldOf(const Task & /*task*/, std::span<const std::string_view> cells) const override {
    const Result<int32_t> number = choiceNumber(cells);
    return number ? Result<std::optional<Gold>>(Gold(*number)) : fail(number);
  }

  Result<void> checkRow(const Row &row) const override {
    const int32_t *gold = std::get_if<int32_t>(&row.gold);
    return gold ? checkChoice(*gold, choicesOf(row)) : Result<void>();
  }

  std::vector<int64_t> shares(int64_t characters) const override {
    const int64_t choice = characters > 3 ? characters / 4 : 0;
    const int64_t question = characters > 1 ? std::max<int64_t>(choice, 1) : 0;
    return {characters - choice - question, question, choice};
  }

  /// The context in the model's first text, question and choice in its second, as one piece; where that is too long, the end of the longer
  /// one is cut.
  void textsOf(const Row &row, int64_t /*longest*/, SequenceTexts &texts) const override {
    for (const std::string &choice : row.lists[kChoices]) {
      texts.sequences.push_back({row.fields[kContext], texts.keep(row.fields[kQuestion] + choice)});
    }
  }

  void decode(const Task & /*task*/, const Row & /*row*/, std::span<const SequenceLogits> sequences,
              Answer &answer) const override {
    thread_local std::vector<float> logits; // kept, so that decoding takes no memory
    logits.clear();
    for (const SequenceLogits &choice : sequences) {
      logits.push_back(choice.values.front());
    }
    LabelAnswer &given = answerAs<LabelAnswer>(answer);
    softmax(logits, given.probs);
    given.label = argmax(logits);
  }

  std::string render(const Task & /*task*/, const Row & /*row*/, const Prediction &prediction) const override {
    const LabelAnswer &given = std::get<LabelAnswer>(prediction.answer);
    std::string probs;
    for (const float one : given.probs) {
      probs += fmt::format("{}{}", probs.empty() ? "" : ", ", one);
    }
    return probs.empty()
               ? fmt::format(R"({{"id": {}, "label": {}}})", idText(prediction.id), given.label)
               : fmt::format(R"({{"id": {}, "label": {}, "probs": [{}]}})", idText(prediction.id), given.label, probs);
  }

  Result<void> readAnswer(const LabelIndex & /*labels*/, const json &object, Answer &answer) const override {
    const auto label = object.find("label");
    const Result<int32_t> number = choiceNumber(label == object.end() ? nullptr : &*label, "label");
    if (!number) {
      return fail(number);
    }
    LabelAnswer &given = answer.emplace<LabelAnswer>();
    given.label = *number;
    const auto probs = object.find("probs");
    return probs == object.end() ? Result<void>() : readProbs(*probs, given.probs);
  }

  Result<void> checkAnswer(const Row &row, Answer &answer) const override {
    const LabelAnswer &given = std::get<LabelAnswer>(answer);
    if (!given.probs.empty() && given.probs.size() != choicesOf(row)) {
      return fail(ErrorKind::BadInput, fmt::format("expected {} \"probs\", one for each choice, found {}",
                                                   choicesOf(row), given.probs.size()));
    }
    return checkChoice(given.label, choicesOf(row));
  }

  std::string renderSubmission(const Task &task, std::span<const Row> rows,
                               std::span<const Prediction> predictions) const override {
    return boardText(task, rows,
                     [&](size_t i) { return std::to_string(std::get<LabelAnswer>(predictions[i].answer).label); });
  }

  Result<Measure> measure(const Task & /*task*/, std::span<const Row> rows,
                          std::span<const Prediction> predictions) const override {
    return measureChoices(rows, predictions);
  }
};

} // namespace

const TaskKind &choiceKind() {
  static const Choice kind;
  return kind;
}

} // namespace clew
