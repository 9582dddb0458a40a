// Zip archives: what is read, where it lies, and archives that lie about themselves.
#include "runtime/weights/ZipDirectory.h"

#include "tests/runtime/weights/HostileBytes.h"
#include "tests/runtime/weights/ZipFile.h"

using namespace clew;
using namespace std::string_literals;

namespace {

Result<std::vector<ZipMember>> readExact(const std::string &file) {
  const std::vector<std::byte> bytes = exactBytes(file);
  Result<std::vector<ZipMember>> members = readZipDirectory(bytes, "evil.zip");
  if (!members) {
    return members;
  }
  for (const ZipMember &member : *members) {
    CHECK(liesIn(member.stored, bytes));
  }
  return std::vector<ZipMember>(); // what it borrowed is gone
}

ZipPart part(std::string name, std::string data) {
  ZipPart made;
  made.name = std::move(name);
  made.data = std::move(data);
  return made;
}

template <typename Change> ZipPart changed(Change change) {
  ZipPart made = part("a", "contents");
  change(made);
  return made;
}

std::string contentsText(const ZipMember &member, size_t fileBytes = 0) {
  TensorMemory memory(fileBytes);
  const Result<std::span<const std::byte>> bytes = contentsOf(member, memory, "file.zip");
  return bytes ? std::string(reinterpret_cast<const char *>(bytes->data()), bytes->size())
               : "error: " + bytes.error().message;
}

} // namespace

TEST_CASE("members are found where they lie") {
  for (const bool wide : {false, true}) {
    ZipPart second = part("b/a", "");
    second.wide = wide;
    ZipPart first = part("b/b", "abc");
    first.wide = wide;
    ZipEnd end;
    end.wide = wide;
    end.comment = wide ? "" : "a comment PK\x05\x06 that looks like an end";
    const std::string file = zipFile({first, second, deflatedPart("c", std::string(10000, 'x'))}, end);
    const std::vector<std::byte> bytes = exactBytes(file);
    CHECK(looksLikeZip(bytes));
    const Result<std::vector<ZipMember>> members = readZipDirectory(bytes, "file.zip");
    if (!members) {
      FAIL(members.error().message);
    }
    REQUIRE(members->size() == 3);
    const ZipMember *found = findMember(*members, "b/b");
    REQUIRE(found);
    CHECK(contentsText(*found) == "abc");
    CHECK(liesIn(found->stored, bytes));
    CHECK(contentsText((*members)[0]).empty());
    CHECK(contentsText((*members)[2]) == std::string(10000, 'x'));
    CHECK(findMember(*members, "b") == nullptr);
  }
  CHECK(readExact(zipFile({})).has_value());
  CHECK_FALSE(looksLikeZip({}));
}

