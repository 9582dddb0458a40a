// Checks that need all headers at once: what the assemblers write, exactly. A loader could do with less; but then a header that is off by one would
// load the wrong bytes and be noticed only when they run.
#include "runtime/cpu/ElfForm.h"

#include "runtime/base/Rounding.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

namespace clew {
namespace {

Failure malformed(const std::string &what) { return fail(ErrorKind::BadInput, "malformed object code: " + what); }

bool hasBytes(const Elf64_Shdr &header) {
  return header.sh_type != SHT_NULL && header.sh_type != SHT_NOBITS && header.sh_size > 0;
}

/// Contents follow one another with nothing but alignment between them, from the header to the table, which ends the file.
Result<void> checkCover(const Elf64_Ehdr &header, const std::vector<Elf64_Shdr> &sections, uint64_t size) {
  std::vector<const Elf64_Shdr *> order;
  for (const Elf64_Shdr &section : sections) {
    if (hasBytes(section)) {
      order.push_back(&section);
    }
  }
  std::ranges::sort(order, {}, &Elf64_Shdr::sh_offset);
  uint64_t end = sizeof(Elf64_Ehdr);
  for (const Elf64_Shdr *section : order) {
    const uint64_t alignment = std::max<uint64_t>(section->sh_addralign, 1);
    if (alignment > size || section->sh_offset != roundUp(end, alignment) ||
        section->sh_size > size - section->sh_offset) {
      return malformed("a section does not begin where the one before ends");
    }
    end = section->sh_offset + section->sh_size;
  }
  if (header.e_shoff != roundUp(end, 8) || size - header.e_shoff != sections.size() * sizeof(Elf64_Shdr)) {
    return malformed("the section table is not at the end");
  }
  return {};
}

/// What a loaded section's name says of how it is used; flags that say otherwise would only be noticed when code faults.
Result<void> checkFlags(std::string_view name, uint64_t flags) {
  const bool code = name.starts_with(".text");
  const bool data = name.starts_with(".data") || name.starts_with(".bss");
  if (code != ((flags & SHF_EXECINSTR) != 0) || data != ((flags & SHF_WRITE) != 0)) {
    return malformed("section " + std::string(name) + " has the flags of another kind");
  }
  return {};
}

bool isKnown(const Elf64_Shdr &section) {
  static constexpr std::array<uint32_t, 8> kinds = {SHT_PROGBITS, SHT_NOBITS,        SHT_SYMTAB, SHT_STRTAB, SHT_RELA,
                                                    SHT_NOTE,     SHT_X86_64_UNWIND, 0x6fff4c03 /* LLVM's addrsig */};
  return std::ranges::find(kinds, section.sh_type) != kinds.end();
}

} // namespace

Result<void> checkElfHeader(const Elf64_Ehdr &header) {
  Elf64_Ehdr wanted = {};
  std::memcpy(wanted.e_ident, ELFMAG, SELFMAG);
  wanted.e_ident[EI_CLASS] = ELFCLASS64;
  wanted.e_ident[EI_DATA] = ELFDATA2LSB;
  wanted.e_ident[EI_VERSION] = EV_CURRENT;
  wanted.e_type = ET_REL;
  wanted.e_machine = EM_X86_64;
  wanted.e_version = EV_CURRENT;
  wanted.e_ehsize = sizeof(Elf64_Ehdr);
  wanted.e_shentsize = sizeof(Elf64_Shdr);
  wanted.e_shoff = header.e_shoff; // these three depend on the object
  wanted.e_shnum = header.e_shnum;
  wanted.e_shstrndx = header.e_shstrndx;
  if (std::memcmp(&header, &wanted, sizeof(header)) != 0 || header.e_shnum == 0) {
    return malformed("not an ELF64 x86-64 relocatable object");
  }
  return {};
}

Result<void> checkElfForm(const Elf64_Ehdr &header, const std::vector<Elf64_Shdr> &sections,
                          const std::vector<std::string_view> &names, uint64_t size) {
  for (size_t i = 1; i < sections.size(); ++i) {
    const Elf64_Shdr &section = sections[i];
    if (!isKnown(section)) {
      return malformed("section " + std::string(names[i]) + " is of an unknown kind");
    }
    const bool relocations = section.sh_type == SHT_RELA;
    if (relocations && (section.sh_entsize != sizeof(Elf64_Rela) || section.sh_link >= sections.size() ||
                        sections[section.sh_link].sh_type != SHT_SYMTAB || section.sh_info >= sections.size())) {
      return malformed("relocations without symbols or a section");
    }
    const std::string wanted = relocations ? ".rela" + std::string(names[section.sh_info]) : "";
    if (relocations ? names[i] != wanted : names[i].starts_with(".rela.")) {
      return malformed("section " + std::string(names[i]) + " has the name of another kind");
    }
    if (section.sh_type == SHT_SYMTAB && section.sh_entsize != sizeof(Elf64_Sym)) {
      return malformed("symbols of an unknown size");
    }
    if ((section.sh_flags & SHF_ALLOC) != 0) {
      if (Result<void> flags = checkFlags(names[i], section.sh_flags); !flags) {
        return flags;
      }
    } else if (checkFlags(names[i], 0).has_value() == false) {
      return malformed("section " + std::string(names[i]) + " is not loaded");
    }
  }
  return checkCover(header, sections, size);
}

} // namespace clew
