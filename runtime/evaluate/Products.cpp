// See Products.h.
#include "runtime/evaluate/Products.h"

#include "runtime/base/ParallelFor.h"
#include "runtime/weights/StoredType.h"

#include <algorithm>

namespace clew::onnx {
namespace {

/// A constant right side in the layout of our products.
struct PackedConstant {
  Workspace memory;
  PackedMatrix packed;
};

const PackedMatrix &packedOnce(Call &call, const MatrixProduct &m, const float *b) {
  if (!*call.kept) {
    auto constant = std::make_shared<PackedConstant>();
    const RightMatrix right{b, m.transposedB ? Side::Transposed : Side::AsItLies, m.depth, m.columns};
    constant->packed = packMatrix(right, call.threads, constant->memory);
    *call.kept = constant;
  }
  return static_cast<PackedConstant *>(call.kept->get())->packed;
}

} // namespace

void multiply(Call &call, const MatrixProduct &m, const float *a, const float *b, float *c, int constant, bool onto) {
  if (m.batch * m.rows * m.columns == 0) {
    return;
  }
  if (m.depth == 0) {
    std::fill_n(c, onto ? 0 : m.batch * m.rows * m.columns, 0.0F);
    return;
  }
  const bool oneB =
      m.offsetsB.empty() || std::ranges::all_of(m.offsetsB, [&](int64_t at) { return at == m.offsetsB[0]; });
  const bool denseA = m.offsetsA.empty() || m.batch == 1;
  if (oneB && denseA && !m.transposedA) {
    const int64_t rows = m.batch * m.rows;
    b += m.offsetsB.empty() ? 0 : m.offsetsB[0];
    const bool keeps = constant >= 0 && call.kept && static_cast<size_t>(constant) < call.constant.size() &&
                       call.constant[static_cast<size_t>(constant)];
    if (!keeps) {
      Workspace memory;
      DenseProduct{rows,    m.depth, m.columns, a, false, b, m.transposedB ? Side::Transposed : Side::AsItLies,
                   nullptr, c,       onto}
          .run(call.threads, memory);
      return;
    }
    const PackedMatrix &packed = packedOnce(call, m, b);
    // Few rows are shared by columns, many by rows.
    if (rows < int64_t{16} * call.threads) {
      const int64_t parts = std::min<int64_t>(call.threads, (m.columns + 63) / 64);
      parallelFor(call.threads, parts, [&](int64_t part, int) {
        const int64_t begin = m.columns * part / parts / 16 * 16;
        const int64_t end = part + 1 == parts ? m.columns : m.columns * (part + 1) / parts / 16 * 16;
        PackedProduct{a, packed, nullptr, c, m.columns, onto}.run(rows, begin, end);
      });
      return;
    }
    constexpr int64_t block = 128;
    parallelFor(call.threads, (rows + block - 1) / block, [&](int64_t part, int) {
      const int64_t begin = part * block;
      PackedProduct{a + begin * m.depth, packed, nullptr, c + begin * m.columns, m.columns, onto}.run(
          std::min(block, rows - begin));
    });
    return;
  }
  Workspace memory;
  memory.divide(call.threads);
  parallelFor(call.threads, m.batch, [&](int64_t n, int thread) {
    const float *x = a + (m.offsetsA.empty() ? n * m.rows * m.depth : m.offsetsA[static_cast<size_t>(n)]);
    const float *y = b + (m.offsetsB.empty() ? 0 : m.offsetsB[static_cast<size_t>(n)]);
    DenseProduct{m.rows,
                 m.depth,
                 m.columns,
                 x,
                 m.transposedA,
                 y,
                 m.transposedB ? Side::Transposed : Side::AsItLies,
                 nullptr,
                 c + n * m.rows * m.columns,
                 onto}
        .run(1, memory.part(thread));
    memory.part(thread).reset();
  });
}

bool matmulShape(Call &call, const Shape &a, const Shape &b, MatrixProduct &out, Shape &dims) {
  if (!call.need(!a.empty() && !b.empty(), "expected matrices, found a number")) {
    return false;
  }
  Shape x = a;
  Shape y = b;
  if (a.size() == 1) {
    x.insert(x.begin(), 1);
  }
  if (b.size() == 1) {
    y.push_back(1);
  }
  out.rows = x[x.size() - 2];
  out.depth = x.back();
  out.columns = y.back();
  if (!call.need(y[y.size() - 2] == out.depth, "expected matrices that fit, found {} and {}", renderShape(a),
                 renderShape(b))) {
    return false;
  }
  const Shape batchX(x.begin(), x.end() - 2);
  const Shape batchY(y.begin(), y.end() - 2);
  dims = broadcast(call, batchX, batchY);
  if (!call.ok()) {
    return false;
  }
  out.batch = product(dims);
  if ((batchX != dims || product(batchY) != 1) && out.batch * out.rows * out.columns > 0) {
    const Shape stepX = broadcastStrides(batchX, dims);
    const Shape stepY = broadcastStrides(batchY, dims);
    Shape index(dims.size(), 0);
    for (int64_t n = 0; n < out.batch; ++n) {
      int64_t atX = 0;
      int64_t atY = 0;
      for (size_t i = 0; i < dims.size(); ++i) {
        atX += index[i] * stepX[i];
        atY += index[i] * stepY[i];
      }
      if (batchX != dims) {
        out.offsetsA.push_back(atX * out.rows * out.depth);
      }
      out.offsetsB.push_back(atY * out.depth * out.columns);
      for (size_t i = dims.size(); i-- > 0 && ++index[i] == dims[i];) {
        index[i] = 0;
      }
    }
  }
  if (a.size() > 1) {
    dims.push_back(out.rows);
  }
  if (b.size() > 1) {
    dims.push_back(out.columns);
  }
  return true;
}

} // namespace clew::onnx
