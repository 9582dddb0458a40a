// Changes to the headers of an object: each must be refused, or load the very same image. Used on objects of C and on generated code.
#pragma once

#include "runtime/cpu/CodeImage.h"

#include <cstring>
#include <doctest/doctest.h>
#include <elf.h>
#include <set>
#include <string>

namespace clew {

/// Whether two images that lie at different places hold the same: parts, entry points, and bytes but for their own addresses. `again` is
/// another image of the first's object, from which those are known.
inline bool sameImage(const CodeImage &image, const CodeImage &again, const CodeImage &other) {
  if (!(image.parts() == other.parts()) || image.symbols().size() != other.symbols().size()) {
    return false;
  }
  const auto offset = [](const CodeImage &of, void *address) {
    return static_cast<const std::byte *>(address) - of.bytes().data();
  };
  for (const auto &[name, address] : image.symbols()) {
    void *moved = other.lookup(name);
    if (moved == nullptr || offset(other, moved) != offset(image, address)) {
      return false;
    }
  }
  const auto word = [](const CodeImage &of, size_t at) {
    uint64_t value = 0;
    std::memcpy(&value, of.bytes().data() + at, sizeof(value));
    return value;
  };
  const auto base = [](const CodeImage &of) { return reinterpret_cast<uint64_t>(of.bytes().data()); };
  for (size_t at = 0; at < image.bytes().size(); at += sizeof(uint64_t)) {
    const bool own = word(image, at) != word(again, at); // an address inside the image
    const uint64_t moved = own ? base(other) - base(image) : 0;
    if (word(other, at) != word(image, at) + moved) {
      return false;
    }
  }
  return true;
}

struct ElfChanges {
  int refused = 0;
  int same = 0;
};

/// Every byte of the header and of the section table, one at a time, to several values: those that mean something somewhere in the
/// format, its neighbours, and each bit of it turned round.
inline ElfChanges changeHeaders(const std::string &object) {
  const auto image = CodeImage::load(object);
  const auto again = CodeImage::load(object);
  REQUIRE_MESSAGE(image, (image ? "" : image.error().render()));
  REQUIRE(again);
  Elf64_Ehdr header;
  std::memcpy(&header, object.data(), sizeof(header));
  ElfChanges changes;
  for (size_t at = 0; at < object.size(); at = at + 1 == sizeof(header) ? header.e_shoff : at + 1) {
    const auto old = static_cast<unsigned char>(object[at]);
    std::set<int> values = {
        0, 1, 2, 3, 4, 6, 7, 8, 9, 0x10, 0x20, 0x40, 0x7f, 0x80, 0xff, (old + 1) & 0xff, (old - 1) & 0xff};
    for (int bit = 1; bit < 256; bit *= 2) {
      values.insert(old ^ bit);
    }
    values.erase(old);
    for (const int value : values) {
      std::string changed = object;
      changed[at] = static_cast<char>(value);
      const auto loaded = CodeImage::load(changed);
      if (!loaded) {
        ++changes.refused;
        continue;
      }
      ++changes.same;
      CAPTURE(at);
      CAPTURE(value);
      CHECK(sameImage(*image, *again, *loaded));
    }
  }
  return changes;
}

} // namespace clew
