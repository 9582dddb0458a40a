// Objects of generated code, whose checksum anybody can repair. Besides whole files: 'P' and a list of changes to the headers of a real
// object, each of which must be refused, or load the same.
#include "runtime/cpu/CodeImage.h"
#include "runtime/cpu/ElfObject.h"
#include "tests/fuzz/Harness.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <limits>
#include <sstream>

namespace clew::fuzz {
namespace {

std::string contents(const char *path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  expect(file.good(), "an object", path);
  return bytes.str();
}

const std::array<std::string, 2> &objects() {
  static const std::array<std::string, 2> both = {contents(CLEW_FUZZ_OBJECT), contents(CLEW_FUZZ_OBJECT_O0)};
  return both;
}

/// Where a field of the header or of the section table lies, and its bytes: 2 in the header, 4 or 8 in the table.
struct Field {
  size_t place;
  size_t bytes;
};

Field fieldOf(const std::string &object, uint64_t table, size_t number) {
  const size_t at = number % (sizeof(Elf64_Ehdr) + object.size() - table);
  if (at < sizeof(Elf64_Ehdr)) {
    return {at / 2 * 2, 2};
  }
  const size_t inside = (at - sizeof(Elf64_Ehdr)) % sizeof(Elf64_Shdr);
  const bool small = inside < offsetof(Elf64_Shdr, sh_flags) ||
                     (inside >= offsetof(Elf64_Shdr, sh_link) && inside < offsetof(Elf64_Shdr, sh_addralign));
  const size_t bytes = small ? 4 : 8;
  const size_t place = (at - sizeof(Elf64_Ehdr) + table) - inside % bytes;
  return {std::min(place, object.size() - bytes), bytes};
}

/// Changes one field.
void change(std::string &object, std::string_view how) {
  static constexpr std::array<uint64_t, 8> kExtremes = {
      0, 1, 8, 64, 4096, uint64_t{1} << 31, uint64_t{1} << 63, std::numeric_limits<uint64_t>::max()};
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(how[i]); };
  uint64_t table = 0;
  std::memcpy(&table, object.data() + offsetof(Elf64_Ehdr, e_shoff), sizeof(table));
  table = std::min<uint64_t>(table, object.size() - sizeof(Elf64_Ehdr)); // an earlier change may have moved it
  const Field field = fieldOf(object, table, byte(0) | byte(1) << 8);
  uint64_t value = 0;
  std::memcpy(&value, object.data() + field.place, field.bytes);
  switch (byte(2) % 4) {
  case 0:
    value ^= uint64_t{byte(3)} << (byte(2) / 4 % field.bytes * 8);
    break;
  case 1:
    value += static_cast<uint64_t>(static_cast<int64_t>(static_cast<signed char>(how[3])));
    break;
  case 2:
    value = kExtremes[byte(3) % kExtremes.size()];
    break;
  default:
    std::memcpy(&value, object.data() + fieldOf(object, table, byte(3) * 8).place, field.bytes);
  }
  std::memcpy(object.data() + field.place, &value, field.bytes);
}

void expectWithin(const CodeImage &image) {
  const CodeImage::Places &parts = image.parts();
  expect(parts.codeEnd <= parts.constantEnd && parts.constantEnd <= parts.end, "parts in their order");
  for (const auto &[name, address] : image.symbols()) {
    const auto offset = static_cast<size_t>(static_cast<const std::byte *>(address) - image.bytes().data());
    expect(offset < parts.codeEnd, "functions in code", name);
  }
}

/// Of one field that is changed the loader must see it, or load the same; several may agree with each other.
void runChanges(std::string_view changes) {
  const std::string &original = objects()[static_cast<unsigned char>(changes.front()) % objects().size()];
  std::string object = original;
  changes.remove_prefix(1);
  const bool one = changes.size() < 8;
  for (; changes.size() >= 4; changes.remove_prefix(4)) {
    change(object, changes);
  }
  const Result<ElfObject> parsed = ElfObject::parse(object);
  expect(!one || !parsed || *parsed == *ElfObject::parse(original), "a changed header that loads the same");
  const Result<CodeImage> image = CodeImage::load(object);
  expect(image.has_value() || !parsed || !one, "an object that loads");
  if (image) {
    expectWithin(*image);
  }
}

void run(std::string_view bytes) {
  if (bytes.size() > 1 && bytes.front() == 'P') {
    runChanges(bytes.substr(1));
    return;
  }
  const Result<CodeImage> image = CodeImage::load(bytes);
  if (!image) {
    expectRefusal(image.error(), "");
    return;
  }
  expectWithin(*image);
}

std::vector<std::string> seeds() {
  std::vector<std::string> all(objects().begin(), objects().end());
  std::string broken = objects().front();
  broken.replace(broken.rfind(".rodata"), 1, "\xff"); // found: a name in a message that is no UTF-8
  all.push_back(std::move(broken));
  for (const char which : {'\0', '\1'}) {
    all.push_back(std::string("P") + which + std::string("\x40\0\1\1", 4));
    all.push_back(std::string("P") + which + std::string("\x98\0\2\3\xa0\1\3\7\0\4\0\x40", 12));
  }
  return all;
}

const Harness harness("elf", run, seeds);

} // namespace
} // namespace clew::fuzz
