// What the format forbids is refused with a reason, and no bytes whatever make the reader misbehave. The cases cover
// those of the reference implementation (its tests and its attacks folder) and of published reviews of other readers.
#include "runtime/weights/SafeTensorsHeader.h"
#include "tests/runtime/weights/SafeTensorsFile.h"

#include <doctest/doctest.h>
#include <random>
#include <vector>

using namespace clew;

namespace {

struct Attack {
  std::string title;
  std::string file;
  std::string reason; ///< part of the message
};

/// One I32 tensor "test" of 2 x 2 with the given text in place of its entry.
std::string withEntry(const std::string &entry, size_t bytes = 16) {
  return safeTensorsFile("{\"test\":" + entry + "}", std::string(bytes, '\0'));
}

const std::string good = R"({"dtype":"I32","shape":[2,2],"data_offsets":[0,16]})";

std::vector<Attack> frameAttacks() {
  std::string header = "{\"test\":" + good + "}";
  std::string data(16, '\0');
  return {
      {"empty file", "", "found only 0 bytes"},
      {"seven bytes", "1234567", "found only 7 bytes"},
      {"length, no header", safeTensorsFile("", "", 60), "the file has only 0 more"},
      {"header beyond the file", safeTensorsFile(header, data, 1000), "the file has only"},
      {"length of all ones", safeTensorsFile(header, data, ~uint64_t{0}), "at most 100000000 bytes"},
      {"length that wraps to the start", safeTensorsFile(header, data, ~uint64_t{0} - 7), "at most 100000000 bytes"},
      {"length over the cap", safeTensorsFile(header, data, 100'000'001), "at most 100000000 bytes"},
      {"no header", safeTensorsFile(""), "begins with '{'"},
      {"leading space", safeTensorsFile(" {}"), "begins with '{'"},
      {"byte order mark", safeTensorsFile("\xef\xbb\xbf{}"), "begins with '{'"},
      {"list at the top", safeTensorsFile("[]"), "begins with '{'"},
      {"not UTF-8", safeTensorsFile("\xff"), "begins with '{'"},
      {"not UTF-8 in a name", safeTensorsFile("{\"\xff\":1}"), "valid JSON in UTF-8"},
      {"overlong UTF-8", safeTensorsFile("{\"\xc0\xaf\":1}"), "valid JSON in UTF-8"},
      {"lone surrogate", safeTensorsFile("{\"\\ud800\":1}"), "valid JSON in UTF-8"},
      {"unfinished JSON", safeTensorsFile("{"), "valid JSON"},
      {"second value", safeTensorsFile("{}{}"), "valid JSON"},
      {"text behind a zero byte", safeTensorsFile(std::string("{}\0<script>", 11)), "zero byte"},
      {"comment", safeTensorsFile("{/*x*/}"), "valid JSON"},
      {"trailing comma", safeTensorsFile("{\"a\":{},}"), "found no dtype"},
      {"polyglot tail", safeTensorsFile(header, data + "PK\x03\x04 bogus"), "found 10 more"},
      {"data without tensors", safeTensorsFile("{}", "x"), "found 1 more"},
      {"data cut by two bytes", safeTensorsFile(header, data.substr(2)), "within the 14 bytes"},
      {"deep nesting", safeTensorsFile("{\"a\":" + std::string(1000000, '[')), "expected an object"},
      {"deep objects", safeTensorsFile("{\"a\":{\"dtype\":{\"a\":{\"a\":{}}}}}"), "expected a string"},
  };
}

std::vector<Attack> entryAttacks() {
  auto entry = [](const std::string &shape, const std::string &offsets, const std::string &type = "\"I32\"") {
    return withEntry("{\"dtype\":" + type + ",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}");
  };
  std::string longList = "[1";
  for (int i = 0; i < 100; ++i) {
    longList += ",1";
  }
  return {
      {"unknown type", entry("[2,2]", "[0,16]", "\"I33\""), "element type"},
      {"type in lower case", entry("[2,2]", "[0,16]", "\"i32\""), "element type"},
      {"type is a number", entry("[2,2]", "[0,16]", "32"), "expected a string"},
      {"negative extent", entry("[-2,-2]", "[0,16]"), "non-negative"},
      {"negative zero", entry("[-0]", "[0,0]"), "non-negative"},
      {"fraction", entry("[2.0,2]", "[0,16]"), "non-negative integer"},
      {"exponent", entry("[4e0]", "[0,16]"), "non-negative integer"},
      {"extent is a string", entry("[\"4\"]", "[0,16]"), "non-negative integer"},
      {"shape is a number", entry("4", "[0,16]"), "list of integers"},
      {"shape is null", entry("null", "[0,16]"), "list of integers"},
      {"nested shape", entry("[[4]]", "[0,16]"), "non-negative integer"},
      {"shape overflows 64 bits", entry("[2,18446744073709551614]", "[0,16]"), "too large"},
      {"elements overflow", entry("[2,9223372036854775807]", "[0,16]"), "impossible number"},
      {"bytes overflow", entry("[2,2305843009213693953]", "[0,16]"), "impossible number"},
      {"product wraps to the right size", entry("[4294967296,4294967296,4]", "[0,16]"), "impossible number"},
      {"beyond 64 bits", entry("[99999999999999999999]", "[0,16]"), "non-negative integer"},
      {"far too many extents", entry(longList + "]", "[0,4]"), "at most 64"},
      {"too few bytes", entry("[2,2]", "[0,4]"), "expected 16 bytes"},
      {"too many bytes", entry("[2]", "[0,16]"), "expected 8 bytes"},
      {"offsets reversed", entry("[2,2]", "[16,0]"), "in order"},
      {"offsets beyond the data", entry("[2,2]", "[16,32]"), "within the 16 bytes"},
      {"offsets near the top of 64 bits", entry("[2,2]", "[9223372036854775800,9223372036854775807]"), "within the 16"},
      {"negative offset", entry("[2,2]", "[-16,0]"), "non-negative"},
      {"one offset", entry("[2,2]", "[0]"), "two numbers"},
      {"three offsets", entry("[2,2]", "[0,16,16]"), "at most 2"},
      {"entry is a list", withEntry("[]"), "expected an object"},
      {"entry is a string", withEntry("\"x\""), "expected an object"},
      {"entry is null", withEntry("null"), "expected an object"},
      {"no type", withEntry(R"({"shape":[2,2],"data_offsets":[0,16]})"), "no dtype"},
      {"no shape", withEntry(R"({"dtype":"I32","data_offsets":[0,16]})"), "no shape"},
      {"no offsets", withEntry(R"({"dtype":"I32","shape":[2,2]})"), "no data_offsets"},
      {"unknown key", withEntry(R"({"dtype":"I32","shape":[4],"data_offsets":[0,16],"url":"x"})"),
       "found the key \"url\""},
      {"type twice", withEntry(R"({"dtype":"I32","dtype":"I32","shape":[4],"data_offsets":[0,16]})"), "duplicate key"},
      {"shape twice", withEntry(R"({"dtype":"I32","shape":[4],"shape":[4],"data_offsets":[0,16]})"), "duplicate key"},
      {"offsets twice", withEntry(R"({"dtype":"I32","shape":[4],"data_offsets":[0,16],"data_offsets":[0,16]})"),
       "duplicate"},
  };
}

std::vector<Attack> fileAttacks() {
  auto two = [](const std::string &first, const std::string &second, size_t bytes, const std::string &name = "b") {
    std::string middle = R"(":{"dtype":"U8","shape":[4],"data_offsets":)";
    return safeTensorsFile("{\"a" + middle + first + "},\"" + name + middle + second + "}}", std::string(bytes, '\0'));
  };
  std::string bomb = "{"; // many names for the same bytes
  for (int i = 0; i < 10; ++i) {
    bomb += (i ? ",\"weight_" : "\"weight_") + std::to_string(i) + "\":" + good;
  }
  auto metadata = [](const std::string &text) { return safeTensorsFile("{\"__metadata__\":" + text + "}"); };
  return {
      {"shared bytes", two("[0,4]", "[0,4]", 4), "overlap"},
      {"overlap", two("[0,4]", "[2,6]", 6), "overlap"},
      {"hole", two("[0,4]", "[5,9]", 9), "hole"},
      {"hole at the start", two("[1,5]", "[5,9]", 9), "hole"},
      {"bytes behind the last", two("[0,4]", "[4,8]", 9), "found 1 more"},
      {"name twice", two("[0,4]", "[4,8]", 8, "a"), "\"a\" twice"},
      {"name twice, once escaped", two("[0,4]", "[4,8]", 8, "\\u0061"), "\"a\" twice"},
      {"ten tensors in sixteen bytes", safeTensorsFile(bomb + "}", std::string(16, '\0')), "overlap"},
      {"metadata twice", safeTensorsFile(R"({"__metadata__":{},"__metadata__":{}})"), "twice"},
      {"metadata is a list", metadata("[]"), "expected an object"},
      {"metadata is a string", metadata("\"x\""), "expected an object"},
      {"metadata is null", metadata("null"), "expected an object"},
      {"metadata with a number", metadata("{\"a\":1}"), "expected a string"},
      {"metadata with an object", metadata("{\"a\":{}}"), "expected a string"},
      {"metadata with a list", metadata("{\"a\":[]}"), "expected a string"},
      {"metadata key twice", metadata("{\"a\":\"1\",\"a\":\"2\"}"), "duplicate key"},
      {"metadata as a tensor", metadata(R"({"dtype":"I32","shape":[0],"data_offsets":[0,0]})"), "expected a string"},
      {"terminal codes in a name", safeTensorsFile("{\"\\u001b[2J\":1}"), "\\x1b"},
  };
}

void refuseAll(const std::vector<Attack> &attacks) {
  for (const Attack &attack : attacks) {
    CAPTURE(attack.title);
    std::vector<std::byte> exact(bytesOf(attack.file).begin(), bytesOf(attack.file).end());
    Result<SafeTensorsHeader> header = parseSafeTensorsHeader(exact, "evil.safetensors");
    REQUIRE_FALSE(header.has_value());
    CHECK(header.error().kind == ErrorKind::BadInput);
    CHECK(header.error().where == "evil.safetensors");
    CAPTURE(header.error().message);
    CHECK(header.error().message.find(attack.reason) != std::string::npos);
  }
}

} // namespace

