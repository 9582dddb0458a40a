// Generates attention inside packed sequences for a GPU (arXiv:1706.03762), with an online softmax (arXiv:1805.02867), so that no scores are
// ever in memory.
//
// A block has some tokens that follow each other, of one sequence or several, and one head. It walks over the tiles of keys and values that
// any of them looks at, which lie in shared memory while all its rows use them; what a row does not look at gets weight 0. A few
// neighbouring threads share a row, each with some of the head's columns, of q and of the result, in registers.
#pragma once

#include "compiler/kernel/device/DeviceBuilder.h"
#include "compiler/kernel/generate/AttentionKernel.h"

namespace clew::compiler {

/// Where the operands stand. Behind Counts, those of the tokens' level, come those of AttentionShape that there are, in the order of
/// AttentionPlaces; of segments and biases, too.
struct DeviceAttentionPlaces {
  enum : size_t { Q, K, V, Out, Offsets, Counts, Count };
};

/// How a block is cut.
struct AttentionTile {
  explicit AttentionTile(const AttentionShape &shape);

  int64_t threads = 128;
  int64_t sharers = 1;    ///< threads of a row, a power of two
  int64_t rows = 1;       ///< queries of a block
  int64_t keyColumns = 0; ///< of a thread
  int64_t valueColumns = 0;
  int64_t keys = 32; ///< of a tile, a multiple of `step`
  int64_t step = 8;  ///< keys between two looks at the largest score

  int64_t keyStride() const { return sharers * keyColumns; } ///< f32 of a key in shared memory
  int64_t valueStride() const { return sharers * valueColumns; }
  int64_t keysAt() const { return 64; } ///< bytes; before them where the block's keys begin and end
  int64_t valuesAt() const { return keysAt() + 4 * keys * keyStride(); }
  int64_t sharedBytes() const { return valuesAt() + 4 * keys * valueStride(); }
};

/// Appends the kernel `launch.symbol` and says how it is launched: over tokens, jobs of a cut are heads. Unsupported if a head is wider than
/// a block's shared memory allows.
Result<void> buildDeviceAttention(DeviceBuilder &builder, const AttentionShape &shape, DeviceLaunch &launch);

} // namespace clew::compiler
