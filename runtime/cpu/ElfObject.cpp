// Reads headers by memcpy (nothing in a byte string is aligned) and turns each promise of the format that we rely on into a check.
#include "runtime/cpu/ElfObject.h"

#include "runtime/base/Excerpt.h"

#include <algorithm>
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

} // namespace

/// The file and its tables, while they are read.
struct ElfObject::Headers {
  std::string_view object;
  std::vector<Elf64_Shdr> sections;
  std::vector<std::string_view> names; ///< of the sections

  std::string nameOf(size_t section) const { return excerpt(names[section]); }

  std::optional<std::string_view> bytesOf(size_t section) const {
    return slice(object, sections[section].sh_offset, sections[section].sh_size);
  }

  std::optional<std::string_view> stringTable(uint64_t index) const {
    return index < sections.size() && sections[index].sh_type == SHT_STRTAB ? bytesOf(index) : std::nullopt;
  }

  Result<void> readNames(uint64_t table) {
    const auto strings = stringTable(table);
    for (const Elf64_Shdr &section : sections) {
      const auto name = strings ? stringAt(*strings, section.sh_name) : std::nullopt;
      if (!name) {
        return malformed("a section's name lies outside of the table");
      }
      names.push_back(*name);
    }
    if (names[table] != ".shstrtab" && names[table] != ".strtab") {
      return malformed("the names of sections have another name");
    }
    return {};
  }
};

Result<ElfObject> ElfObject::parse(std::string_view object) {
  if (object.size() < sizeof(Elf64_Ehdr)) {
    return malformed("shorter than an ELF header");
  }
  const auto header = recordAt<Elf64_Ehdr>(object, 0);
  if (const Result<void> right = checkElfHeader(header, object.size()); !right) {
    return fail(right);
  }
  Headers headers{object, std::vector<Elf64_Shdr>(header.e_shnum), {}};
  std::memcpy(headers.sections.data(), object.data() + header.e_shoff, header.e_shnum * sizeof(Elf64_Shdr));
  if (const Result<void> named = headers.readNames(header.e_shstrndx); !named) {
    return fail(named);
  }
  const Result<std::vector<SectionSpan>> spans = checkElfSections(object, headers.sections, headers.names);
  if (!spans) {
    return fail(spans);
  }
  ElfObject result;
  for (const SectionSpan &span : *spans) {
    result.sectionTable.push_back({{}, span.bytes, span.use});
  }
  for (auto read : {&ElfObject::readSections, &ElfObject::readSymbols, &ElfObject::readRelocations}) {
    if (const Result<void> done = (result.*read)(headers); !done) {
      return fail(done);
    }
  }
  return result;
}

Result<void> ElfObject::readSections(const Headers &headers) {
  uint64_t total = 0;
  for (size_t i = 0; i < sectionTable.size(); ++i) {
    Section &section = sectionTable[i];
    const bool filled = headers.sections[i].sh_type == SHT_NOBITS;
    if (!section.loaded()) {
      section.size = 0;
      continue;
    }
    section.size = filled ? headers.sections[i].sh_size : section.size;
    if (section.size > kMostBytes || (total += section.size + mostSectionAlignment) > kMostBytes) {
      return malformed("section " + headers.nameOf(i) + " is too large");
    }
    if (!filled) {
      const auto bytes = slice(headers.object, headers.sections[i].sh_offset, section.size);
      if (!bytes) {
        return malformed("section " + headers.nameOf(i) + " lies outside of the file");
      }
      section.bytes = *bytes;
    }
  }
  return {};
}

