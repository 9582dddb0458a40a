// See DenseProduct.h.
#include "runtime/cpu/DenseProduct.h"

#include "runtime/base/ParallelFor.h"
#include "runtime/base/Rounding.h"
#include "runtime/cpu/FloatLoops.h"
#include "runtime/cpu/TiledProduct.h"

#include <algorithm>

namespace clew {
namespace {

/// Rows and columns of C that one job computes: fixed, so that no number of threads changes them.
constexpr int64_t rowsAtOnce = 128;
constexpr int64_t columnsAtOnce = 384;
constexpr int64_t lines = 16; ///< floats of a cache line

/// One block of columns: [depth rounded up to 16][block], zeros beyond depth and columns.
void packBlock(const RightMatrix &b, int64_t first, int64_t block, float *to) {
  const int64_t here = std::min(block, b.columns - first);
  const int64_t padded = roundUp(b.depth, lines);
  const int64_t stride = b.rowStride();
  if (here < block || padded > b.depth) {
    std::fill_n(to, padded * block, 0.0F);
  }
  if (b.side == Side::AsItLies) {
    for (int64_t k = 0; k < b.depth; ++k) {
      std::copy_n(b.data + k * stride + first, here, to + k * block);
    }
    return;
  }
  // Tiles of 16 x 16, so that both sides stay in L1.
  for (int64_t k = 0; k < b.depth; k += lines) {
    const int64_t end = std::min(k + lines, b.depth);
    for (int64_t column = 0; column < here; ++column) {
      const float *from = b.data + (first + column) * stride;
      for (int64_t j = k; j < end; ++j) {
        to[j * block + column] = from[j];
      }
    }
  }
}

/// Without vectors to speak of.
void multiplyPlainly(const PackedProduct &p, int64_t rows, int64_t begin, int64_t end) {
  const auto *b = reinterpret_cast<const float *>(p.b.data);
  for (int64_t i = 0; i < rows; ++i) {
    float *c = p.c + i * p.stride;
    for (int64_t j = begin; j < end && !p.onto; ++j) {
      c[j] = p.bias ? p.bias[j] : 0.0F;
    }
    for (int64_t k = 0; k < p.b.depth; ++k) {
      const float factor = p.a[i * p.b.depth + k];
      for (int64_t j = begin; j < end; ++j) {
        c[j] += factor * b[k * p.b.columns + j];
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

void Workspace::divide(int threads) {
  while (parts.size() < static_cast<size_t>(std::max(threads, 1))) {
    parts.push_back(std::make_unique<Workspace>());
  }
}

PackedMatrix packMatrix(const RightMatrix &b, int threads, Workspace &memory) {
  const int64_t block = tiledColumns(DType::F32, b.depth);
  if (block == 0) {
    float *copy = memory.take(b.depth * b.columns);
    const int64_t stride = b.rowStride();
    const bool turned = b.side == Side::Transposed;
    for (int64_t k = 0; k < b.depth; ++k) {
      for (int64_t column = 0; column < b.columns; ++column) {
        copy[k * b.columns + column] = b.data[turned ? column * stride + k : k * stride + column];
      }
    }
    return {reinterpret_cast<const std::byte *>(copy), b.depth, b.columns};
  }
  const int64_t blocks = ceilDiv(b.columns, block);
  const int64_t size = roundUp(b.depth, lines) * block;
  float *packed = memory.take(blocks * size);
  parallelFor(threads, blocks, [&](int64_t index, int) { packBlock(b, index * block, block, packed + index * size); });
  return {reinterpret_cast<const std::byte *>(packed), b.depth, b.columns};
}

void PackedProduct::run(int64_t rows, int64_t begin, int64_t end) const {
  if (tiledColumns(DType::F32, b.depth) == 0) {
    return multiplyPlainly(*this, rows, begin, end);
  }
  TiledProduct{DType::F32, b.depth, stride, a, b.data, bias, c, onto}.run(rows, begin, end);
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
  const PackedMatrix packed = packMatrix({b, side, depth, columns}, threads, memory);
  const int64_t across = ceilDiv(columns, columnsAtOnce);
  parallelFor(threads, ceilDiv(rows, rowsAtOnce) * across, [&](int64_t job, int) {
    const int64_t row = job / across * rowsAtOnce;
    const int64_t column = job % across * columnsAtOnce;
    const PackedProduct part{left + row * depth, packed, bias, c + row * columns, columns, onto};
    part.run(std::min(rowsAtOnce, rows - row), column, std::min(column + columnsAtOnce, columns));
  });
}

} // namespace clew
