// ZipWriter: archives of plain members, for NumPy's and PyTorch's files. Each member's data begins at a multiple of 64 bytes, so that
// readers can map it.
#pragma once

#include "runtime/base/AtomicFile.h"
#include "runtime/weights/CheckpointWriter.h"

#include <cstdint>
#include <string>
#include <vector>

namespace clew {

/// The file appears whole with finish(), or not at all. One thread at a time.
class ZipWriter {
public:
  static Result<ZipWriter> create(const std::string &path);

  /// Adds a member of `size` bytes, which `produce` hands over, twice: once for the checksum, which stands before the data. Internal if
  /// it gives another number of bytes; BadInput for names of more than 65,535 bytes.
  Result<void> add(const std::string &name, uint64_t size, FunctionRef<Result<void>(TensorSink)> produce);
  Result<void> add(const std::string &name, std::span<const std::byte> bytes);

  Result<void> finish();

private:
  struct Member {
    std::string name;
    uint64_t size = 0;
    uint64_t header = 0; ///< where its local header begins
    uint32_t crc = 0;
  };

  ZipWriter(AtomicFile file, std::string path) : file(std::move(file)), path(std::move(path)) {}
  Result<void> write(std::span<const std::byte> bytes);
  Result<void> writeHeader(const Member &member);

  AtomicFile file;
  std::string path;
  uint64_t at = 0; ///< bytes written
  std::vector<Member> members;
};

} // namespace clew
