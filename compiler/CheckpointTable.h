// CheckpointTable: the names that a model's checkpoints give to the parameters of a graph, checked: here the parameters' shapes are known
// and the places in the YAML are not forgotten yet.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/program/Program.h"
#include "zoo/Model.h"

#include <span>
#include <vector>

namespace clew::compiler {

/// One for each of the model's checkpoints, with a recipe for each of `parameters`. What files hold for the model's other parameters,
/// which no wanted output needs, is ignored. BadInput, at the place in the YAML, for recipes that layOutCheckpoint refuses.
Result<std::vector<CheckpointNames>> checkpointTable(const Model &model, std::span<const Parameter> parameters);

} // namespace clew::compiler