TEST_CASE("archives that lie are refused") {
  struct Attack {
    std::string title;
    std::string file;
    std::string reason;
  };
  auto ends = [](int count, int size, int offset, bool wide = false) {
    return zipFile({part("a", "1"), part("b", "2")}, {count, size, offset, wide, ""});
  };
  std::string local = zipFile({part("a", "contents")});
  const std::vector<Attack> attacks = {
      {"nothing", "", "no end record"},
      {"no archive", std::string(100, 'x'), "no end record"},
      {"bytes behind the end", zipFile({part("a", "1")}) + "x", "no end record"},
      {"one name twice", zipFile({part("a", "1"), part("a", "2")}), "two members \"a\""},
      {"parent folder", zipFile({part("../a", "1")}), "a plain name"},
      {"parent folder inside", zipFile({part("a/../b", "1")}), "a plain name"},
      {"parent folder at the end", zipFile({part("a/..", "1")}), "a plain name"},
      {"from the root", zipFile({part("/a", "1")}), "a plain name"},
      {"backslash", zipFile({part("..\\a", "1")}), "a plain name"},
      {"zero byte", zipFile({part("a\0b"s, "1")}), "a plain name"},
      {"no name", zipFile({part("", "1")}), "a plain name"},
      {"encrypted", zipFile({changed([](ZipPart &p) { p.flags = 1; })}), "encrypted"},
      {"another method", zipFile({changed([](ZipPart &p) { p.method = 14; })}), "compression method 14"},
      {"stored in fewer bytes", zipFile({changed([](ZipPart &p) { p.size = 9; })}), "expected 9 stored bytes, found 8"},
      {"huge size", zipFile({changed([](ZipPart &p) {
         p.size = 1ULL << 62;
         p.wide = true;
       })}),
       "stored bytes"},
      {"another local name", zipFile({changed([](ZipPart &p) { p.localName = "b"; })}), "to agree"},
      {"another local method", zipFile({changed([](ZipPart &p) { p.localMethod = 8; })}), "to agree"},
      {"header elsewhere", zipFile({changed([](ZipPart &p) { p.shift = 1; })}), "found none at byte 1"},
      {"header before the file", zipFile({changed([](ZipPart &p) { p.shift = -1; })}), "found none at byte"},
      {"header before the file, 64 bits", zipFile({changed([](ZipPart &p) {
         p.shift = -1;
         p.wide = true;
       })}),
       "found none"},
      {"two entries, one header", zipFile({part("a", "1"), changed([](ZipPart &p) {
                                             p.shift = -32;
                                             p.data = "1";
                                           })}),
       "overlap"},
      {"a member in a member",
       zipFile({part("outer", "PK\x03\x04" + std::string(22, '\0') + "\x05\0\0\0"s + "inner"s),
                [] {
                  ZipPart p;
                  p.name = "inner";
                  p.shift = -35;
                  return p;
                }()}),
       "overlap"},
      {"one entry too many", ends(1, 0, 0), "found 3 in 94"},
      {"one entry too few", ends(-1, 0, 0), "more bytes"},
      {"directory too short", ends(0, -1, 0), "cut short"},
      {"directory too long", ends(0, 1, 0), "before byte"},
      {"directory elsewhere", ends(0, -1, 1), "found 0"},
      {"directory before the file", ends(0, 0, -1000), "before byte"},
      {"64 bits: one entry too many", ends(1, 0, 0, true), "found 3 in 94"},
      {"64 bits: directory too long", ends(0, 1, 0, true), "before byte"},
      {"64 bits: directory before the file", ends(0, 0, -1000, true), "before byte"},
  };
  for (const Attack &attack : attacks) {
    CAPTURE(attack.title);
    const Result<std::vector<ZipMember>> members = readExact(attack.file);
    REQUIRE_FALSE(members.has_value());
    CHECK(members.error().kind == ErrorKind::BadInput);
    CAPTURE(members.error().message);
    CHECK(members.error().message.find(attack.reason) != std::string::npos);
  }
}

TEST_CASE("end records that differ are refused") {
  std::string file = zipFile({part("a", "1")}, {0, 0, 0, true, ""});
  file[file.size() - 10] = 7; // the 32-bit directory's size stands for itself unless it is all ones
  CHECK(readExact(file).error().message.find("to agree") != std::string::npos);
  std::string parts = zipFile({part("a", "1")});
  parts[parts.size() - 18] = 1; // the number of this disk
  CHECK(readExact(parts).error().message.find("a part of several") != std::string::npos);
  std::string locator = zipFile({part("a", "1")}, {0, 0, 0, true, ""});
  locator[locator.size() - 22 - 12] = '\x7f';
  CHECK(readExact(locator).error().message.find("64-bit end record") != std::string::npos);
}

TEST_CASE("decompression gives exactly what was promised, within bounds") {
  auto refusal = [](ZipPart packed, size_t fileBytes = 0) {
    const std::string file = zipFile({std::move(packed)});
    const std::vector<std::byte> bytes = exactBytes(file);
    const Result<std::vector<ZipMember>> members = readZipDirectory(bytes, "file.zip");
    REQUIRE(members.has_value());
    return contentsText(members->at(0), fileBytes);
  };
  const std::string contents = "some contents that are not too short, not too short";
  CHECK(refusal(deflatedPart("a", contents)) == contents);
  CHECK(refusal(deflatedPart("a", "")).empty());
  ZipPart packed = deflatedPart("a", contents);
  ++packed.size;
  CHECK(refusal(packed).find("other or damaged data") != std::string::npos);
  packed.size -= 2;
  CHECK(refusal(packed).find("other or damaged data") != std::string::npos);
  packed.size = 0;
  CHECK(refusal(packed).find("other or damaged data") != std::string::npos);
  packed = deflatedPart("a", contents);
  packed.data.pop_back();
  CHECK(refusal(packed).find("other or damaged data") != std::string::npos);
  packed = deflatedPart("a", contents);
  packed.data += "x";
  CHECK(refusal(packed).find("other or damaged data") != std::string::npos);
  packed = deflatedPart("a", contents);
  packed.crc ^= 1;
  CHECK(refusal(packed).find("CRC") != std::string::npos);
  packed = deflatedPart("a", contents);
  packed.size = uint64_t{1} << 40; // a bomb asks for no memory
  packed.wide = true;
  CHECK(refusal(packed, 1000).find("at most 8 bytes for each byte of the file and 64 MiB") != std::string::npos);
}
