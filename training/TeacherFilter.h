// TeacherFilter: unlabelled lines to rows that a student may learn from: those of which the teacher is sure, and which nothing is judged by.
// One piece of lines at a time; files and going on are FilterRun's.
#pragma once

#include "suites/run/Subject.h"
#include "training/AvoidedTexts.h"

#include <span>
#include <string>
#include <vector>

namespace clew {

struct FilterRules {
  int64_t parts = 1;       ///< sure parts (entities; labels of kinds that give one) that a line must have at least
  double confidence = 0.9; ///< a part is sure from here on
};

/// What became of lines; each line counts once.
struct FilterCounts {
  int64_t blank = 0;
  int64_t notText = 0; ///< no UTF-8, or with a zero byte
  int64_t tooLong = 0; ///< more than the teacher reads of a text, or than kLongestText
  int64_t same = 0;    ///< Meeting::Same
  int64_t holds = 0;
  int64_t part = 0;
  int64_t unsure = 0;
  int64_t kept = 0;

  int64_t lines() const { return blank + notText + tooLong + same + holds + part + unsure + kept; }
};

/// The counts by name, in the order in which they are shown and written.
std::vector<std::pair<const char *, int64_t FilterCounts::*>> countNames();

struct NumberedLine {
  int64_t number = 0; ///< from 0 over all files
  std::string text;
};

class TeacherFilter {
public:
  static constexpr size_t kLongestText = size_t{1} << 16; ///< bytes

  /// `teacher` lives as long as this, and answers deterministically, so that a line's fate depends on the line alone. Unsupported for tasks
  /// whose rows are more than one text, and for a confidence of a teacher whose logits are the best path of a random field.
  static Result<TeacherFilter> create(Subject &teacher, const Model &model, AvoidedTexts avoided, FilterRules rules);

  /// Appends the lines that are kept to `kept`, each {"id": NUMBER, "text": .., "label": .., "confidence": C} and a newline, C being that of
  /// the least sure part, and adds to `counts`.
  Result<void> judge(std::span<const NumberedLine> lines, std::string &kept, FilterCounts &counts);

private:
  TeacherFilter(Subject &teacher, SessionSlot slot, AvoidedTexts avoided, FilterRules rules)
      : teacher(&teacher), slot(std::move(slot)), avoided(std::move(avoided)), rules(rules) {}
  /// Whether the teacher is to see it.
  bool passes(const std::string &text, FilterCounts &counts) const;
  Result<void> answer();
  bool wasCut(size_t row) const;

  Subject *teacher;
  SessionSlot slot;
  AvoidedTexts avoided;
  FilterRules rules;
  std::vector<Row> rows; ///< of this piece that the teacher sees
  std::vector<Prediction> predictions;
  std::vector<std::vector<float>> sure; ///< [rows]: of each part
};

} // namespace clew
