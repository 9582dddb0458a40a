// ModelSyntax at one set of params -> Model: blocks and repeats written out, params substituted, paths given.
#pragma once

#include "zoo/Model.h"
#include "zoo/ModelSyntax.h"

#include <map>
#include <string>

namespace clew {

using Params = std::map<std::string, Attribute>;

/// The params of a file's size (of a head, or with an empty name of a model: the defaults).
Params paramsOf(const ModelSyntax &syntax, const SizeSyntax *size);

/// Expands a file that passed checkSyntax. Fills nodes, outputs, params and checkpoints; in a head the inputs are what it
/// takes. Errors (values of attributes, repeat counts, more than 100,000 nodes, checkpoint names) go to `diagnostics`.
Model expand(const ModelSyntax &syntax, const Params &params, Diagnostics &diagnostics);

/// A literal as it is, or the param's value with what is added to it (at most the largest integer that there is).
Attribute valueOf(const Scalar &scalar, const Params &params);

/// Gives every parameter of `model` its tensors, for each checkpoint of the file; without any, one checkpoint "clew" in
/// which tensors are called like the parameters.
void nameTensors(const ModelSyntax &syntax, Model &model, Diagnostics &diagnostics);

} // namespace clew
