// What the messages say of a dataset (HDF5 File Format Specification 3.0, section IV.A.2).
#include "runtime/weights/Hdf5Dataset.h"

#include "runtime/weights/Hdf5Chunks.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>
#include <set>
#include <zlib.h>

namespace clew {
namespace {

using Bytes = std::span<const std::byte>;

constexpr size_t mostRank = 32; ///< HDF5's own limit
constexpr uint16_t deflateFilter = 1;
constexpr uint16_t shuffleFilter = 2;

uint8_t byteAt(Bytes bytes, size_t at) { return hdf5Number<uint8_t>(bytes, at); }

/// How IEEE's floats and bfloat16 are described: size, precision, exponent's place and size, mantissa's place and size, bias.
struct FloatForm {
  StoredType type;
  std::array<uint32_t, 7> form;
};
constexpr std::array<FloatForm, 4> floatForms{{{StoredType::F16, {2, 16, 10, 5, 0, 10, 15}},
                                               {StoredType::BF16, {2, 16, 7, 8, 0, 7, 127}},
                                               {StoredType::F32, {4, 32, 23, 8, 0, 23, 127}},
                                               {StoredType::F64, {8, 64, 52, 11, 0, 52, 1023}}}};

std::optional<StoredType> integerOf(uint32_t size, bool isSigned) {
  switch (size) {
  case 1:
    return isSigned ? StoredType::I8 : StoredType::U8;
  case 2:
    return isSigned ? StoredType::I16 : StoredType::U16;
  case 4:
    return isSigned ? StoredType::I32 : StoredType::U32;
  case 8:
    return isSigned ? StoredType::I64 : StoredType::U64;
  default:
    return std::nullopt;
  }
}

std::optional<StoredType> typeOf(Bytes body) {
  const int kind = byteAt(body, 0) & 15;
  const auto size = hdf5Number<uint32_t>(body, 4);
  if (hdf5Number<uint16_t>(body, 8) != 0) { // bits that do not begin at the first
    return std::nullopt;
  }
  const auto precision = hdf5Number<uint16_t>(body, 10);
  if (kind == 0) {
    return precision == size * 8 ? integerOf(size, (byteAt(body, 1) & 8) != 0) : std::nullopt;
  }
  if (kind != 1 || (byteAt(body, 1) & 0x40) != 0) {
    return std::nullopt;
  }
  const std::array<uint32_t, 7> form{size,
                                     precision,
                                     byteAt(body, 12),
                                     byteAt(body, 13),
                                     byteAt(body, 14),
                                     byteAt(body, 15),
                                     hdf5Number<uint32_t>(body, 16)};
  const auto found = std::ranges::find(floatForms, form, &FloatForm::form);
  return found != floatForms.end() ? std::optional(found->type) : std::nullopt;
}

class DatasetReader {
public:
  DatasetReader(Bytes file, const std::string &name, TensorMemory &memory, const std::string &where)
      : file(file), name(name), memory(memory), where(where) {}

  Result<TensorView> read(std::span<const Hdf5Message> messages) {
    const Hdf5Message *space = findHdf5Message(messages, Hdf5Kind::Dataspace);
    const Hdf5Message *type = findHdf5Message(messages, Hdf5Kind::Datatype);
    const Hdf5Message *layout = findHdf5Message(messages, Hdf5Kind::Layout);
    if (!space || !type || !layout || space->shared || type->shared || layout->shared) {
      return reject("expected a type, extents and a layout of its own, found fewer");
    }
    const std::optional<StoredType> stored = typeOf(type->body);
    if (!stored) {
      return reject(fmt::format("expected floats or integers, found type class {} of {} bytes",
                                byteAt(type->body, 0) & 15, hdf5Number<uint32_t>(type->body, 4)));
    }
    tensor.name = name;
    tensor.type = *stored;
    tensor.bigEndian = (byteAt(type->body, 1) & 1) != 0;
    if (!readSpace(space->body)) {
      return reject(problem);
    }
    const Result<int64_t> count = countElements(name, tensor.shape, tensor.type, where);
    if (!count) {
      return fail(count);
    }
    bytes = static_cast<uint64_t>(*count) * bytesOf(tensor.type);
    if (Result<void> found = findData(layout->body, findHdf5Message(messages, Hdf5Kind::Filters)); !found) {
      return fail(found);
    }
    tensor.strides = rowMajorStrides(tensor.shape);
    return layDense(std::move(tensor), memory, where);
  }

private:
  Failure reject(std::string_view why) const {
    return fail(ErrorKind::BadInput, fmt::format("dataset {}: {}", quoteName(name), why), where);
  }

