// Products: matrices of float multiplied by Clew's own products (runtime/cpu/DenseProduct.h), those of other types by plain loops.
#pragma once

#include "runtime/cpu/DenseProduct.h"
#include "runtime/evaluate/Ops.h"

namespace clew::onnx {

/// One matrix by another: `batch` of them, each `rows` x `depth` times `depth` x `columns`. Elements from one matrix to the next; 0: the same
/// for all.
struct MatrixProduct {
  int64_t batch = 1, rows = 0, depth = 0, columns = 0;
  std::vector<int64_t> offsetsA, offsetsB; ///< of each matrix; empty: they lie one after the other, B being one
  bool transposedA = false, transposedB = false;
};

/// c = a b, or c = c + a b with `onto`. `b` is input `constant` of the call if that is the same at every run (-1: it is none): then it is packed
/// once.
void multiply(Call &call, const MatrixProduct &shape, const float *a, const float *b, float *c, int constant,
              bool onto = false);

/// The same for any numbers.
template <typename T, typename A = T> void multiplyPlain(const MatrixProduct &m, const T *a, const T *b, A *c) {
  for (int64_t n = 0; n < (m.rows * m.columns > 0 ? m.batch : 0); ++n) {
    const T *x = a + (m.offsetsA.empty() ? n * m.rows * m.depth : m.offsetsA[static_cast<size_t>(n)]);
    const T *y = b + (m.offsetsB.empty() ? 0 : m.offsetsB[static_cast<size_t>(n)]);
    for (int64_t i = 0; i < m.rows; ++i) {
      for (int64_t j = 0; j < m.columns; ++j, ++c) {
        A sum = 0;
        for (int64_t k = 0; k < m.depth; ++k) {
          sum = static_cast<A>(sum + static_cast<A>(m.transposedA ? x[k * m.rows + i] : x[i * m.depth + k]) *
                                         static_cast<A>(m.transposedB ? y[j * m.depth + k] : y[k * m.columns + j]));
        }
        *c = sum;
      }
    }
  }
}

/// What MatMul makes of two shapes (numpy.matmul), and the shape of the result. False: refused.
bool matmulShape(Call &call, const Shape &a, const Shape &b, MatrixProduct &out, Shape &dims);

} // namespace clew::onnx
