// TensorFlow's checkpoints: what TensorFlow wrote is read as TensorFlow reads it; tables and entries that lie are refused.
#include "runtime/weights/TensorFlowBundle.h"

#include "runtime/base/MappedFile.h"
#include "runtime/weights/Crc32c.h"
#include "runtime/weights/SortedTable.h"
#include "tests/runtime/weights/HostileBytes.h"
#include "tests/runtime/weights/SameTensors.h"
#include "tests/runtime/weights/SortedTableFile.h"

using namespace clew;
using namespace std::string_literals;

namespace {

const std::string goldens = CLEW_SOURCE_DIR "/tests/runtime/weights/tensorflow/";

std::string header(uint64_t shards = 1) { return wireNumber(1, shards) + wireBytes(3, wireNumber(1, 1)); }

std::string shape(const std::vector<uint64_t> &extents) {
  std::string message;
  for (uint64_t extent : extents) {
    message += wireBytes(2, wireNumber(1, extent));
  }
  return message;
}

/// An entry of six F32 numbers, whose data are 24 bytes 'x'.
struct Entry {
  uint64_t type = 1;
  std::string shape = ::shape({2, 3});
  uint64_t shard = 0;
  uint64_t offset = 0;
  uint64_t size = 24;
  uint32_t crc = checksumOf(std::string(24, 'x'));
  std::string more;

  std::string message() const {
    return wireNumber(1, type) + wireBytes(2, shape) + wireNumber(3, shard) + wireNumber(4, offset) +
           wireNumber(5, size) + varint(6 << 3 | 5) + littleEndian(crc) + more;
  }
};

std::string indexFile(const std::string &entries) {
  return tableFile({tableBlock(tableEntry("", header()) + entries)});
}

/// "" or the refusal of an index, with 24 bytes of data.
std::string refusalOf(const std::string &file, const std::string &data = std::string(24, 'x')) {
  const std::vector<std::byte> bytes = exactBytes(file);
  const std::vector<std::byte> numbers = exactBytes(data);
  const Result<BundleIndex> index = readBundleIndex(bytes, "evil.index");
  const std::vector<std::span<const std::byte>> shards(index ? index->shards : 0, numbers);
  const Result<TensorSet> set = index ? readBundle(*index, shards, "evil.index") : fail(index);
  if (set) {
    CHECK(isSound(*set, numbers));
    return "";
  }
  CHECK(set.error().kind == ErrorKind::BadInput);
  CHECK(set.error().where == "evil.index");
  return set.error().message;
}

template <typename Change> std::string withEntry(Change change) {
  Entry entry;
  change(entry);
  return refusalOf(indexFile(tableEntry("w", entry.message())));
}

Result<TensorSet> readGolden(const std::string &name, std::vector<MappedFile> &files) {
  Result<MappedFile> mapped = MappedFile::open(goldens + name + ".ckpt.index");
  REQUIRE(mapped.has_value());
  const Result<BundleIndex> index = readBundleIndex(mapped->bytes(), mapped->name());
  if (!index) {
    FAIL(index.error().message);
  }
  std::vector<std::span<const std::byte>> shards;
  for (uint32_t i = 0; i < index->shards; ++i) {
    Result<MappedFile> shard = MappedFile::open(goldens + name + ".ckpt." + bundleShardEnding(i, index->shards));
    REQUIRE(shard.has_value());
    files.push_back(std::move(*shard));
    shards.push_back(files.back().bytes());
  }
  return readBundle(*index, shards, mapped->name());
}

} // namespace

TEST_CASE("checksums are those of RFC 3720") {
  auto checksum = [](const std::string &text) { return crc32c(std::as_bytes(std::span(text))); };
  CHECK(checksum("") == 0);
  CHECK(checksum("123456789") == 0xe3069283);
  CHECK(checksum(std::string(32, '\0')) == 0x8a9136aa);
  CHECK(checksum(std::string(32, '\xff')) == 0x62a8ab43);
  const std::string text = "twelve bytes, and then some";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    CHECK(crc32c(std::as_bytes(std::span(text)).subspan(cut), checksum(text.substr(0, cut))) == checksum(text));
  }
}

