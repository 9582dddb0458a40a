// From the superblock through groups to datasets (HDF5 File Format Specification 3.0, sections II.A, III.A to III.D, IV.A.2).
#include "runtime/weights/Hdf5File.h"

#include "runtime/weights/Hdf5Dataset.h"
#include "runtime/weights/Hdf5Header.h"

#include <fmt/format.h>
#include <set>

namespace clew {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::string_view signature{"\x89HDF\r\n\x1a\n", 8};

bool startsWith(Bytes bytes, std::string_view mark) {
  return bytes.size() >= mark.size() && std::memcmp(bytes.data(), mark.data(), mark.size()) == 0;
}

class FileReader {
public:
  FileReader(Bytes file, const std::string &where) : file(file), where(where), memory(file.size()) {}

  Result<TensorSet> read() {
    uint64_t root = 0;
    if (!findRoot(root)) {
      return fail(ErrorKind::BadInput, problem, where);
    }
    if (Result<void> done = readObject(root, "", 0); !done) {
      return fail(done);
    }
    return gatherTensors(std::move(tensors), std::move(memory), where);
  }

private:
  Failure reject(std::string why) const { return fail(ErrorKind::BadInput, std::move(why), where); }

  bool findRoot(uint64_t &root) {
    if (!startsWith(file, signature)) {
      problem = "expected an HDF5 file, found other data";
      return false;
    }
    const auto version = hdf5Number<uint8_t>(file, 8);
    const bool first = version < 2;
    const size_t sizes = first ? 13 : 9; // bytes of addresses, bytes of lengths
    const size_t addresses = version == 0 ? 24 : version == 1 ? 28 : 12;
    const size_t rootAt = first ? addresses + 32 + 8 : addresses + 24;
    if (version > 3 || file.size() < rootAt + 8 || hdf5Number<uint16_t>(file, sizes) != 0x0808 ||
        hdf5Number<uint64_t>(file, addresses) != 0) {
      problem = "expected a superblock of version 0 to 3 with addresses of 8 bytes from 0, found another";
      return false;
    }
    const auto end = hdf5Number<uint64_t>(file, addresses + 16);
    if (end > file.size()) {
      problem = fmt::format("expected a file of {} bytes, as its superblock says, found {}", end, file.size());
      return false;
    }
    root = hdf5Number<uint64_t>(file, rootAt);
    return true;
  }

  /// A group or a dataset.
  Result<void> readObject(uint64_t address, const std::string &path, size_t depth) {
    if (depth > mostHdf5Depth || path.size() > mostHdf5Name || objects.size() == mostHdf5Objects) {
      return reject(fmt::format("expected at most {} objects, {} groups deep, with paths of {} bytes, found more",
                                mostHdf5Objects, mostHdf5Depth, mostHdf5Name));
    }
    if (!objects.insert(address).second) {
      return reject(fmt::format("expected each object under one name, found {} linked a second time", quoteName(path)));
    }
    const Result<std::vector<Hdf5Message>> messages = readHdf5Header(file, address, where);
    if (!messages) {
      return fail(messages);
    }
    if (findHdf5Message(*messages, Hdf5Kind::Layout)) {
      Result<TensorView> tensor = readHdf5Dataset(file, *messages, path, memory, where);
      if (!tensor) {
        return fail(tensor);
      }
      tensors.push_back(std::move(*tensor));
      return {};
    }
    return readGroup(*messages, path, depth);
  }

  Result<void> readGroup(std::span<const Hdf5Message> messages, const std::string &path, size_t depth) {
    if (const Hdf5Message *table = findHdf5Message(messages, Hdf5Kind::SymbolTable)) {
      Bytes heap;
      if (!findHeap(hdf5Number<uint64_t>(table->body, 8), heap)) {
        return reject(fmt::format("group {}: expected the names of its objects, found none", quoteName(path)));
      }
      return walk({hdf5Number<uint64_t>(table->body, 0), -1}, heap, path, depth);
    }
    if (const Hdf5Message *info = findHdf5Message(messages, Hdf5Kind::LinkInfo)) {
      const size_t at = 2 + ((hdf5Number<uint8_t>(info->body, 1) & 1) ? 8 : 0);
      if (info->body.size() < at + 8 || hdf5Number<uint64_t>(info->body, at) != hdf5Nowhere) {
        return reject(fmt::format("group {}: expected its links in its header, found them in a heap (save it with "
                                  "libver='earliest')",
                                  quoteName(path)));
      }
    }
    for (const Hdf5Message &message : messages) {
      if (message.kind != static_cast<uint16_t>(Hdf5Kind::Link)) {
        continue;
      }
      if (Result<void> followed = followLink(message.body, path, depth); !followed) {
        return followed;
      }
    }
    return {};
  }

  /// A node of the tree of a group's names; `above` is the level of the one that names it.
  struct Node {
    uint64_t address = 0;
    int above = -1;
  };

