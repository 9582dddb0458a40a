// Lays sections out in three groups of pages (code with stubs, constants with the offset table, data), applies relocations while
// all is writable, then takes the write permission away from the first two.
#include "runtime/cpu/CodeImage.h"

#include "runtime/base/Excerpt.h"
#include "runtime/base/Rounding.h"
#include "runtime/cpu/ElfObject.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <sys/mman.h>
#include <utility>
#include <vector>

namespace clew {
namespace {

constexpr uint64_t kPage = 4096;
/// jmp *displacement(%rip), padded: how code reaches a function that lies further away than 2 GiB.
constexpr uint64_t kStubBytes = 8;

/// What object code may call that it does not define.
uint64_t addressOutside(std::string_view name) {
  using Copy = void *(*)(void *, const void *, size_t);
  using Fill = void *(*)(void *, int, size_t);
  if (name == "memcpy") {
    return reinterpret_cast<uint64_t>(static_cast<Copy>(&std::memcpy));
  }
  if (name == "memmove") {
    return reinterpret_cast<uint64_t>(static_cast<Copy>(&std::memmove));
  }
  if (name == "memset") {
    return reinterpret_cast<uint64_t>(static_cast<Fill>(&std::memset));
  }
  return 0;
}

/// Where everything of an object goes, as offsets from the start of the mapping.
class Layout {
public:
  explicit Layout(const ElfObject &object) : object(object), sections(object.sections().size()) {
    hasSlot.resize(object.symbols().size());
    for (const auto &relocation : object.relocations()) {
      if (usesSlot(relocation) && !hasSlot[relocation.symbol]) {
        hasSlot[relocation.symbol] = true;
        slots.resize(object.symbols().size());
        slots[relocation.symbol] = slotCount++;
      }
    }
    place(SectionUse::Code);
    end = roundUp(end, kStubBytes);
    stubs = end;
    end = roundUp(end + slotCount * kStubBytes, kPage);
    codeEnd = end;
    table = end;
    end += slotCount * sizeof(uint64_t);
    place(SectionUse::Constants);
    end = roundUp(end, kPage);
    constantEnd = end;
    place(SectionUse::Data);
    end = roundUp(end, kPage);
  }

  uint64_t section(size_t index) const { return sections[index]; }
  uint64_t slot(size_t symbol) const { return table + slots[symbol] * sizeof(uint64_t); }
  uint64_t stub(size_t symbol) const { return stubs + slots[symbol] * kStubBytes; }
  bool slotted(size_t symbol) const { return hasSlot[symbol]; }

  uint64_t codeEnd = 0;
  uint64_t constantEnd = 0;
  uint64_t end = 0;

private:
  /// Has a place in the offset table: what is read through it, and every function outside (its stub jumps through it).
  bool usesSlot(const ElfObject::Relocation &relocation) const {
    return relocation.type == R_X86_64_GOTPCREL || relocation.type == R_X86_64_GOTPCRELX ||
           relocation.type == R_X86_64_REX_GOTPCRELX || !object.symbols()[relocation.symbol].defined;
  }

  void place(SectionUse use) {
    for (size_t i = 0; i < sections.size(); ++i) {
      const auto &section = object.sections()[i];
      if (section.use == use) {
        end = roundUp(end, mostSectionAlignment);
        sections[i] = end;
        end += section.size;
      }
    }
  }

  const ElfObject &object;
  std::vector<uint64_t> sections;
  std::vector<bool> hasSlot;
  std::vector<uint64_t> slots;
  uint64_t slotCount = 0;
  uint64_t stubs = 0;
  uint64_t table = 0;
};

/// Fills a mapping: contents, offset table, stubs, relocations.
class Linker {
public:
  Linker(const ElfObject &object, const Layout &layout, char *base) : object(object), layout(layout), base(base) {}

  Result<void> link() {
    for (size_t i = 0; i < object.sections().size(); ++i) {
      const auto &section = object.sections()[i];
      if (section.loaded() && !section.bytes.empty()) {
        std::memcpy(base + layout.section(i), section.bytes.data(), section.bytes.size());
      }
    }
    for (size_t i = 0; i < object.symbols().size(); ++i) {
      if (!layout.slotted(i)) {
        continue;
      }
      auto address = addressOf(i);
      if (!address) {
        return fail(address);
      }
      std::memcpy(base + layout.slot(i), &*address, sizeof(uint64_t));
      auto displacement = static_cast<int32_t>(layout.slot(i) - layout.stub(i) - 6);
      std::array<unsigned char, kStubBytes> code = {0xff, 0x25, 0, 0, 0, 0, 0xcc, 0xcc};
      std::memcpy(code.data() + 2, &displacement, sizeof(displacement));
      std::memcpy(base + layout.stub(i), code.data(), code.size());
    }
    for (const auto &relocation : object.relocations()) {
      if (auto applied = apply(relocation); !applied) {
        return applied;
      }
    }
    return {};
  }

private:
  uint64_t inMemory(uint64_t offset) const { return reinterpret_cast<uint64_t>(base) + offset; }

