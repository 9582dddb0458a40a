// TaskKind: all that a kind of task is, behind one interface, so that a new kind is one file in suites/kinds and one line in its table.
// Readers, scores, encoding and decoding ask it; nothing else in the project knows which kinds there are.
#pragma once

#include "runtime/base/Result.h"
#include "suites/data/Answer.h"

#include <nlohmann/json_fwd.hpp>

#include <deque>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>

namespace clew {

class Diagnostics;
class YamlFields;
struct JsonNode;
struct Measure;
struct Task;

enum class FieldType {
  Text,
  List,   ///< of texts
  Number, ///< a whole one from 0
};

/// One field of a row.
struct RowField {
  std::string_view name; ///< key of the JSON lines that people write: "sentence1"
  std::string_view key; ///< key of a task's layout that says which column or key of the official file fills it: "first"
  FieldType type = FieldType::Text;
};

/// The texts of a row's token sequences, kept from row to row.
struct SequenceTexts {
  struct One {
    std::string_view text;  ///< whose tokens keep their places
    std::string_view other; ///< of shapes with two texts
  };
  std::vector<One> sequences;
  std::deque<std::string> made; ///< what the views refer to, where it is no field of the row

  /// A view of `text` that lasts as long as this.
  std::string_view keep(std::string text) { return made.emplace_back(std::move(text)); }
  void clear() {
    sequences.clear();
    made.clear();
  }
};

/// How a row's texts become token sequences, and what the logits stand for (docs/text-to-labels.md). Texts are given as indices into
/// the row's fields.
struct SequenceForm {
  enum class Shape {
    OneText,    ///< the model's form for one text
    TwoTexts,   ///< its form for two: text, other; the longer one is cut first
    Characters, ///< its form for one text, with one token a character
    Windows,    ///< its form for two: other, and a window of text; as many sequences as the text needs
    Pieces,     ///< its form for one text, with a window of it; as many sequences as the text needs
  };
  enum class Logits {
    Sequence, ///< a row of logits for each sequence
    Token,    ///< a row of logits for each token
  };
  Shape shape = Shape::OneText;
  Logits logits = Logits::Sequence;
  size_t text = 0;  ///< the field whose tokens keep their places
  size_t other = 0; ///< of shapes with two texts

  bool hasOther() const { return shape == Shape::TwoTexts || shape == Shape::Windows; }
  bool hasWindows() const { return shape == Shape::Windows || shape == Shape::Pieces; }
};

/// The logits of one token sequence, with the places of its tokens in the text.
struct SequenceLogits {
  std::span<const float> values;   ///< one row of logits, or (Logits::Token) a row for each token of the text
  std::span<const int32_t> begins; ///< [tokens]: code point of the text at which the token begins
  std::span<const int32_t> ends;   ///< [tokens]: one past its last
};

/// A task's labels by name. Aliases are found too.
class LabelIndex {
public:
  explicit LabelIndex(const Task &task);
  /// BadInput without a place, with a suggestion, if there is none of this name.
  Result<int32_t> find(const std::string &name) const;
  const Task &task() const { return *owner; }

private:
  const Task *owner;
  std::unordered_map<std::string, int32_t> byName;
};

/// Where the tokens of one token sequence that are judged stand in its text.
struct SequencePlaces {
  std::span<const int32_t> begins; ///< [tokens]: code point of the text at which the token begins
  std::span<const int32_t> ends;   ///< [tokens]: one past its last
};

/// The predictions in one JSON document. BadInput with FILE:LINE.
using DocumentReader = Result<std::vector<Prediction>> (*)(const JsonNode &document, const std::string &path);

/// What is fixed for a kind.
struct KindFacts {
  std::string_view name;                 ///< in a task's YAML
  std::string_view head;                 ///< that a model gets (zoo/heads)
  std::vector<RowField> fields;          ///< of a row
  std::vector<std::string_view> readers; ///< of official files (suites/data/Layouts.h)
  std::vector<std::string_view> metrics; ///< those that a task may ask for
  size_t usual = 0;                      ///< how many of them, the first, a task has that asks for none; 0: all
  SequenceForm sequence;
  bool severalGold = false;              ///< files may give a list of what is right
  DocumentReader readDocument = nullptr; ///< of kinds whose official predictions are no lines
};

/// One object a kind, which lives as long as the process. Safe to use from many threads.
class TaskKind : public KindFacts {
public:
  explicit TaskKind(KindFacts facts) : KindFacts(std::move(facts)) {}
  TaskKind(const TaskKind &) = delete;
  TaskKind &operator=(const TaskKind &) = delete;
  virtual ~TaskKind() = default;