TEST_CASE("what TensorFlow wrote is read as TensorFlow reads it") {
  for (const char *name : {"one", "two"}) {
    CAPTURE(name);
    std::vector<MappedFile> files;
    files.reserve(2);
    const Result<TensorSet> set = readGolden(name, files);
    if (!set) {
      FAIL(set.error().message);
    }
    CHECK(files.size() == (name == "one"s ? 1 : 2));
    CHECK(set->made.empty());
    checkSameTensors(*set, goldens + name + ".safetensors");
  }
}

TEST_CASE("entries that do not fit are refused") {
  CHECK(withEntry([](Entry &) {}).empty());
  CHECK(withEntry([](Entry &e) { e.type = 22; }).empty());
  CHECK(withEntry([](Entry &e) { e.type = 7; }).find("TensorFlow's type 7") != std::string::npos);     // texts
  CHECK(withEntry([](Entry &e) { e.type = 8; }).find("TensorFlow's type 8") != std::string::npos);     // complex
  CHECK(withEntry([](Entry &e) { e.type = 101; }).find("TensorFlow's type 101") != std::string::npos); // references
  CHECK(withEntry([](Entry &e) { e.crc ^= 1; }).find("damaged data") != std::string::npos);
  CHECK(withEntry([](Entry &e) { e.size = 23; }).find("expected 24 bytes") != std::string::npos);
  CHECK(withEntry([](Entry &e) { e.offset = 1; }).find("within the 24") != std::string::npos);
  CHECK(withEntry([](Entry &e) { e.offset = ~uint64_t{0}; }).find("within the 24") != std::string::npos);
  CHECK(withEntry([](Entry &e) { e.shard = 1; }).find("a data file of 1, found 1") != std::string::npos);
  CHECK(withEntry([](Entry &e) { e.shard = 1ULL << 40; }).find("found 3 or its value") != std::string::npos);
  CHECK(withEntry([](Entry &e) { e.shape = shape({1ULL << 32, 1ULL << 32}); }).find("possible size") !=
        std::string::npos);
  CHECK(withEntry([](Entry &e) { e.shape = shape({~uint64_t{0}}); }).find("possible size") != std::string::npos);
  CHECK(withEntry([](Entry &e) { e.shape = shape(std::vector<uint64_t>(65, 1)); }).find("at most 64") !=
        std::string::npos);
  CHECK(withEntry([](Entry &e) { e.shape = wireNumber(3, 1); }).find("found another") != std::string::npos);
  CHECK(withEntry([](Entry &e) { e.shape = "\xff"; }).find("found another") != std::string::npos);
  CHECK(withEntry([](Entry &e) { e.more = wireBytes(7, ""); }).find("cut into slices") != std::string::npos);
  CHECK(withEntry([](Entry &e) { e.more = wireNumber(9, 1); }).find("found 9") != std::string::npos);
  CHECK(withEntry([](Entry &e) { e.more = "\x0b"; }).find("found other data") != std::string::npos); // a group
  CHECK(withEntry([](Entry &e) {
          e.more = std::string(1, '\x08') + std::string(10, '\xff');
        }).find("found other data") != std::string::npos);
  const std::string message = Entry().message();
  for (size_t length = 1; length < message.size(); ++length) {
    CHECK_FALSE(refusalOf(indexFile(tableEntry("w", message.substr(0, length)))).empty());
  }
  CHECK(refusalOf(indexFile(tableEntry("a", message) + tableEntry("b", message))).find("beside each other") !=
        std::string::npos);
  CHECK(refusalOf(indexFile(tableEntry("_CHECKPOINTABLE_OBJECT_GRAPH", wireNumber(1, 7)))).empty());
}

