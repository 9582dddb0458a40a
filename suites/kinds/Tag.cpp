// Tag: entities in a text, one BIO tag a character; and two kinds more, in which each character or word has a label that stands for itself.
// Predictions have CLUENER's own form.
#include "runtime/base/Excerpt.h"
#include "suites/kinds/Decoding.h"
#include "suites/kinds/JsonText.h"
#include "suites/kinds/Kinds.h"
#include "suites/kinds/LabelSyntax.h"
#include "suites/metrics/EntityCheck.h"
#include "suites/metrics/Measure.h"
#include "suites/metrics/Surface.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <tuple>

namespace clew {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr size_t kText = 0; ///< index of the row's field

/// An entity with its string, as a file gives it.
using Written = std::pair<Entity, std::string>;

Failure bad(std::string message) { return fail(ErrorKind::BadInput, std::move(message)); }

std::optional<int64_t> asInteger(const json &value) {
  const bool fits = value.is_number_integer() &&
                    (!value.is_number_unsigned() || value.get<uint64_t>() <= std::numeric_limits<int64_t>::max());
  return fits ? std::optional(value.get<int64_t>()) : std::nullopt;
}

/// [[begin, end], ...] of one string.
Result<void> readPlaces(const std::string &type, const std::string &string, const json &places,
                        std::vector<Written> &found) {
  const auto wrong = [&] {
    return bad(fmt::format(
        "expected [[begin, end], ...] with 0 <= begin <= end for '{}', the last character being end; found {}",
        excerpt(string), excerpt(places.dump(-1, ' ', false, json::error_handler_t::replace))));
  };
  if (!places.is_array() || places.empty()) {
    return wrong();
  }
  for (const json &place : places) {
    const bool pair = place.is_array() && place.size() == 2;
    const std::optional<int64_t> begin = pair ? asInteger(place[0]) : std::nullopt;
    const std::optional<int64_t> end = pair ? asInteger(place[1]) : std::nullopt;
    if (!begin || !end || *begin < 0 || *end < *begin || *end >= std::numeric_limits<int32_t>::max()) {
      return wrong();
    }
    found.push_back({{type, static_cast<int32_t>(*begin), static_cast<int32_t>(*end + 1)}, string});
  }
  return {};
}

/// {type: {string: [[begin, end], ...]}}
Result<std::vector<Written>> readWritten(const LabelIndex &labels, const json &label) {
  std::vector<Written> found;
  for (const auto &[name, strings] : label.items()) {
    const Result<int32_t> type = labels.find(name);
    if (!type) {
      return fail(type);
    }
    if (!strings.is_object()) {
      return bad(fmt::format("expected an object {{string: [[begin, end], ...]}} for '{}'", excerpt(name)));
    }
    for (const auto &[string, places] : strings.items()) {
      const std::string &meant = labels.task().labels[static_cast<size_t>(*type)];
      if (const Result<void> read = readPlaces(meant, string, places, found); !read) {
        return fail(read);
      }
    }
  }
  std::ranges::sort(found, {}, [](const Written &w) { return std::tie(w.first.begin, w.first.end, w.first.type); });
  return found;
}

/// CLUENER's own form: types in the task's order, strings as they first occur, ends inclusive.
std::string labelText(const Task &task, const Row &row, const Answer &answer) {
  const Surface surface(row.fields[kText]);
  ordered_json label = ordered_json::object();
  for (const std::string &type : task.labels) {
    for (const Entity &entity : std::get<EntityAnswer>(answer).entities) {
      if (entity.type == type) {
        const std::string text(surface.slice(entity.begin, entity.end));
        label[type][text].push_back({entity.begin, entity.end - 1});
      }
    }
  }
  return jsonText(label);
}

std::string lineOf(const Task &task, const RowId &id, const Row &row, const Answer &answer) {
  return fmt::format(R"({{"id": {}, "text": {}, "label": {}}})", idText(id), jsonText(row.fields[kText]),
                     labelText(task, row, answer));
}

/// What all of these kinds share: a head that labels tokens, and predictions in the form of entities.
KindFacts factsOf(std::string_view name, std::vector<std::string_view> readers, SequenceForm::Shape shape) {
  return {.name = name,
          .head = "tag",
          .fields = {{"text", "first"}},
          .readers = std::move(readers),
          .metrics = namesOf(entityMetrics()),
          .sequence = {shape, SequenceForm::Logits::Token, kText, kText}};
}

class Tag : public TaskKind {
public:
  using TaskKind::TaskKind;

  void readYaml(YamlFields &fields, Task &task, Diagnostics &diagnostics) const override {
    readLabels(fields, 1, task, diagnostics);
  }

  std::vector<std::string> outputNames(const Task &task) const override {
    std::vector<std::string> names = {"O"};
    for (const std::string &type : task.labels) {
      names.push_back("B-" + type);
      names.push_back("I-" + type);
    }
    return names;
  }

  int64_t outputs(const Task &task) const override { return 1 + 2 * static_cast<int64_t>(task.labels.size()); }

  std::vector<int64_t> shares(int64_t characters) const override { return {characters}; }

