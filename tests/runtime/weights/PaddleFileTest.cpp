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

namespace {

std::string variable(const std::string &name, const std::string &description, uint64_t kind = 7, bool kept = true) {
  const std::string type =
      wireNumber(1, kind) + (description.empty() ? "" : wireBytes(3, wireBytes(1, description) + wireNumber(2, 0)));
  return wireBytes(3, wireBytes(1, name) + wireBytes(2, type) + wireNumber(3, kept ? 1 : 0));
}

/// A block with numbers of its own, what feeds and fetches, an op, a value and the parameters b [6] and a.w [2, 3], and a second block.
std::string program(const std::string &more = "") {
  const std::string block = wireNumber(1, 0) + wireNumber(2, 0) + variable("feed", "", 9) + variable("fetch", "", 10) +
                            wireBytes(4, wireBytes(3, "mul")) + variable("value", description(5, {2}), 7, false) +
                            variable("b", description(5, {6})) + variable("a.w", description(5, {2, 3})) + more;
  return wireBytes(1, block) + wireBytes(1, wireNumber(1, 1)) + wireBytes(4, wireNumber(1, 0));
}

Result<std::vector<PaddleVariable>> readProgram(std::span<const std::byte> bytes) {
  return readPaddleProgram(bytes, "folder/__model__");
}

std::string programRefusal(const std::string &text) {
  const std::vector<std::byte> bytes = exactBytes(text);
  const auto variables = readProgram(bytes);
  return variables ? "" : variables.error().message;
}

const std::vector<PaddleVariable> twoVariables{{"a.w", StoredType::F32, {2, 3}}, {"b", StoredType::F32, {6}}};

Result<TensorSet> readTwo(std::span<const std::byte> bytes) { return readPaddleTensors(bytes, twoVariables, "f"); }

std::string twoRefusal(const std::string &text) {
  const std::vector<std::byte> bytes = exactBytes(text);
  const auto set = readTwo(bytes);
  return set ? "" : set.error().message;
}

const std::string two = good + file(description(5, {6}), std::string(24, 'y'));

} // namespace

TEST_CASE("a program says which parameters it keeps, by name") {
  const auto variables = readProgram(exactBytes(program()));
  REQUIRE_MESSAGE(variables, variables.error().message);
  REQUIRE(variables->size() == 2);
  CHECK((*variables)[0].name == "a.w");
  CHECK((*variables)[0].shape == std::vector<int64_t>{2, 3});
  CHECK((*variables)[1].name == "b");
  CHECK(programRefusal(program(variable("b", description(5, {1})))).find("found \"b\" twice") != std::string::npos);
  CHECK(programRefusal(program(variable("t", description(5, {1}), 8))).find("of Paddle's type 8") != std::string::npos);
  CHECK(programRefusal(program(variable("t", ""))).find("parameter \"t\": expected the description of a tensor") !=
        std::string::npos);
  CHECK(programRefusal(program(variable("", description(5, {1})))).find("1 to 1024 bytes") != std::string::npos);
  CHECK(programRefusal(program(variable("t", description(99, {1})))).find("type 99") != std::string::npos);
  CHECK(programRefusal("no program").find("expected a program of Paddle's") != std::string::npos);
  const auto bears = [](std::span<const std::byte> bytes) {
    const auto read = readProgram(bytes);
    return read ? Result<TensorSet>(TensorSet()) : fail(read);
  };
  bearDamage(program(), 0, program().size(), 20000, bears);
}

TEST_CASE("parameters in one file are those of the program, in the order of their names") {
  const std::vector<std::byte> bytes = exactBytes(two);
  const Result<TensorSet> set = readTwo(bytes);
  REQUIRE_MESSAGE(set, set.error().message);
  CHECK(isSound(*set, bytes));
  REQUIRE(set->tensors.size() == 2);
  CHECK(set->tensors[1].name == "b");
  CHECK(set->tensors[1].bytes[0] == std::byte{'y'});
  CHECK(twoRefusal(good).find("parameter \"b\": expected a parameter of Paddle's, found a file that is cut short") !=
        std::string::npos);
  CHECK(twoRefusal(two + "x").find("nothing behind them, found 1 bytes more") != std::string::npos);
  CHECK(twoRefusal(two.substr(0, two.size() - 1)).find("expected 24 bytes for F32 [6], found 23") != std::string::npos);
  CHECK(twoRefusal(good + good).find("expected F32 [6], as the program says, found F32 [2, 3]") != std::string::npos);
  refuseEveryCut(two, readTwo);
  bearDamage(two, 0, two.size(), 20000, readTwo);
}

TEST_CASE("a file of all parameters is read with its program") {
  const TemporaryFolder folder;
  folder.write("old/__params__", two);
  folder.write("old/__model__", program());
  folder.write("new/inference.pdiparams", two);
  folder.write("new/inference.pdmodel", program());
  folder.write("new/inference.pdiparams.info", "nothing that matters");
  folder.write("alone/inference.pdiparams", two);
  const auto open = [&](const std::string &path) {
    const Result<CheckpointFolder> there = CheckpointFolder::open(folder.path + path);
    return there ? openTensors(*there) : Result<TensorFiles>(fail(there));
  };
  for (const char *path : {"/old", "/old/__params__", "/new", "/new/inference.pdiparams"}) {
    CAPTURE(path);
    const Result<TensorFiles> files = open(path);
    REQUIRE_MESSAGE(files, files.error().message);
    CHECK(files->tensors().size() == 2);
    CHECK(files->find("a.w") != nullptr);
    CHECK(files->sha256().has_value());
  }
  const Result<TensorFiles> alone = open("/alone");
  REQUIRE(!alone);
  CHECK(alone.error().message.find("expected inference.pdmodel, the program that names these parameters") !=
        std::string::npos);
}

TEST_CASE("what Paddle itself saves is read") { // paddle/make_paddle_files.py
  const Result<CheckpointFolder> folder =
      CheckpointFolder::open(CLEW_SOURCE_DIR "/tests/runtime/weights/paddle/inference.pdiparams");
  const Result<TensorFiles> files = folder ? openTensors(*folder) : Result<TensorFiles>(fail(folder));
  REQUIRE_MESSAGE(files, files.error().message);
  const std::vector<std::pair<std::string, std::vector<int64_t>>> expected = {
      {"alpha.b", {3}},          {"batch_norm_0.b_0", {3}}, {"batch_norm_0.w_0", {3}},
      {"batch_norm_0.w_1", {3}}, {"batch_norm_0.w_2", {3}}, {"zeta.w", {4, 3}}};
  REQUIRE(files->tensors().size() == expected.size());
  float next = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const TensorView &tensor = *files->tensors()[i];
    CHECK(tensor.name == expected[i].first);
    CHECK(tensor.shape == expected[i].second);
    std::vector<float> values(tensor.bytes.size() / sizeof(float));
    REQUIRE(readF32(tensor, values).has_value());
    for (const float value : values) {
      CHECK(value == next++);
    }
  }
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
