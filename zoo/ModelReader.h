// Reads models and heads from YAML (docs/adding-a-model.md has the syntax). Files may come from strangers: whatever they
// hold, the answer is a model or errors with file:line:column.
#pragma once

#include "runtime/base/Result.h"
#include "zoo/Model.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

/// What a model or head file says of itself.
struct ModelFile {
  std::string path;
  std::string architecture;       ///< of a head: its kind
  std::string source;             ///< paper
  std::string head;               ///< kind of the model's own logits, or empty
  std::vector<std::string> sizes; ///< models: at least one, the first is the default; heads: none
  bool isHead = false;
  std::shared_ptr<const ModelSyntax> syntax; ///< what was read, so that no file is read twice

  const std::string &defaultSize() const { return sizes.front(); } ///< models only
};

/// Values of params that the caller sets, above those of the file.
using Overrides = std::map<std::string, Attribute>;

/// Reads and checks a file without expanding a size, which expandModel and expandHead do. BadInput (the first error by place), NotFound, Io.
Result<ModelFile> readModelFile(const std::string &path);

/// The model at one size; an empty `size` is the default. BadInput, or NotFound for a size that does not exist. The message of a file
/// with several errors is the first one's.
Result<Model> expandModel(const ModelFile &file, const std::string &size = "", const Overrides &overrides = {});

/// The head as a Model: its inputs are the values that it takes. Where the head has a param of the same name and type as one of
/// `body`, the body's value counts; `overrides` stand above both. BadInput.
Result<Model> expandHead(const ModelFile &file, const Overrides &overrides = {}, const Overrides &body = {});

/// A model that was read, with other values for some of its params. BadInput.
Result<Model> withParams(const Model &model, const Overrides &overrides);

/// readModelFile and expandModel: for one model of a file.
Result<Model> readModel(const std::string &path, const std::string &size = "", const Overrides &overrides = {});

/// The same from text; `file` is used in messages.
Result<Model> parseModel(std::string_view text, const std::string &file, const std::string &size = "",
                         const Overrides &overrides = {});

/// Everything that is wrong with a model (at every size) or head file; empty when it is right.
std::vector<Error> checkModelFile(const std::string &path);
std::vector<Error> checkModelText(std::string_view text, const std::string &file);

} // namespace clew