TEST_CASE("headers that do not fit are refused") {
  auto with = [](const std::string &message, const std::string &key = "") {
    return refusalOf(tableFile({tableBlock(tableEntry(key, message))}));
  };
  CHECK(with(header()).empty());
  CHECK(with(header(), "x").find("under the empty key, found none") != std::string::npos);
  CHECK(refusalOf(tableFile({})).find("under the empty key, found none") != std::string::npos);
  CHECK(with(header(0)).find("1 to 4096 data files, found 0") != std::string::npos);
  CHECK(with(header(1ULL << 40)).find("1 to 4096 data files") != std::string::npos);
  CHECK(with(header() + wireNumber(2, 2)).find("fields 1 to 3, found 2") != std::string::npos);
  CHECK(with(header() + wireNumber(4, 2)).find("fields 1 to 3, found 4") != std::string::npos);
  CHECK(with("\xff").find("found other data") != std::string::npos);
  // A checkpoint of a big-endian machine: laid out anew.
  const Entry entry;
  CHECK(
      refusalOf(tableFile({tableBlock(tableEntry("", header() + wireNumber(2, 1)) + tableEntry("w", entry.message()))}))
          .empty());
}

TEST_CASE("tables that lie are refused") {
  const std::string start = tableEntry("", header());
  const std::string block = tableBlock(start);
  const std::string good = tableFile({block, tableBlock(tableEntry("w", Entry().message()))});
  CHECK(refusalOf(good).empty());
  auto index = [&](const std::string &handle) { return refusalOf(tableFile({block}, tableEntry("zz", handle))); };
  CHECK(refusalOf("").find("at least 48 bytes") != std::string::npos);
  CHECK(refusalOf(good + "x").find("the end of a table") != std::string::npos);
  std::string noPlace = good;
  for (size_t i = noPlace.size() - 48; i < noPlace.size() - 8; ++i) {
    noPlace[i] = '\xff';
  }
  CHECK(refusalOf(noPlace).find("the place of the table's index") != std::string::npos);
  CHECK(index(varint(0) + varint(1)).find("expected the block behind byte") != std::string::npos); // the same again
  CHECK(index(varint(1ULL << 63) + varint(1)).find("a block within the table's") != std::string::npos);
  CHECK(index(varint(block.size()) + varint(~uint64_t{0})).find("a block within the table's") != std::string::npos);
  CHECK(index("\xff").find("the place of a block") != std::string::npos);
  CHECK(index(varint(1) + varint(1) + "x").find("the place of a block") != std::string::npos);
  CHECK(refusalOf(tableFile({tableBlock(start, 1)})).find("a compressed one") != std::string::npos);
  CHECK(refusalOf(tableFile({tableBlock(start, 0, 1000)})).find("restart points") != std::string::npos);
  std::string damaged = good;
  damaged[3] ^= 1;
  CHECK(refusalOf(damaged).find("the checksum that it states") != std::string::npos);
  auto entries = [&](const std::string &body) { return refusalOf(tableFile({tableBlock(start + body)})); };
  CHECK(entries(tableEntry("a", "", 1)).find("cut short") != std::string::npos); // shares more than there is
  CHECK(entries(varint(0) + varint(100)).find("cut short") != std::string::npos);
  CHECK(entries(tableEntry("b", Entry().message()) + tableEntry("a", "")).find("keys that rise") != std::string::npos);
  CHECK(entries(tableEntry("b", "") + tableEntry("b", "")).find("keys that rise") != std::string::npos);
  CHECK(entries(tableEntry(std::string(mostTableKey + 1, 'k'), "")).find("at most 1024 bytes") != std::string::npos);
}

TEST_CASE("checkpoints cut anywhere are refused, and damaged ones do no harm") {
  const Result<MappedFile> file = MappedFile::open(goldens + "one.ckpt.index");
  REQUIRE(file.has_value());
  auto read = [](std::span<const std::byte> bytes) -> Result<TensorSet> {
    const Result<BundleIndex> index = readBundleIndex(bytes, "evil.index");
    return index ? Result<TensorSet>(TensorSet()) : fail(index);
  };
  refuseEveryCut(file->text(), read);
  bearDamage(file->text(), 0, file->size(), 20000, read);
  // With checksums that hold, so that the damage reaches what they guard.
  std::mt19937_64 random(7);
  const std::string message = Entry().message();
  for (int round = 0; round < 20000; ++round) {
    std::string body = tableEntry("", header()) + tableEntry("w", message);
    body[random() % body.size()] = static_cast<char>(random());
    refusalOf(tableFile({tableBlock(body)}));
  }
}
