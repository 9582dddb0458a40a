// The frame of PyTorch's zip archives: which members are the pickle and the storages.
#include "runtime/weights/TorchFile.h"
#include "runtime/weights/TorchTensors.h"
#include "runtime/weights/ZipDirectory.h"

#include <fmt/format.h>
#include <map>

namespace clew {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::string_view pickleName = "/data.pkl";

/// The folder in the archive around everything. There is one member FOLDER/data.pkl.
Result<std::string> folderIn(std::span<const ZipMember> members, const std::string &where) {
  const ZipMember *found = nullptr;
  for (const ZipMember &member : members) {
    if (!member.name.ends_with(pickleName) || member.name.find('/') != member.name.size() - pickleName.size()) {
      continue;
    }
    if (found) {
      return fail(ErrorKind::BadInput,
                  fmt::format("expected one checkpoint in the archive, found {} and {}", quoteName(found->name),
                              quoteName(member.name)),
                  where);
    }
    found = &member;
  }
  if (!found) {
    return fail(ErrorKind::BadInput, "expected a PyTorch checkpoint, found a zip archive without FOLDER/data.pkl",
                where);
  }
  std::string folder(found->name.substr(0, found->name.size() - pickleName.size() + 1));
  if (findMember(members, folder + "constants.pkl")) {
    return fail(ErrorKind::BadInput,
                "expected a PyTorch checkpoint, found a TorchScript program; save its state_dict() with torch.save",
                where);
  }
  return folder;
}

/// Files without the mark are little endian, as PyTorch takes them.
Result<bool> isBigEndian(std::span<const ZipMember> members, const std::string &folder, TensorMemory &memory,
                         const std::string &where) {
  const ZipMember *mark = findMember(members, folder + "byteorder");
  if (!mark) {
    return false;
  }
  const Result<Bytes> bytes = contentsOf(*mark, memory, where);
  if (!bytes) {
    return fail(bytes);
  }
  const std::string_view text(reinterpret_cast<const char *>(bytes->data()), bytes->size());
  if (text != "little" && text != "big") {
    return fail(ErrorKind::BadInput, "expected the byte order 'little' or 'big', found " + quoteName(text), where);
  }
  return text == "big";
}

/// Finds storages, and keeps those that had to be decompressed.
class ZipStorages {
public:
  ZipStorages(std::span<const ZipMember> members, std::string folder, TensorMemory &memory, const std::string &where)
      : members(members), folder(std::move(folder)), memory(memory), where(where) {}

  Result<Bytes> operator()(const TorchStorage &storage) {
    const std::string name = fmt::format("{}data/{}", folder, storage.key);
    const ZipMember *member = findMember(members, name);
    if (!member) {
      return fail(ErrorKind::BadInput,
                  fmt::format("expected the storage {} in the archive, found none", quoteName(name)), where);
    }
    if (member->size != storage.bytes()) {
      return fail(
          ErrorKind::BadInput,
          fmt::format("storage {}: expected {} bytes, found {}", quoteName(name), storage.bytes(), member->size),
          where);
    }
    if (const auto known = made.find(member); known != made.end()) {
      return known->second;
    }
    Result<Bytes> contents = contentsOf(*member, memory, where);
    if (contents && member->deflated) {
      made.emplace(member, *contents);
    }
    return contents;
  }

private:
  std::span<const ZipMember> members;
  std::string folder;
  TensorMemory &memory;
  const std::string &where;
  std::map<const ZipMember *, Bytes> made;
};

} // namespace

Result<TensorSet> readTorchZip(Bytes file, const std::string &where) {
  const Result<std::vector<ZipMember>> members = readZipDirectory(file, where);
  if (!members) {
    return fail(members);
  }
  const Result<std::string> folder = folderIn(*members, where);
  if (!folder) {
    return fail(folder);
  }
  TensorMemory memory(file.size());
  const Result<bool> bigEndian = isBigEndian(*members, *folder, memory, where);
  if (!bigEndian) {
    return fail(bigEndian);
  }
  const Result<Bytes> bytes = contentsOf(*findMember(*members, *folder + "data.pkl"), memory, where);
  if (!bytes) {
    return fail(bytes);
  }
  const Result<Pickle> pickle = readPickle(*bytes, torchGlobals(), where);
  if (!pickle) {
    return fail(pickle);
  }
  if (pickle->bytes != bytes->size()) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected the end of data.pkl after {} bytes, found {} more", pickle->bytes,
                            bytes->size() - pickle->bytes),
                where);
  }
  const Result<std::vector<TorchStorage>> storages = torchStorages(*pickle, where);
  if (!storages) {
    return fail(storages);
  }
  ZipStorages find(*members, *folder, memory, where);
  Result<std::vector<TensorView>> tensors = readTorchTensors({*pickle, *storages, find, *bigEndian}, memory, where);
  if (!tensors) {
    return fail(tensors);
  }
  return gatherTensors(std::move(*tensors), std::move(memory), where);
}

} // namespace clew
