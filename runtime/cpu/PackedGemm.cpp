// Cuts rows into blocks of the ladder, widens what the arithmetic wants widened, and multiplies each block: with our tiles, or by a
// primitive. Primitives write dense results (the library's fast kernels know no row stride), so a panel is computed in scratch and copied.
#include "runtime/cpu/PackedGemm.h"

#include "runtime/base/Rounding.h"
#include "runtime/cpu/TiledProduct.h"
#include "runtime/program/Executor.h"

#include <algorithm>
#include <cstring>

namespace clew {
namespace {

/// A block's rows, if `rows` are cut into nearly equal blocks of at most RowLadder::most.
int64_t blockRows(int64_t rows) {
  int64_t blocks = ceilDiv(rows, RowLadder::most);
  return roundUp(ceilDiv(rows, blocks), kRowBlock);
}

void widen(const std::byte *source, float *target, int64_t count) {
  const auto *from = reinterpret_cast<const uint16_t *>(source);
  for (int64_t i = 0; i < count; ++i) {
    target[i] = std::bit_cast<float>(static_cast<uint32_t>(from[i]) << 16);
  }
}

/// Columns begin..begin+width of u8 rows, as dense f32 rows.
void widenColumns(const uint8_t *source, int64_t stride, int64_t width, float *target, int64_t rows) {
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t i = 0; i < width; ++i) {
      target[row * width + i] = static_cast<float>(source[row * stride + i]);
    }
  }
}

void storeAsIntegers(const float *source, int64_t width, int32_t *target, int64_t stride, int64_t rows, bool add) {
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t i = 0; i < width; ++i) {
      auto value = static_cast<int32_t>(source[row * width + i]);
      target[row * stride + i] = add ? target[row * stride + i] + value : value;
    }
  }
}

} // namespace

PackedGemm::PackedGemm(MatrixLayout layout, bool bias, ProductCache &cache)
    : matrix(std::move(layout)), hasBias(bias), cache(cache) {
  auto addRange = [&](int64_t begin, int64_t end) {
    ranges.push_back({begin, end - begin, decltype(Range::products)(matrix.parts())});
  };
  ranges.reserve(matrix.cuts.size());
  for (int panel = 0; panel < matrix.panels(); ++panel) {
    addRange(matrix.cuts[panel], matrix.cuts[panel + 1]);
  }
  if (matrix.panels() > 1) {
    addRange(0, matrix.columns);
  }
}

int64_t PackedGemm::scratchBytes(int64_t rows) const {
  int64_t block = std::min(blockRows(std::max<int64_t>(rows, 1)), RowLadder::most);
  bool widened = matrix.arithmetic == Arithmetic::WidenedBF16 || matrix.arithmetic == Arithmetic::WidenedS8;
  bool inScratch = (matrix.panels() > 1 && !matrix.tiled) || matrix.arithmetic == Arithmetic::WidenedS8;
  int64_t floats = (widened ? matrix.partDepth(0) : 0) + (inScratch ? matrix.columns : 0);
  return block * floats * static_cast<int64_t>(sizeof(float));
}

Result<void> PackedGemm::run(const GemmOperands &operands, std::byte *scratch) const {
  return runRange(ranges.back(), operands, scratch);
}

Result<void> PackedGemm::runPanel(int panel, const GemmOperands &operands, std::byte *scratch) const {
  return runRange(ranges[panel], operands, scratch);
}

Result<void> PackedGemm::runRange(const Range &range, const GemmOperands &operands, std::byte *scratch) const {
  const auto &[x, weights, bias, y, rows] = operands;
  if (rows <= 0 || range.columns == 0) {
    return {};
  }
  const int64_t inputBytes = matrix.depth * static_cast<int64_t>(bytesOf(matrix.input()));
  const int64_t outputBytes = matrix.columns * static_cast<int64_t>(bytesOf(matrix.output()));
  int64_t block = blockRows(rows);
  for (int64_t begin = 0; begin < rows; begin += block) {
    int64_t count = std::min(block, rows - begin);
    Call call{range,
              static_cast<const std::byte *>(weights),
              bias ? bias + range.begin : nullptr,
              static_cast<std::byte *>(y) + begin * outputBytes,
              count,
              RowLadder::rowsOf(RowLadder::step(count)),
              scratch};
    const auto *first = static_cast<const std::byte *>(x) + begin * inputBytes;
    if (matrix.tiled && matrix.arithmetic != Arithmetic::WidenedS8) {
      runTiles(call, first);
      continue;
    }
    auto done = matrix.arithmetic == Arithmetic::WidenedS8 ? runParts(call, first) : runBlock(call, first);
    if (!done) {
      return done;
    }
  }
  return {};
}

