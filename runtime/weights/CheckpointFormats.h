// CheckpointFormats: the forms in which weights lie in a folder, one line each, and which of them a folder is in.
#pragma once

#include "runtime/weights/CheckpointFolder.h"
#include "runtime/weights/TensorFiles.h"

#include <span>
#include <string>
#include <string_view>

namespace clew {

/// Reads one mapped file. BadInput for files that are not what they must be.
using ReadTensorFile = Result<TensorFile> (*)(MappedFile file);

struct CheckpointFormat {
  std::string_view file;   ///< a folder with this file is in this format
  std::string_view index;  ///< so is one with this file, which names the files that the weights are cut into; or empty
  std::string_view ending; ///< so is a file that was named and ends so
  ReadTensorFile read;
  std::string_view refusal; ///< of formats that are not read (`read` is null): what they are, and the way out
};

/// In the order in which a folder is asked for them.
std::span<const CheckpointFormat> checkpointFormats();

/// Whether the folder holds weights in any format, one that is only refused included.
bool holdsWeights(const CheckpointFolder &folder);

/// Opens the weights in the first format that the folder is in, or the file that was named. Unsupported, with the way out, for
/// formats that are not read; NotFound if there are no weights; BadInput for files that are not what they must be.
Result<TensorFiles> openTensors(const CheckpointFolder &folder);

/// An index in the form of Hugging Face's `model.safetensors.index.json`: {"metadata": {..}, "weight_map": {TENSOR: FILE}}, and the
/// files that it names, which must be plain names in the folder, of one format, and hold exactly the tensors that it says.
Result<TensorFiles> readShards(const CheckpointFolder &folder, const std::string &index, ReadTensorFile read);

/// Whether the folder has this index and it names the file as one of its shards.
bool isShard(const CheckpointFolder &folder, const std::string &index, const std::string &file);

} // namespace clew
