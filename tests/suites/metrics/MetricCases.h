// Tasks, rows and predictions in few words, for the metrics' tests.
#pragma once

#include "suites/kinds/Kinds.h"
#include "suites/metrics/Score.h"

namespace clew {

inline Task makeTask(const TaskKind &kind, std::vector<std::string> labels, std::string headline = "") {
  Task task;
  task.name = "made-up";
  task.kind = &kind;
  task.labels = std::move(labels);
  task.headline = std::move(headline);
  return task;
}

inline std::vector<Row> labelRows(const std::vector<int32_t> &labels) {
  std::vector<Row> rows(labels.size());
  for (size_t i = 0; i < labels.size(); ++i) {
    rows[i].id = static_cast<int64_t>(i);
    rows[i].gold = labels[i];
  }
  return rows;
}

inline std::vector<Prediction> labelPredictions(const std::vector<int32_t> &labels) {
  std::vector<Prediction> predictions(labels.size());
  for (size_t i = 0; i < labels.size(); ++i) {
    predictions[i].id = static_cast<int64_t>(i);
    predictions[i].answer = LabelAnswer{labels[i], {}};
  }
  return predictions;
}

inline Row textRow(std::string text, std::vector<Entity> entities) {
  Row row;
  row.id = int64_t{0};
  row.fields = {std::move(text)};
  row.gold = std::move(entities);
  return row;
}

inline Prediction entityPrediction(std::vector<Entity> entities) {
  Prediction prediction;
  prediction.id = int64_t{0};
  prediction.answer = EntityAnswer{std::move(entities), {}, {}};
  return prediction;
}

/// The label of a prediction that has one.
inline int32_t labelOf(const Prediction &prediction) { return std::get<LabelAnswer>(prediction.answer).label; }

/// The named metric's interval; the test must know that it is there.
inline Interval metricOf(const Scores &scores, const std::string &name) {
  for (const auto &[found, interval] : scores.metrics) {
    if (found == name) {
      return interval;
    }
  }
  return {-1, -1, -1};
}

} // namespace clew
