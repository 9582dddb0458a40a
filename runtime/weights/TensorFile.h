// TensorFile: one mapped file and the tensors in it, whatever its format.
#pragma once

#include "runtime/base/MappedFile.h"
#include "runtime/weights/FileDigests.h"
#include "runtime/weights/TensorSet.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

/// What a file says of itself beside its tensors; only safetensors files do.
using SafeTensorsMetadata = std::map<std::string, std::string>;

/// Move-only; reading from many threads is safe. Views stay good as long as the object (moved or not) lives.
class TensorFile {
public:
  TensorFile() = default;
  /// `set` is what a reader made of the file's bytes.
  TensorFile(MappedFile file, TensorSet set, SafeTensorsMetadata metadata = {});

  /// The tensor of that name, or null.
  const TensorView *find(std::string_view name) const;

  /// All tensors, sorted by name.
  const std::vector<TensorView> &tensors() const { return set.tensors; }
  const SafeTensorsMetadata &metadata() const { return notes; }
  const std::string &path() const { return file.name(); }
  /// The whole file's.
  Result<std::string> sha256() const { return FileDigests::shared().of(file); }

  /// Gives the memory of the tensor's whole pages back; they are read from the file again when touched. A tensor that had to be made
  /// (TensorSet::made) stays in memory.
  void release(const TensorView &tensor) const;

private:
  MappedFile file;
  TensorSet set;
  SafeTensorsMetadata notes;
};

} // namespace clew
