// Probabilities of labels, as prediction files write them.
#pragma once

#include "suites/data/Task.h"

#include <nlohmann/json_fwd.hpp>

namespace clew {

/// {"100": 0.25, ..} without its braces. Floats stand in their shortest form that reads back the same; JSON's dump would print them as
/// doubles. One that is no number becomes null, which readers refuse.
std::string probsText(const Task &task, const std::vector<float> &probs);

/// An object with one number from 0 to 1 for each label of the task. BadInput without a place.
Result<void> readProbs(const LabelIndex &labels, const nlohmann::json &probs, std::vector<float> &out);

} // namespace clew