  bool readSpace(Bytes body) {
    const int version = byteAt(body, 0);
    const size_t rank = byteAt(body, 1);
    const size_t front = version == 1 ? 8 : 4;
    if ((version != 1 && version != 2) || rank > mostRank || body.size() < front + rank * 8 ||
        (version == 2 && byteAt(body, 3) > 1)) {
      problem = fmt::format("expected at most {} extents, found others", mostRank);
      return false;
    }
    for (size_t i = 0; i < rank; ++i) {
      tensor.shape.push_back(hdf5Number<int64_t>(body, front + i * 8));
    }
    return true;
  }

  Result<void> findData(Bytes body, const Hdf5Message *filters) {
    const int version = byteAt(body, 0);
    const int kind = byteAt(body, 1);
    if (version < 3 || version > 5 || kind > 2) {
      return reject(fmt::format("expected data in one piece or in chunks (layouts 3 to 5), found layout {} of kind {}",
                                version, kind));
    }
    if (kind == 2) {
      return readChunks(body, filters);
    }
    if (filters) {
      return reject("expected filters of chunks only, found some of one piece");
    }
    const uint64_t size = kind == 0 ? hdf5Number<uint16_t>(body, 2) : hdf5Number<uint64_t>(body, 10);
    const auto address = hdf5Number<uint64_t>(body, 2);
    const bool there = bytes == 0 || (kind == 0 ? hdf5Bytes(body, 4, size, tensor.storage)
                                                : hdf5Bytes(file, address, size, tensor.storage));
    if (!there || (bytes > 0 && size != bytes)) {
      return reject(fmt::format("expected {} bytes of data within the file, found {} at {}", bytes, size, address));
    }
    return {};
  }

  Result<void> readChunks(Bytes body, const Hdf5Message *message) {
    const size_t width = bytesOf(tensor.type);
    Result<Hdf5Layout> layout = readHdf5Layout(body, tensor.shape, width);
    if (!layout) {
      return reject(layout.error().message);
    }
    chunk = layout->chunk;
    chunkBytes = width;
    chunks = 1;
    for (size_t i = 0; i < chunk.size(); ++i) {
      chunkBytes *= static_cast<uint64_t>(chunk[i]); // at most the dataset's own bytes
      chunks *= static_cast<uint64_t>((tensor.shape[i] + chunk[i] - 1) / chunk[i]);
    }
    if (message && !readFilters(*message)) {
      return reject(problem);
    }
    if (message && layout->sparesEdges) {
      return reject("expected filters of all chunks, found some that those at its edges do not have");
    }
    if (bytes == 0) {
      return {};
    }
    const Result<std::span<std::byte>> whole = memory.take(bytes, where);
    const Result<std::span<std::byte>> one = whole ? memory.take(chunkBytes * 2, where) : fail(whole);
    if (!one) {
      return fail(one);
    }
    made = *whole;
    unpacked = one->first(chunkBytes);
    shuffled = one->subspan(chunkBytes);
    tensor.storage = made;
    const std::function<Result<void>(const Hdf5Chunk &)> take = [&](const Hdf5Chunk &found) {
      return takeChunk(found);
    };
    if (Result<void> done = walkHdf5Chunks(file, *layout, tensor.shape, chunkBytes, take); !done) {
      return reject(done.error().message);
    }
    if (seen.size() != chunks) {
      return reject(fmt::format("expected {} chunks, found {}", chunks, seen.size()));
    }
    return {};
  }

  bool readFilters(const Hdf5Message &message) {
    const Bytes body = message.body;
    const int version = byteAt(body, 0);
    const size_t count = byteAt(body, 1);
    size_t at = version == 1 ? 8 : 2;
    problem = "expected the filters deflate and shuffle, found others";
    if ((version != 1 && version != 2) || count > 2 || message.shared) {
      return false;
    }
    for (size_t i = 0; i < count; ++i) {
      const auto filter = hdf5Number<uint16_t>(body, at);
      const bool named = version == 1;
      const size_t nameBytes = named ? hdf5Number<uint16_t>(body, at + 2) : 0;
      const size_t values = hdf5Number<uint16_t>(body, at + (named ? 6 : 4));
      at += (named ? 8 + (nameBytes + 7) / 8 * 8 : 6) + values * 4 + (named && values % 2 == 1 ? 4 : 0);
      const bool known = filter == deflateFilter || filter == shuffleFilter;
      if (!known || at > body.size() || std::ranges::count(filters, filter) > 0) {
        return false;
      }
      filters.push_back(filter);
    }
    return true;
  }

