// OnnxReader: ONNX files as onnx::Model. A file comes from strangers: nothing in it is believed. Every count, length, depth and offset is
// checked before it is used, no memory is taken for a shape whose bytes are not there, and what would change a model's numbers and is not
// understood (sparse weights, training, unknown fields) is an error.
#pragma once

#include "runtime/base/FunctionRef.h"
#include "runtime/base/MappedFile.h"
#include "runtime/base/Result.h"
#include "runtime/onnx/OnnxModel.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace clew::onnx {

/// The newest versions of docs/Versioning.md (onnx 1.23) that are read, and the oldest opset whose ops are known.
inline constexpr int64_t newestIrVersion = 14;
inline constexpr int64_t newestOpset = 28;
inline constexpr int64_t oldestOpset = 7;

// What a file may hold at most. Real models are far below.
inline constexpr int mostGraphDepth = 16; ///< graphs in graphs
inline constexpr int mostRank = 32;       ///< axes of a tensor
inline constexpr size_t mostNodes =
    size_t{1} << 20; ///< in all graphs and functions; initializers, values and attributes likewise
inline constexpr size_t mostNameBytes = size_t{1} << 16;

/// A model whose large tensors are views of files, which stay mapped as long as this lives.
struct OnnxFile {
  Model model;
  std::vector<std::shared_ptr<const MappedFile>> files; ///< the model's own, then those of external data
};

/// Reads a model file. External data is opened by plain names in the folder in which the file lies, and by nothing else (CheckpointFolder).
/// Errors, all with `path` or a file beside it as place: those of MappedFile::open and CheckpointFolder::map; BadInput where the file is
/// damaged or breaks the rules of ONNX that checkModel() knows; Unsupported for versions and contents that are not read.
Result<OnnxFile> openOnnx(const std::string &path);

/// Gives the bytes of a file of external data, by its name in the model.
using ExternalData = FunctionRef<Result<std::span<const std::byte>>(const std::string &file)>;

/// The model that is the whole of `bytes`, which must outlive it. Errors as openOnnx, `where` being the place.
Result<Model> parseOnnx(std::span<const std::byte> bytes, const std::string &where, ExternalData external);

/// What the reader promises of a model besides its form: every name is defined once and before it is read, also through graphs in nodes; every
/// output exists; functions do not call themselves. BadInput otherwise.
Result<void> checkModel(const Model &model, const std::string &where);

/// Elements of a shape. BadInput if an extent is negative, there are more than mostRank, or the number exceeds 2^40.
Result<int64_t> countElements(std::span<const int64_t> dims, const std::string &where);

/// Bytes of so many elements in a file, where small types are packed.
constexpr int64_t packedBytes(DataType type, int64_t elements) { return (elements * bitsOf(type) + 7) / 8; }

} // namespace clew::onnx
