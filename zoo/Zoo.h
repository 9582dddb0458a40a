// The zoo on this machine: which models and heads there are, and which one a specification means. Presence is
// registration: a YAML file in one of the folders is in the zoo.
#pragma once

#include "runtime/base/Result.h"
#include "zoo/ModelReader.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace clew {

/// All models and heads of some folders. Immutable once opened.
class Zoo {
public:
  /// Reads the installation's zoo and the folders `extra` (--zoo DIR: files DIR/*.yaml, DIR/models/*.yaml and
  /// DIR/heads/*.yaml). Files that are wrong are listed in errors() and never skipped silently. Fails when a folder of
  /// `extra` is none or there is no installation and no `extra`.
  static Result<Zoo> open(const std::vector<std::string> &extra = {});
  /// Only these folders, without the installation's.
  static Result<Zoo> openOnly(const std::vector<std::string> &folders);

  const std::vector<ModelFile> &models() const { return modelFiles; } ///< by architecture
  const std::vector<ModelFile> &heads() const { return headFiles; }   ///< by kind
  /// Broken files, and architectures or heads that stand in two files.
  const std::vector<Error> &errors() const { return broken; }

  /// MODEL is `architecture/size`, `architecture` (its default size) or `path.yaml[:size]`. NotFound with a suggestion,
  /// BadInput when two files have the architecture or its file is wrong.
  Result<Model> findModel(const std::string &spec) const;

  /// `model` with the head for this kind of task, or of this name, which gives `logits`. A model that has its own logits must have them for
  /// this kind; they get its param `labels`. NotFound for an unknown kind; Unsupported when the model's
  /// own head is of another kind.
  Result<Model> withHead(const Model &model, const std::string &kind,
                         std::optional<int64_t> labels = std::nullopt) const;

private:
  void readFolder(const std::string &folder);
  void finish();
  Result<const ModelFile *> find(const std::vector<ModelFile> &files, const std::string &name, const char *what) const;

  std::vector<ModelFile> modelFiles;
  std::vector<ModelFile> headFiles;
  std::vector<Error> broken;
};

} // namespace clew
