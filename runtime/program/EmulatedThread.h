// EmulatedThread: how the host form of a device kernel talks to whoever runs it without a GPU (tests). One call of a kernel's entry is one
// thread of a block, on a stack of its own; what threads do together goes through the functions below, so that the code needs no outside
// symbol. Normal artifacts hold no host form.
#pragma once

#include <cstdint>

namespace clew {

/// What the emulated kernel sees of its place, and calls. The compiler writes accesses by these offsets (compiler/emit/HostForm.cpp), so that
/// the order and the types of the members are fixed.
struct EmulatedThread {
  int32_t thread = 0; ///< in its block
  int32_t block = 0;
  int32_t threads = 0; ///< of a block, a multiple of 32
  int32_t blocks = 0;
  void *shared = nullptr; ///< the block's shared memory
  /// Waits for all threads of the block; `place` tells barriers of the code apart.
  void (*barrier)(EmulatedThread *self, int32_t place) = nullptr;
  /// Waits for all threads of the warp.
  void (*warpBarrier)(EmulatedThread *self, int32_t place) = nullptr;
  /// Waits for all threads of the warp; gives the value of the thread in lane `lane` of it.
  uint32_t (*shuffle)(EmulatedThread *self, int32_t place, uint32_t value, int32_t lane) = nullptr;
  /// Called before each access of memory.
  void (*access)(EmulatedThread *self, const void *at, int32_t bytes, int32_t write) = nullptr;
};

/// The entry of a kernel in its host form; `operands` as a launch has them.
using EmulatedKernel = void (*)(void *const *operands, EmulatedThread *thread);

} // namespace clew
