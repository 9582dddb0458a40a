// LabelKind: what the kinds share whose answer is one label for a sequence. They differ in their texts alone.
#pragma once

#include "suites/data/Task.h"

namespace clew {

class LabelKind : public TaskKind {
public:
  using TaskKind::TaskKind;

  void readYaml(YamlFields &fields, Task &task, Diagnostics &diagnostics) const override;
  std::vector<std::string> outputNames(const Task &task) const override;
  int64_t outputs(const Task &task) const override;
  /// Softmax, and the greatest; of equals the first label.
  void decode(const Task &task, const Row &row, std::span<const SequenceLogits> sequences,
              Answer &answer) const override;
  Result<void> targetsOf(const Task &task, const Row &row, const SequencePlaces &places,
                         std::vector<int32_t> &targets) const override;
  /// {"id": .., "label": "102", "probs": {..}}
  std::string render(const Task &task, const Row &row, const Prediction &prediction) const override;
  Result<void> readAnswer(const LabelIndex &labels, const nlohmann::json &object, Answer &answer) const override;
  /// {"id": .., "label": ".."} a line, or GLUE's table.
  std::string renderSubmission(const Task &task, std::span<const Row> rows,
                               std::span<const Prediction> predictions) const override;
  /// labelMetrics().
  Result<Measure> measure(const Task &task, std::span<const Row> rows,
                          std::span<const Prediction> predictions) const override;
};

} // namespace clew
