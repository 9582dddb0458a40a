// One gate row after the other, its elements converted one by one, to its places in the unit's block.
#include "runtime/cpu/RecurrentPacking.h"

#include "runtime/cpu/Quantize.h"

#include <algorithm>
#include <vector>

namespace clew {

namespace {

template <typename T>
void spreadRow(const RecurrentLayout &layout, const float *row, int64_t gate, int64_t unit, std::byte *block,
               const auto &convert) {
  auto *elements = reinterpret_cast<T *>(block);
  for (int64_t k = 0; k < layout.depth; ++k) {
    elements[layout.elementOfBlock(k, gate, unit)] = convert(row[k]);
  }
}

void spreadQuantized(const RecurrentLayout &layout, const float *row, int64_t gate, int64_t unit, std::byte *block) {
  std::vector<int8_t> integers(static_cast<size_t>(layout.depth));
  quantizeChannel(row, layout.depth, channelScale(row, layout.depth), integers.data());
  auto *elements = reinterpret_cast<int8_t *>(block);
  for (int64_t k = 0; k < layout.depth; ++k) {
    elements[layout.elementOfBlock(k, gate, unit)] = integers[static_cast<size_t>(k)];
  }
}

} // namespace

void packRecurrentBlock(const RecurrentLayout &layout, std::span<const float *const> rows, int64_t index,
                        std::byte *block) {
  const int64_t first = index * RecurrentLayout::unitsOfBlock;
  const int64_t units = std::min(RecurrentLayout::unitsOfBlock, layout.hidden - first);
  for (int64_t gate = 0; gate < layout.gates; ++gate) {
    for (int64_t unit = 0; unit < units; ++unit) {
      const float *row = rows[static_cast<size_t>(gate * layout.hidden + first + unit)];
      if (layout.dtype == DType::BF16) {
        spreadRow<BF16>(layout, row, gate, unit, block, [](float w) { return BF16(w); });
      } else if (layout.dtype == DType::S8) {
        spreadQuantized(layout, row, gate, unit, block);
      } else {
        spreadRow<float>(layout, row, gate, unit, block, [](float w) { return w; });
      }
    }
  }
}

} // namespace clew