  Result<void> walk(Node at, Bytes heap, const std::string &path, size_t depth) {
    Bytes node;
    const bool there = hdf5Bytes(file, at.address, 24, node) && startsWith(node, "TREE");
    const int level = hdf5Number<uint8_t>(node, 5);
    const size_t entries = hdf5Number<uint16_t>(node, 6);
    if (!there || hdf5Number<uint8_t>(node, 4) != 0 || (at.above >= 0 && level != at.above - 1) ||
        !nodes.insert(at.address).second || !hdf5Bytes(file, at.address + 24, entries * 16 + 8, node)) {
      return reject(fmt::format("group {}: expected a tree of names at {}, found none, or the same again",
                                quoteName(path), at.address));
    }
    for (size_t i = 0; i < entries; ++i) {
      const auto child = hdf5Number<uint64_t>(node, i * 16 + 8);
      Result<void> read = level > 0 ? walk({child, level}, heap, path, depth) : readSymbols(child, heap, path, depth);
      if (!read) {
        return read;
      }
    }
    return {};
  }

  Result<void> readSymbols(uint64_t address, Bytes heap, const std::string &path, size_t depth) {
    constexpr size_t entryBytes = 40;
    Bytes node;
    const bool there = hdf5Bytes(file, address, 8, node) && startsWith(node, "SNOD");
    const size_t entries = hdf5Number<uint16_t>(node, 6);
    if (!there || !nodes.insert(address).second || !hdf5Bytes(file, address + 8, entries * entryBytes, node)) {
      return reject(fmt::format("group {}: expected a list of objects at {}, found none, or the same again",
                                quoteName(path), address));
    }
    for (size_t i = 0; i < entries; ++i) {
      const Bytes entry = node.subspan(i * entryBytes, entryBytes);
      std::string name;
      if (!nameIn(heap, hdf5Number<uint64_t>(entry, 0), name)) {
        return reject(
            fmt::format("group {}: expected names of 1 to {} bytes, found another", quoteName(path), mostHdf5Name));
      }
      if (hdf5Number<uint32_t>(entry, 16) == 2) {
        return reject(fmt::format("expected objects, found {} to be a soft link", quoteName(join(path, name))));
      }
      if (Result<void> read = readObject(hdf5Number<uint64_t>(entry, 8), join(path, name), depth + 1); !read) {
        return read;
      }
    }
    return {};
  }

  /// version, flags, perhaps the kind, when it was made and the letters' encoding; the name's size and the name; an address.
  Result<void> followLink(Bytes body, const std::string &path, size_t depth) {
    const auto flags = hdf5Number<uint8_t>(body, 1);
    const bool hard = !(flags & 8) || hdf5Number<uint8_t>(body, 2) == 0;
    size_t at = 2 + ((flags & 8) ? 1 : 0) + ((flags & 4) ? 8 : 0) + ((flags & 16) ? 1 : 0);
    const size_t width = size_t{1} << (flags & 3);
    Bytes size;
    uint64_t length = 0;
    Bytes text;
    Bytes target;
    bool right = hdf5Number<uint8_t>(body, 0) == 1 && hdf5Bytes(body, at, width, size);
    if (right) {
      std::memcpy(&length, size.data(), width);
      right = length > 0 && length <= mostHdf5Name && hdf5Bytes(body, at + width, length, text) &&
              (!hard || hdf5Bytes(body, at + width + length, 8, target));
    }
    if (!right) {
      return reject(fmt::format("group {}: expected a link, found other data", quoteName(path)));
    }
    const std::string name = join(path, std::string(reinterpret_cast<const char *>(text.data()), text.size()));
    if (!hard) {
      return reject(fmt::format("expected objects, found {} to be a soft or external link", quoteName(name)));
    }
    return readObject(hdf5Number<uint64_t>(target, 0), name, depth + 1);
  }

  bool findHeap(uint64_t address, Bytes &heap) const {
    Bytes front;
    return hdf5Bytes(file, address, 32, front) && startsWith(front, "HEAP") &&
           hdf5Bytes(file, hdf5Number<uint64_t>(front, 24), hdf5Number<uint64_t>(front, 8), heap);
  }

  static bool nameIn(Bytes heap, uint64_t at, std::string &name) {
    if (at >= heap.size()) {
      return false;
    }
    const std::string_view text(reinterpret_cast<const char *>(heap.data()) + at, heap.size() - at);
    const size_t end = text.substr(0, mostHdf5Name + 1).find('\0');
    name = text.substr(0, end);
    return end != std::string_view::npos && end > 0;
  }

  static std::string join(const std::string &path, const std::string &name) {
    return path.empty() ? name : path + "/" + name;
  }

  Bytes file;
  const std::string &where;
  TensorMemory memory;
  std::set<uint64_t> objects;
  std::set<uint64_t> nodes; ///< of trees
  std::vector<TensorView> tensors;
  std::string problem;
};

} // namespace

Result<TensorSet> readHdf5(Bytes file, const std::string &where) { return FileReader(file, where).read(); }

} // namespace clew
