// Elementwise: loops over arrays that are broadcast together. Axes that lie dense in all of them become one first, so that nearly all loops
// run over long rows with steps of 0 or 1.
#pragma once

#include "runtime/evaluate/Ops.h"

#include <array>
#include <cmath>
#include <limits>

namespace clew::onnx {

/// What C++ leaves open, floats beyond the integers, goes to the nearest one; NaN to 0.
template <typename To, typename From> To numberOf(From value) {
  if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    using Limits = std::numeric_limits<To>;
    if (std::isnan(value)) {
      return To{0};
    }
    if (sizeof(To) < 8 && value > -9.2e18 && value < 9.2e18) {
      return static_cast<To>(static_cast<int64_t>(value)); // wraps around, as integers do
    }
    return value <= static_cast<From>(Limits::min())   ? Limits::min()
           : value >= static_cast<From>(Limits::max()) ? Limits::max()
                                                       : static_cast<To>(value);
  } else {
    return static_cast<To>(value);
  }
}

/// `N` arrays walked together: extents, and for each array elements from one index to the next.
template <size_t N> struct Walk {
  Shape dims;
  std::array<Shape, N> strides;

  /// Calls row(offsets, count, steps) for every row of the innermost axis, for outer indices begin..end of outer().
  int64_t outer() const { return dims.empty() ? 1 : product(std::span(dims).first(dims.size() - 1)); }
  int64_t inner() const { return dims.empty() ? 1 : dims.back(); }

  template <typename Row> void rows(int64_t begin, int64_t end, Row &&row) const {
    std::array<int64_t, N> steps{};
    for (size_t n = 0; n < N; ++n) {
      steps[n] = dims.empty() ? 0 : strides[n].back();
    }
    Shape index(dims.size(), 0);
    std::array<int64_t, N> at{};
    int64_t rest = begin;
    for (size_t axis = dims.size(); axis-- > 1;) {
      index[axis - 1] = rest % dims[axis - 1];
      rest /= dims[axis - 1];
      for (size_t n = 0; n < N; ++n) {
        at[n] += index[axis - 1] * strides[n][axis - 1];
      }
    }
    for (int64_t i = begin; i < end; ++i) {
      row(at, inner(), steps);
      for (size_t axis = dims.size(); axis-- > 1;) {
        for (size_t n = 0; n < N; ++n) {
          at[n] += strides[n][axis - 1];
        }
        if (++index[axis - 1] < dims[axis - 1]) {
          break;
        }
        for (size_t n = 0; n < N; ++n) {
          at[n] -= strides[n][axis - 1] * dims[axis - 1];
        }
        index[axis - 1] = 0;
      }
    }
  }
};

/// The walk over `dims`; axes that can be are joined.
template <size_t N> Walk<N> walkOver(const Shape &dims, const std::array<Shape, N> &strides) {
  Walk<N> walk;
  for (size_t axis = 0; axis < dims.size(); ++axis) {
    if (dims[axis] == 1) {
      continue;
    }
    bool joins = !walk.dims.empty();
    for (size_t n = 0; joins && n < N; ++n) {
      joins = walk.strides[n].back() == strides[n][axis] * dims[axis];
    }
    if (joins) {
      walk.dims.back() *= dims[axis];
    } else {
      walk.dims.push_back(dims[axis]);
    }
    for (size_t n = 0; n < N; ++n) {
      if (joins) {
        walk.strides[n].back() = strides[n][axis];
      } else {
        walk.strides[n].push_back(strides[n][axis]);
      }
    }
  }
  return walk;
}

/// to[i] = f(a[i], b[i]) over what a and b are broadcast to.
template <typename A, typename R, typename F>
void combine(const Array &a, const Array &b, Array &to, int threads, F f) {
  const Walk<2> walk = walkOver<2>(to.dims, {broadcastStrides(a.dims, to.dims), broadcastStrides(b.dims, to.dims)});
  const A *x = a.as<A>();
  const A *y = b.as<A>();
  R *z = to.to<R>();
  const int64_t inner = walk.inner();
  if (to.count() == 0) {
    return;
  }
  const auto run = [&](const A *p, int64_t stepA, const A *q, int64_t stepB, R *r, int64_t count) {
    if (stepA == 1 && stepB == 1) {
      for (int64_t i = 0; i < count; ++i) {
        r[i] = f(p[i], q[i]);
      }
    } else if (stepA == 1 && stepB == 0) {
      const A one = *q;
      for (int64_t i = 0; i < count; ++i) {
        r[i] = f(p[i], one);
      }
    } else if (stepA == 0 && stepB == 1) {
      const A one = *p;
      for (int64_t i = 0; i < count; ++i) {
        r[i] = f(one, q[i]);
      }
    } else {
      for (int64_t i = 0; i < count; ++i) {
        r[i] = f(p[i * stepA], q[i * stepB]);
      }
    }
  };
  if (walk.outer() == 1) {
    const int64_t stepA = walk.dims.empty() ? 0 : walk.strides[0].back();
    const int64_t stepB = walk.dims.empty() ? 0 : walk.strides[1].back();
    inParallel(threads, inner, 16384, [&](int64_t begin, int64_t end) {
      run(x + begin * stepA, stepA, y + begin * stepB, stepB, z + begin, end - begin);
    });
    return;
  }
  const int64_t grain = std::max<int64_t>(1, 16384 / std::max<int64_t>(1, inner));
  inParallel(threads, walk.outer(), grain, [&](int64_t begin, int64_t end) {
    R *row = z + begin * inner;
    walk.rows(begin, end, [&](const std::array<int64_t, 2> &at, int64_t count, const std::array<int64_t, 2> &steps) {
      run(x + at[0], steps[0], y + at[1], steps[1], row, count);
      row += count;
    });
  });
}

/// to[i] = f(from[i]).
template <typename A, typename R, typename F> void mapEach(const Array &from, Array &to, int threads, F f) {
  const A *x = from.as<A>();
  R *y = to.to<R>();
  inParallel(threads, from.count(), 16384, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      y[i] = f(x[i]);
    }
  });
}

} // namespace clew::onnx
