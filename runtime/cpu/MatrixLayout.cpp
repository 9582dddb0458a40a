// The choice of arithmetic by CPU, and of the column block by balance.
#include "runtime/cpu/MatrixLayout.h"

#include "runtime/base/Rounding.h"
#include "runtime/cpu/CpuFeatures.h"
#include "runtime/cpu/TiledProduct.h"
#include "runtime/program/Executor.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace clew {
namespace {

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
  return std::min(widest, roundUp(columns, kTileUnit));
}

int64_t bestBlock(int64_t columns, int64_t panels) {
  auto costOf = [&](const Block &block) {
    return static_cast<double>(widestPanel(columns, block.width, panels)) * block.cost;
  };
  return std::min_element(kBlocks.begin(), kBlocks.end(),
                          [&](const Block &a, const Block &b) { return costOf(a) < costOf(b); })
      ->width;
}

/// Up to as many columns the library chooses between kernels with and without AMX by the number of rows, so that a row's sums depend on its
/// neighbours (measured with oneDNN 2.6: 32 columns do, 33 do not, whatever the depth). Such products are small: they are widened.
constexpr int64_t kUnstableColumns = 32;

Arithmetic arithmeticOf(const Constant &weights, Bf16Products choice) {
  const Arithmetic arithmetic = arithmeticFor(weights.dtype, choice);
  return arithmetic == Arithmetic::BF16 && weights.rows <= kUnstableColumns ? Arithmetic::WidenedBF16 : arithmetic;
}

/// Columns of a block for our own products; 0: the library multiplies.
int64_t tiledBlock(DType stored, int64_t depth, Products choice) {
  return choice == Products::Library ? 0 : tiledColumns(stored, depth);
}

} // namespace

bool nativeBf16Dot(Bf16Products choice) {
  switch (choice) {
  case Bf16Products::Native:
    return true;
  case Bf16Products::Widen:
    return false;
  case Bf16Products::Auto:
    break;
  }
  return cpuHas("amx-bf16") || (cpuIsAmd() && cpuHas("avx512bf16"));
}

bool canMultiplyBf16() { return cpuHas("avx512bf16") && onednn::supportedLayout(DType::BF16, 64).block > 0; }

Arithmetic arithmeticFor(DType dtype, Bf16Products choice) {
  switch (dtype) {
  case DType::F32:
    return Arithmetic::F32;
  case DType::BF16:
    // Where the library would emulate bf16, widening is faster and exact.
    return nativeBf16Dot(choice) && onednn::supportedLayout(DType::BF16, 64).block > 0 ? Arithmetic::BF16
                                                                                       : Arithmetic::WidenedBF16;
  case DType::S8:
    return onednn::hasExactInt8() ? Arithmetic::S8 : Arithmetic::WidenedS8;
  case DType::F64:
  case DType::I64:
  case DType::I32:
  case DType::U8:
    break;
  }
  assert(false && "a valid Program has no such weights");
  return Arithmetic::F32;
}

std::string_view nameOf(Arithmetic arithmetic) {
  switch (arithmetic) {
  case Arithmetic::F32:
    return "f32";
  case Arithmetic::BF16:
    return "bf16";
  case Arithmetic::WidenedBF16:
    return "bf16 widened to f32";
  case Arithmetic::S8:
    return "int8";
  case Arithmetic::WidenedS8:
    return "int8 widened to f32";
  }
  return "?";
}

MatrixLayout MatrixLayout::choose(const Constant &weights, const Execution &execution, int threads) {
  const int64_t columns = weights.rows;
  const int64_t depth = weights.columns;
  MatrixLayout layout{arithmeticOf(weights, execution.bf16), columns, depth, {}, false, {}};
  int64_t panels = std::clamp<int64_t>(threads, 1, std::max<int64_t>(columns / 64, 1));
  const int64_t tiledBy = tiledBlock(layout.stored(), depth, execution.products);
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

bool productsAreRowStable(Products choice) {
  return tiledBlock(DType::F32, 64, choice) > 0 || onednn::supportedLayout(DType::F32, 64).block > 0;
}

DType MatrixLayout::stored() const {
  switch (arithmetic) {
  case Arithmetic::BF16:
    return DType::BF16;
  case Arithmetic::S8:
    return DType::S8;
  case Arithmetic::F32:
  case Arithmetic::WidenedBF16:
  case Arithmetic::WidenedS8:
    return DType::F32;
  }
  return DType::F32;
}

DType MatrixLayout::input() const {
  switch (arithmetic) {
  case Arithmetic::F32:
    return DType::F32;
  case Arithmetic::BF16:
  case Arithmetic::WidenedBF16:
    return DType::BF16;
  case Arithmetic::S8:
  case Arithmetic::WidenedS8:
    return DType::U8;
  }
  return DType::F32;
}

DType MatrixLayout::output() const { return input() == DType::U8 ? DType::I32 : DType::F32; }

int64_t MatrixLayout::parts() const { return arithmetic == Arithmetic::WidenedS8 ? ceilDiv(depth, kExactDepth) : 1; }

int64_t MatrixLayout::partDepth(int64_t part) const {
  return parts() == 1 ? depth : std::min(kExactDepth, depth - part * kExactDepth);
}

int64_t MatrixLayout::partBytes(int64_t part) const { return weights.bytes(stored(), partDepth(part), columns); }

int64_t MatrixLayout::bytes() const {
  int64_t total = 0;
  for (int64_t part = 0; part < parts(); ++part) {
    total += roundUp(partBytes(part), kAlignment);
  }
  return total;
}

} // namespace clew