  /// Reads what only some kinds have of a task's YAML (labels, windows) into `task`, whose name and `longest` stand already.
  virtual void readYaml(YamlFields &fields, Task &task, Diagnostics &diagnostics) const = 0;
  /// Names of the logits' columns, as `clew.labels` in weights holds them.
  virtual std::vector<std::string> outputNames(const Task &task) const = 0;
  /// Their number.
  virtual int64_t outputs(const Task &task) const = 0;
  /// What the cells of an official file (a list has several, all else one) say is right; nothing: the task skips the row. BadInput without
  /// a place. One label here; kinds whose cells hold something else say so.
  virtual Result<std::optional<Gold>> goldOf(const Task &task, std::span<const std::string_view> cells) const;
  /// BadInput without a place if the fields contradict each other or the gold, which may be there or not.
  virtual Result<void> checkRow(const Row &row) const;
  /// How many characters each field gets of a made-up row of `characters` (at least 1) in all; numbers get none.
  virtual std::vector<int64_t> shares(int64_t characters) const = 0;
  /// Makes a made-up row, whose texts stand already, one that checkRow takes and whose sequence is one.
  virtual void completeRow(Row &row) const;

  /// The texts of the row's sequences, at least one, into `texts`, which are empty. A sequence has at most `longest` tokens. The fields
  /// that `sequence` names here; kinds with several sequences a row, or with texts that are put together, say so.
  virtual void textsOf(const Row &row, int64_t longest, SequenceTexts &texts) const;

  /// All sequences of one row, at least one, to its answer. Values are finite. `answer` may hold another row's and is replaced.
  virtual void decode(const Task &task, const Row &row, std::span<const SequenceLogits> sequences,
                      Answer &answer) const = 0;

  /// What the logits of a labelled row's sequence are to say, as indices of columns: one, or one for each of the tokens in `places`. Training
  /// asks; the inverse of decode. Appended to `targets`. Unsupported without a place for kinds that no model is trained for yet.
  virtual Result<void> targetsOf(const Task &task, const Row &row, const SequencePlaces &places,
                                 std::vector<int32_t> &targets) const;

  /// One line of a predictions file, without its newline.
  virtual std::string render(const Task &task, const Row &row, const Prediction &prediction) const = 0;
  /// The answer in an object of a predictions file. BadInput without a place.
  virtual Result<void> readAnswer(const LabelIndex &labels, const nlohmann::json &object, Answer &answer) const = 0;
  /// BadInput without a place if the answer cannot be about this row. Puts the answer into the row's order, where that has one.
  virtual Result<void> checkAnswer(const Row &row, Answer &answer) const;
  /// Joins predictions about parts of rows (blanks of a text) to one a row, where files give such. Those that belong to no row stay.
  virtual void gather(std::span<const Row> rows, std::vector<Prediction> &predictions) const;
  /// The file that a board takes, in the form that its name (Task::submission) says; `predictions` are in the order of `rows`.
  virtual std::string renderSubmission(const Task &task, std::span<const Row> rows,
                                       std::span<const Prediction> predictions) const = 0;

  /// Counts of rows, from which all metrics come (suites/metrics/Measure.h). `predictions` are in the order of `rows`, as many. BadInput
  /// if a row has no gold or no answer of this kind.
  virtual Result<Measure> measure(const Task &task, std::span<const Row> rows,
                                  std::span<const Prediction> predictions) const = 0;
};

/// The table of kinds: suites/kinds/Kinds.cpp.
std::span<const TaskKind *const> taskKinds();
/// Null if there is none of this name.
const TaskKind *findTaskKind(std::string_view name);

} // namespace clew
