// YAML tree -> ModelSyntax. Says what is wrong with keys and types; SyntaxCheck says what is wrong between them.
#pragma once

#include "yaml/YamlDocument.h"
#include "zoo/ModelSyntax.h"

#include <optional>
#include <string>

namespace clew {

/// Reads a whole file. All errors go to `diagnostics`; with errors the result is what could be understood.
ModelSyntax readSyntax(const YamlNode &root, Diagnostics &diagnostics);

/// Reads `takes`-like lists of value names.
std::vector<Named> readNames(const YamlNode &node, const std::string &what, Diagnostics &diagnostics);

/// Reads steps of a block or graph; `syntax` gives the params, whose use is noted.
std::vector<StepSyntax> readSteps(const YamlNode &node, const std::string &where, const ModelSyntax &syntax,
                                  Diagnostics &diagnostics);

/// Reads a literal or a `$param`, whose use is noted.
Scalar readScalar(const YamlNode &node, const std::string &what, const ModelSyntax &syntax, Diagnostics &diagnostics);

/// Reads one value of a checkpoint's `names`; `what` names it. At least one block unless there are errors.
std::vector<std::vector<PartSyntax>> readRecipe(const YamlNode &node, const std::string &what,
                                                const ModelSyntax &syntax, Diagnostics &diagnostics);

/// Reads a pattern or a tensor's name: printable, no spaces, at most 256 bytes.
std::optional<Named> readTensorName(const YamlNode &node, const std::string &what, Diagnostics &diagnostics);

/// Reads `inputs`: a list of ids, segments and offsets, or a map that says of each what it has one number for.
void readInputs(const YamlNode &node, ModelSyntax &syntax, Diagnostics &diagnostics);

/// The `inputs` of a head: a map of what it reads of a batch beside what the body gives. Levels that it does not cut are the body's.
void readHeadInputs(const YamlNode &node, ModelSyntax &syntax, Diagnostics &diagnostics);

/// Reads the map `checkpoint:`.
std::vector<CheckpointSyntax> readCheckpoints(const YamlNode &node, const ModelSyntax &syntax,
                                              Diagnostics &diagnostics);

/// Reads a checkpoint's map `config:`.
std::vector<ConfigRuleSyntax> readConfigRules(const YamlNode &node, const ModelSyntax &syntax,
                                              Diagnostics &diagnostics);

/// What `text` says. A model that says it has no pair form unless it says one.
TextForm readTextForm(const YamlNode &node, Diagnostics &diagnostics);

} // namespace clew
