// Cloze: which idiom was left out at each blank of some passages that share their candidates (CHID). Each blank with each candidate is a
// sequence; the choices of a row are made jointly.
#include "runtime/base/Excerpt.h"
#include "runtime/base/JsonTree.h"
#include "suites/data/Blanks.h"
#include "suites/data/TextFile.h"
#include "suites/kinds/BoardForm.h"
#include "suites/kinds/ChoiceNumber.h"
#include "suites/kinds/ClozeText.h"
#include "suites/kinds/JointChoices.h"
#include "suites/kinds/JsonText.h"
#include "suites/kinds/Kinds.h"
#include "suites/metrics/Measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace clew {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr size_t kContent = 0;
constexpr size_t kCandidates = 1;
constexpr std::string_view kOnlyBlank = ""; ///< the name of the one blank, where a file does not say it

/// {"#idiom000379#": 3}, of the whole file: each blank is a prediction, until gather() knows whose it is.
Result<std::vector<Prediction>> readBlanks(const JsonNode &document, const std::string &path) {
  std::vector<Prediction> predictions;
  for (const auto &[blank, choice] : document.entries) {
    const std::string text(choice.scalar().value_or(""));
    const std::string_view cell = text;
    const Result<int32_t> number = choiceNumber({&cell, 1});
    if (!number) {
      return fail(
          ErrorKind::BadInput,
          fmt::format("expected {{blank: number of a choice}}, found {} for '{}'", describe(choice), excerpt(blank)),
          fmt::format("{}:{}", path, choice.line));
    }
    predictions.push_back({blank, LabelsAnswer{{*number}, {}, {blank}}});
  }
  return predictions;
}

/// {"#idiom000379#": 3, ..} of one row.
ordered_json choicesOf(const Row &row, const Answer &answer) {
  ordered_json choices = ordered_json::object();
  const std::vector<Blank> blanks = blanksOf(row.lists[kContent]);
  const std::vector<int32_t> &given = std::get<LabelsAnswer>(answer).labels;
  for (size_t i = 0; i < std::min(blanks.size(), given.size()); ++i) {
    choices[std::string(blanks[i].name)] = given[i];
  }
  return choices;
}

class Cloze : public TaskKind {
public:
  Cloze()
      : TaskKind({.name = "cloze",
                  .head = "choice",
                  .fields = {{"content", "content", FieldType::List}, {"candidates", "candidates", FieldType::List}},
                  .readers = {"chid", "json"},
                  .metrics = namesOf(choiceMetrics()),
                  .sequence = {SequenceForm::Shape::TwoTexts, SequenceForm::Logits::Sequence, kCandidates, kContent},
                  .severalGold = true,
                  .readDocument = readBlanks}) {}

  void readYaml(YamlFields & /*fields*/, Task & /*task*/, Diagnostics & /*diagnostics*/) const override {}

  std::vector<std::string> outputNames(const Task & /*task*/) const override { return {"choice"}; }

  int64_t outputs(const Task & /*task*/) const override { return 1; }

  /// The choices, in the order of the blanks.
  Result<std::optional<Gold>> goldOf(const Task & /*task*/, std::span<const std::string_view> cells) const override {
    std::vector<int32_t> numbers;
    for (const std::string_view &cell : cells) {
      const Result<int32_t> number = choiceNumber({&cell, 1});
      if (!number) {
        return fail(number);
      }
      numbers.push_back(*number);
    }
    return std::optional<Gold>(std::move(numbers));
  }

