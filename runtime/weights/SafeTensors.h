// SafeTensors: tensors by name in a safetensors file (github.com/huggingface/safetensors), mapped and not copied; and
// the writer of such files. Weights, inputs and outputs of commands are in this format.
#pragma once

#include "runtime/base/AtomicFile.h"
#include "runtime/base/MappedFile.h"
#include "runtime/weights/TensorFile.h"

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace clew {

/// A TensorFile in this format.
class SafeTensors : public TensorFile {
public:
  /// Maps and checks the whole header. BadInput for files that are not exactly in the format, NotFound or Io as
  /// MappedFile.
  static Result<SafeTensors> open(const std::string &path);
  static Result<SafeTensors> open(MappedFile file);

private:
  explicit SafeTensors(TensorFile file) : TensorFile(std::move(file)) {}
};

/// A tensor that is going to be written.
struct TensorLayout {
  std::string name;
  StoredType type = StoredType::F32;
  std::vector<int64_t> shape;
};

/// Writes a file tensor by tensor, so that a model need not be in memory at once. The file appears whole with
/// finish(), or not at all. Tensors lie in the order given; the data begins at a multiple of 64 bytes. One thread at
/// a time.
class SafeTensorsWriter {
public:
  /// Internal if a name comes twice or is "__metadata__", a shape is negative or overflows; BadInput if names are not
  /// UTF-8 or the header would exceed the format's limit; Io if the file cannot be written.
  static Result<SafeTensorsWriter> create(const std::string &path, std::span<const TensorLayout> tensors,
                                          const SafeTensorsMetadata &metadata = {});

  /// The next bytes of the data, in any pieces.
  Result<void> write(std::span<const std::byte> bytes);

  /// Internal unless exactly the promised number of bytes was written.
  Result<void> finish();

private:
  SafeTensorsWriter(AtomicFile file, std::string path, size_t missing)
      : file(std::move(file)), path(std::move(path)), missing(missing) {}

  AtomicFile file;
  std::string path;
  size_t missing; ///< bytes that are still to come
};

/// The whole file at once, from views whose bytes match their types and shapes.
Result<void> writeSafeTensors(const std::string &path, std::span<const TensorView> tensors,
                              const SafeTensorsMetadata &metadata = {});

} // namespace clew
