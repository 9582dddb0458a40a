// Dictionaries of arrays that were pickled: what pickle wrote is read as NumPy reads it, and everything else is refused.
#include "runtime/weights/NumpyPickle.h"

#include "runtime/base/MappedFile.h"
#include "tests/runtime/weights/HostileBytes.h"
#include "tests/runtime/weights/NumpyPickleFile.h"
#include "tests/runtime/weights/SameTensors.h"

#include <filesystem>

using namespace clew;
using namespace std::string_literals;

namespace {

const std::string goldens = CLEW_SOURCE_DIR "/tests/runtime/weights/numpy";

/// "" or the refusal.
std::string refusalOf(const std::string &file) {
  return refusalBy([](auto &bytes) { return readNumpyPickle(bytes, "evil.pkl"); }, file, "evil.pkl");
}

bool refused(const PickledArray &array, const std::string &words) {
  const std::string message = refusalOf(array.file());
  CAPTURE(message);
  return message.find(words) != std::string::npos;
}

} // namespace

TEST_CASE("what pickle wrote is read as NumPy reads it") {
  int files = 0;
  for (const auto &entry : std::filesystem::directory_iterator(goldens)) {
    const std::string path = entry.path().string();
    if (!path.ends_with(".pkl")) {
      continue;
    }
    ++files;
    CAPTURE(path);
    const Result<MappedFile> file = MappedFile::open(path);
    REQUIRE(file.has_value());
    const Result<TensorSet> set = readNumpyPickle(file->bytes(), path);
    REQUIRE_MESSAGE(set, set.error().message);
    CHECK(isSound(*set, file->bytes()));
    checkSameTensors(*set, path.substr(0, path.size() - 4) + ".safetensors");
  }
  CHECK(files == 2);
}

TEST_CASE("an array is what its shape, type and order say") {
  CHECK(refusalOf(PickledArray().file()).empty());
  CHECK(refused({.shape = {2, 4}}, "expected 32 bytes, found 24"));
  CHECK(refused({.shape = {-2, -3}}, "\"w\""));
  CHECK(refused({.shape = {INT64_MAX, INT64_MAX}}, "\"w\""));
  CHECK(refused({.shape = std::vector<int64_t>(65, 1)}, "at most 64 integers"));
  CHECK(refused({.type = "O8", .order = "|"}, "an array of objects"));
  CHECK(refused({.type = "f16"}, "found the type"));
  CHECK(refused({.type = "", .order = ""}, "a plain type of numbers"));
  CHECK(refused({.order = "<<"}, "a plain type of numbers"));
  CHECK(refused({.order = "="}, "found the type"));
  CHECK(refused({.fields = "N}N"}, "a plain type of numbers"));
  CHECK(refused({.typeVersion = 4}, "a plain type of numbers"));
  CHECK(refused({.version = 2}, "version 1, a shape"));
  CHECK(refused({.data = "X\x01\0\0\0x"s}, "version 1, a shape"));
}

TEST_CASE("names and calls beside those of arrays are refused") {
  CHECK(refused({.arrayClass = "cnumpy\ndtype\n"}, "one of another class"));
  CHECK(refused({.arrayClass = "cnumpy\nmatrix\n"}, "the global \"numpy.matrix\""));
  CHECK(refused({.maker = "cos\nsystem\n"}, "the global \"os.system\""));
  CHECK(refused({.maker = "cnumpy\nndarray\n"}, "no call of 'numpy.ndarray'"));
  CHECK(refused({.maker = "cnumpy\ndtype\n"}, "expected an array, found a call"));
  CHECK(refused({.behind = "}b"}, "attributes only of an OrderedDict"));
  CHECK(refusalOf("\x80\x03}X\x01\0\0\0wK\x01s."s).find("expected an array, found the number 1") != std::string::npos);
  CHECK(refusalOf("\x80\x03}K\x01K\x01s.").find("expected names") != std::string::npos);
  CHECK(refusalOf("\x80\x03].").find("a dictionary of arrays, found a list") != std::string::npos);
  CHECK(refusalOf(PickledArray().file() + ".").find("1 more bytes") != std::string::npos);
  const std::string twice = PickledArray().entry() + PickledArray().entry();
  CHECK(refusalOf("\x80\x03}(" + twice + "u.").find("twice") != std::string::npos);
}

TEST_CASE("cut and damaged files are refused, or sound") {
  const std::string file = PickledArray().file();
  const auto read = [](std::span<const std::byte> bytes) { return readNumpyPickle(bytes, "evil.pkl"); };
  refuseEveryCut(file, read);
  bearDamage(file, 0, file.size(), 20'000, read);
}
