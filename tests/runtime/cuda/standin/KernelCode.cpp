// See KernelCode.h.
#include "tests/runtime/cuda/standin/KernelCode.h"

#include "tests/emulation/Emulator.h"

#include <algorithm>
#include <cstring>
#include <elf.h>
#include <fmt/format.h>
#include <unordered_map>

namespace clew::standin {

namespace {

using emulation::MemoryRegion;

/// Which lines of memory a kernel touched, while it runs on this thread.
struct Watch {
  static constexpr uintptr_t line = 64;
  EmulatedKernel kernel = nullptr;
  void (*access)(EmulatedThread *self, const void *at, int32_t bytes, int32_t write) = nullptr;
  std::unordered_map<uintptr_t, bool> lines; ///< written?
  uintptr_t last = 0;
  bool lastWrite = false;

  void note(uintptr_t at, int32_t bytes, bool write) {
    for (uintptr_t one = at / line; one <= (at + static_cast<uintptr_t>(bytes) - 1) / line; ++one) {
      if (one == last && (lastWrite || !write)) {
        continue;
      }
      bool &written = lines[one];
      written = written || write;
      last = one;
      lastWrite = written;
    }
  }
};

thread_local Watch *watching = nullptr;

/// Stands between the emulator and the kernel, to see its accesses.
void watched(void *const *operands, EmulatedThread *thread) {
  watching->access = thread->access;
  thread->access = [](EmulatedThread *self, const void *at, int32_t bytes, int32_t write) {
    watching->note(reinterpret_cast<uintptr_t>(at), bytes, write != 0);
    watching->access(self, at, bytes, write);
  };
  watching->kernel(operands, thread);
}

/// Bytes of an ELF object; 0 if it is none.
size_t elfBytes(const void *image) {
  Elf64_Ehdr header;
  std::memcpy(&header, image, sizeof(header));
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_shentsize != sizeof(Elf64_Shdr)) {
    return 0;
  }
  size_t end = header.e_shoff + size_t(header.e_shnum) * sizeof(Elf64_Shdr);
  for (size_t i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr section;
    std::memcpy(&section, static_cast<const char *>(image) + header.e_shoff + i * sizeof(section), sizeof(section));
    end = section.sh_type == SHT_NOBITS ? end : std::max<size_t>(end, section.sh_offset + section.sh_size);
  }
  return end;
}

} // namespace

KernelFunction *KernelCode::find(const char *name) {
  if (const auto known = functions.find(name); known != functions.end()) {
    return &known->second;
  }
  void *entry = image.lookup(name);
  return entry ? &functions.emplace(name, KernelFunction{name, entry}).first->second : nullptr;
}

Result<std::unique_ptr<KernelCode>> loadKernels(const void *image) {
  const size_t bytes = elfBytes(image);
  if (bytes == 0) {
    return fail(ErrorKind::BadInput, "expected an object of emulated kernels");
  }
  auto code = CodeImage::load({static_cast<const char *>(image), bytes});
  return code ? Result<std::unique_ptr<KernelCode>>(std::make_unique<KernelCode>(std::move(*code))) : fail(code);
}

Status runKernel(Machine &machine, const KernelLaunch &launch, std::vector<Touch> &touched) {
  std::vector<MemoryRegion> memory;
  for (void *operand : launch.operands) {
    const Machine::Piece *piece = machine.pieceAt(reinterpret_cast<uintptr_t>(operand));
    if (!piece) {
      machine.report(fmt::format("'{}' runs after its memory was freed", launch.function->name));
      return cuda::status::illegalAddress;
    }
    const auto same = [&](const MemoryRegion &one) { return one.begin == reinterpret_cast<void *>(piece->begin); };
    if (std::ranges::none_of(memory, same)) {
      memory.push_back({reinterpret_cast<void *>(piece->begin), static_cast<int64_t>(piece->bytes)});
    }
  }
  Watch watch;
  watch.kernel = reinterpret_cast<EmulatedKernel>(launch.function->entry);
  watching = &watch;
  const emulation::EmulatedLaunch how{launch.blocks, launch.threads, launch.sharedBytes, machine.random()};
  const Result<void> done = emulation::emulate(watched, launch.operands, memory, how);
  watching = nullptr;
  if (!done) {
    machine.report(fmt::format("'{}': {}", launch.function->name, done.error().message));
    return cuda::status::launchFailed;
  }
  const std::map<uintptr_t, bool> sorted(watch.lines.begin(), watch.lines.end());
  for (const auto &[line, write] : sorted) {
    const uintptr_t begin = line * Watch::line;
    if (!machine.pieceAt(begin)) {
      continue; // shared memory of blocks
    }
    if (!touched.empty() && touched.back().end == begin && touched.back().write == write) {
      touched.back().end += Watch::line;
    } else {
      touched.push_back({begin, begin + Watch::line, write});
    }
  }
  return 0;
}

} // namespace clew::standin
