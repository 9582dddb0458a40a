// Hdf5Header: object headers of HDF5 files (HDF5 File Format Specification 3.0, section IV.A): what an object is, as a list of messages.
// This is our own reader and not the library, because the files come from strangers: the library promises no bounds, copies what we can
// map, and follows links into other files. Weights use a small part of the format.
#pragma once

#include "runtime/base/Result.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

namespace clew {

/// An address that points nowhere.
constexpr uint64_t hdf5Nowhere = ~uint64_t{0};

/// Messages of one object, and bytes of a name.
constexpr size_t mostHdf5Messages = 4096;
constexpr size_t mostHdf5Name = 1024;

enum class Hdf5Kind : uint16_t {
  Dataspace = 0x01,
  LinkInfo = 0x02,
  Datatype = 0x03,
  Link = 0x06,
  Layout = 0x08,
  Filters = 0x0b,
  Continuation = 0x10,
  SymbolTable = 0x11,
};

struct Hdf5Message {
  uint16_t kind = 0;   ///< an Hdf5Kind, or one that says nothing of weights
  bool shared = false; ///< stands elsewhere
  std::span<const std::byte> body;
};

/// `size` bytes at `address` of the file. False unless all of them are there.
bool hdf5Bytes(std::span<const std::byte> file, uint64_t address, uint64_t size, std::span<const std::byte> &out);

/// A little-endian number at `at`; 0 beyond the end, so that a caller checks sizes once.
template <typename T> T hdf5Number(std::span<const std::byte> bytes, size_t at) {
  T value = 0;
  if (at <= bytes.size() && bytes.size() - at >= sizeof(T)) {
    std::memcpy(&value, bytes.data() + at, sizeof(T));
  }
  return value;
}

/// The messages of the object at `address`, in both of the format's forms, continued ones included. BadInput at `where` for what is no
/// object header, blocks beyond the file or named twice, and beyond the bounds. Borrows from `file`.
Result<std::vector<Hdf5Message>> readHdf5Header(std::span<const std::byte> file, uint64_t address,
                                                const std::string &where);

/// The message of that kind, or null.
const Hdf5Message *findHdf5Message(std::span<const Hdf5Message> messages, Hdf5Kind kind);

} // namespace clew