  Result<uint64_t> addressOf(size_t index) const {
    const auto &symbol = object.symbols()[index];
    if (symbol.defined) {
      return inMemory(layout.section(symbol.section) + symbol.value);
    }
    if (uint64_t outside = addressOutside(symbol.name)) {
      return outside;
    }
    return fail(ErrorKind::Unsupported,
                "object code needs '" + excerpt(symbol.name) + "', but only memcpy, memmove and memset are offered");
  }

  Result<void> apply(const ElfObject::Relocation &relocation) {
    auto address = addressOf(relocation.symbol);
    if (!address) {
      return fail(address);
    }
    char *place = base + layout.section(relocation.section) + relocation.offset;
    auto here = reinterpret_cast<uint64_t>(place);
    auto addend = static_cast<uint64_t>(relocation.addend);
    bool defined = object.symbols()[relocation.symbol].defined;
    switch (relocation.type) {
    case R_X86_64_64:
      return store64(place, *address + addend);
    case R_X86_64_PC64:
      return store64(place, *address + addend - here);
    case R_X86_64_PC32:
    case R_X86_64_PLT32:
      return storeSigned(place, (defined ? *address : inMemory(layout.stub(relocation.symbol))) + addend - here);
    case R_X86_64_GOTPCREL:
    case R_X86_64_GOTPCRELX:
    case R_X86_64_REX_GOTPCRELX:
      return storeSigned(place, inMemory(layout.slot(relocation.symbol)) + addend - here);
    case R_X86_64_32S:
      return storeSigned(place, *address + addend);
    case R_X86_64_32:
      if (*address + addend > std::numeric_limits<uint32_t>::max()) {
        return tooFar();
      }
      return storeSigned(place, static_cast<uint64_t>(static_cast<int32_t>(*address + addend)));
    default:
      return fail(ErrorKind::Unsupported, "object code has a relocation of type " + std::to_string(relocation.type));
    }
  }

  static Result<void> store64(char *place, uint64_t value) {
    std::memcpy(place, &value, sizeof(value));
    return {};
  }

  static Result<void> storeSigned(char *place, uint64_t value) {
    auto wide = static_cast<int64_t>(value);
    auto narrow = static_cast<int32_t>(wide);
    if (narrow != wide) {
      return tooFar();
    }
    std::memcpy(place, &narrow, sizeof(narrow));
    return {};
  }

  static Failure tooFar() {
    return fail(ErrorKind::Unsupported, "object code is not position independent: a 32-bit relocation does not reach");
  }

  const ElfObject &object;
  const Layout &layout;
  char *base;
};

} // namespace

CodeImage::CodeImage(CodeImage &&other) noexcept
    : base(std::exchange(other.base, nullptr)), places(std::exchange(other.places, Places())),
      functions(std::move(other.functions)) {
  other.functions.clear();
}

CodeImage &CodeImage::operator=(CodeImage &&other) noexcept {
  std::swap(base, other.base);
  std::swap(places, other.places);
  std::swap(functions, other.functions);
  return *this;
}

CodeImage::~CodeImage() {
  if (base) {
    munmap(base, places.end);
  }
}

Result<CodeImage> CodeImage::load(std::string_view bytes) {
  auto object = ElfObject::parse(bytes);
  if (!object) {
    return fail(object);
  }
  Layout layout(*object);
  CodeImage image;
  if (layout.end == 0) {
    return image;
  }
  void *memory = mmap(nullptr, layout.end, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    return fail(ErrorKind::Io, "cannot map " + std::to_string(layout.end) + " bytes for code: " + std::strerror(errno));
  }
  image.base = memory;
  image.places = {layout.codeEnd, layout.constantEnd, layout.end};
  auto *base = static_cast<char *>(memory);
  if (auto linked = Linker(*object, layout, base).link(); !linked) {
    return fail(linked);
  }
  if ((layout.codeEnd > 0 && mprotect(base, layout.codeEnd, PROT_READ | PROT_EXEC) != 0) ||
      (layout.constantEnd > layout.codeEnd &&
       mprotect(base + layout.codeEnd, layout.constantEnd - layout.codeEnd, PROT_READ) != 0)) {
    return fail(ErrorKind::Io, std::string("cannot make code executable: ") + std::strerror(errno));
  }
  for (const auto &symbol : object->symbols()) {
    if (symbol.exported && !symbol.name.empty()) {
      image.functions.emplace(symbol.name, base + layout.section(symbol.section) + symbol.value);
    }
  }
  return image;
}

void *CodeImage::lookup(std::string_view symbol) const {
  auto found = functions.find(symbol);
  return found == functions.end() ? nullptr : found->second;
}

} // namespace clew
