// TensorFlow's checkpoints. Checksums stop nearly every change, so besides whole files the harness makes them for what is called
// "entries": those of one block.
#include "runtime/weights/TensorFlowBundle.h"
#include "tests/fuzz/Tensors.h"
#include "tests/runtime/weights/SortedTableFile.h"

namespace clew::fuzz {
namespace {

void readAll(std::string_view index, std::span<const std::span<const std::byte>> data) {
  const Result<BundleIndex> read = readBundleIndex(asBytes(index), "f.index");
  if (!read) {
    expectRefusal(read.error(), "f.index");
    return;
  }
  expect(read->shards <= mostBundleShards, "few shards");
  std::vector<std::span<const std::byte>> shards(data.begin(), data.end());
  shards.resize(read->shards);
  if (const Result<TensorSet> set = readBundle(*read, shards, "f.index"); set) {
    expectSound(*set, shards);
  } else {
    expectRefusal(set.error(), "f.index");
  }
}

void run(std::string_view bytes) {
  std::map<std::string, std::string> parts = partsOf(bytes);
  const std::string &one = parts["data0"];
  const std::string &two = parts["data1"];
  const std::vector<std::span<const std::byte>> data = {asBytes(one), asBytes(two)};
  readAll(parts["index"], data);
  if (parts.contains("entries")) {
    readAll(tableFile({tableBlock(parts["entries"])}), data);
  }
}

std::string shape(const std::vector<uint64_t> &extents) {
  std::string message;
  for (const uint64_t extent : extents) {
    message += wireBytes(2, wireNumber(1, extent));
  }
  return message;
}

std::vector<std::string> seeds() {
  const std::string folder = "tests/runtime/weights/tensorflow/";
  const std::string header = tableEntry("", wireNumber(1, 1) + wireBytes(3, wireNumber(1, 1)));
  const std::string data(24, 'x');
  const auto entry = [&](uint64_t type, const std::vector<uint64_t> &extents, const std::string &more = "") {
    return wireNumber(1, type) + wireBytes(2, shape(extents)) + wireNumber(3, 0) + wireNumber(4, 0) +
           wireNumber(5, 24) + varint(6 << 3 | 5) + littleEndian(checksumOf(data)) + more;
  };
  return {joined({{"index", sourceFile(folder + "one.ckpt.index")},
                  {"data0", sourceFile(folder + "one.ckpt.data-00000-of-00001")}}),
          joined({{"index", sourceFile(folder + "two.ckpt.index")},
                  {"data0", sourceFile(folder + "two.ckpt.data-00000-of-00002")},
                  {"data1", sourceFile(folder + "two.ckpt.data-00001-of-00002")}}),
          joined({{"entries", header + tableEntry("w", entry(1, {2, 3}))}, {"data0", data}}),
          joined({{"entries", header + tableEntry("a/w", entry(2, {3})) + tableEntry("x", entry(9, {3, 1}), 2)},
                  {"data0", data}}),
          joined({{"entries", header + tableEntry("_CHECKPOINTABLE_OBJECT_GRAPH", entry(7, {}))}, {"data0", data}})};
}

const Harness harness("tensorflow", run, seeds);

} // namespace
} // namespace clew::fuzz
