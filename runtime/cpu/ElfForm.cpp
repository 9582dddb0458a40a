// The names are those that GNU as and LLVM give the sections of C's and of our generated code; the order in the file is that in which both
// write it (seen with binutils 2.40 and LLVM 22): one section after the other, then symbols, names and relocations, then the table.
#include "runtime/cpu/ElfForm.h"

#include "runtime/base/Excerpt.h"
#include "runtime/base/Rounding.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string>
#include <tuple>

namespace clew {
namespace {

constexpr uint64_t kTableAlignment = 8;
constexpr uint32_t kAddressSignificance = 0x6fff4c03; ///< SHT_LLVM_ADDRSIG

Failure malformed(const std::string &what) { return fail(ErrorKind::BadInput, "malformed object code: " + what); }

Failure unsupported(const std::string &what) {
  return fail(ErrorKind::Unsupported, "object code has " + what + ", which is not supported");
}

/// Equal constants are never merged here, and nothing is left out for a linker: these flags change nothing.
constexpr uint64_t kFlagsThatMatter = ~uint64_t{SHF_MERGE | SHF_STRINGS | SHF_EXCLUDE};

struct NamedUse {
  std::string_view name; ///< or the part before a dot
  SectionUse use;
  uint64_t flags;
};

constexpr std::array<NamedUse, 12> kUses = {{
    {".text", SectionUse::Code, SHF_ALLOC | SHF_EXECINSTR},
    {".rodata", SectionUse::Constants, SHF_ALLOC},
    {".eh_frame", SectionUse::Constants, SHF_ALLOC},
    {".note.gnu.property", SectionUse::Constants, SHF_ALLOC},
    {".data", SectionUse::Data, SHF_ALLOC | SHF_WRITE},
    {".bss", SectionUse::Data, SHF_ALLOC | SHF_WRITE},
    {".rela", SectionUse::NotLoaded, SHF_INFO_LINK},
    {".symtab", SectionUse::NotLoaded, 0},
    {".strtab", SectionUse::NotLoaded, 0},
    {".shstrtab", SectionUse::NotLoaded, 0},
    {".comment", SectionUse::NotLoaded, 0},
    {".note.GNU-stack", SectionUse::NotLoaded, 0},
}};

const NamedUse *useOf(std::string_view name) {
  const auto isMeant = [&](const NamedUse &known) {
    return name.starts_with(known.name) && (name.size() == known.name.size() || name[known.name.size()] == '.');
  };
  static constexpr NamedUse kPassedOver = {"", SectionUse::NotLoaded, 0};
  const auto found = std::ranges::find_if(kUses, isMeant);
  const bool extra = name.starts_with(".debug_") || name.starts_with(".llvm_");
  return found != kUses.end() ? &*found : extra ? &kPassedOver : nullptr;
}

/// Whether a section of this name may be of this type.
bool typeFits(std::string_view name, const NamedUse &known, uint32_t type) {
  if (known.name == ".rela" || known.name == ".symtab") {
    return type == (known.name == ".rela" ? SHT_RELA : SHT_SYMTAB);
  }
  if (known.name == ".strtab" || known.name == ".shstrtab") {
    return type == SHT_STRTAB;
  }
  if (known.name == ".bss") {
    return type == SHT_NOBITS;
  }
  return type == SHT_PROGBITS || (name.starts_with(".note") && type == SHT_NOTE) ||
         (name == ".eh_frame" && type == SHT_X86_64_UNWIND) ||
         (name == ".llvm_addrsig" && type == kAddressSignificance);
}

/// What is said of a section's own: its name, type and flags.
Result<SectionUse> readUse(const Elf64_Shdr &section, std::string_view name) {
  const std::string called = "section " + excerpt(name);
  if ((section.sh_flags & SHF_TLS) != 0) {
    return unsupported("thread-local data (" + called + ")");
  }
  const NamedUse *known = useOf(name);
  if (known == nullptr) {
    return unsupported("a " + called);
  }
  if (!typeFits(name, *known, section.sh_type) || (section.sh_flags & kFlagsThatMatter) != known->flags) {
    return malformed(called + " has the type or the flags of another kind");
  }
  if (section.sh_addr != 0 || section.sh_addralign > mostSectionAlignment ||
      (section.sh_addralign != 0 && !std::has_single_bit(section.sh_addralign))) {
    return malformed(called + " has an address or the alignment " + std::to_string(section.sh_addralign));
  }
  return known->use;
}

/// Links to other sections, which only tables have.
Result<void> checkLinks(std::span<const Elf64_Shdr> sections, std::span<const std::string_view> names, size_t index) {
  const Elf64_Shdr &section = sections[index];
  const std::string called = "section " + excerpt(names[index]);
  const auto linked = section.sh_link < sections.size() ? section.sh_link : 0;
  if (section.sh_type == SHT_RELA) {
    const bool named = section.sh_info < sections.size() && names[index].substr(5) == names[section.sh_info];
    const bool only =
        std::ranges::count(names, names[index]) == 1 && std::ranges::count(names, names[index].substr(5)) == 1;
    if (!named || !only || sections[linked].sh_type != SHT_SYMTAB || section.sh_entsize != sizeof(Elf64_Rela)) {
      return malformed(called + " relocates another section than the one that it is named after");
    }
    return {};
  }
  if (section.sh_type == SHT_SYMTAB) {
    return names[linked] == ".strtab" && section.sh_entsize == sizeof(Elf64_Sym)
               ? Result<void>()
               : malformed("symbols without names, or of another size");
  }
  const bool ofSymbols = section.sh_type == kAddressSignificance && sections[linked].sh_type == SHT_SYMTAB;
  if ((section.sh_link != 0 && !ofSymbols) || section.sh_info != 0) {
    return malformed(called + " is linked to others");
  }
  return {};
}

uint64_t bytesInFile(const Elf64_Shdr &section) { return section.sh_type == SHT_NOBITS ? 0 : section.sh_size; }

/// Sections follow one another with nothing but alignment between them, and the table follows the last. Says how far each reaches.
Result<void> checkPlaces(std::string_view object, std::span<const Elf64_Shdr> sections,
                         std::vector<SectionSpan> &spans) {
  std::vector<const Elf64_Shdr *> order;
  for (const Elf64_Shdr &section : sections.subspan(1)) {
    order.push_back(&section);
  }
  // What has no bytes still rounds the place of what follows; of several at one place the one that rounded most came first.
  std::ranges::sort(order, [](const Elf64_Shdr *a, const Elf64_Shdr *b) {
    const auto key = [](const Elf64_Shdr *s) {
      return std::tuple(s->sh_offset, bytesInFile(*s) != 0, ~s->sh_addralign);
    };
    return key(a) < key(b);
  });
  const uint64_t table = object.size() - sections.size_bytes();
  const auto isPadding = [&](uint64_t begin, uint64_t end) {
    return std::ranges::all_of(object.substr(begin, end - begin), [](char byte) { return byte == 0; });
  };
  uint64_t end = sizeof(Elf64_Ehdr);
  for (const Elf64_Shdr *section : order) {
    const uint64_t begin = roundUp(end, std::max<uint64_t>(section->sh_addralign, 1));
    if (section->sh_offset != begin || begin > table || bytesInFile(*section) > table - begin ||
        !isPadding(end, begin)) {
      return malformed("a section does not begin where the one before ends");
    }
    end = begin + bytesInFile(*section);
  }
  for (size_t i = 0; i < order.size(); ++i) {
    const uint64_t next = i + 1 < order.size() ? order[i + 1]->sh_offset : table;
    const bool filled = order[i]->sh_type == SHT_NOBITS;
    spans[static_cast<size_t>(order[i] - sections.data())].bytes = filled ? 0 : next - order[i]->sh_offset;
  }
  return roundUp(end, kTableAlignment) == table && isPadding(end, table)
             ? Result<void>()
             : malformed("the section table does not follow the sections");
}

} // namespace

Result<void> checkElfHeader(const Elf64_Ehdr &header, uint64_t bytes) {
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
  wanted.e_shoff = header.e_shoff; // these three are the object's own
  wanted.e_shnum = header.e_shnum;
  wanted.e_shstrndx = header.e_shstrndx;
  if (std::memcmp(&header, &wanted, sizeof(header)) != 0) {
    return malformed("not an ELF64 x86-64 relocatable object");
  }
  const uint64_t table = uint64_t{header.e_shnum} * sizeof(Elf64_Shdr);
  if (header.e_shnum == 0 || header.e_shoff < sizeof(header) || header.e_shoff > bytes ||
      bytes - header.e_shoff != table) {
    return malformed("the section table does not end the file");
  }
  return {};
}

Result<std::vector<SectionSpan>> checkElfSections(std::string_view object, std::span<const Elf64_Shdr> sections,
                                                  std::span<const std::string_view> names) {
  static constexpr Elf64_Shdr kNone = {};
  if (std::memcmp(&sections.front(), &kNone, sizeof(kNone)) != 0) {
    return malformed("the first section is not the empty one");
  }
  std::vector<SectionSpan> spans(1);
  for (size_t i = 1; i < sections.size(); ++i) {
    const Result<SectionUse> use = readUse(sections[i], names[i]);
    if (!use) {
      return fail(use);
    }
    if (const Result<void> links = checkLinks(sections, names, i); !links) {
      return fail(links);
    }
    spans.push_back({*use});
  }
  if (const Result<void> places = checkPlaces(object, sections, spans); !places) {
    return fail(places);
  }
  return spans;
}

} // namespace clew
