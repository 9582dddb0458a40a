// CheckpointFolder: what WEIGHTS names on the command line. A folder, a file inside it and a symbolic link to either mean the
// same checkpoint, so that the files beside the weights are obeyed however the weights were named.
#pragma once

#include "runtime/base/MappedFile.h"
#include "runtime/base/Result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

/// A folder whose files come from strangers: each is opened by its plain name, and links are followed only inside the folder
/// (in a snapshot of a Hugging Face cache, `models--*/snapshots/*`, inside that `models--*`, where the blobs lie).
/// Immutable; copies are cheap. Nothing stays open.
class CheckpointFolder {
public:
  /// `path` is a folder, or a weights file, or what TensorFlow calls one: PREFIX, which stands for PREFIX.index. A file's folder is that in which it was named, unless it is a link and only a folder
  /// further along the links holds the rest of a checkpoint (config.json, tokenizer files, an index). NotFound if nothing is
  /// there, BadInput if it is neither a file nor a folder.
  static Result<CheckpointFolder> open(const std::string &path);

  /// Whether a file (or anything else, even a link to nowhere) of this name is in the folder.
  bool has(const std::string &name) const;

  /// Names of the folder's entries that end so, sorted. Io if it cannot be read, BadInput if it has more than 100,000 entries.
  Result<std::vector<std::string>> namesEnding(std::string_view ending) const;

  /// The file of this name. NotFound if there is none; BadInput for a name that is no plain name, a link that leads out, in a
  /// circle or to nothing, what is no regular file, and the pointers of Git LFS.
  Result<MappedFile> map(const std::string &name) const;

  /// The file's bytes, or nothing if there is none of this name. BadInput also if it has more than `mostBytes`.
  Result<std::optional<std::string>> readText(const std::string &name, size_t mostBytes) const;

  /// The folder, for messages, and for what must lie beside the weights.
  const std::string &path() const { return folder; }
  /// "FOLDER/NAME", for messages.
  std::string pathOf(const std::string &name) const { return folder + "/" + name; }

  /// If a file was named: its name in path(); else empty.
  const std::string &file() const { return fileName; }
  /// The file that was named. The user vouches for it: links are followed wherever they lead.
  Result<MappedFile> mapFile() const;

private:
  CheckpointFolder() = default;

  std::string folder;
  std::string root;     ///< links may lead anywhere inside of it
  std::string inner;    ///< from root to folder: "" or "snapshots/REVISION/"
  std::string fileName; ///< in folder
  std::string filePath; ///< as the user wrote it
};

} // namespace clew
