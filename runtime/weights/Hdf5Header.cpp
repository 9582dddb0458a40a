// Version 1 has no mark and no checksum; version 2 has both, and we do not need the checksum to stay inside of the file.
#include "runtime/weights/Hdf5Header.h"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>

namespace clew {
namespace {

using Bytes = std::span<const std::byte>;

constexpr uint16_t sharedFlag = 2;

/// A stretch of messages.
struct Block {
  uint64_t begin = 0;
  Bytes bytes;
};

bool startsWith(Bytes bytes, std::string_view mark) {
  return bytes.size() >= mark.size() && std::memcmp(bytes.data(), mark.data(), mark.size()) == 0;
}

class HeaderReader {
public:
  HeaderReader(Bytes file, const std::string &where) : file(file), where(where) {}

  Result<std::vector<Hdf5Message>> read(uint64_t address) {
    if (!begin(address)) {
      return reject(fmt::format("expected an object of HDF5's at {}, found none", address));
    }
    for (size_t i = 0; i < blocks.size(); ++i) { // continuations append more
      if (!readBlock(blocks[i])) {
        return reject(problem);
      }
    }
    return std::move(messages);
  }

private:
  Failure reject(std::string why) const { return fail(ErrorKind::BadInput, std::move(why), where); }

  bool begin(uint64_t address) {
    Bytes front;
    if (hdf5Bytes(file, address, 8, front) && startsWith(front, "OHDR")) {
      return beginSecond(address);
    }
    if (!hdf5Bytes(file, address, 16, front) || front[0] != std::byte{1}) {
      return false;
    }
    Block block{address + 16, {}};
    if (!hdf5Bytes(file, block.begin, hdf5Number<uint32_t>(front, 8), block.bytes)) {
      return false;
    }
    blocks.push_back(block);
    return true;
  }

  /// "OHDR", version, flags, perhaps times and limits, the size of the messages, messages, a checksum.
  bool beginSecond(uint64_t address) {
    second = true;
    Bytes front;
    if (!hdf5Bytes(file, address, 6, front) || front[4] != std::byte{2}) {
      return false;
    }
    const auto flags = hdf5Number<uint8_t>(front, 5);
    ordered = (flags & 4) != 0;
    const uint64_t at = address + 6 + ((flags & 0x20) ? 16U : 0U) + ((flags & 0x10) ? 4U : 0U);
    const uint64_t width = uint64_t{1} << (flags & 3);
    Bytes size;
    if (!hdf5Bytes(file, at, width, size)) {
      return false;
    }
    uint64_t length = 0;
    std::memcpy(&length, size.data(), width);
    Block block{at + width, {}};
    if (!hdf5Bytes(file, block.begin, length, block.bytes)) {
      return false;
    }
    blocks.push_back(block);
    return true;
  }

  bool readBlock(Block block) {
    const size_t front = second ? (ordered ? 6 : 4) : 8;
    Bytes left = block.bytes;
    while (left.size() >= front) {
      Hdf5Message message;
      message.kind = second ? hdf5Number<uint8_t>(left, 0) : hdf5Number<uint16_t>(left, 0);
      const size_t size = hdf5Number<uint16_t>(left, second ? 1 : 2);
      message.shared = (hdf5Number<uint8_t>(left, second ? 3 : 4) & sharedFlag) != 0;
      if (size > left.size() - front || messages.size() == mostHdf5Messages) {
        problem =
            fmt::format("expected at most {} messages within the object at {}, found more or one that is cut short",
                        mostHdf5Messages, block.begin);
        return false;
      }
      message.body = left.subspan(front, size);
      left = left.subspan(front + size);
      if (message.kind == static_cast<uint16_t>(Hdf5Kind::Continuation) && !proceed(message.body)) {
        return false;
      }
      messages.push_back(message);
    }
    return true;
  }

  bool proceed(Bytes body) {
    Block block{hdf5Number<uint64_t>(body, 0), {}};
    const auto length = hdf5Number<uint64_t>(body, 8);
    const bool known = std::ranges::any_of(blocks, [&](const Block &one) { return one.begin == block.begin; });
    constexpr uint64_t frame = 8; // of version 2: "OCHK" and a checksum
    bool right = body.size() >= 16 && !known && hdf5Bytes(file, block.begin, length, block.bytes);
    if (right && second) {
      right = length >= frame && startsWith(block.bytes, "OCHK");
      block.bytes = right ? block.bytes.subspan(4, length - frame) : Bytes();
    }
    if (!right) {
      problem = fmt::format("expected more messages of an object at {}, found none, or the same again", block.begin);
      return false;
    }
    blocks.push_back(block);
    return true;
  }

  Bytes file;
  const std::string &where;
  bool second = false;  ///< version 2
  bool ordered = false; ///< messages say when they were made
  std::vector<Block> blocks;
  std::vector<Hdf5Message> messages;
  std::string problem;
};

} // namespace

bool hdf5Bytes(Bytes file, uint64_t address, uint64_t size, Bytes &out) {
  if (address > file.size() || size > file.size() - address) {
    return false;
  }
  out = file.subspan(address, size);
  return true;
}

Result<std::vector<Hdf5Message>> readHdf5Header(Bytes file, uint64_t address, const std::string &where) {
  return HeaderReader(file, where).read(address);
}

const Hdf5Message *findHdf5Message(std::span<const Hdf5Message> messages, Hdf5Kind kind) {
  const auto found = std::ranges::find(messages, static_cast<uint16_t>(kind), &Hdf5Message::kind);
  return found == messages.end() ? nullptr : &*found;
}

} // namespace clew
