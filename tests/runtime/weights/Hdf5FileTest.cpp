// HDF5 files: what h5py wrote is read as h5py reads it; links, texts and files that lie are refused.
#include "runtime/weights/Hdf5File.h"

#include "runtime/base/MappedFile.h"
#include "runtime/weights/SafeTensors.h"
#include "tests/runtime/weights/HostileBytes.h"

using namespace clew;

namespace {

const std::string goldens = CLEW_SOURCE_DIR "/tests/runtime/weights/hdf5/";

std::string contentsOf(const std::string &name) {
  const Result<MappedFile> file = MappedFile::open(goldens + name);
  REQUIRE(file.has_value());
  return std::string(file->text());
}

Result<TensorSet> readSet(std::span<const std::byte> bytes) { return readHdf5(bytes, "weights.h5"); }

std::string refusal(const std::string &text) {
  const std::vector<std::byte> bytes = exactBytes(text);
  const Result<TensorSet> set = readSet(bytes);
  return set ? "" : set.error().message;
}

} // namespace

TEST_CASE("datasets are read as h5py reads them, by their paths") {
  const Result<SafeTensors> expected = SafeTensors::open(goldens + "earliest.safetensors");
  REQUIRE(expected);
  for (const char *name : {"earliest.h5", "v110.h5", "latest.h5"}) {
    CAPTURE(name);
    const std::vector<std::byte> bytes = exactBytes(contentsOf(name));
    const Result<TensorSet> set = readSet(bytes);
    REQUIRE_MESSAGE(set, set.error().message);
    CHECK(isSound(*set, bytes));
    CHECK(set->tensors.size() == (name == std::string("earliest.h5") ? expected->tensors().size() : 14));
    for (const TensorView &tensor : set->tensors) {
      CAPTURE(tensor.name);
      const TensorView *wanted = expected->find(tensor.name);
      REQUIRE(wanted);
      CHECK(tensor.type == wanted->type);
      const bool single = tensor.name == "step"; // one number without extents, which the helper of e2e writes with one
      CHECK(tensor.shape == (single ? std::vector<int64_t>() : wanted->shape));
      CHECK(std::ranges::equal(tensor.bytes, wanted->bytes));
    }
  }
}

TEST_CASE("links that lead away or twice to one object, and texts, are refused by name") {
  CHECK(refusal(contentsOf("soft.h5")).find("found \"b\" to be a soft link") != std::string::npos);
  CHECK(refusal(contentsOf("external.h5")).find("\"b\"") != std::string::npos);
  CHECK(refusal(contentsOf("hard.h5")).find("found \"b\" linked a second time") != std::string::npos);
  CHECK(refusal(contentsOf("text.h5")).find("dataset \"b\": expected floats or integers, found type class 9") !=
        std::string::npos);
}

TEST_CASE("datasets that may grow have indices that are not read, and say so") {
  CHECK(refusal(contentsOf("growing.h5")).find("dataset \"b\": expected a dataset of fixed extents") !=
        std::string::npos);
}

TEST_CASE("files that are cut or damaged anywhere are refused or read soundly") {
  CHECK(refusal("").find("expected an HDF5 file") != std::string::npos);
  CHECK(refusal("\x89HDF\r\n\x1a\n").find("expected a superblock") != std::string::npos);
  for (const char *name : {"earliest.h5", "v110.h5", "latest.h5"}) {
    const std::string file = contentsOf(name);
    for (size_t length = 0; length < file.size(); length += 61) {
      CHECK_FALSE(refusal(file.substr(0, length)).empty());
    }
    bearDamage(file, 0, file.size(), 4000, readSet);
    bearDamage(file, 0, std::min<size_t>(file.size(), 2048), 8000, readSet);
  }
}

TEST_CASE("what a small file asks for is bounded") {
  // The extents of the dataset "a", two floats, become 2^40: its data is not there.
  std::string file = contentsOf("soft.h5");
  const std::string extents = std::string("\x01\x01\x01\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00", 16);
  const size_t at = file.find(extents);
  REQUIRE(at != std::string::npos);
  file[at + 13] = 1;
  CHECK(refusal(file).find("dataset \"a\": expected 4398046511112 bytes of data within the file") != std::string::npos);
  file[at + 15] = 0x7f;
  CHECK(refusal(file).find("possible size") != std::string::npos);
}
