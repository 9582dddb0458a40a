// Span: an answer inside a text to a question. Official predictions are one JSON document, as run_squad writes it.
#include "runtime/base/Excerpt.h"
#include "runtime/base/JsonTree.h"
#include "suites/kinds/Decoding.h"
#include "suites/kinds/JsonText.h"
#include "suites/kinds/Kinds.h"
#include "suites/kinds/WindowSyntax.h"
#include "suites/metrics/Measure.h"
#include "yaml/YamlFields.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace clew {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr size_t kContext = 0;
constexpr size_t kQuestion = 1;

/// {id: answer}
Result<std::vector<Prediction>> readAnswers(const JsonNode &document, const std::string &path) {
  std::vector<Prediction> predictions;
  for (const auto &[id, answer] : document.entries) {
    if (answer.kind != JsonNode::Kind::Text) {
      return fail(ErrorKind::BadInput,
                  fmt::format("expected {{id: answer}} with a text as the answer to '{}', found {}", excerpt(id),
                              describe(answer)),
                  fmt::format("{}:{}", path, answer.line));
    }
    predictions.push_back({id, TextAnswer{answer.text, -1}});
  }
  return predictions;
}

class Span : public TaskKind {
public:
  Span()
      : TaskKind({.name = "span",
                  .head = "span",
                  .fields = {{"context", "first"}, {"question", "second"}},
                  .readers = {"squad"},
                  .metrics = namesOf(textMetrics()),
                  .sequence = {SequenceForm::Shape::Windows, SequenceForm::Logits::Token, kContext, kQuestion},
                  .readDocument = readAnswers}) {}

  void readYaml(YamlFields &fields, Task &task, Diagnostics &diagnostics) const override {
    constexpr int64_t kMost = 100000;
    readStride(fields, task, diagnostics);
    if (const YamlEntry *entry = fields.need("longest_answer")) {
      task.longestAnswer = intOf(entry->value, "'longest_answer'", 1, kMost, diagnostics).value_or(1);
    }
  }

  std::vector<std::string> outputNames(const Task & /*task*/) const override { return {"start", "end"}; }

  int64_t outputs(const Task & /*task*/) const override { return 2; }

  std::vector<int64_t> shares(int64_t characters) const override {
    const int64_t question = std::clamp<int64_t>(characters / 4, 1, 24);
    return {characters - question, question};
  }

  void decode(const Task &task, const Row &row, std::span<const SequenceLogits> sequences,
              Answer &answer) const override {
    BestSpan best;
    for (const SequenceLogits &window : sequences) {
      improveSpan(task.longestAnswer, window, best);
    }
    TextAnswer &given = answerAs<TextAnswer>(answer);
    given.start = best.begin;
    given.text = best.begin >= 0 ? codePoints(row.fields[kContext], best.begin, best.end) : std::string_view();
  }

  std::string render(const Task & /*task*/, const Row & /*row*/, const Prediction &prediction) const override {
    const TextAnswer &given = std::get<TextAnswer>(prediction.answer);
    return fmt::format(R"({{"id": {}, "answer": {}, "start": {}}})", idText(prediction.id), jsonText(given.text),
                       given.start);
  }

  Result<void> readAnswer(const LabelIndex & /*labels*/, const json &object, Answer &answer) const override {
    const auto text = object.find("answer");
    if (text == object.end() || !text->is_string()) {
      return fail(ErrorKind::BadInput, "expected \"answer\", a string");
    }
    TextAnswer &given = answer.emplace<TextAnswer>();
    given.text = text->get<std::string>();
    const auto start = object.find("start");
    if (start == object.end() || start->is_null()) {
      return {};
    }
    const bool fits = start->is_number_integer() &&
                      (!start->is_number_unsigned() || start->get<uint64_t>() <= std::numeric_limits<int32_t>::max());
    const int64_t number = fits ? start->get<int64_t>() : -2;
    if (number < -1 || number > std::numeric_limits<int32_t>::max()) {
      return fail(ErrorKind::BadInput, "\"start\" is no character's number (-1: unknown)");
    }
    given.start = static_cast<int32_t>(number);
    return {};
  }

  std::string renderSubmission(const Task & /*task*/, std::span<const Row> rows,
                               std::span<const Prediction> predictions) const override {
    ordered_json all = ordered_json::object();
    for (size_t i = 0; i < rows.size(); ++i) {
      all[clew::render(rows[i].id)] = std::get<TextAnswer>(predictions[i].answer).text;
    }
    return jsonText(all, 2) + "\n";
  }

  Result<Measure> measure(const Task & /*task*/, std::span<const Row> rows,
                          std::span<const Prediction> predictions) const override {
    return measureTexts(rows, predictions);
  }
};

} // namespace

const TaskKind &spanKind() {
  static const Span kind;
  return kind;
}

} // namespace clew