Result<void> ElfObject::readSymbols(const Headers &headers) {
  const Elf64_Shdr *table = nullptr;
  for (const Elf64_Shdr &header : headers.sections) {
    if (header.sh_type == SHT_SYMTAB) {
      if (table) {
        return malformed("two symbol tables");
      }
      table = &header;
    }
  }
  std::vector<uint64_t> ends(sectionTable.size());
  if (!table) {
    return checkZeroFilled(headers, ends);
  }
  auto bytes = slice(headers.object, table->sh_offset, table->sh_size);
  auto names = headers.stringTable(table->sh_link);
  if (!bytes || !names || bytes->size() % sizeof(Elf64_Sym) != 0) {
    return malformed("the symbol table lies outside of the file");
  }
  for (size_t i = 0; i < bytes->size() / sizeof(Elf64_Sym); ++i) {
    const auto entry = recordAt<Elf64_Sym>(*bytes, i * sizeof(Elf64_Sym));
    const auto name = stringAt(*names, entry.st_name);
    if (!name) {
      return malformed("a symbol's name lies outside of the table");
    }
    if ((ELF64_ST_BIND(entry.st_info) == STB_LOCAL) != (i < table->sh_info)) {
      return malformed("symbol " + excerpt(*name) + " does not stand where the table has its kind");
    }
    if (const Result<void> read = readSymbol(entry, *name); !read) {
      return read;
    }
    if (symbolTable.back().defined) {
      uint64_t &end = ends[symbolTable.back().section];
      end = std::max(end, entry.st_value + entry.st_size);
    }
  }
  return checkZeroFilled(headers, ends);
}

Result<void> ElfObject::readSymbol(const Elf64_Sym &entry, std::string_view name) {
  Symbol &symbol = symbolTable.emplace_back();
  symbol.name = name;
  const std::string called = "symbol " + excerpt(name);
  const unsigned type = ELF64_ST_TYPE(entry.st_info);
  if (type == STT_TLS || type == STT_GNU_IFUNC || entry.st_shndx == SHN_COMMON) {
    return unsupported("a thread-local, indirect or common symbol (" + excerpt(name) + ")");
  }
  if (entry.st_shndx == SHN_UNDEF || entry.st_shndx >= SHN_LORESERVE) {
    return {}; // undefined here; it is an error only if something refers to it and nobody offers it
  }
  if (entry.st_shndx >= sectionTable.size()) {
    return malformed(called + " is in a section that does not exist");
  }
  const Section &section = sectionTable[entry.st_shndx];
  if (!section.loaded()) {
    return {};
  }
  if (entry.st_value > section.size || entry.st_size > section.size - entry.st_value) {
    return malformed(called + " lies outside of its section");
  }
  symbol.defined = true;
  symbol.exported = ELF64_ST_BIND(entry.st_info) != STB_LOCAL && (type == STT_FUNC || type == STT_NOTYPE) &&
                    section.use == SectionUse::Code && entry.st_value < section.size;
  symbol.section = entry.st_shndx;
  symbol.value = entry.st_value;
  return {};
}

/// What has no bytes in the file is as large as the symbols in it say; `ends` has their last byte, by section.
Result<void> ElfObject::checkZeroFilled(const Headers &headers, const std::vector<uint64_t> &ends) const {
  for (size_t i = 0; i < sectionTable.size(); ++i) {
    if (sectionTable[i].loaded() && headers.sections[i].sh_type == SHT_NOBITS && sectionTable[i].size != ends[i]) {
      return malformed("section " + headers.nameOf(i) + " is not as large as what is in it");
    }
  }
  return {};
}

Result<void> ElfObject::readRelocations(const Headers &headers) {
  for (const Elf64_Shdr &header : headers.sections) {
    if (header.sh_type != SHT_RELA) {
      continue;
    }
    const Section &target = sectionTable[header.sh_info]; // checkElfSections: it exists
    if (!target.loaded()) {
      continue; // debug information
    }
    auto bytes = slice(headers.object, header.sh_offset, header.sh_size);
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
        return malformed("a relocation of section " + headers.nameOf(header.sh_info) + " points outside");
      }
      relocationTable.push_back(relocation);
    }
  }
  return {};
}

} // namespace clew