  Result<void> takeChunk(const Hdf5Chunk &found) {
    bool aligned = true;
    for (size_t i = 0; i < chunk.size(); ++i) {
      const int64_t begin = found.begin[i];
      aligned = aligned && begin >= 0 && begin < tensor.shape[i] && begin % chunk[i] == 0;
    }
    Bytes packed;
    if (!aligned || !seen.insert(found.begin).second || !hdf5Bytes(file, found.address, found.size, packed) ||
        found.skipped != 0) {
      return fail(
          ErrorKind::BadInput,
          fmt::format("expected each chunk once, at a place of its own and with all filters, found another at {}",
                      found.address));
    }
    if (!undo(packed)) {
      return fail(ErrorKind::BadInput,
                  fmt::format("expected a chunk of {} bytes at {}, found damaged data", chunkBytes, found.address));
    }
    place(found.begin, packed);
    return {};
  }

  /// Filters were applied in their order; `data` becomes the chunk's bytes.
  bool undo(Bytes &data) {
    for (size_t i = filters.size(); i-- > 0;) {
      if (filters[i] == deflateFilter) {
        uLongf length = unpacked.size();
        const int code = uncompress(reinterpret_cast<Bytef *>(unpacked.data()), &length,
                                    reinterpret_cast<const Bytef *>(data.data()), data.size());
        if (code != Z_OK || length != chunkBytes) {
          return false;
        }
        data = unpacked;
      } else if (data.size() != chunkBytes) {
        return false;
      } else { // all first bytes, all second bytes, ...
        const size_t width = bytesOf(tensor.type);
        const size_t count = chunkBytes / width;
        for (size_t at = 0; at < chunkBytes; ++at) {
          shuffled[at % count * width + at / count] = data[at];
        }
        data = shuffled;
      }
    }
    return data.size() == chunkBytes;
  }

  /// Copies what of the chunk lies in the dataset, a row at a time.
  void place(const std::vector<int64_t> &begin, Bytes data) {
    const size_t rank = chunk.size();
    const size_t width = bytesOf(tensor.type);
    const std::vector<int64_t> from = rowMajorStrides(chunk);
    const std::vector<int64_t> to = rowMajorStrides(tensor.shape);
    std::vector<int64_t> index(rank, 0);
    const auto run = static_cast<size_t>(std::min(chunk[rank - 1], tensor.shape[rank - 1] - begin[rank - 1])) * width;
    while (true) {
      int64_t source = 0;
      int64_t target = begin[rank - 1];
      for (size_t i = 0; i + 1 < rank; ++i) {
        source += index[i] * from[i];
        target += (begin[i] + index[i]) * to[i];
      }
      std::memcpy(made.data() + static_cast<size_t>(target) * width, data.data() + static_cast<size_t>(source) * width,
                  run);
      size_t axis = rank - 1;
      while (axis-- > 0) {
        if (++index[axis] < std::min(chunk[axis], tensor.shape[axis] - begin[axis])) {
          break;
        }
        index[axis] = 0;
      }
      if (axis == static_cast<size_t>(-1)) {
        return;
      }
    }
  }

  Bytes file;
  const std::string &name;
  TensorMemory &memory;
  const std::string &where;
  StridedTensor tensor;
  uint64_t bytes = 0; ///< of the whole dataset
  std::vector<int64_t> chunk;
  uint64_t chunkBytes = 0;
  uint64_t chunks = 0;
  std::vector<uint16_t> filters;
  std::set<std::vector<int64_t>> seen;
  std::span<std::byte> made;
  std::span<std::byte> unpacked;
  std::span<std::byte> shuffled;
  std::string problem;
};

} // namespace

Result<TensorView> readHdf5Dataset(Bytes file, std::span<const Hdf5Message> messages, const std::string &name,
                                   TensorMemory &memory, const std::string &where) {
  return DatasetReader(file, name, memory, where).read(messages);
}

} // namespace clew
