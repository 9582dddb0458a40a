// CheckpointFormats: the forms in which weights lie in a folder, one line each, and which of them a folder is in.
#pragma once

#include "runtime/weights/CheckpointFolder.h"
#include "runtime/weights/TensorFiles.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

/// Reads one mapped file. BadInput for files that are not what they must be.
using ReadTensorFile = Result<TensorFile> (*)(MappedFile file);

/// Reads what one file of the folder begins and others continue.
using ReadTensorFolder = Result<TensorFiles> (*)(const CheckpointFolder &folder, const std::string &file);

struct CheckpointFormat {
  std::string_view name;   ///< for people; several lines may have one
  std::string_view file;   ///< a folder with this file is in this format; "*.ENDING": with any that ends so
  std::string_view index;  ///< so is one with this file, which names the files that the weights are cut into; or empty
  std::string_view ending; ///< so is a file that was named and ends so
  ReadTensorFile read;
  ReadTensorFolder readFolder = nullptr;                          ///< in the place of `read`
  bool (*looksRight)(std::span<const std::byte> bytes) = nullptr; ///< of files whose names say nothing ("*")
  std::string_view refusal = {}; ///< of formats that are not read (both are null): what they are, and the way out
};

/// In the order in which a folder is asked for them.
std::span<const CheckpointFormat> checkpointFormats();

/// The names of those that are read, each once.
std::vector<std::string_view> readableFormats();

/// Whether the folder holds weights in any format, one that is only refused included.
bool holdsWeights(const CheckpointFolder &folder);

/// Opens the weights in the first format that the folder is in, or the file that was named. Unsupported, with the way out, for
/// formats that are not read; NotFound if there are no weights; BadInput for files that are not what they must be.
Result<TensorFiles> openTensors(const CheckpointFolder &folder);

/// An index in the form of Hugging Face's `model.safetensors.index.json`: {"metadata": {..}, "weight_map": {TENSOR: FILE}}, and the
/// files that it names, which must be plain names in the folder, of one format, and hold exactly the tensors that it says.
Result<TensorFiles> readShards(const CheckpointFolder &folder, const std::string &index, ReadTensorFile read);

/// A checkpoint of TensorFlow's that begins with `index` (PREFIX.index): the data files that it names lie beside it. If the folder has
/// several and none was named, its file `checkpoint` says which is meant.
Result<TensorFiles> readTensorFlow(const CheckpointFolder &folder, const std::string &index);

/// A folder with a file for each parameter, as PaddlePaddle's fluid saved them, called like the file. Files that are none may lie beside
/// them if their names say that they are text (.txt, .json, .dic, .md) or the program (__model__).
Result<TensorFiles> readPaddleFolder(const CheckpointFolder &folder, const std::string &file);

/// All parameters in one file: PREFIX.pdiparams with the program PREFIX.pdmodel, or `__params__` with `__model__`, which must lie beside it.
Result<TensorFiles> readPaddleCombined(const CheckpointFolder &folder, const std::string &file);

/// The index that belongs to PREFIX.data-* or PREFIX.meta; empty for other names.
std::string bundleIndexOf(const std::string &file);

/// Whether the folder has this index and it names the file as one of its shards.
bool isShard(const CheckpointFolder &folder, const std::string &index, const std::string &file);

} // namespace clew
