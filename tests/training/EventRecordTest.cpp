// Event files against the authors' published checks, and against bytes that are taken apart by hand.
#include "training/EventRecord.h"

#include "runtime/weights/Crc32c.h"

#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <cstring>
#include <span>

using namespace clew;

namespace {

template <typename T> T numberAt(const std::string &bytes, size_t at) {
  REQUIRE(at + sizeof(T) <= bytes.size());
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

uint32_t sumOf(std::string_view bytes) { return crc32c(std::as_bytes(std::span(bytes))); }
uint32_t masked(std::string_view bytes) { return std::rotr(sumOf(bytes), 15) + 0xA282EAD8U; }

/// The data of the record that `bytes` are, whose checksums are right.
std::string dataOf(const std::string &bytes) {
  const auto size = numberAt<uint64_t>(bytes, 0);
  REQUIRE(bytes.size() == size + 16);
  CHECK(numberAt<uint32_t>(bytes, 8) == masked(bytes.substr(0, 8)));
  CHECK(numberAt<uint32_t>(bytes, 12 + size) == masked(bytes.substr(12, size)));
  return bytes.substr(12, size);
}

} // namespace

TEST_CASE("crc32c gives RFC 3720's values") {
  CHECK(sumOf("123456789") == 0xE3069283U);
  CHECK(sumOf(std::string(32, '\0')) == 0x8A9136AAU);
  CHECK(sumOf(std::string(32, '\xFF')) == 0x62A8AB43U);
}

TEST_CASE("a record's checksums notice a changed byte") {
  const std::string record = versionEvent(1.5);
  const std::string data = dataOf(record);
  CHECK(data.find("brain.Event:2") != std::string::npos);
  std::string changed = record;
  changed[14] = static_cast<char>(changed[14] ^ 1);
  CHECK(numberAt<uint32_t>(changed, changed.size() - 4) != masked(changed.substr(12, data.size())));
}

TEST_CASE("numbers stand under their tags") {
  const std::array<std::pair<const char *, double>, 2> scalars = {{{"train/loss", 0.25}, {"train/rate", 1e-3}}};
  const std::string data = dataOf(scalarsEvent(2.0, 300, scalars));
  // 09: wall_time, eight bytes; 10: step, a varint; 2a: summary; 0a: a value; 0a: its tag; 15: its number, four bytes.
  CHECK(data[0] == 0x09);
  CHECK(numberAt<double>(data, 1) == 2.0);
  CHECK(data.substr(9, 3) == "\x10\xac\x02");
  CHECK(data[12] == 0x2a);
  CHECK(data[13] == static_cast<char>(data.size() - 14));
  CHECK(data.substr(14, 14) == "\x0a\x11\x0a\x0atrain/loss");
  CHECK(data[28] == 0x15);
  CHECK(numberAt<float>(data, 29) == 0.25F);
  CHECK(numberAt<float>(data, data.size() - 4) == 1e-3F);
}

TEST_CASE("a start takes back what is later than the step") {
  const std::string data = dataOf(startEvent(0, 7));
  CHECK(data.substr(9) == "\x10\x08\x3a\x02\x08\x01");
}
