// Reads headers by memcpy (nothing in a byte string is aligned) and turns each promise of the format that we rely on into a check.
#include "runtime/cpu/ElfObject.h"

#include <bit>
#include <cstring>
#include <optional>
#include <string>

namespace clew {
namespace {

constexpr uint64_t kMostBytes = uint64_t(1) << 30; // far above any program, far below what breaks 32-bit displacements

Failure malformed(const std::string &what) { return fail(ErrorKind::BadInput, "malformed object code: " + what); }

Failure unsupported(const std::string &what) {
  return fail(ErrorKind::Unsupported, "object code has " + what + ", which is not supported");
}

std::optional<std::string_view> slice(std::string_view bytes, uint64_t offset, uint64_t size) {
  if (offset > bytes.size() || size > bytes.size() - offset) {
    return std::nullopt;
  }
  return bytes.substr(offset, size);
}

/// The record at `offset`, which the caller has checked to lie inside `bytes`.
template <typename Record> Record recordAt(std::string_view bytes, uint64_t offset) {
  Record record;
  std::memcpy(&record, bytes.data() + offset, sizeof(Record));
  return record;
}

std::optional<std::string_view> stringAt(std::string_view table, uint64_t offset) {
  if (offset >= table.size()) {
    return std::nullopt;
  }
  size_t end = table.find('\0', offset);
  if (end == std::string_view::npos) {
    return std::nullopt;
  }
  return table.substr(offset, end - offset);
}

std::optional<std::string_view> stringTable(std::string_view object, const std::vector<Elf64_Shdr> &headers,
                                            uint64_t index) {
  if (index >= headers.size() || headers[index].sh_type != SHT_STRTAB) {
    return std::nullopt;
  }
  return slice(object, headers[index].sh_offset, headers[index].sh_size);
}

} // namespace

Result<ElfObject> ElfObject::parse(std::string_view object) {
  if (object.size() < sizeof(Elf64_Ehdr)) {
    return malformed("shorter than an ELF header");
  }
  auto header = recordAt<Elf64_Ehdr>(object, 0);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
      header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_type != ET_REL || header.e_machine != EM_X86_64) {
    return malformed("not an ELF64 x86-64 relocatable object");
  }
  if (header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shnum == 0) {
    return malformed("no section table");
  }
  auto table = slice(object, header.e_shoff, uint64_t(header.e_shnum) * sizeof(Elf64_Shdr));
  if (!table) {
    return malformed("the section table lies outside of the file");
  }
  std::vector<Elf64_Shdr> headers(header.e_shnum);
  std::memcpy(headers.data(), table->data(), table->size());

  ElfObject result;
  auto names = stringTable(object, headers, header.e_shstrndx);
  if (!names) {
    return malformed("no section names");
  }
  result.sectionTable.resize(headers.size());
  for (size_t i = 0; i < headers.size(); ++i) {
    auto name = headers[i].sh_type == SHT_NULL ? std::string_view() : stringAt(*names, headers[i].sh_name);
    if (!name) {
      return malformed("a section's name lies outside of the table");
    }
    result.sectionTable[i].name = *name;
  }
  if (auto read = result.readSections(object, headers); !read) {
    return fail(read);
  }
  if (auto read = result.readSymbols(object, headers); !read) {
    return fail(read);
  }
  if (auto read = result.readRelocations(object, headers); !read) {
    return fail(read);
  }
  return result;
}

Result<void> ElfObject::readSections(std::string_view object, std::vector<Elf64_Shdr> &headers) {
  uint64_t total = 0;
  for (size_t i = 0; i < headers.size(); ++i) {
    const Elf64_Shdr &header = headers[i];
    Section &section = sectionTable[i];
    section.flags = header.sh_type == SHT_NULL ? 0 : header.sh_flags;
    if (!section.loaded()) {
      continue;
    }
    std::string name(section.name);
    if (section.flags & SHF_TLS) {
      return unsupported("thread-local data (section " + name + ")");
    }
    if (header.sh_type == SHT_INIT_ARRAY || header.sh_type == SHT_FINI_ARRAY || header.sh_type == SHT_PREINIT_ARRAY) {
      return unsupported("initializers (section " + name + ")");
    }
    if ((section.flags & SHF_WRITE) && (section.flags & SHF_EXECINSTR)) {
      return unsupported("a section that is writable and executable (" + name + ")");
    }
    section.alignment = header.sh_addralign == 0 ? 1 : header.sh_addralign;
    section.size = header.sh_size;
    if (!std::has_single_bit(section.alignment) || section.alignment > 4096) {
      return malformed("section " + name + " has alignment " + std::to_string(section.alignment));
    }
    if (section.size > kMostBytes || (total += section.size + 4096) > kMostBytes) {
      return malformed("section " + name + " is too large");
    }
    if (header.sh_type != SHT_NOBITS) {
      auto bytes = slice(object, header.sh_offset, header.sh_size);
      if (!bytes) {
        return malformed("section " + name + " lies outside of the file");
      }
      section.bytes = *bytes;
    }
  }
  return {};
}

