// ElfObject: a checked view of an ELF64 x86-64 relocatable object. It exists so that every offset and size of a file that may
// come from a cache or from a stranger is checked in one place, before CodeImage maps a byte of it.
#pragma once

#include "runtime/base/Result.h"

#include <cstdint>
#include <elf.h>
#include <string_view>
#include <vector>

namespace clew {

/// Sections, symbols and relocations of an object; names and contents are views into the bytes given to `parse`.
class ElfObject {
public:
  struct Section {
    std::string_view name;
    std::string_view bytes; ///< empty for zero-filled (NOBITS) sections
    uint64_t size = 0;      ///< bytes in memory
    uint64_t alignment = 1; ///< a power of two, at most 4096
    uint64_t flags = 0;     ///< SHF_*
    bool loaded() const { return (flags & SHF_ALLOC) != 0; }
  };
  struct Symbol {
    std::string_view name;
    bool defined = false; ///< then `section` is a loaded section and `value` at most its size
    bool exported = false;
    size_t section = 0;
    uint64_t value = 0;
  };
  struct Relocation {
    size_t section = 0; ///< a loaded section with contents
    uint64_t offset = 0;
    uint32_t type = 0; ///< R_X86_64_*
    size_t symbol = 0; ///< a valid index
    int64_t addend = 0;
  };

  /// BadInput if the bytes are no such object or say something inconsistent; Unsupported if they need what we do not offer
  /// (thread-local data, initializers, common symbols). `object` must outlive the result.
  static Result<ElfObject> parse(std::string_view object);

  const std::vector<Section> &sections() const { return sectionTable; }
  const std::vector<Symbol> &symbols() const { return symbolTable; }
  const std::vector<Relocation> &relocations() const { return relocationTable; }

private:
  Result<void> readSections(std::string_view object, std::vector<Elf64_Shdr> &headers);
  Result<void> readSymbols(std::string_view object, const std::vector<Elf64_Shdr> &headers);
  Result<void> readRelocations(std::string_view object, const std::vector<Elf64_Shdr> &headers);

  std::vector<Section> sectionTable;
  std::vector<Symbol> symbolTable;
  std::vector<Relocation> relocationTable;
};

} // namespace clew
