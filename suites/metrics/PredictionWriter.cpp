// Writes one prediction as the line that readPredictions reads.
#include "suites/metrics/Prediction.h"

#include "suites/metrics/Surface.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <map>

namespace clew {
namespace {

using nlohmann::ordered_json;

/// As JSON; malformed UTF-8 becomes U+FFFD instead of an exception.
std::string dump(const ordered_json &value) {
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

ordered_json toJson(const RowId &id) {
  return std::visit([](const auto &value) { return ordered_json(value); }, id);
}

/// CLUENER's own form: types in the task's order, strings as they first occur, ends inclusive.
ordered_json entitiesOf(const Task &task, const Row &row, const Prediction &prediction) {
  const Surface surface(row.first);
  ordered_json label = ordered_json::object();
  for (const std::string &type : task.labels) {
    for (const Entity &entity : prediction.entities) {
      if (entity.type == type) {
        const std::string text(surface.slice(entity.begin, entity.end));
        label[type][text].push_back({entity.begin, entity.end - 1});
      }
    }
  }
  return label;
}

/// Floats in their shortest form that reads back the same; JSON's dump would print them as doubles.
std::string probsOf(const Task &task, const std::vector<float> &probs) {
  std::string text;
  for (size_t i = 0; i < probs.size(); ++i) {
    text += fmt::format("{}{}: {}", i > 0 ? ", " : "", dump(task.labels[i]),
                        std::isfinite(probs[i]) ? fmt::format("{}", probs[i]) : "null");
  }
  return text;
}

} // namespace

std::string renderPrediction(const Task &task, const Row &row, const Prediction &prediction) {
  const std::string id = dump(toJson(prediction.id));
  switch (task.kind) {
  case TaskKind::Classify:
  case TaskKind::Pair: {
    const std::string label = dump(task.labels[static_cast<size_t>(prediction.label)]);
    if (prediction.probs.empty()) {
      return fmt::format(R"({{"id": {}, "label": {}}})", id, label);
    }
    return fmt::format(R"({{"id": {}, "label": {}, "probs": {{{}}}}})", id, label, probsOf(task, prediction.probs));
  }
  case TaskKind::Tag:
    return fmt::format(R"({{"id": {}, "text": {}, "label": {}}})", id, dump(row.first),
                       dump(entitiesOf(task, row, prediction)));
  case TaskKind::Span:
    return fmt::format(R"({{"id": {}, "answer": {}, "start": {}}})", id, dump(prediction.answer), prediction.start);
  }
  return {};
}

} // namespace clew
