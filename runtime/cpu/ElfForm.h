// The form of an object file as assemblers write it: part of ElfObject.
#pragma once

#include "runtime/base/Result.h"

#include <cstdint>
#include <elf.h>
#include <string_view>
#include <vector>

namespace clew {

/// BadInput unless every field is what an x86-64 relocatable object has.
Result<void> checkElfHeader(const Elf64_Ehdr &header);

/// BadInput unless the sections fill the object's `size` bytes without holes, are of known kinds, and are used as their names say: a header in which
/// one field is wrong is refused, or means the same. `names` has one for each section.
Result<void> checkElfForm(const Elf64_Ehdr &header, const std::vector<Elf64_Shdr> &sections,
                          const std::vector<std::string_view> &names, uint64_t size);

} // namespace clew
