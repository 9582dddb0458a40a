// The frame of the files that torch.save wrote before 1.6, and writes still when it is asked to (torch/serialization.py): five
// pickles one behind the other (a magic number, a version, the machine, the object, the storages' keys), then the storages.
#include "runtime/weights/TorchFile.h"
#include "runtime/weights/TorchTensors.h"

#include <cstring>
#include <fmt/format.h>
#include <unordered_map>

namespace clew {
namespace {

using Bytes = std::span<const std::byte>;

/// 0x1950a86a20f9469cfc6c, little endian.
constexpr std::string_view magicNumber("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);
constexpr int64_t protocolVersion = 1001;

class LegacyReader {
public:
  LegacyReader(Bytes file, const std::string &where) : file(file), left(file), where(where) {}

  Result<TensorSet> read() {
    if (Result<void> framed = readFront(); !framed) {
      return fail(framed);
    }
    const Result<Pickle> pickle = next(torchGlobals());
    if (!pickle) {
      return fail(pickle);
    }
    const Result<std::vector<TorchStorage>> storages = torchStorages(*pickle, where);
    if (!storages) {
      return fail(storages);
    }
    if (Result<void> found = readStorages(*storages); !found) {
      return fail(found);
    }
    TensorMemory memory(file.size());
    auto find = [&](const TorchStorage &storage) { return bytesFor(storage); };
    Result<std::vector<TensorView>> tensors = readTorchTensors({*pickle, *storages, find}, memory, where);
    return tensors ? gatherTensors(std::move(*tensors), std::move(memory), where) : fail(tensors);
  }

private:
  Failure refuse(std::string why) const { return fail(ErrorKind::BadInput, std::move(why), where); }

  Result<Pickle> next(std::span<const PickleGlobal> allowed = {}) {
    Result<Pickle> pickle = readPickle(left, allowed, where);
    if (pickle) {
      left = left.subspan(pickle->bytes);
    }
    return pickle;
  }

  /// What comes before the object. The machine's byte order is not the file's: storages are little endian always.
  Result<void> readFront() {
    const Result<Pickle> magic = next();
    if (!magic) {
      return fail(magic);
    }
    if (magic->top.kind != PickleKind::Long || magic->top.text != magicNumber) {
      return refuse("expected a file of torch.save, which begins with its magic number, found a pickle of " +
                    describe(magic->top) + "; nothing was executed");
    }
    const Result<Pickle> version = next();
    if (!version) {
      return fail(version);
    }
    if (version->top.kind != PickleKind::Integer || version->top.integer != protocolVersion) {
      return refuse(fmt::format("expected version {} of PyTorch's older format, found {}", protocolVersion,
                                describe(version->top)));
    }
    const Result<Pickle> machine = next();
    return machine ? Result<void>() : fail(machine);
  }

  /// For each key of the list a number of elements and the elements; nothing behind them.
  Result<void> readStorages(const std::vector<TorchStorage> &storages) {
    std::unordered_map<std::string_view, const TorchStorage *> named;
    for (const TorchStorage &storage : storages) {
      named.emplace(storage.key, &storage);
    }
    const Result<Pickle> keys = next();
    if (!keys) {
      return fail(keys);
    }
    if (keys->top.kind != PickleKind::List) {
      return refuse("expected a list of storages' keys, found " + describe(keys->top));
    }
    for (const PickleValue &key : keys->itemsOf(keys->top)) {
      const auto found = key.kind == PickleKind::Text ? named.find(key.text) : named.end();
      if (found == named.end()) {
        return refuse("expected the key of a storage that the pickle names, found " + describe(key));
      }
      if (Result<void> taken = takeStorage(*found->second); !taken) {
        return taken;
      }
    }
    return left.empty() ? Result<void>()
                        : refuse(fmt::format("expected the end of the file behind the storages, found {} more bytes",
                                             left.size()));
  }

  Result<void> takeStorage(const TorchStorage &storage) {
    int64_t elements = 0;
    if (left.size() < sizeof(elements)) {
      return refuse(fmt::format("storage {}: the file is cut short", quoteName(storage.key)));
    }
    std::memcpy(&elements, left.data(), sizeof(elements));
    left = left.subspan(sizeof(elements));
    if (elements != storage.elements || storage.bytes() > left.size()) {
      return refuse(fmt::format("storage {}: expected {} elements of {} bytes, found {} and {} bytes",
                                quoteName(storage.key), storage.elements, bytesOf(storage.type), elements,
                                left.size()));
    }
    if (!contents.emplace(storage.key, left.first(storage.bytes())).second) {
      return refuse(fmt::format("expected each storage once, found {} twice", quoteName(storage.key)));
    }
    left = left.subspan(storage.bytes());
    return {};
  }

  Result<Bytes> bytesFor(const TorchStorage &storage) const {
    const auto found = contents.find(storage.key);
    if (found == contents.end()) {
      return refuse(fmt::format("expected the storage {} in the file, found none", quoteName(storage.key)));
    }
    if (found->second.size() != storage.bytes()) { // the same storage, named with another type
      return refuse(fmt::format("storage {}: expected {} bytes, found {}", quoteName(storage.key), storage.bytes(),
                                found->second.size()));
    }
    return found->second;
  }

  Bytes file;
  Bytes left; ///< what is not read yet
  const std::string &where;
  std::unordered_map<std::string_view, Bytes> contents; ///< by key; keys belong to the file's bytes
};

} // namespace

Result<TensorSet> readTorchLegacy(Bytes file, const std::string &where) { return LegacyReader(file, where).read(); }

} // namespace clew
