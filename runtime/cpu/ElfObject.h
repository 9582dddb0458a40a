// ElfObject: a checked view of an ELF64 x86-64 relocatable object. It exists so that every offset and size of a file that may
// come from a cache or from a stranger is checked in one place, before CodeImage maps a byte of it.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/cpu/ElfForm.h"

#include <cstdint>
#include <elf.h>
#include <string_view>
#include <vector>

namespace clew {

/// What is loaded of an object, and nothing that is not: two objects that are equal load the same. Names and contents are views into the
/// bytes given to `parse`.
class ElfObject {
public:
  struct Section {
    std::string_view bytes; ///< empty for zero-filled (NOBITS) sections
    uint64_t size = 0;      ///< bytes in memory, with the padding behind them; 0 if it is not loaded
    SectionUse use = SectionUse::NotLoaded;

    bool loaded() const { return use != SectionUse::NotLoaded; }
    bool operator==(const Section &) const = default;
  };
  struct Symbol {
    std::string_view name;
    bool defined = false; ///< then `section` is a loaded section and `value` at most its size
    bool exported = false;
    size_t section = 0;
    uint64_t value = 0;

    bool operator==(const Symbol &) const = default;
  };
  struct Relocation {
    size_t section = 0; ///< a loaded section with contents
    uint64_t offset = 0;
    uint32_t type = 0; ///< R_X86_64_*
    size_t symbol = 0; ///< a valid index
    int64_t addend = 0;

    bool operator==(const Relocation &) const = default;
  };

  /// BadInput if the bytes are no such object or say something inconsistent (checkElfSections, and offsets, sizes and links of the
  /// rest); Unsupported if they need what we do not offer (thread-local data, initializers, common symbols). `object` must outlive the
  /// result.
  static Result<ElfObject> parse(std::string_view object);

  const std::vector<Section> &sections() const { return sectionTable; }
  const std::vector<Symbol> &symbols() const { return symbolTable; }
  const std::vector<Relocation> &relocations() const { return relocationTable; }

  bool operator==(const ElfObject &) const = default;

private:
  struct Headers;
  Result<void> readSections(const Headers &headers);
  Result<void> readSymbols(const Headers &headers);
  Result<void> readSymbol(const Elf64_Sym &entry, std::string_view name);
  Result<void> checkZeroFilled(const Headers &headers, const std::vector<uint64_t> &ends) const;
  Result<void> readRelocations(const Headers &headers);

  std::vector<Section> sectionTable;
  std::vector<Symbol> symbolTable;
  std::vector<Relocation> relocationTable;
};

} // namespace clew
