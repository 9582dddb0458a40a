// ElfForm: what is checked of an object file's headers before anything that they say is used. Part of ElfObject.
#pragma once

#include "runtime/base/Result.h"

#include <cstdint>
#include <elf.h>
#include <span>
#include <string_view>
#include <vector>

namespace clew {

/// What a section is for. Everything else about it that a header could say is either checked to be so or changes nothing.
enum class SectionUse : uint8_t { NotLoaded, Code, Constants, Data };

/// Alignments that sections may ask for. All are laid out at multiples of the largest, so that a smaller one changes nothing.
constexpr uint64_t mostSectionAlignment = 64;

/// BadInput unless the header is that of an ELF64 x86-64 relocatable object of `bytes` bytes, whose section table ends the file.
Result<void> checkElfHeader(const Elf64_Ehdr &header, uint64_t bytes);

/// What is known of a section when its headers are checked.
struct SectionSpan {
  SectionUse use = SectionUse::NotLoaded;
  uint64_t bytes = 0; ///< in the file, up to where the next one begins: what is behind its own end is padding
};

/// One for each section of `object`. `names` are the sections' own. What the headers say twice must agree: a section's name with its type and flags; a
/// table of relocations with the section that it is named after; places with the order in which assemblers write: each section begins
/// where the one before ends, rounded up to its alignment, behind zeros, and the table follows the last. So a header with one field changed is
/// refused, or loads the same, as long as what is loaded goes by the spans and not by the sizes that headers give. BadInput for what does not agree, Unsupported for what is not known here: other names (and so
/// uses), types and flags.
Result<std::vector<SectionSpan>> checkElfSections(std::string_view object, std::span<const Elf64_Shdr> sections,
                                                  std::span<const std::string_view> names);

} // namespace clew