TEST_CASE("a broken frame is refused") { refuseAll(frameAttacks()); }

TEST_CASE("a broken entry is refused") { refuseAll(entryAttacks()); }

TEST_CASE("entries that do not fit together are refused") { refuseAll(fileAttacks()); }

TEST_CASE("what the format allows is read") {
  auto accepts = [](const std::string &file) { return parseSafeTensorsHeader(bytesOf(file), "file").has_value(); };
  CHECK(accepts(safeTensorsFile("{}")));
  CHECK(accepts(safeTensorsFile("{}\r \t\n")));
  CHECK(accepts(withEntry(good)));
  CHECK(accepts(withEntry(R"({"dtype":"I32","shape":[],"data_offsets":[0,4]})", 4)));
  CHECK(accepts(withEntry(R"({"dtype":"I32","shape":[2,0],"data_offsets":[0,0]})", 0)));
  CHECK(accepts(withEntry(R"({"data_offsets":[0,2],"shape":[2],"dtype":"BOOL"})", 2)));
  std::string zero = R"(":{"dtype":"U8","shape":[0],"data_offsets":[1,1]})";
  std::string one = R"(":{"dtype":"U8","shape":[1],"data_offsets":)";
  CHECK(accepts(safeTensorsFile("{\"z" + zero + ",\"b" + one + "[1,2]},\"a" + one + "[0,1]},\"y" + zero + "}", "xx")));
}

