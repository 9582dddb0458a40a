// TensorFiles: the tensors of one checkpoint by name, whether they lie in one file or in several.
#pragma once

#include "runtime/weights/TensorFile.h"

#include <string>
#include <string_view>
#include <vector>

namespace clew {

/// Move-only; reading from many threads is safe. Pointers to tensors stay good as long as the object (moved or not) lives.
class TensorFiles {
public:
  TensorFiles() = default;

  /// One file.
  explicit TensorFiles(TensorFile file);

  /// Several, which the file `path` names; `names` are those that it gives them. BadInput if a tensor stands in two of them.
  static Result<TensorFiles> of(std::vector<TensorFile> files, std::vector<std::string> names, std::string path);

  /// The tensor of that name, or null.
  const TensorView *find(std::string_view name) const;
  /// All tensors, sorted by name.
  const std::vector<const TensorView *> &tensors() const { return sorted; }
  /// Of the first file.
  const SafeTensorsMetadata &metadata() const;
  /// The file, or that which names several.
  const std::string &path() const { return filePath; }

  /// What was read, for records: of one file its sha256; of several the sha256 over their names and those.
  Result<std::string> sha256() const;

  /// Gives the memory of the tensor's whole pages back.
  void release(const TensorView &tensor) const;

private:
  std::vector<TensorFile> files;
  std::vector<std::string> fileNames; ///< of several
  std::vector<const TensorView *> sorted;
  std::string filePath;
};

} // namespace clew
