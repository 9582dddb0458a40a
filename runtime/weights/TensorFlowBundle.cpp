// The messages BundleHeaderProto and BundleEntryProto, of which every field is either understood or refused.
#include "runtime/weights/TensorFlowBundle.h"

#include "runtime/base/WireReader.h"
#include "runtime/weights/Crc32c.h"
#include "runtime/weights/SortedTable.h"
#include "runtime/weights/TensorFlowMessages.h"

#include <fmt/format.h>
#include <optional>

namespace clew {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::string_view objectGraph = "_CHECKPOINTABLE_OBJECT_GRAPH";

bool isKind(const WireField &field, WireField::Kind kind) { return field.kind == kind; }

/// num_shards = 1, endianness = 2, version = 3. Returns what is wrong, or "".
std::string readHeader(Bytes message, BundleIndex &index) {
  uint64_t shards = 0;
  WireReader reader(message);
  while (!reader.empty()) {
    WireField field;
    if (!reader.field(field)) {
      return "expected the header of a checkpoint under the empty key, found other data";
    }
    if (field.number == 1 && isKind(field, WireField::Kind::Varint)) {
      shards = field.value;
    } else if (field.number == 2 && isKind(field, WireField::Kind::Varint) && field.value <= 1) {
      index.bigEndian = field.value == 1;
    } else if (field.number != 3) {
      return fmt::format("expected the header's fields 1 to 3, found {}", field.number);
    }
  }
  if (shards == 0 || shards > mostBundleShards) {
    return fmt::format("expected 1 to {} data files, found {}", mostBundleShards, shards);
  }
  index.shards = static_cast<uint32_t>(shards);
  return "";
}

/// dtype = 1, shape = 2, shard_id = 3, offset = 4, size = 5, crc32c = 6, slices = 7. Returns what is wrong, or "".
std::string readTensor(Bytes message, BundleTensor &tensor) {
  uint64_t type = 0;
  WireReader reader(message);
  while (!reader.empty()) {
    WireField field;
    if (!reader.field(field)) {
      return "expected an entry of a checkpoint, found other data";
    }
    const bool varint = isKind(field, WireField::Kind::Varint);
    if (field.number == 1 && varint) {
      type = field.value;
    } else if (field.number == 2 && isKind(field, WireField::Kind::Bytes)) {
      if (!readTensorFlowShape(field.bytes, tensor.shape)) {
        return fmt::format("expected a shape of at most {} extents, found another", mostTensorRank);
      }
    } else if (field.number == 3 && varint && field.value <= mostBundleShards) {
      tensor.shard = static_cast<uint32_t>(field.value);
    } else if (field.number == 4 && varint) {
      tensor.offset = field.value;
    } else if (field.number == 5 && varint) {
      tensor.size = field.value;
    } else if (field.number == 6 && isKind(field, WireField::Kind::Fixed32)) {
      tensor.crc = static_cast<uint32_t>(field.value);
    } else {
      return field.number == 7 ? "expected a whole tensor, found one that is cut into slices"
                               : fmt::format("expected the entry's fields 1 to 6, found {} or its value", field.number);
    }
  }
  const std::optional<StoredType> known = tensorFlowType(type);
  if (!known) {
    return fmt::format("expected floats, integers or truth values, found TensorFlow's type {}", type);
  }
  tensor.type = *known;
  return "";
}

} // namespace

Result<BundleIndex> readBundleIndex(Bytes file, const std::string &where) {
  const Result<std::vector<TableEntry>> entries = readSortedTable(file, where);
  if (!entries) {
    return fail(entries);
  }
  if (entries->empty() || !entries->front().key.empty()) {
    return fail(ErrorKind::BadInput, "expected the header of a checkpoint under the empty key, found none", where);
  }
  BundleIndex index;
  std::string problem = readHeader(entries->front().value, index);
  for (size_t i = 1; i < entries->size() && problem.empty(); ++i) {
    const TableEntry &entry = (*entries)[i];
    if (entry.key == objectGraph) {
      continue;
    }
    BundleTensor &tensor = index.tensors.emplace_back();
    tensor.name = entry.key;
    problem = readTensor(entry.value, tensor);
    if (problem.empty() && tensor.shard >= index.shards) {
      problem = fmt::format("expected a data file of {}, found {}", index.shards, tensor.shard);
    }
    problem = problem.empty() ? "" : fmt::format("tensor {}: {}", quoteName(entry.key), problem);
  }
  return problem.empty() ? std::move(index) : Result<BundleIndex>(fail(ErrorKind::BadInput, problem, where));
}

std::string bundleShardEnding(uint32_t shard, uint32_t shards) {
  return fmt::format("data-{:05}-of-{:05}", shard, shards);
}

Result<TensorSet> readBundle(const BundleIndex &index, std::span<const Bytes> shards, const std::string &where) {
  if (shards.size() != index.shards) {
    return fail(ErrorKind::Internal, fmt::format("{} data files are given, {} needed", shards.size(), index.shards),
                where);
  }
  size_t bytes = 0;
  for (Bytes shard : shards) {
    bytes += shard.size();
  }
  TensorMemory memory(bytes);
  std::vector<TensorView> tensors;
  uint64_t read = 0;
  for (const BundleTensor &entry : index.tensors) {
    const Result<int64_t> count = countElements(entry.name, entry.shape, entry.type, where);
    if (!count) {
      return fail(count);
    }
    const Bytes data = shards[entry.shard];
    const uint64_t wanted = static_cast<uint64_t>(*count) * bytesOf(entry.type);
    if (entry.size != wanted || entry.offset > data.size() || entry.size > data.size() - entry.offset) {
      return fail(ErrorKind::BadInput,
                  fmt::format("tensor {}: expected {} bytes for {} {} within the {} of {}, found {} at {}",
                              quoteName(entry.name), wanted, nameOf(entry.type), renderShape(entry.shape), data.size(),
                              bundleShardEnding(entry.shard, index.shards), entry.size, entry.offset),
                  where);
    }
    read += entry.size;
    if (read > bytes) { // no byte is read for two tensors, however often it is named
      return fail(
          ErrorKind::BadInput,
          fmt::format("expected tensors beside each other, found more of them than the {} bytes of data", bytes),
          where);
    }
    StridedTensor tensor{entry.name,
                         entry.type,
                         entry.shape,
                         rowMajorStrides(entry.shape),
                         0,
                         data.subspan(entry.offset, entry.size),
                         index.bigEndian};
    if (maskedCrc32c(crc32c(tensor.storage)) != entry.crc) {
      return fail(ErrorKind::BadInput,
                  fmt::format("tensor {}: expected the checksum that the index states, found damaged data",
                              quoteName(entry.name)),
                  where);
    }
    Result<TensorView> view = layDense(std::move(tensor), memory, where);
    if (!view) {
      return fail(view);
    }
    tensors.push_back(std::move(*view));
  }
  return gatherTensors(std::move(tensors), std::move(memory), where);
}

} // namespace clew