Result<void> ElfObject::readSymbols(std::string_view object, const std::vector<Elf64_Shdr> &headers) {
  const Elf64_Shdr *table = nullptr;
  for (const Elf64_Shdr &header : headers) {
    if (header.sh_type == SHT_SYMTAB) {
      if (table) {
        return malformed("two symbol tables");
      }
      table = &header;
    }
  }
  if (!table) {
    return {};
  }
  auto bytes = slice(object, table->sh_offset, table->sh_size);
  auto names = stringTable(object, headers, table->sh_link);
  if (!bytes || !names || bytes->size() % sizeof(Elf64_Sym) != 0) {
    return malformed("the symbol table lies outside of the file");
  }
  symbolTable.resize(bytes->size() / sizeof(Elf64_Sym));
  for (size_t i = 0; i < symbolTable.size(); ++i) {
    auto entry = recordAt<Elf64_Sym>(*bytes, i * sizeof(Elf64_Sym));
    auto name = stringAt(*names, entry.st_name);
    if (!name) {
      return malformed("a symbol's name lies outside of the table");
    }
    Symbol &symbol = symbolTable[i];
    symbol.name = *name;
    unsigned type = ELF64_ST_TYPE(entry.st_info);
    if (type == STT_TLS || type == STT_GNU_IFUNC || entry.st_shndx == SHN_COMMON) {
      return unsupported("a thread-local, indirect or common symbol (" + std::string(*name) + ")");
    }
    if (entry.st_shndx == SHN_UNDEF || entry.st_shndx >= SHN_LORESERVE) {
      continue; // undefined here; it is an error only if something refers to it and nobody offers it
    }
    if (entry.st_shndx >= sectionTable.size()) {
      return malformed("symbol " + std::string(*name) + " is in a section that does not exist");
    }
    const Section &section = sectionTable[entry.st_shndx];
    if (!section.loaded()) {
      continue;
    }
    if (entry.st_value > section.size || entry.st_size > section.size - entry.st_value) {
      return malformed("symbol " + std::string(*name) + " lies outside of its section");
    }
    symbol.defined = true;
    symbol.exported = ELF64_ST_BIND(entry.st_info) != STB_LOCAL && (type == STT_FUNC || type == STT_NOTYPE) &&
                      (section.flags & SHF_EXECINSTR) && entry.st_value < section.size;
    symbol.section = entry.st_shndx;
    symbol.value = entry.st_value;
  }
  return {};
}

Result<void> ElfObject::readRelocations(std::string_view object, const std::vector<Elf64_Shdr> &headers) {
  for (const Elf64_Shdr &header : headers) {
    if (header.sh_type != SHT_RELA && header.sh_type != SHT_REL) {
      continue;
    }
    if (header.sh_info >= sectionTable.size()) {
      return malformed("relocations of a section that does not exist");
    }
    const Section &target = sectionTable[header.sh_info];
    if (!target.loaded()) {
      continue; // debug information
    }
    if (header.sh_type == SHT_REL) {
      return unsupported("relocations without addends");
    }
    auto bytes = slice(object, header.sh_offset, header.sh_size);
    if (!bytes || bytes->size() % sizeof(Elf64_Rela) != 0) {
      return malformed("relocations lie outside of the file");
    }
    for (uint64_t at = 0; at < bytes->size(); at += sizeof(Elf64_Rela)) {
      auto entry = recordAt<Elf64_Rela>(*bytes, at);
      Relocation relocation{header.sh_info, entry.r_offset, static_cast<uint32_t>(ELF64_R_TYPE(entry.r_info)),
                            ELF64_R_SYM(entry.r_info), entry.r_addend};
      uint64_t width = relocation.type == R_X86_64_64 || relocation.type == R_X86_64_PC64 ? 8 : 4;
      if (relocation.type == R_X86_64_NONE) {
        continue;
      }
      if (target.bytes.size() < width || relocation.offset > target.bytes.size() - width ||
          relocation.symbol >= symbolTable.size()) {
        return malformed("a relocation of section " + std::string(target.name) + " points outside");
      }
      relocationTable.push_back(relocation);
    }
  }
  return {};
}

} // namespace clew
