// The loss of a recipe as the end of a model's graph.
#pragma once

#include "training/Recipe.h"

namespace clew {

/// `model` with the output "loss": the sum of the recipe's losses, each times its factor. What the losses read are outputs of the model and
/// its inputs, by name; an input `labels` is added where one reads it: one for each row of what is judged. BadInput with the recipe's place for
/// names that there are not.
Result<Model> withLoss(const Model &model, const Recipe &recipe);

} // namespace clew