TEST_CASE("a valid file cut anywhere is refused") {
  std::string file =
      safeTensorsFile(R"({"__metadata__":{"k":"v"},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                      R"("a":{"dtype":"I64","shape":[1],"data_offsets":[8,16]}}   )",
                      std::string(16, 'x'));
  REQUIRE(parseSafeTensorsHeader(bytesOf(file), "file").has_value());
  for (size_t length = 0; length < file.size(); ++length) {
    std::vector<std::byte> cut(bytesOf(file).begin(), bytesOf(file).begin() + static_cast<ptrdiff_t>(length));
    CHECK_FALSE(parseSafeTensorsHeader(cut, "file").has_value());
  }
}

TEST_CASE("damaged headers never crash, and what is accepted lies inside the file") {
  std::string file =
      safeTensorsFile(R"({"__metadata__":{"k":"v"},"b":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)"
                      R"("a\n":{"dtype":"I64","shape":[1],"data_offsets":[8,16]}}   )",
                      std::string(16, 'x'));
  std::mt19937_64 random(7);
  const std::string_view likely("{}[]\":,0123456789-e.\\u \0\xff", 26);
  for (int round = 0; round < 200000; ++round) {
    std::vector<std::byte> damaged(bytesOf(file).begin(), bytesOf(file).end());
    for (uint64_t flips = 1 + random() % 4; flips > 0; --flips) {
      size_t at = random() % (damaged.size() - 16);
      damaged[at] = random() % 2 ? static_cast<std::byte>(likely[random() % likely.size()])
                                 : damaged[at] ^ static_cast<std::byte>(1U << (random() % 8));
    }
    Result<SafeTensorsHeader> header = parseSafeTensorsHeader(damaged, "file");
    if (!header) {
      CHECK_FALSE(header.error().message.empty());
      continue;
    }
    for (const TensorView &tensor : header->tensors) {
      CHECK(tensor.bytes.data() >= damaged.data());
      CHECK(tensor.bytes.data() + tensor.bytes.size() <= damaged.data() + damaged.size());
    }
  }
}
