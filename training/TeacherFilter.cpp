// See TeacherFilter.h.
#include "training/TeacherFilter.h"

#include "runtime/base/JsonValue.h"
#include "suites/data/PlainRow.h"
#include "suites/data/TextFile.h"
#include "suites/run/Confidence.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace clew {
namespace {

using nlohmann::ordered_json;

/// Logits of a random field's best path are 0 and 1: whoever takes them for scores is always equally sure.
bool answersAreAPath(const Model &model) {
  return std::ranges::any_of(model.outputs, [&](const auto &output) {
    return output.first == "logits" && output.second.node >= 0 &&
           model.nodes[static_cast<size_t>(output.second.node)].op == "viterbi";
  });
}

/// A row as files of the task's own form hold it, whatever the kind.
Result<std::string> keptLine(const Task &task, const Row &row, const Prediction &prediction, float least) {
  const Result<ordered_json> said = parseOrderedJson(renderPrediction(task, row, prediction), "prediction");
  if (!said) {
    return fail(said);
  }
  ordered_json line = {{"id", std::get<int64_t>(row.id)}};
  line.update(plainObject(row, *task.kind));
  line["label"] = said->at("label");
  std::string text = line.dump();
  text.pop_back();
  return text + fmt::format(",\"confidence\":{:.4f}}}\n", least);
}

} // namespace

std::vector<std::pair<const char *, int64_t FilterCounts::*>> countNames() {
  return {{"kept", &FilterCounts::kept},
          {"unsure", &FilterCounts::unsure},
          {"same_as_an_avoided", &FilterCounts::same},
          {"holds_an_avoided", &FilterCounts::holds},
          {"part_of_an_avoided", &FilterCounts::part},
          {"too_long", &FilterCounts::tooLong},
          {"blank", &FilterCounts::blank},
          {"not_text", &FilterCounts::notText}};
}

Result<TeacherFilter> TeacherFilter::create(Subject &teacher, const Model &model, AvoidedTexts avoided,
                                            FilterRules rules) {
  const Task &task = teacher.task();
  if (task.kind->fields.size() != 1 || task.kind->fields.front().type != FieldType::Text) {
    return fail(ErrorKind::Unsupported,
                fmt::format("rows of the kind '{}' ('{}') are more than one text, and a line is one", task.kind->name,
                            task.name));
  }
  if (rules.confidence > 0 && answersAreAPath(model)) {
    return fail(ErrorKind::Unsupported,
                fmt::format("the logits of '{}' are the best path of a random field, 0 or 1, and no confidence: give "
                            "--confidence 0, or a teacher without one",
                            model.name()));
  }
  Result<SessionSlot> slot = teacher.makeSlot();
  return slot ? Result<TeacherFilter>(TeacherFilter(teacher, std::move(*slot), std::move(avoided), rules)) : fail(slot);
}

bool TeacherFilter::passes(const std::string &text, FilterCounts &counts) const {
  int64_t FilterCounts::*why = nullptr;
  if (text.size() > kLongestText) {
    why = &FilterCounts::tooLong;
  } else if (!checkUtf8(text, "")) {
    why = &FilterCounts::notText;
  } else if (comparableText(text).empty()) {
    why = &FilterCounts::blank;
  } else {
    switch (avoided.meet(text)) {
    case Meeting::None:
      return true;
    case Meeting::Same:
      why = &FilterCounts::same;
      break;
    case Meeting::Holds:
      why = &FilterCounts::holds;
      break;
    case Meeting::Part:
      why = &FilterCounts::part;
      break;
    }
  }
  ++(counts.*why);
  return false;
}

Result<void> TeacherFilter::answer() {
  Result<void> answered = teacher->answer(rows, slot, predictions);
  return answered ? confidences(teacher->task(), slot.encoded, slot.logits, predictions, sure) : answered;
}

/// Whether the teacher has read less than all of a row's text, so that what it says is not of the row.
bool TeacherFilter::wasCut(size_t row) const {
  const EncodedRows &encoded = slot.encoded;
  const EncodedRows::Sequence &sequence = encoded.sequences[row];
  const int32_t tokens = encoded.offsets[row + 1] - encoded.offsets[row];
  const auto last = static_cast<size_t>(sequence.textBegin + sequence.textTokens) - 1;
  return sequence.textTokens == 0 ||
         (tokens >= teacher->longest() && encoded.ends[last] < countCodePoints(rows[row].fields.front()));
}

Result<void> TeacherFilter::judge(std::span<const NumberedLine> lines, std::string &kept, FilterCounts &counts) {
  rows.clear();
  for (const NumberedLine &line : lines) {
    if (passes(line.text, counts)) {
      Row &row = rows.emplace_back();
      row.id = line.number;
      row.fields = {line.text};
    }
  }
  if (rows.empty()) {
    return {};
  }
  if (Result<void> answered = answer(); !answered) {
    return answered;
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto enough = [&](float one) { return one >= static_cast<float>(rules.confidence); };
    if (wasCut(i)) {
      ++counts.tooLong;
    } else if (sure[i].empty() || std::ranges::count_if(sure[i], enough) < rules.parts) {
      ++counts.unsure;
    } else {
      const Result<std::string> line =
          keptLine(teacher->task(), rows[i], predictions[i], *std::ranges::min_element(sure[i]));
      if (!line) {
        return fail(line);
      }
      kept += *line;
      ++counts.kept;
    }
  }
  return {};
}

} // namespace clew
