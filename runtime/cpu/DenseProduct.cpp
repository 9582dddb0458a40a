// See DenseProduct.h.
#include "runtime/cpu/DenseProduct.h"

#include "runtime/base/ParallelFor.h"
#include "runtime/base/Rounding.h"
#include "runtime/cpu/TiledProduct.h"

#include <algorithm>

namespace clew {
namespace {

/// Rows and columns of C that one job computes: fixed, so that no number of threads changes them.
constexpr int64_t rowsAtOnce = 128;
constexpr int64_t columnsAtOnce = 384;
constexpr int64_t lines = 16; ///< floats of a cache line

/// One block of columns: [depth rounded up to 16][block], zeros beyond depth and columns.
void packBlock(const float *b, Side side, int64_t depth, int64_t columns, int64_t first, int64_t block, float *to) {
  const int64_t here = std::min(block, columns - first);
  const int64_t padded = roundUp(depth, lines);
  if (here < block || padded > depth) {
    std::fill_n(to, padded * block, 0.0F);
  }
  if (side == Side::AsItLies) {
    for (int64_t k = 0; k < depth; ++k) {
      std::copy_n(b + k * columns + first, here, to + k * block);
    }
    return;
  }
  // Tiles of 16 x 16, so that both sides stay in L1.
  for (int64_t k = 0; k < depth; k += lines) {
    const int64_t end = std::min(k + lines, depth);
    for (int64_t column = 0; column < here; ++column) {
      const float *from = b + (first + column) * depth;
      for (int64_t j = k; j < end; ++j) {
        to[j * block + column] = from[j];
      }
    }
  }
}

void transpose(const float *from, int64_t rows, int64_t columns, float *to, int threads) {
  parallelFor(threads, ceilDiv(columns, lines), [&](int64_t part, int) {
    const int64_t begin = part * lines;
    const int64_t end = std::min(begin + lines, columns);
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t column = begin; column < end; ++column) {
        to[column * rows + row] = from[row * columns + column];
      }
    }
  });
}

/// Without vectors to speak of: rows begin..end, columns first..last.
void multiplyPlainly(const float *a, const float *b, const DenseProduct &p, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; ++i) {
    float *c = p.c + i * p.columns;
    for (int64_t j = 0; j < p.columns && !p.onto; ++j) {
      c[j] = p.bias ? p.bias[j] : 0.0F;
    }
    for (int64_t k = 0; k < p.depth; ++k) {
      const float factor = a[i * p.depth + k];
      for (int64_t j = 0; j < p.columns; ++j) {
        c[j] += factor * b[k * p.columns + j];
      }
    }
  }
}

} // namespace

float *Workspace::take(int64_t count) {
  const auto wanted = static_cast<size_t>(roundUp(std::max<int64_t>(count, 1), lines));
  while (current < pieces.size() && pieces[current].used + wanted > pieces[current].size) {
    ++current;
  }
  if (current == pieces.size()) {
    const size_t size = std::max(wanted, least);
    pieces.push_back({std::make_unique_for_overwrite<Line[]>(size / lines), size, 0});
  }
  Piece &piece = pieces[current];
  float *memory = piece.memory[0].floats + piece.used;
  piece.used += wanted;
  return memory;
}

void Workspace::reset() {
  current = 0;
  for (Piece &piece : pieces) {
    piece.used = 0;
  }
}

const std::byte *packMatrix(const float *b, Side side, int64_t depth, int64_t columns, int threads, Workspace &memory) {
  const int64_t block = tiledColumns(DType::F32, depth);
  if (block == 0) {
    float *copy = memory.take(depth * columns);
    if (side == Side::AsItLies) {
      std::copy_n(b, depth * columns, copy);
    } else {
      transpose(b, columns, depth, copy, threads);
    }
    return reinterpret_cast<const std::byte *>(copy);
  }
  const int64_t blocks = ceilDiv(columns, block);
  const int64_t size = roundUp(depth, lines) * block;
  float *packed = memory.take(blocks * size);
  parallelFor(threads, blocks, [&](int64_t index, int) {
    packBlock(b, side, depth, columns, index * block, block, packed + index * size);
  });
  return reinterpret_cast<const std::byte *>(packed);
}

void multiplyPacked(const float *a, const std::byte *packed, int64_t rows, int64_t depth, int64_t columns, float *c) {
  if (tiledColumns(DType::F32, depth) == 0) {
    const DenseProduct product{.rows = rows, .depth = depth, .columns = columns, .c = c};
    return multiplyPlainly(a, reinterpret_cast<const float *>(packed), product, 0, rows);
  }
  TiledProduct{DType::F32, depth, columns, a, packed, nullptr, c}.run(rows, 0, columns);
}

void DenseProduct::run(int threads, Workspace &memory) const {
  if (rows == 0 || columns == 0) {
    return;
  }
  const float *left = a;
  if (aTransposed) {
    float *turned = memory.take(rows * depth);
    transpose(a, depth, rows, turned, threads);
    left = turned;
  }
  const std::byte *packed = packMatrix(b, side, depth, columns, threads, memory);
  const bool tiled = tiledColumns(DType::F32, depth) != 0;
  const int64_t down = ceilDiv(rows, rowsAtOnce);
  const int64_t across = tiled ? ceilDiv(columns, columnsAtOnce) : 1;
  parallelFor(threads, down * across, [&](int64_t job, int) {
    const int64_t row = job / across * rowsAtOnce;
    const int64_t end = std::min(row + rowsAtOnce, rows);
    if (!tiled) {
      return multiplyPlainly(left, reinterpret_cast<const float *>(packed), *this, row, end);
    }
    const int64_t column = job % across * columnsAtOnce;
    TiledProduct{DType::F32, depth, columns, left + row * depth, packed, bias, c + row * columns, onto}.run(
        end - row, column, std::min(column + columnsAtOnce, columns));
  });
}

} // namespace clew
