// Emulator: runs device kernels without a GPU, from the host form that compiler/emit makes of them. Each thread of a block is a fiber; blocks,
// warps and threads run in an order shuffled by a seed; shared memory is filled with NaNs before each block.
//
// It refuses what a GPU would do silently or not at all: accesses outside of the given memory, barriers and shuffles that not all threads
// reach, and races: two threads at one word, one of them writing, with no barrier between them; or two blocks.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/program/EmulatedThread.h"

#include <cstdint>
#include <span>

namespace clew::emulation {

/// Memory that kernels may touch.
struct MemoryRegion {
  const void *begin = nullptr;
  int64_t bytes = 0;
};

/// Bytes of some memory that threads read and wrote, each as often as it was.
struct Traffic {
  int64_t read = 0;
  int64_t written = 0;
};

struct EmulatedLaunch {
  int64_t blocks = 0;
  int32_t threads = 0;     ///< of a block, a multiple of 32
  int64_t sharedBytes = 0; ///< of a block
  uint64_t seed = 1;
  std::span<Traffic> traffic =
      {}; ///< gets what was moved of each region of memory, if there is one for each; equal regions share one
};

/// Runs all blocks, one after the other. Internal, saying block and thread, for what is refused. Many threads may emulate at once.
Result<void> emulate(EmulatedKernel kernel, std::span<void *const> operands, std::span<const MemoryRegion> memory,
                     const EmulatedLaunch &launch);

} // namespace clew::emulation
