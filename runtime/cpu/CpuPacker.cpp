// Each constant is cut into tiles that are packed in parallel: rows are gathered, rounded or quantized in a buffer that stays in
// cache, then oneDNN transposes them into place.
#include "runtime/cpu/CpuPacker.h"

#include "runtime/base/ParallelFor.h"
#include "runtime/base/Rounding.h"
#include "runtime/cpu/DerivedProduct.h"
#include "runtime/cpu/FirstError.h"
#include "runtime/cpu/OneDnn.h"
#include "runtime/cpu/Quantize.h"
#include "runtime/cpu/RecurrentPacking.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <vector>

namespace clew {
namespace {

constexpr int64_t kChunkBytes = int64_t(16) << 20;
/// Output channels that a thread takes at once where nothing else decides.
constexpr int64_t kChannels = 64;

void *bytesOf(const PackedConstant &constant) { return const_cast<void *>(constant.data.get()); }

/// One tile of a Matmul: `count` output channels from `begin` on, K from `from` on.
struct Tile {
  int64_t begin;
  int64_t count;
  int64_t part;
  int64_t from;
};

/// Packs a tile into its place in `target`, the start of the tile's part. `buffer` is the thread's.
Result<void> packTile(const MatrixLayout &layout, const StackedRows &rows, const Tile &tile, std::byte *target,
                      std::vector<float> &buffer) {
  int64_t depth = layout.partDepth(tile.part);
  const void *source = nullptr;
  if (layout.arithmetic == Arithmetic::F32 || layout.arithmetic == Arithmetic::BF16) {
    source = rows.contiguous(tile.begin, tile.count);
  }
  if (!source) {
    buffer.resize(tile.count * depth);
    source = buffer.data();
    for (int64_t i = 0; i < tile.count; ++i) {
      const float *row = rows.row(tile.begin + i);
      float *floats = buffer.data() + i * depth;
      switch (layout.arithmetic) {
      case Arithmetic::F32:
      case Arithmetic::BF16:
        std::memcpy(floats, row, depth * sizeof(float));
        break;
      case Arithmetic::WidenedBF16:
        roundToBF16(row, depth, floats);
        break;
      case Arithmetic::S8:
        quantizeChannel(row, depth, channelScale(row, depth), reinterpret_cast<int8_t *>(buffer.data()) + i * depth);
        break;
      case Arithmetic::WidenedS8:
        quantizeChannel(row + tile.from, depth, channelScale(row, layout.depth), floats);
        break;
      }
    }
  }
  const int64_t stride = layout.weights.block > 0 ? 0 : layout.columns;
  return onednn::packWeights({layout.stored(), layout.weights, depth, tile.count, stride}, source,
                             target + layout.weights.offset(layout.stored(), depth, tile.begin));
}

} // namespace

int64_t StackedRows::rows() const {
  int64_t total = 0;
  for (const auto &source : sources) {
    total += static_cast<int64_t>(source.size()) / width;
  }
  return total;
}

const float *StackedRows::row(int64_t index) const { return contiguous(index, 1); }

const float *StackedRows::contiguous(int64_t index, int64_t count) const {
  for (const auto &source : sources) {
    int64_t here = static_cast<int64_t>(source.size()) / width;
    if (index < here) {
      return index + count <= here ? source.data() + index * width : nullptr;
    }
    index -= here;
  }
  return nullptr;
}

Result<PackedConstant> CpuPacker::allocate(int64_t bytes) {
  bytes = roundUp(std::max<int64_t>(bytes, 1), kAlignment);
  if (!chunk || used + bytes > static_cast<int64_t>(chunk->size())) {
    auto arena = Arena::allocate(std::max(bytes, kChunkBytes));
    if (!arena) {
      return fail(arena);
    }
    chunk = std::make_shared<Arena>(std::move(*arena));
    used = 0;
  }
  PackedConstant constant{std::shared_ptr<const void>(chunk, chunk->data() + used), bytes};
  used += bytes;
  return constant;
}

Result<PackedConstant> CpuPacker::pack(int32_t index, std::span<const std::span<const float>> sources) {
  const Constant &constant = program.constants[index];
  bool perChannel = constant.kind == ConstantKind::Scales || constant.kind == ConstantKind::ColumnSums;
  int64_t channels = perChannel ? constant.columns : constant.rows;
  int64_t depth = perChannel ? depthOfChannels(program, constant) : constant.columns;
  StackedRows rows(sources, depth);
  if (depth <= 0 || rows.rows() != channels) {
    return fail(ErrorKind::Internal, fmt::format("constant {}: expected {} x {} elements, its sources have {} rows",
                                                 constant.name, channels, depth, depth > 0 ? rows.rows() : 0));
  }
  switch (constant.kind) {
  case ConstantKind::Matmul:
    return packMatmul(constant, rows);
  case ConstantKind::Scales:
    return packScales(rows);
  case ConstantKind::ColumnSums:
    return packColumnSums(rows);
  case ConstantKind::Recurrent:
    return packRecurrent(constant, rows);
  case ConstantKind::Plain:
  case ConstantKind::Derived:
    break;
  }
  return fail(ErrorKind::Internal,
              fmt::format("constant {} is {}: there is nothing to pack", constant.name, nameOf(constant.kind)));
}

/// Linear maps alone; what does not fit together is for runtime/ref to refuse.
std::optional<Result<PackedConstant>> CpuPacker::derive(int32_t index, std::span<const float *const> operands) {
  const Constant &constant = program.constants[index];
  const auto source = [&](size_t operand) -> const Constant & {
    return program.constants[constant.made.operands[operand].index];
  };
  if (constant.made.op != "linear" || operands.size() < 2 || operands.size() > 3 || source(0).rows != constant.rows ||
      source(1).rows != constant.columns || source(0).columns != source(1).columns || constant.rows <= 0 ||
      constant.columns <= 0 || source(0).columns <= 0 ||
      (operands.size() == 3 && source(2).rows * source(2).columns != constant.columns)) {
    return std::nullopt;
  }
  const DerivedProduct product{constant.rows, constant.columns, source(0).columns,
                               operands[0],   operands[1],      operands.size() == 3 ? operands[2] : nullptr};
  return product.run(program.execution, threads);
}

Result<PackedConstant> CpuPacker::packMatmul(const Constant &constant, const StackedRows &rows) {
  auto layout = MatrixLayout::choose(constant, program.execution, threads);
  auto packed = allocate(layout.bytes());
  if (!packed) {
    return packed;
  }
  int64_t width = layout.weights.block > 0 ? layout.weights.block : kChannels;
  int64_t tiles = ceilDiv(constant.rows, width);
  auto *target = static_cast<std::byte *>(bytesOf(*packed));
  std::vector<std::vector<float>> buffers(std::max(threads, 1));
  FirstError error;
  for (int64_t part = 0; part < layout.parts(); ++part) {
    parallelFor(threads, tiles, [&](int64_t job, int thread) {
      Tile tile{job * width, std::min(width, constant.rows - job * width), part, part * kExactDepth};
      if (!error.any()) {
        error.note(packTile(layout, rows, tile, target, buffers[thread]));
      }
    });
    target += roundUp(layout.partBytes(part), kAlignment);
  }
  if (auto done = error.take(); !done) {
    return fail(done);
  }
  return packed;
}

template <typename T, typename Reduce>
Result<PackedConstant> CpuPacker::packChannels(const StackedRows &rows, Reduce reduce) {
  int64_t channels = rows.rows();
  auto packed = allocate(channels * static_cast<int64_t>(sizeof(T)));
  if (packed) {
    auto *values = static_cast<T *>(bytesOf(*packed));
    parallelFor(threads, ceilDiv(channels, kChannels), [&](int64_t job, int) {
      for (int64_t n = job * kChannels; n < std::min(channels, (job + 1) * kChannels); ++n) {
        values[n] = reduce(std::span(rows.row(n), rows.columns()));
      }
    });
  }
  return packed;
}

Result<PackedConstant> CpuPacker::packScales(const StackedRows &rows) {
  return packChannels<float>(rows, [](std::span<const float> row) { return channelScale(row.data(), row.size()); });
}

Result<PackedConstant> CpuPacker::packColumnSums(const StackedRows &rows) {
  return packChannels<int32_t>(rows, [](std::span<const float> row) {
    return channelSum(row.data(), row.size(), channelScale(row.data(), row.size()));
  });
}

Result<PackedConstant> CpuPacker::packRecurrent(const Constant &constant, const StackedRows &rows) {
  if (!RecurrentLayout::hasGates(constant.rows, constant.gates) || !RecurrentLayout::stores(constant.dtype)) {
    return fail(ErrorKind::Internal, fmt::format("constant {}: {} x {} {} are no recurrent weights", constant.name,
                                                 constant.rows, constant.columns, nameOf(constant.dtype)));
  }
  const RecurrentLayout layout{constant.rows / constant.gates, constant.columns, constant.dtype, constant.gates};
  auto packed = allocate(layout.blocks() * layout.blockBytes()); // zeros, which is what lies beyond the units and k
  if (!packed) {
    return packed;
  }
  std::vector<const float *> pointers;
  for (int64_t row = 0; row < constant.rows; ++row) {
    pointers.push_back(rows.row(row));
  }
  auto *target = static_cast<std::byte *>(bytesOf(*packed));
  parallelFor(threads, layout.blocks(), [&](int64_t index, int) {
    packRecurrentBlock(layout, pointers, index, target + index * layout.blockBytes());
  });
  return packed;
}

} // namespace clew
