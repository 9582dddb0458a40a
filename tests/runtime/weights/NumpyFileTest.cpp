// NumPy's arrays: what NumPy wrote is read as NumPy reads it, and headers that say anything else are refused.
#include "runtime/weights/NumpyFile.h"

#include "runtime/base/MappedFile.h"
#include "tests/runtime/weights/HostileBytes.h"
#include "tests/runtime/weights/SameTensors.h"
#include "tests/runtime/weights/ZipFile.h"

#include <filesystem>

using namespace clew;
using namespace std::string_literals;

namespace {

const std::string goldens = CLEW_SOURCE_DIR "/tests/runtime/weights/numpy";

std::string npy(const std::string &header, const std::string &data = std::string(24, '\1'), char major = 1) {
  const auto length = static_cast<uint32_t>(header.size());
  return "\x93NUMPY"s + major + '\0' +
         (major == 1 ? littleEndian(static_cast<uint16_t>(length)) : littleEndian(length)) + header + data;
}

std::string header(const std::string &descr = "'<f4'", const std::string &shape = "(2, 3)",
                   const std::string &order = "False") {
  return "{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}

/// "" or the refusal.
std::string refusalOf(const std::string &file) {
  return refusalBy([](auto &bytes) { return readNpy(bytes, "x", "evil.npy"); }, file, "evil.npy");
}

} // namespace

TEST_CASE("what NumPy wrote is read as NumPy reads it") {
  int files = 0;
  for (const auto &entry : std::filesystem::directory_iterator(goldens)) {
    const std::string path = entry.path().string();
    const bool archive = path.ends_with(".npz");
    if (!archive && !path.ends_with(".npy")) {
      continue;
    }
    ++files;
    CAPTURE(path);
    const Result<MappedFile> file = MappedFile::open(path);
    REQUIRE(file.has_value());
    const Result<TensorSet> set =
        archive ? readNpz(file->bytes(), path) : readNpy(file->bytes(), entry.path().stem().string(), path);
    if (!set) {
      FAIL(set.error().message);
    }
    CHECK(isSound(*set, file->bytes()));
    checkSameTensors(*set, std::filesystem::path(path).replace_extension(".safetensors"));
    CHECK(set->made.empty() == !archive); // the archives hold arrays to be turned round
  }
  CHECK(files == 5);
}

TEST_CASE("headers are what NumPy writes, and nothing else") {
  CHECK(refusalOf(npy(header())).empty());
  CHECK(refusalOf(npy(header(), std::string(24, '\1'), 2)).empty());
  CHECK(refusalOf(npy(header(), std::string(24, '\1'), 3)).empty());
  CHECK(refusalOf(npy("{\"shape\":(2L,3L),\"descr\":\"<f4\",\"fortran_order\":False}")).empty());
  CHECK(refusalOf(npy(header("'<f4'", "(6,)"))).empty());
  CHECK(refusalOf(npy(header("'<f8'", "()"), std::string(8, '\1'))).empty());
  struct Attack {
    std::string title;
    std::string file;
    std::string reason;
  };
  const std::vector<Attack> attacks = {
      {"nothing", "", "an array of NumPy's"},
      {"another file", "\x93NUMPZ\1\0\0\0"s, "an array of NumPy's"},
      {"version 0", npy(header(), "", 0), "found 0.0"},
      {"version 4", npy(header(), "", 4), "found 4.0"},
      {"header beyond the file", "\x93NUMPY\1\0\xff\xff{"s, "at most 10000 bytes within the file, found 65535"},
      {"huge header", "\x93NUMPY\2\0\xff\xff\xff\xff{"s, "found 4294967295"},
      {"length cut short", "\x93NUMPY\2\0\1\0"s, "where 0 are left"},
      {"no header", npy(""), "a dictionary"},
      {"a list", npy("[]"), "a dictionary"},
      {"an empty dictionary", npy("{}"), "the keys descr, fortran_order and shape"},
      {"no end", npy("{'descr': '<f4'"), "a comma"},
      {"text without an end", npy("{'descr"), "a key in quotes"},
      {"text behind it", npy(header() + "x"), "the end of the header"},
      {"an unknown key", npy("{'descr': '<f4', 'x': 1}"), "each once"},
      {"a key twice", npy("{'descr': '<f4', 'descr': '<f4'}"), "each once"},
      {"a shape twice", npy("{'shape': (), 'shape': ()}"), "each once"},
      {"a call", npy(header("__import__('os').system('ls')")), "a plain type"},
      {"a call in the shape", npy(header("'<f4'", "tuple([2,3])")), "a tuple"},
      {"fields", npy(header("[('a', '<f4')]")), "a plain type"},
      {"an escape", npy(header("'\\x3cf4'")), "a plain type"},
      {"objects", npy(header("'|O'")), "nothing was executed"},
      {"objects of a size", npy(header("'|O8'")), "nothing was executed"},
      {"no type", npy(header("''")), "a type"},
      {"an order alone", npy(header("'<'")), "found the type \"<\""},
      {"complex numbers", npy(header("'<c8'")), "found the type \"<c8\""},
      {"long doubles", npy(header("'<f16'")), "found the type"},
      {"texts", npy(header("'<U3'")), "found the type"},
      {"raw bytes, as bfloat16 is saved", npy(header("'|V2'")), "found the type \"|V2\""},
      {"dates", npy(header("'<M8[ns]'")), "found the type"},
      {"no byte order", npy(header("'f4'")), "found the type"},
      {"the writer's byte order", npy(header("'=f4'")), "found the type"},
      {"no byte order where one is needed", npy(header("'|f4'")), "found the type"},
      {"an order that is a number", npy(header("'<f4'", "(2, 3)", "0")), "True or False"},
      {"a number for a shape", npy(header("'<f4'", "6")), "a tuple"},
      {"a number in parentheses", npy(header("'<f4'", "(6)")), "a tuple"},
      {"a negative extent", npy(header("'<f4'", "(-2, -3)")), "at most 64 extents"},
      {"a fraction", npy(header("'<f4'", "(2.0, 3)")), "a comma"},
      {"an extent of more than 64 bits", npy(header("'<f4'", "(99999999999999999999,)")), "at most 64 bits"},
      {"extents that overflow", npy(header("'<f4'", "(4294967296, 4294967296)")), "possible size"},
      {"extents that overflow beside none", npy(header("'<f4'", "(0, 4294967296, 4294967296)"), ""), "possible size"},
      {"too many extents",
       npy(header(
           "'<f4'", "(" +
                        [] {
                          std::string all;
                          for (int i = 0; i < 65; ++i) {
                            all += "1, ";
                          }
                          return all;
                        }() +
                        ")")),
       "at most 64 extents"},
      {"too few bytes", npy(header(), std::string(23, '\1')), "expected 24 bytes for F32 [2, 3], found 23"},
      {"too many bytes", npy(header(), std::string(25, '\1')), "found 25"},
  };
  for (const Attack &attack : attacks) {
    CAPTURE(attack.title);
    const std::string message = refusalOf(attack.file);
    CAPTURE(message);
    CHECK(message.find(attack.reason) != std::string::npos);
  }
}

TEST_CASE("archives hold arrays and nothing else") {
  auto refusal = [](const std::vector<ZipPart> &parts) {
    const std::vector<std::byte> bytes = exactBytes(zipFile(parts));
    const Result<TensorSet> set = readNpz(bytes, "evil.npz");
    if (set) {
      CHECK(isSound(*set, bytes));
      return ""s;
    }
    CHECK(set.error().where == "evil.npz");
    return set.error().message;
  };
  const std::string good = npy(header());
  ZipPart plain;
  plain.name = "a.npy";
  plain.data = good;
  CHECK(refusal({plain, deflatedPart("b.npy", good)}).empty());
  CHECK(refusal({plain, plain}).find("two members") != std::string::npos);
  CHECK(refusal({deflatedPart("a.npy", npy(header("'|O'")))}).find("\"a.npy\": expected numbers") != std::string::npos);
  CHECK(refusal({deflatedPart("a.pkl", good)}).find("NAME.npy each, found \"a.pkl\"") != std::string::npos);
  CHECK(refusal({deflatedPart("../a.npy", good)}).find("a plain name") != std::string::npos);
  const std::string zeros = npy(header("'|u1'", "(100000000,)"), std::string(100'000'000, '\0'));
  CHECK(refusal({deflatedPart("bomb.npy", zeros)}).find("64 MiB") != std::string::npos);
}

TEST_CASE("arrays cut anywhere are refused, and damaged ones do no harm") {
  const Result<MappedFile> array = MappedFile::open(goldens + "/version2.npy");
  const Result<MappedFile> archive = MappedFile::open(goldens + "/compressed.npz");
  REQUIRE((array && archive));
  auto readOne = [](std::span<const std::byte> bytes) { return readNpy(bytes, "x", "evil.npy"); };
  auto readMany = [](std::span<const std::byte> bytes) { return readNpz(bytes, "evil.npz"); };
  refuseEveryCut(array->text(), readOne);
  refuseEveryCut(archive->text(), readMany);
  bearDamage(array->text(), 0, 80, 20000, readOne);
  bearDamage(archive->text(), 0, archive->size(), 5000, readMany);
}
