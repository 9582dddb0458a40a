// Whether weights and a task mean the same by the columns of the logits. Weights that were trained with the labels in another order give
// plausible predictions that are all wrong, so this is looked at before anything runs.
#pragma once

#include "runtime/weights/Weights.h"
#include "suites/data/Task.h"

namespace clew {

/// What the weights that `path` names say of their labels: `clew.labels` of the metadata (a JSON list), and id2label of the config.json
/// beside them. Empty if they say nothing, or only the names LABEL_0, LABEL_1, ... that Hugging Face gives when nobody named them.
/// BadInput for what is no such list, and where both (or id2label and label2id) contradict each other.
Result<std::vector<std::string>> labelsOf(const Weights &weights, const std::string &path);

/// BadInput that lists both if the weights name labels that are neither the task's outputNames() nor its labelNames, in that order. Spans
/// have no labels and are not checked.
Result<void> checkLabelOrder(const Task &task, const std::vector<std::string> &labels, const std::string &path);

} // namespace clew
