// Answer: what a model, or anybody, says about a row. A prediction is an answer with the row's id.
#pragma once

#include "suites/data/Row.h"

namespace clew {

/// One label of the task.
struct LabelAnswer {
  int32_t label = -1;       ///< index into Task::labels
  std::vector<float> probs; ///< one a label, or empty
  bool operator==(const LabelAnswer &) const = default;
};

/// Entities inside the row's text.
struct EntityAnswer {
  std::vector<Entity> entities; ///< in order of begin, end and type
  /// Of answers read from a file: entities[i]'s string as written there, so that it can be held against the row. Else empty.
  std::vector<std::string> surfaces;
  std::string text; ///< the row's text, if the file gives it
  bool operator==(const EntityAnswer &) const = default;
};

/// A piece of a text.
struct TextAnswer {
  std::string text;
  int32_t start = -1; ///< code point in the text that it was cut from; -1: unknown
  bool operator==(const TextAnswer &) const = default;
};

/// A number: how similar, how good.
struct NumberAnswer {
  double number = 0; ///< finite
  bool operator==(const NumberAnswer &) const = default;
};

/// Labels that all hold, or one choice for each blank of a text.
struct LabelsAnswer {
  std::vector<int32_t>
      labels;               ///< ascending indices into Task::labels; of blanks the choices, in the order of the blanks
  std::vector<float> probs; ///< of labels one each; of blanks one for each choice of each blank; or empty
  std::vector<std::string>
      blanks; ///< of answers read from a file: the names of the blanks, as many as labels. Else empty.
  bool operator==(const LabelsAnswer &) const = default;
};

/// Which of these it is follows from the task's kind. Nothing: not answered yet.
using Answer = std::variant<std::monostate, LabelAnswer, EntityAnswer, TextAnswer, NumberAnswer, LabelsAnswer>;

struct Prediction {
  RowId id;
  Answer answer;
};

/// `answer` as a T, which it becomes if it is another; what it holds stays, so that its memory is used again.
template <typename T> T &answerAs(Answer &answer) {
  T *held = std::get_if<T>(&answer);
  return held ? *held : answer.emplace<T>();
}

} // namespace clew