  Result<void> checkRow(const Row &row) const override {
    const std::vector<Blank> blanks = blanksOf(row.lists[kContent]);
    if (blanks.empty()) {
      return fail(ErrorKind::BadInput, "expected a blank like #idiom000379# or #idiom# in the texts, found none");
    }
    for (size_t i = 0; i < blanks.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (blanks[i].name == blanks[j].name) {
          return fail(ErrorKind::BadInput, fmt::format("the blank '{}' stands there twice", blanks[i].name));
        }
      }
    }
    const auto *gold = std::get_if<std::vector<int32_t>>(&row.gold);
    return gold ? checkChoices(row, *gold, blanks.size()) : Result<void>();
  }

  std::vector<int64_t> shares(int64_t characters) const override {
    const int64_t candidate = characters > 4 ? 4 : characters / 2;
    return {characters - candidate, candidate};
  }

  /// The last character is left out: the mask stands for it.
  void completeRow(Row &row) const override {
    std::string &text = row.lists[kContent].front();
    const std::vector<size_t> offsets = codePointOffsets(text);
    text = text.substr(0, offsets[offsets.size() - std::min<size_t>(offsets.size(), 2)]) + "#idiom#";
    row.fields[kContent] = text;
  }

  void textsOf(const Row &row, int64_t longest, SequenceTexts &texts) const override {
    constexpr int64_t kSpecials = 3; // [CLS] candidate [SEP] passage [SEP]
    for (const Blank &blank : blanksOf(row.lists[kContent])) {
      int64_t widest = 0;
      for (const std::string &candidate : row.lists[kCandidates]) {
        widest = std::max<int64_t>(widest, countCodePoints(candidate));
      }
      const std::string_view passage =
          texts.keep(clozeText(row.lists[kContent][blank.text], blank.begin, longest - kSpecials - widest));
      for (const std::string &candidate : row.lists[kCandidates]) {
        texts.sequences.push_back({candidate, passage});
      }
    }
  }

  void decode(const Task & /*task*/, const Row &row, std::span<const SequenceLogits> sequences,
              Answer &answer) const override {
    thread_local std::vector<float> logits;
    logits.clear();
    for (const SequenceLogits &one : sequences) {
      logits.push_back(one.values.front());
    }
    LabelsAnswer &given = answerAs<LabelsAnswer>(answer);
    given.probs.clear();
    given.blanks.clear();
    chooseJointly(logits, std::min(row.lists[kCandidates].size(), logits.size()), given.labels);
  }

  std::string render(const Task & /*task*/, const Row &row, const Prediction &prediction) const override {
    return fmt::format(R"({{"id": {}, "label": {}}})", idText(prediction.id),
                       jsonText(choicesOf(row, prediction.answer)));
  }

  /// {"label": {blank: choice}}; of a row with one blank the number alone too, which FewCLUE calls "answer".
  Result<void> readAnswer(const LabelIndex & /*labels*/, const json &object, Answer &answer) const override {
    const auto named = object.find("label");
    const auto label = named != object.end() ? named : object.find("answer");
    LabelsAnswer &given = answer.emplace<LabelsAnswer>();
    if (label == object.end() || !label->is_object()) {
      const Result<int32_t> number = choiceNumber(label == object.end() ? nullptr : &*label, "label");
      if (!number) {
        return fail(ErrorKind::BadInput, "expected \"label\", an object {blank: number of a choice}, or a number");
      }
      given.labels = {*number};
      given.blanks = {std::string(kOnlyBlank)};
      return {};
    }
    for (const auto &[blank, choice] : label->items()) {
      const Result<int32_t> number = choiceNumber(&choice, blank);
      if (!number) {
        return fail(number);
      }
      given.labels.push_back(*number);
      given.blanks.push_back(blank);
    }
    if (given.blanks.empty()) {
      return fail(ErrorKind::BadInput, "\"label\" names no blank");
    }
    return {};
  }

  /// Brings the choices into the order of the row's blanks.
  Result<void> checkAnswer(const Row &row, Answer &answer) const override {
    LabelsAnswer &given = std::get<LabelsAnswer>(answer);
    const std::vector<Blank> blanks = blanksOf(row.lists[kContent]);
    if (given.blanks.size() != blanks.size()) {
      return fail(ErrorKind::BadInput,
                  fmt::format("expected choices for {} blanks, found {}", blanks.size(), given.blanks.size()));
    }
    std::vector<int32_t> ordered;
    for (const Blank &blank : blanks) {
      const bool only = blanks.size() == 1 && given.blanks.front() == kOnlyBlank;
      const auto found = only ? given.blanks.begin() : std::ranges::find(given.blanks, blank.name);
      if (found == given.blanks.end()) {
        return fail(ErrorKind::BadInput, fmt::format("there is no choice for the blank '{}'", blank.name));
      }
      ordered.push_back(given.labels[static_cast<size_t>(found - given.blanks.begin())]);
    }
    given.labels = std::move(ordered);
    given.blanks.clear();
    return checkChoices(row, given.labels, blanks.size());
  }

  void gather(std::span<const Row> rows, std::vector<Prediction> &predictions) const override {
    std::unordered_map<std::string, size_t> rowOf; // by blank
    for (size_t i = 0; i < rows.size(); ++i) {
      for (const Blank &blank : blanksOf(rows[i].lists[kContent])) {
        rowOf.emplace(blank.name, i);
      }
    }
    std::unordered_map<size_t, size_t> placeOf; // of a row's joined prediction
    std::vector<Prediction> gathered;
    for (Prediction &prediction : predictions) {
      const std::string *blank = std::get_if<std::string>(&prediction.id);
      const auto *part = std::get_if<LabelsAnswer>(&prediction.answer);
      const auto row = blank ? rowOf.find(*blank) : rowOf.end();
      const bool isPart = row != rowOf.end() && part && part->blanks == std::vector<std::string>{*blank};
      if (!isPart) {
        gathered.push_back(std::move(prediction));
        continue;
      }
      const auto [place, isNew] = placeOf.emplace(row->second, gathered.size());
      if (isNew) {
        gathered.push_back({rows[row->second].id, LabelsAnswer{}});
      }
      LabelsAnswer &whole = std::get<LabelsAnswer>(gathered[place->second].answer);
      whole.labels.push_back(part->labels.front());
      whole.blanks.push_back(*blank);
    }
    predictions = std::move(gathered);
  }

  /// One object for all blanks, as CLUE takes it for CHID; FewCLUE's rows, whose blanks have no names, a line each.
  std::string renderSubmission(const Task & /*task*/, std::span<const Row> rows,
                               std::span<const Prediction> predictions) const override {
    ordered_json all = ordered_json::object();
    std::string lines;
    size_t blanks = 0;
    for (size_t i = 0; i < rows.size(); ++i) {
      const ordered_json choices = choicesOf(rows[i], predictions[i].answer);
      blanks += choices.size();
      lines += fmt::format("{{\"id\": {}, \"answer\": {}}}\n", idText(rows[i].id),
                           choices.empty() ? "null" : jsonText(choices.front()));
      all.update(choices);
    }
    return all.size() < blanks || (all.size() == 1 && all.contains("#idiom#")) ? lines : jsonText(all, 2) + "\n";
  }

  Result<Measure> measure(const Task & /*task*/, std::span<const Row> rows,
                          std::span<const Prediction> predictions) const override {
    return measureBlanks(rows, predictions);
  }

private:
  static Result<void> checkChoices(const Row &row, const std::vector<int32_t> &numbers, size_t blanks) {
    if (numbers.size() != blanks) {
      return fail(ErrorKind::BadInput, fmt::format("{} choices for {} blanks", numbers.size(), blanks));
    }
    for (const int32_t number : numbers) {
      if (Result<void> right = checkChoice(number, row.lists[kCandidates].size()); !right) {
        return right;
      }
    }
    return {};
  }
};

} // namespace

const TaskKind &clozeKind() {
  static const Cloze kind;
  return kind;
}

} // namespace clew