  void decode(const Task &task, const Row & /*row*/, std::span<const SequenceLogits> sequences,
              Answer &answer) const override {
    decodeTags(task, sequences.front(), emptied(answer));
  }

  /// B-X at the token at which an entity of the type X begins, I-X at the others in it; where two overlap, the one that stands later.
  Result<void> targetsOf(const Task &task, const Row &row, const SequencePlaces &places,
                         std::vector<int32_t> &targets) const override {
    return placeEntities(row, places, targets, [&](const Entity &entity, bool begins) {
      const auto type = std::ranges::find(task.labels, entity.type) - task.labels.begin();
      return static_cast<int32_t>(2 * type + (begins ? 1 : 2));
    });
  }

  std::string render(const Task &task, const Row &row, const Prediction &prediction) const override {
    return lineOf(task, prediction.id, row, prediction.answer);
  }

  Result<void> readAnswer(const LabelIndex &labels, const json &object, Answer &answer) const override {
    const auto label = object.find("label");
    if (label == object.end() || !label->is_object()) {
      return bad("expected \"label\", an object {type: {string: [[begin, end], ...]}}");
    }
    Result<std::vector<Written>> written = readWritten(labels, *label);
    if (!written) {
      return fail(written);
    }
    EntityAnswer &given = answer.emplace<EntityAnswer>();
    for (auto &[entity, string] : *written) {
      given.entities.push_back(std::move(entity));
      given.surfaces.push_back(std::move(string));
    }
    const auto text = object.find("text");
    if (text == object.end()) {
      return {};
    }
    if (!text->is_string()) {
      return bad("\"text\" is no string");
    }
    given.text = text->get<std::string>();
    return checkEntities(given, given.text);
  }

  Result<void> checkAnswer(const Row &row, Answer &answer) const override {
    const EntityAnswer &given = std::get<EntityAnswer>(answer);
    if (!given.text.empty() && given.text != row.fields[kText]) {
      return bad("its text is not that of the row");
    }
    return checkEntities(given, row.fields[kText]);
  }

  std::string renderSubmission(const Task &task, std::span<const Row> rows,
                               std::span<const Prediction> predictions) const override {
    std::string text;
    for (size_t i = 0; i < rows.size(); ++i) {
      text += lineOf(task, rows[i].id, rows[i], predictions[i].answer) + "\n";
    }
    return text;
  }

  Result<Measure> measure(const Task &task, std::span<const Row> rows,
                          std::span<const Prediction> predictions) const override {
    return measureEntities(task, rows, predictions);
  }

protected:
  /// 0 for each token, and in the entities of the row what `label` says of an entity and whether the token is its first.
  template <typename Label>
  static Result<void> placeEntities(const Row &row, const SequencePlaces &places, std::vector<int32_t> &targets,
                                    Label label) {
    const Result<const std::vector<Entity> *> gold = clew::goldOf<std::vector<Entity>>(row);
    if (!gold) {
      return fail(gold);
    }
    const size_t first = targets.size();
    targets.resize(first + places.begins.size(), 0);
    for (const Entity &entity : **gold) {
      bool begins = true;
      for (size_t token = 0; token < places.begins.size(); ++token) {
        if (places.begins[token] >= entity.begin && places.ends[token] <= entity.end) {
          targets[first + token] = label(entity, begins);
          begins = false;
        }
      }
    }
    return {};
  }

  /// The entities of an answer that holds none.
  static std::vector<Entity> &emptied(Answer &answer) {
    EntityAnswer &given = answerAs<EntityAnswer>(answer);
    given.entities.clear();
    given.surfaces.clear();
    given.text.clear();
    return given.entities;
  }
};

/// A label for each token: parts of words, parts of speech, readings.
class TagEach : public Tag {
public:
  using Tag::Tag;

  std::vector<std::string> outputNames(const Task &task) const override { return task.labels; }

  int64_t outputs(const Task &task) const override { return static_cast<int64_t>(task.labels.size()); }

  Result<void> targetsOf(const Task &task, const Row &row, const SequencePlaces &places,
                         std::vector<int32_t> &targets) const override {
    return placeEntities(row, places, targets, [&](const Entity &entity, bool) {
      return static_cast<int32_t>(std::ranges::find(task.labels, entity.type) - task.labels.begin());
    });
  }

  void decode(const Task &task, const Row & /*row*/, std::span<const SequenceLogits> sequences,
              Answer &answer) const override {
    decodeEach(task, sequences.front(), emptied(answer));
  }
};

} // namespace

const TaskKind &tagKind() {
  static const Tag kind(factsOf("tag", {"entities", "bio", "bioes", "bmes"}, SequenceForm::Shape::Characters));
  return kind;
}

const TaskKind &tagCharactersKind() {
  static const TagEach kind(factsOf("tag_characters", {"entities", "labels"}, SequenceForm::Shape::Characters));
  return kind;
}

const TaskKind &tagWordsKind() {
  static const TagEach kind(factsOf("tag_words", {"entities", "labels"}, SequenceForm::Shape::OneText));
  return kind;
}

} // namespace clew
