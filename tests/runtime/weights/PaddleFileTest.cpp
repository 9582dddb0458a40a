// Paddle's parameters: files byte by byte as Paddle writes them, folders of them, and files that lie.
#include "runtime/weights/PaddleFile.h"

#include "runtime/weights/CheckpointFormats.h"
#include "tests/runtime/base/TemporaryFolder.h"
#include "tests/runtime/weights/HostileBytes.h"
#include "tests/runtime/weights/SortedTableFile.h"

using namespace clew;

namespace {

std::string description(uint64_t type, const std::vector<uint64_t> &extents) {
  std::string message = wireNumber(1, type);
  for (const uint64_t extent : extents) {
    message += wireNumber(2, extent);
  }
  return message;
}

std::string file(const std::string &description, const std::string &data, uint32_t version = 0, uint64_t levels = 0) {
  return littleEndian(version) + littleEndian(levels) + littleEndian(uint32_t{0}) +
         littleEndian(static_cast<uint32_t>(description.size())) + description + data;
}

Result<TensorSet> readSet(std::span<const std::byte> bytes) { return readPaddleTensor(bytes, "w", "folder/w"); }

std::string refusal(const std::string &text) {
  const std::vector<std::byte> bytes = exactBytes(text);
  const Result<TensorSet> set = readSet(bytes);
  return set ? "" : set.error().message;
}

const std::string data(24, 'x');
const std::string good = file(description(5, {2, 3}), data);

} // namespace

TEST_CASE("a parameter is read where it lies, with its type and shape") {
  const std::vector<std::byte> bytes = exactBytes(good);
  CHECK(looksLikePaddle(bytes));
  const Result<TensorSet> set = readSet(bytes);
  REQUIRE_MESSAGE(set, set.error().message);
  CHECK(isSound(*set, bytes));
  CHECK(set->tensors[0].name == "w");
  CHECK(set->tensors[0].type == StoredType::F32);
  CHECK(set->tensors[0].shape == std::vector<int64_t>{2, 3});
  CHECK(refusal(file(wireNumber(1, 6) + wireBytes(2, varint(3) + varint(1)), data)).empty()); // packed
  CHECK(refusal(file(description(4, {12}), data)).empty());
  CHECK(refusal(file(description(22, {12}), data)).empty());
}

TEST_CASE("parameters that lie are refused") {
  CHECK(refusal(file(description(5, {2, 3}), data, 1)).find("found version 1") != std::string::npos);
  CHECK(refusal(file(description(5, {2, 3}), data, 0, 1)).find("and 1 levels") != std::string::npos);
  CHECK(refusal(file(description(7, {2, 3}), data)).find("Paddle's type 7") != std::string::npos);
  CHECK(refusal(file(description(5, {2, 4}), data)).find("expected 32 bytes for F32 [2, 4], found 24") !=
        std::string::npos);
  CHECK(refusal(good + "x").find("expected 24 bytes") != std::string::npos);
  CHECK(refusal(file(description(5, {1ULL << 62, 8}), data)).find("possible size") != std::string::npos);
  CHECK(refusal(file(description(5, {~uint64_t{0}}), data)).find("possible size") != std::string::npos);
  CHECK(refusal(file(wireNumber(2, 6), data)).find("the type of a tensor, found none") != std::string::npos);
  CHECK(refusal(file(description(5, {6}) + wireNumber(3, 1), data)).find("found field 3") != std::string::npos);
  CHECK(refusal(file(description(5, std::vector<uint64_t>(65, 1)), data)).find("at most 64 extents") !=
        std::string::npos);
  CHECK(refusal(file(wireNumber(1, 5) + wireBytes(2, std::string(100, 1)), data)).find("extents") != std::string::npos);
  refuseEveryCut(good, readSet);
  bearDamage(good, 0, good.size(), 20000, readSet);
}

TEST_CASE("a folder of parameters is a checkpoint; what is none of them is told") {
  const TemporaryFolder folder;
  folder.write("p/fc_0.w_0", good);
  folder.write("p/fc_0.b_0", file(description(5, {6}), data));
  folder.write("p/word.dic", "0\tword");
  folder.write("p/__model__", "a program");
  const auto open = [&](const std::string &path) {
    const Result<CheckpointFolder> there = CheckpointFolder::open(folder.path + path);
    return there ? openTensors(*there) : Result<TensorFiles>(fail(there));
  };
  for (const char *path : {"/p", "/p/fc_0.b_0"}) {
    const Result<TensorFiles> files = open(path);
    REQUIRE_MESSAGE(files, files.error().message);
    CHECK(files->tensors().size() == 2);
    CHECK(files->find("fc_0.w_0") != nullptr);
  }
  folder.write("p/other", "something else");
  const Result<TensorFiles> files = open("/p");
  REQUIRE(!files);
  CHECK(files.error().where.ends_with("/p/other"));
}
