// Loads objects that a C compiler made and runs them, then damages them in many ways: the loader may refuse, never crash.
#include "runtime/cpu/CodeImage.h"

#include "tests/runtime/cpu/ElfChanges.h"

#include <cstdint>
#include <cstring>
#include <doctest/doctest.h>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <utility>

using namespace clew;

namespace {

std::string contents(const char *path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

template <typename Signature> Signature *function(const CodeImage &image, std::string_view name) {
  auto *address = image.lookup(name);
  REQUIRE(address);
  return reinterpret_cast<Signature *>(address);
}

} // namespace

TEST_CASE("an object's functions run, with constants, jump tables, data and calls") {
  for (const char *path : {CLEW_TEST_KERNELS, CLEW_TEST_KERNELS_O0}) {
    auto image = CodeImage::load(contents(path));
    REQUIRE(image.has_value());
    auto *choose = function<int64_t(int64_t)>(*image, "choose");
    CHECK(choose(0) == 9);
    CHECK(choose(1) == 42);
    CHECK(choose(2) == -7);
    CHECK(choose(3) == 5);
    CHECK(choose(3) == 6);
    CHECK(choose(4) == 1);
    CHECK(choose(4) == 2);
    CHECK(choose(5) == 37);
    CHECK(choose(6) == 128);
    CHECK(choose(7) == -1);
    std::string source(1000, 'x');
    std::string target(1000, 'y');
    function<void(char *, const char *, int64_t, int64_t)>(*image, "copyAndClear")(target.data(), source.data(), 1000,
                                                                                   300);
    CHECK(target == std::string(300, '\0') + std::string(700, 'x'));
    CHECK(image->lookup("negated") == nullptr);
    CHECK(image->lookup("no such function") == nullptr);
    CHECK(image->lookup("counter") == nullptr);
  }
}

TEST_CASE("two images of one object do not share data, and moving keeps addresses") {
  std::string object = contents(CLEW_TEST_KERNELS);
  auto first = CodeImage::load(object);
  auto second = CodeImage::load(object);
  REQUIRE(first.has_value());
  REQUIRE(second.has_value());
  object.assign(object.size(), '\0');
  CHECK(function<int64_t(int64_t)>(*first, "choose")(3) == 5);
  CHECK(function<int64_t(int64_t)>(*second, "choose")(3) == 5);
  auto *address = first->lookup("choose");
  CodeImage moved = std::move(*first);
  CHECK(moved.lookup("choose") == address);
  CHECK(first->lookup("choose") == nullptr);
  CHECK(function<int64_t(int64_t)>(moved, "choose")(3) == 6);
  *second = std::move(moved);
  CHECK(second->lookup("choose") == address);
}

TEST_CASE("what is no object, or needs a function from outside, is refused with a reason") {
  CHECK(CodeImage::load("").error().kind == ErrorKind::BadInput);
  CHECK(CodeImage::load(std::string(5000, 'a')).error().kind == ErrorKind::BadInput);
  auto outside = CodeImage::load(contents(CLEW_TEST_OUTSIDE));
  REQUIRE_FALSE(outside.has_value());
  CHECK(outside.error().kind == ErrorKind::Unsupported);
  CHECK(outside.error().message.find("'sin'") != std::string::npos);
}

TEST_CASE("a header with a changed byte is refused, or loads the same image") {
  for (const char *path : {CLEW_TEST_KERNELS, CLEW_TEST_KERNELS_O0}) {
    const ElfChanges changes = changeHeaders(contents(path));
    CHECK(changes.refused > 15000); // of about 20,000
    CHECK(changes.same > 100);      // the names of no use, alignments, flags for linkers
  }
}

TEST_CASE("two fields that are changed together are refused, or load the same image") {
  const std::string object = contents(CLEW_TEST_KERNELS);
  const auto image = CodeImage::load(object);
  const auto again = CodeImage::load(object);
  REQUIRE((image && again));
  Elf64_Ehdr header;
  std::memcpy(&header, object.data(), sizeof(header));
  std::mt19937 random(20261126);
  int refused = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string changed = object;
    for (int i = 0; i < 2; ++i) {
      const size_t section = header.e_shoff + random() % header.e_shnum * sizeof(Elf64_Shdr);
      // A field of one section becomes that of another, or grows or shrinks a little.
      const size_t field = random() % 10 * 4 + random() % 2 * 24;
      const size_t at = section + std::min<size_t>(field, sizeof(Elf64_Shdr) - 4);
      if (random() % 2 == 0) {
        const size_t other = header.e_shoff + random() % header.e_shnum * sizeof(Elf64_Shdr) + (at - section);
        std::memcpy(changed.data() + at, object.data() + other, 4);
      } else {
        changed[at] = static_cast<char>(changed[at] + static_cast<int>(random() % 33) - 16);
      }
    }
    const auto loaded = CodeImage::load(changed);
    refused += !loaded;
    CHECK((!loaded || sameImage(*image, *again, *loaded)));
  }
  CHECK(refused > 10000);
}

TEST_CASE("damaged objects never crash the loader") {
  const std::string object = contents(CLEW_TEST_KERNELS);
  REQUIRE(object.size() > 1000);
  int loaded = 0;
  for (size_t size = 0; size < object.size(); size += 7) {
    loaded += CodeImage::load(object.substr(0, size)).has_value();
  }
  CHECK(loaded == 0); // the section table is at the end
  std::mt19937 random(20241122);
  for (size_t at = 0; at < object.size(); ++at) {
    std::string damaged = object;
    damaged[at] = static_cast<char>(random());
    loaded += CodeImage::load(damaged).has_value();
    damaged[at] = '\xff';
    loaded += CodeImage::load(damaged).has_value();
  }
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = object;
    for (int i = 0; i < 8; ++i) {
      // Eight bytes at a time, aligned as the format's fields are, with extreme values.
      static constexpr uint64_t kExtremes[] = {0,          1, ~uint64_t(0), uint64_t(1) << 63, uint64_t(1) << 32,
                                               0x7fffffff, 64};
      size_t place = random() % (object.size() / 8 - 1) * 8;
      std::memcpy(damaged.data() + place, &kExtremes[random() % std::size(kExtremes)], 8);
    }
    loaded += CodeImage::load(damaged).has_value();
  }
  CHECK(loaded > 0); // most bytes are code, which the loader does not read
}
