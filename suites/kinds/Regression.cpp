// Regression: a number for two texts (STS-B): how similar they are.
#include "runtime/base/Excerpt.h"
#include "suites/kinds/BoardForm.h"
#include "suites/kinds/JsonText.h"
#include "suites/kinds/Kinds.h"
#include "suites/metrics/Measure.h"
#include "yaml/YamlFields.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace clew {
namespace {

using nlohmann::json;

/// A finite number that is the whole text.
std::optional<double> numberOf(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size() && !text.empty();
  return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

class Regression : public TaskKind {
public:
  Regression()
      : TaskKind({.name = "regression",
                  .head = "regression",
                  .fields = {{"sentence1", "first"}, {"sentence2", "second"}},
                  .readers = {"json", "tsv", "csv", "quoted_tsv"},
                  .metrics = numberMetricNames(),
                  .sequence = {SequenceForm::Shape::TwoTexts, SequenceForm::Logits::Sequence, 0, 1}}) {}

  /// `range: [0, 5]`: outside of it no number of a file can be right.
  void readYaml(YamlFields &fields, Task &task, Diagnostics &diagnostics) const override {
    const YamlEntry *entry = fields.need("range");
    if (!entry) {
      return;
    }
    constexpr double kMost = 1e9;
    std::vector<double> ends;
    for (const YamlNode *item : itemsOf(entry->value, "'range'", diagnostics)) {
      ends.push_back(floatOf(*item, "an end of 'range'", -kMost, kMost, diagnostics).value_or(0));
    }
    if (ends.size() != 2 || !(ends[0] < ends[1])) {
      diagnostics.error(entry->value.at, "expected 'range' as [least, greatest]");
      return;
    }
    task.range = {ends[0], ends[1]};
  }

  std::vector<std::string> outputNames(const Task & /*task*/) const override { return {"number"}; }

  int64_t outputs(const Task & /*task*/) const override { return 1; }

  Result<std::optional<Gold>> goldOf(const Task &task, std::span<const std::string_view> cells) const override {
    const std::optional<double> number = cells.size() == 1 ? numberOf(cells.front()) : std::nullopt;
    const auto [least, greatest] = task.range.value_or(std::pair(-HUGE_VAL, HUGE_VAL));
    if (!number || *number < least || *number > greatest) {
      return fail(ErrorKind::BadInput, fmt::format("expected a number from {} to {}, found {}", least, greatest,
                                                   cells.size() == 1 ? "'" + excerpt(cells.front()) + "'" : "a list"));
    }
    return std::optional<Gold>(*number);
  }

  std::vector<int64_t> shares(int64_t characters) const override { return {(characters + 1) / 2, characters / 2}; }

  void decode(const Task & /*task*/, const Row & /*row*/, std::span<const SequenceLogits> sequences,
              Answer &answer) const override {
    answerAs<NumberAnswer>(answer).number = sequences.front().values.front();
  }

  std::string render(const Task & /*task*/, const Row & /*row*/, const Prediction &prediction) const override {
    return fmt::format(R"({{"id": {}, "label": {}}})", idText(prediction.id),
                       std::get<NumberAnswer>(prediction.answer).number);
  }

  Result<void> readAnswer(const LabelIndex & /*labels*/, const json &object, Answer &answer) const override {
    const auto label = object.find("label");
    std::optional<double> number;
    if (label != object.end() && label->is_number()) {
      number = label->get<double>();
    } else if (label != object.end() && label->is_string()) {
      number = numberOf(label->get_ref<const std::string &>());
    }
    if (!number || !std::isfinite(*number)) {
      return fail(ErrorKind::BadInput, "expected \"label\", a finite number");
    }
    answer.emplace<NumberAnswer>().number = *number;
    return {};
  }

  std::string renderSubmission(const Task &task, std::span<const Row> rows,
                               std::span<const Prediction> predictions) const override {
    const bool table = isTable(task);
    return boardText(task, rows, [&](size_t i) {
      const double number = std::get<NumberAnswer>(predictions[i].answer).number;
      return table ? fmt::format("{:.3f}", number) : fmt::format("{}", number); // as GLUE's baseline writes them
    });
  }

  Result<Measure> measure(const Task & /*task*/, std::span<const Row> rows,
                          std::span<const Prediction> predictions) const override {
    return measureNumbers(rows, predictions);
  }
};

} // namespace

const TaskKind &regressionKind() {
  static const Regression kind;
  return kind;
}

} // namespace clew