void PackedGemm::runTiles(const Call &call, const std::byte *x) const {
  if (matrix.arithmetic == Arithmetic::WidenedBF16) {
    widen(x, reinterpret_cast<float *>(call.scratch), call.rows * matrix.depth);
    x = call.scratch;
  }
  const float *bias = call.bias ? call.bias - call.range.begin : nullptr;
  TiledProduct tiles{matrix.stored(), matrix.depth, matrix.columns, x, call.weights, bias, call.y};
  tiles.run(call.rows, call.range.begin, call.range.begin + call.range.columns);
}

Result<void> PackedGemm::runBlock(const Call &call, const std::byte *x) const {
  auto primitive = product(call.range, 0, call.rows);
  if (!primitive) {
    return fail(primitive);
  }
  std::byte *scratch = call.scratch;
  if (matrix.arithmetic == Arithmetic::WidenedBF16) {
    widen(x, reinterpret_cast<float *>(scratch), call.ladderRows * matrix.depth);
    x = scratch;
    scratch += call.ladderRows * matrix.depth * sizeof(float);
  }
  const std::byte *weights = panelWeights(call.range, 0, call.weights);
  if (call.range.columns == matrix.columns) {
    return (*primitive)->run(x, weights, call.bias, call.y);
  }
  if (auto done = (*primitive)->run(x, weights, call.bias, scratch); !done) {
    return done;
  }
  const auto element = static_cast<int64_t>(bytesOf(matrix.output()));
  for (int64_t row = 0; row < call.rows; ++row) {
    std::memcpy(call.y + (row * matrix.columns + call.range.begin) * element,
                scratch + row * call.range.columns * element, call.range.columns * element);
  }
  return {};
}

Result<void> PackedGemm::runParts(const Call &call, const std::byte *x) const {
  auto *widened = reinterpret_cast<float *>(call.scratch);
  auto *sums = widened + call.ladderRows * matrix.partDepth(0);
  auto *y = reinterpret_cast<int32_t *>(call.y) + call.range.begin;
  for (int64_t part = 0; part < matrix.parts(); ++part) {
    int64_t depth = matrix.partDepth(part);
    widenColumns(reinterpret_cast<const uint8_t *>(x) + part * kExactDepth, matrix.depth, depth, widened,
                 matrix.tiled ? call.rows : call.ladderRows);
    if (matrix.tiled) {
      TiledProduct tiles{
          matrix.stored(),        depth, call.range.columns, widened, partWeights(part, call.weights), nullptr,
          sums - call.range.begin};
      tiles.run(call.rows, call.range.begin, call.range.begin + call.range.columns);
    } else {
      auto primitive = product(call.range, part, call.rows);
      if (!primitive) {
        return fail(primitive);
      }
      if (auto done = (*primitive)->run(widened, panelWeights(call.range, part, call.weights), nullptr, sums); !done) {
        return done;
      }
    }
    storeAsIntegers(sums, call.range.columns, y, matrix.columns, call.rows, part > 0);
  }
  return {};
}

const std::byte *PackedGemm::partWeights(int64_t part, const std::byte *weights) const {
  for (int64_t before = 0; before < part; ++before) {
    weights += roundUp(matrix.partBytes(before), kAlignment);
  }
  return weights;
}

const std::byte *PackedGemm::panelWeights(const Range &range, int64_t part, const std::byte *weights) const {
  return partWeights(part, weights) + matrix.weights.offset(matrix.stored(), matrix.partDepth(part), range.begin);
}

Result<const onednn::Product *> PackedGemm::product(const Range &range, int64_t part, int64_t rows) const {
  int step = RowLadder::step(rows);
  auto &place = range.products[part][step];
  if (const auto *known = place.load(std::memory_order_acquire)) {
    return known;
  }
  auto made = cache.get({matrix.stored(), RowLadder::rowsOf(step), matrix.partDepth(part), range.columns,
                         matrix.weights, matrix.weights.block > 0 ? 0 : matrix.columns, hasBias});
  if (made) {
    place.store(*made, std::memory_order_release);
  }
  return made;
}

Result<void> PackedGemm::warm(int64_t wholeRows, int64_t panelRows) const {
  if (matrix.tiled) {
    return {};
  }
  for (const Range &range : ranges) {
    bool whole = &range == &ranges.back();
    int64_t rows = std::min(whole ? wholeRows : panelRows, RowLadder::most);
    for (int step = 0; rows > 0 && step <= RowLadder::step(rows); ++step) {
      for (int64_t part = 0; part < matrix.parts(); ++part) {
        if (auto made = product(range, part, RowLadder::rowsOf(step)); !made) {
          return fail(made);
        }
      }
    }
  }
  return {};
}

} // namespace clew
