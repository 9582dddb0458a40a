// The choice of arithmetic by CPU, and of the column block by balance.
#include "runtime/cpu/MatrixLayout.h"

#include "runtime/cpu/CpuFeatures.h"
#include "runtime/cpu/TiledProduct.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

namespace clew {
namespace {

int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// A block width that oneDNN's kernels read, and its cost relative to the fastest: measured over BERT's shapes, 48 and 64 are
/// equal from 16 rows on, 48 is faster below, 32 is slower.
struct Block {
  int64_t width;
  double cost;
};
constexpr std::array<Block, 3> kBlocks = {{{48, 1.0}, {64, 1.01}, {32, 1.07}}};

/// Column blocks of the widest panel, in columns that the kernel really computes (multiples of 16).
int64_t widestPanel(int64_t columns, int64_t block, int64_t panels) {
  int64_t widest = ceilDiv(ceilDiv(columns, block), panels) * block;
  return std::min(widest, ceilDiv(columns, 16) * 16);
}

int64_t bestBlock(int64_t columns, int64_t panels) {
  auto costOf = [&](const Block &block) {
    return static_cast<double>(widestPanel(columns, block.width, panels)) * block.cost;
  };
  return std::min_element(kBlocks.begin(), kBlocks.end(),
                          [&](const Block &a, const Block &b) { return costOf(a) < costOf(b); })
      ->width;
}

/// Columns of a block for our own products; 0: the library multiplies.
int64_t tiledBlock(DType stored, int64_t depth) {
  const char *choice = std::getenv("CLEW_PRODUCTS");
  return choice && std::string_view(choice) == "library" ? 0 : tiledColumns(stored, depth);
}

} // namespace

bool nativeBf16Dot() {
  if (const char *choice = std::getenv("CLEW_BF16")) {
    if (std::string_view(choice) == "native") {
      return true;
    }
    if (std::string_view(choice) == "widen") {
      return false;
    }
  }
  return cpuHas("amx-bf16") || (cpuIsAmd() && cpuHas("avx512bf16"));
}

Arithmetic arithmeticFor(DType dtype) {
  switch (dtype) {
  case DType::BF16:
    // Where the library would emulate bf16, widening is faster and exact.
    return nativeBf16Dot() && onednn::supportedLayout(DType::BF16, 64).block > 0 ? Arithmetic::BF16
                                                                                 : Arithmetic::WidenedBF16;
  case DType::S8:
    return onednn::hasExactInt8() ? Arithmetic::S8 : Arithmetic::WidenedS8;
  default:
    return Arithmetic::F32;
  }
}

MatrixLayout MatrixLayout::choose(Arithmetic arithmetic, int64_t columns, int64_t depth, int threads) {
  MatrixLayout layout{arithmetic, columns, depth, {}, false, {}};
  int64_t panels = std::clamp<int64_t>(threads, 1, std::max<int64_t>(columns / 64, 1));
  const int64_t tiledBy = tiledBlock(layout.stored(), depth);
  layout.tiled = tiledBy > 0;
  layout.weights = layout.tiled ? onednn::WeightLayout{tiledBy}
                                : onednn::supportedLayout(layout.stored(), bestBlock(columns, panels));
  int64_t unit = layout.tiled || layout.weights.block == 0 ? kTileUnit : layout.weights.block;
  int64_t blocks = ceilDiv(columns, unit);
  panels = std::min(panels, std::max<int64_t>(blocks, 1));
  for (int64_t panel = 0; panel < panels; ++panel) {
    layout.cuts.push_back(ceilDiv(blocks * panel, panels) * unit);
  }
  layout.cuts.push_back(columns);
  return layout;
}

bool productsAreRowStable() {
  return tiledBlock(DType::F32, 64) > 0 || onednn::supportedLayout(DType::F32, 64).block > 0;
}

DType MatrixLayout::stored() const {
  switch (arithmetic) {
  case Arithmetic::BF16:
    return DType::BF16;
  case Arithmetic::S8:
    return DType::S8;
  default:
    return DType::F32;
  }
}

int64_t MatrixLayout::parts() const { return arithmetic == Arithmetic::WidenedS8 ? ceilDiv(depth, kExactDepth) : 1; }

int64_t MatrixLayout::partDepth(int64_t part) const {
  return parts() == 1 ? depth : std::min(kExactDepth, depth - part * kExactDepth);
}

int64_t MatrixLayout::partBytes(int64_t part) const { return weights.bytes(stored(), partDepth(part), columns); }

int64_t MatrixLayout::bytes() const {
  int64_t total = 0;
  for (int64_t part = 0; part < parts(); ++part) {
    total += (partBytes(part) + 63) / 64 * 64;
  }
  return total;
}

} // namespace clew
