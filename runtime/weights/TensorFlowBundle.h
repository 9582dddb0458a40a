// TensorFlowBundle: checkpoints as TensorFlow's Saver writes them: PREFIX.index, a table of what there is, and
// PREFIX.data-00000-of-00001 with the numbers (tensorflow/core/protobuf/tensor_bundle.proto). How a model's parameters are called and
// laid out there is not this file's matter.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/weights/TensorSet.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace clew {

/// Data files that one checkpoint may have.
constexpr uint64_t mostBundleShards = 4096;

/// A tensor as the index has it; nothing is checked against the data yet.
struct BundleTensor {
  std::string name;
  StoredType type = StoredType::F32;
  std::vector<int64_t> shape;
  uint32_t shard = 0;
  uint64_t offset = 0;
  uint64_t size = 0;
  uint32_t crc = 0; ///< masked
};

struct BundleIndex {
  uint32_t shards = 0;
  bool bigEndian = false;
  std::vector<BundleTensor> tensors; ///< sorted by name
};

/// Reads PREFIX.index. The object graph that TensorFlow 2 keeps beside the weights is passed over. BadInput at `where` for tensors of
/// texts or complex numbers, tensors cut into slices, and whatever readSortedTable refuses.
Result<BundleIndex> readBundleIndex(std::span<const std::byte> file, const std::string &where);

/// "data-00000-of-00001": the ending of a data file's name.
std::string bundleShardEnding(uint32_t shard, uint32_t shards);

/// The tensors, where the data files have them (big-endian ones laid out anew). Reads all data once for the checksums. BadInput at
/// `where` unless every tensor lies in its file, with the size and the checksum that the index says; Internal unless there are as many
/// files as the index wants. The set borrows from `shards`.
Result<TensorSet> readBundle(const BundleIndex &index, std::span<const std::span<const std::byte>> shards,
                             const std::string &where);

} // namespace clew
