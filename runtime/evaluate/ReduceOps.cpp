// Sums, maxima and the like over axes; and what runs along one axis: the largest's place, running sums, softmax.
#include "runtime/cpu/Vectors.h"
#include "runtime/evaluate/Elementwise.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace clew::onnx {
namespace {

/// How a reduction takes elements in and what it makes of the result. A is what it counts in: double for floats.
struct SumOf {
  template <typename A> static A start() { return A{0}; }
  template <typename A> static A take(A sum, A x) { return sum + x; }
  template <typename A> static A end(A sum, int64_t) { return sum; }
};
struct MeanOf : SumOf {
  template <typename A> static A end(A sum, int64_t count) {
    return std::is_floating_point_v<A> ? sum / static_cast<A>(count)
           : count == 0                ? A{0}
                                       : static_cast<A>(sum / static_cast<A>(count));
  }
};
struct ProductOf : SumOf {
  template <typename A> static A start() { return A{1}; }
  template <typename A> static A take(A sum, A x) { return sum * x; }
};
struct L1Of : SumOf {
  template <typename A> static A take(A sum, A x) { return sum + (x < A{0} ? A{0} - x : x); }
};
struct SquaresOf : SumOf {
  template <typename A> static A take(A sum, A x) { return sum + x * x; }
};
struct L2Of : SquaresOf {
  template <typename A> static A end(A sum, int64_t) { return static_cast<A>(std::sqrt(static_cast<double>(sum))); }
};
struct LogSumOf : SumOf {
  template <typename A> static A end(A sum, int64_t) { return static_cast<A>(std::log(static_cast<double>(sum))); }
};
struct LargestOf : SumOf {
  template <typename A> static A start() {
    return std::is_floating_point_v<A> ? -std::numeric_limits<A>::infinity() : std::numeric_limits<A>::lowest();
  }
  template <typename A> static A take(A most, A x) { return x > most || x != x ? x : most; }
};
struct SmallestOf : SumOf {
  template <typename A> static A start() {
    return std::is_floating_point_v<A> ? std::numeric_limits<A>::infinity() : std::numeric_limits<A>::max();
  }
  template <typename A> static A take(A least, A x) { return x < least || x != x ? x : least; }
};

/// The axes that are reduced, and the shape that is left.
struct Reduced {
  std::vector<bool> chosen;
  Shape dims; ///< as the output has them
  bool none = false;
};

bool axesOf(Call &call, const Array &x, Reduced &out) {
  const Shape axes = call.has(1) ? call.numbersOf(1) : call.integers("axes");
  const bool keep = call.integer("keepdims", 1) != 0;
  out.none = axes.empty() && call.integer("noop_with_empty_axes") != 0;
  out.chosen.assign(x.dims.size(), axes.empty() && !out.none);
  for (const int64_t given : axes) {
    const int64_t axis = call.axisOf(given, x.rank());
    if (!call.ok()) {
      return false;
    }
    out.chosen[static_cast<size_t>(axis)] = true;
  }
  for (size_t i = 0; i < x.dims.size(); ++i) {
    if (!out.chosen[i]) {
      out.dims.push_back(x.dims[i]);
    } else if (keep) {
      out.dims.push_back(1);
    }
  }
  return call.ok();
}

CLEW_VECTORS float rowSum(const float *x, int64_t count) {
  return laneSum(count, [=](int64_t i) { return x[i]; });
}

/// Two walks: over what is kept, and for each element of that over what is reduced.
struct ReduceWalks {
  Walk<1> kept, reduced;
};

ReduceWalks walksOf(const Array &x, const Reduced &reduced) {
  const Shape strides = stridesOf(x.dims);
  Shape kept;
  Shape keptStrides;
  Shape gone;
  Shape goneStrides;
  for (size_t i = 0; i < x.dims.size(); ++i) {
    (reduced.chosen[i] ? gone : kept).push_back(x.dims[i]);
    (reduced.chosen[i] ? goneStrides : keptStrides).push_back(strides[i]);
  }
  return {walkOver<1>(kept, {keptStrides}), walkOver<1>(gone, {goneStrides})};
}

template <typename R, typename T> void reduceAs(Call &call, const Array &x, const Reduced &reduced, Array &to) {
  // Integers count in the same type, or in 64 bits.
  using A =
      std::conditional_t<std::is_floating_point_v<T>, double,
                         std::conditional_t<std::is_same_v<R, LargestOf> || std::is_same_v<R, SmallestOf>, T, int64_t>>;
  const ReduceWalks walks = walksOf(x, reduced);
  int64_t count = 1;
  for (size_t i = 0; i < x.dims.size(); ++i) {
    count *= reduced.chosen[i] ? x.dims[i] : 1;
  }
  const T *from = x.as<T>();
  T *out = to.to<T>();
  const bool rows = walks.reduced.dims.size() == 1 && walks.reduced.strides[0][0] == 1 && count > 0;
  inParallel(
      call.threads, walks.kept.outer(), std::max<int64_t>(1, 16384 / std::max<int64_t>(1, count * walks.kept.inner())),
      [&](int64_t begin, int64_t end) {
        T *p = out + begin * walks.kept.inner();
        walks.kept.rows(begin, end, [&](const auto &at, int64_t inner, const auto &steps) {
          for (int64_t i = 0; i < inner; ++i) {
            const T *start = from + at[0] + i * steps[0];
            if constexpr (std::is_same_v<T, float> && (std::is_same_v<R, SumOf> || std::is_same_v<R, MeanOf>)) {
              if (rows) {
                const float sum = rowSum(start, count);
                *p++ = std::is_same_v<R, MeanOf> ? sum / static_cast<float>(count) : sum;
                continue;
              }
            }
            A sum = R::template start<A>();
            if (count > 0) {
              walks.reduced.rows(0, walks.reduced.outer(), [&](const auto &where, int64_t length, const auto &jump) {
                for (int64_t k = 0; k < length; ++k) {
                  sum = R::template take<A>(sum, static_cast<A>(start[where[0] + k * jump[0]]));
                }
              });
            }
            *p++ = numberOf<T>(R::template end<A>(sum, count));
          }
        });
      });
}

template <typename R> void reduce(Call &call) {
  const Array &x = call.in(0);
  Reduced reduced;
  if (!call.ok() || !axesOf(call, x, reduced)) {
    return;
  }
  Array *to = call.out(0, x.type, reduced.dims);
  if (!to) {
    return;
  }
  const auto run = [&]<typename T>() { reduceAs<R, T>(call, x, reduced, *to); };
  if (x.type == DataType::Bool) {
    run.template operator()<uint8_t>();
  } else if (!withNumber(x.type, run)) {
    call.refuseType(x.type);
  }
}

/// log(sum(exp(x))), beginning with the largest so that nothing overflows.
void logSumExp(Call &call) {
  const Array &x = call.in(0);
  Reduced reduced;
  if (!call.ok() || !axesOf(call, x, reduced)) {
    return;
  }
  const Array real = withReal(x.type, []<typename T>() {}) ? x : converted(call, x, DataType::Double);
  Array *to = call.ok() ? call.out(0, real.type, reduced.dims) : nullptr;
  if (!to) {
    return;
  }
  const ReduceWalks walks = walksOf(real, reduced);
  withReal(real.type, [&]<typename T>() {
    const T *from = real.as<T>();
    T *out = to->to<T>();
    if (to->count() == 0) {
      return;
    }
    walks.kept.rows(0, walks.kept.outer(), [&](const auto &at, int64_t inner, const auto &steps) {
      for (int64_t i = 0; i < inner; ++i) {
        double most = -std::numeric_limits<double>::infinity();
        double sum = 0;
        for (int pass = 0; pass < 2 && real.count() > 0; ++pass) {
          walks.reduced.rows(0, walks.reduced.outer(), [&](const auto &where, int64_t length, const auto &jump) {
            for (int64_t k = 0; k < length; ++k) {
              const auto value = static_cast<double>(from[at[0] + i * steps[0] + where[0] + k * jump[0]]);
              if (pass == 0) {
                most = std::max(most, value);
              } else {
                sum += std::exp(value - (std::isinf(most) ? 0 : most));
              }
            }
          });
        }
        *out++ = numberOf<T>(std::log(sum) + (std::isinf(most) ? 0 : most));
      }
    });
  });
  if (real.type != x.type) {
    call.outputs[0] = Value(converted(call, call.outputs[0].array, x.type));
  }
}

/// One axis: rows of `count` elements, `inner` elements apart.
struct Lines {
  int64_t outer = 1, count = 1, inner = 1;

  template <typename F> void each(F f) const {
    for (int64_t o = 0; o < outer; ++o) {
      for (int64_t i = 0; i < inner; ++i) {
        f(o * count * inner + i, o * inner + i);
      }
    }
  }
};

Lines linesOf(const Shape &dims, size_t axis) {
  const std::span<const int64_t> all(dims);
  return {product(all.first(axis)), dims.empty() ? 1 : dims[axis], dims.empty() ? 1 : product(all.subspan(axis + 1))};
}

void argument(Call &call, bool largest) {
  const Array &x = call.in(0);
  const auto axis = static_cast<size_t>(call.axisOf(call.integer("axis"), std::max<int64_t>(1, x.rank())));
  const bool last = call.integer("select_last_index") != 0;
  if (!call.ok()) {
    return;
  }
  Shape dims = x.dims;
  if (!dims.empty()) {
    dims[axis] = 1;
    if (call.integer("keepdims", 1) == 0) {
      dims.erase(dims.begin() + static_cast<int64_t>(axis));
    }
  }
  Array *to = call.out(0, DataType::Int64, dims);
  const Lines lines = linesOf(x.dims, axis);
  if (!to || !call.need(lines.count > 0, "expected elements on the axis")) {
    return;
  }
  if (!withNumber(x.type, [&]<typename T>() {
        lines.each([&](int64_t begin, int64_t out) {
          int64_t best = 0;
          for (int64_t i = 1; i < lines.count; ++i) {
            const T a = x.as<T>()[begin + i * lines.inner];
            const T b = x.as<T>()[begin + best * lines.inner];
            if ((largest ? a > b : a < b) || (last && a == b)) {
              best = i;
            }
          }
          to->to<int64_t>()[out] = best;
        });
      })) {
    call.refuseType(x.type);
  }
}

/// Running sums and products.
template <bool sums> void cumulate(Call &call) {
  const Array &x = call.in(0);
  const Shape given = call.numbersOf(1);
  if (!call.ok() || !call.need(given.size() == 1, "expected one axis")) {
    return;
  }
  const auto axis = static_cast<size_t>(call.axisOf(given[0], x.rank()));
  const bool exclusive = call.integer("exclusive") != 0;
  const bool reverse = call.integer("reverse") != 0;
  Array *to = call.ok() ? call.out(0, x.type, x.dims) : nullptr;
  if (to && !withNumber(x.type, [&]<typename T>() {
        const Lines lines = linesOf(x.dims, axis);
        lines.each([&](int64_t begin, int64_t) {
          using A = std::conditional_t<std::is_floating_point_v<T>, T,
                                       std::make_unsigned_t<std::conditional_t<std::is_floating_point_v<T>, int, T>>>;
          A sum = sums ? A{0} : A{1};
          for (int64_t k = 0; k < lines.count; ++k) {
            const int64_t at = begin + (reverse ? lines.count - 1 - k : k) * lines.inner;
            const A value = static_cast<A>(x.as<T>()[at]);
            const A next = static_cast<A>(sums ? sum + value : sum * value);
            to->to<T>()[at] = static_cast<T>(exclusive ? sum : next);
            sum = next;
          }
        });
      })) {
    call.refuseType(x.type);
  }
}

CLEW_VECTORS float rowMax(const float *x, int64_t count) {
  float most = -std::numeric_limits<float>::infinity();
  for (int64_t i = 0; i < count; ++i) {
    most = x[i] > most ? x[i] : most;
  }
  return most;
}

CLEW_VECTORS float expRow(const float *x, float *y, float most, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    y[i] = fastExp(x[i] - most);
  }
  float sum = laneSum(count, [=](int64_t i) { return y[i]; });
  return sum;
}

CLEW_VECTORS void scaleRow(float *y, float factor, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    y[i] *= factor;
  }
}

enum class Soft : uint8_t { Softmax, LogSoftmax, Hardmax };

/// Over dense rows of floats.
void softmaxRows(Call &call, const Array &x, Array &to, int64_t count) {
  const int64_t rows = x.count() / count;
  inParallel(call.threads, rows, std::max<int64_t>(1, 8192 / count), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const float *from = x.as<float>() + row * count;
      float *out = to.to<float>() + row * count;
      const float most = rowMax(from, count);
      const float shift = std::isfinite(most) ? most : 0.0F;
      bool plain = std::isfinite(most);
      for (int64_t i = 0; i < count && plain; ++i) { // fastExp's range ends at e^-87: minus infinity is nothing at all
        plain = from[i] - shift > -87.0F;
      }
      if (plain) {
        scaleRow(out, 1.0F / expRow(from, out, shift, count), count);
        continue;
      }
      double sum = 0;
      for (int64_t i = 0; i < count; ++i) {
        out[i] = std::exp(from[i] - most);
        sum += out[i];
      }
      for (int64_t i = 0; i < count; ++i) {
        out[i] = static_cast<float>(out[i] / sum);
      }
    }
  });
}

template <typename T> void softLine(const T *x, T *y, const Lines &lines, Soft soft) {
  int64_t best = 0;
  for (int64_t i = 1; i < lines.count; ++i) {
    best = x[i * lines.inner] > x[best * lines.inner] ? i : best;
  }
  const T most = x[best * lines.inner];
  double sum = 0;
  for (int64_t i = 0; i < lines.count; ++i) {
    sum += std::exp(static_cast<double>(x[i * lines.inner] - most));
  }
  for (int64_t i = 0; i < lines.count; ++i) {
    const auto above = static_cast<double>(x[i * lines.inner] - most);
    y[i * lines.inner] = static_cast<T>(soft == Soft::Softmax      ? std::exp(above) / sum
                                        : soft == Soft::LogSoftmax ? above - std::log(sum)
                                        : i == best                ? 1.0
                                                                   : 0.0);
  }
}

template <Soft soft> void softmax(Call &call) {
  const Array &x = call.in(0);
  const bool old = call.opset < 13; // all axes from this one on are one
  const auto axis =
      static_cast<size_t>(call.axisOf(call.integer("axis", old ? 1 : -1), std::max<int64_t>(1, x.rank())));
  Array *to = call.ok() ? call.out(0, x.type, x.dims) : nullptr;
  if (!to || to->count() == 0) {
    return;
  }
  Lines lines = linesOf(x.dims, axis);
  if (old) {
    lines = {lines.outer, lines.count * lines.inner, 1};
  }
  if (soft == Soft::Softmax && lines.inner == 1 && x.type == DataType::Float) {
    softmaxRows(call, x, *to, lines.count);
    return;
  }
  if (!withReal(x.type, [&]<typename T>() {
        lines.each([&](int64_t begin, int64_t) { softLine(x.as<T>() + begin, to->to<T>() + begin, lines, soft); });
      })) {
    call.refuseType(x.type);
  }
}

} // namespace

void addReduceOps(OpTable &table) {
  const char *names = "axes keepdims noop_with_empty_axes";
  table["ReduceSum"] = {reduce<SumOf>, names, 1};
  table["ReduceMean"] = {reduce<MeanOf>, names, 1};
  table["ReduceMax"] = {reduce<LargestOf>, names, 1};
  table["ReduceMin"] = {reduce<SmallestOf>, names, 1};
  table["ReduceProd"] = {reduce<ProductOf>, names, 1};
  table["ReduceL1"] = {reduce<L1Of>, names, 1};
  table["ReduceL2"] = {reduce<L2Of>, names, 1};
  table["ReduceSumSquare"] = {reduce<SquaresOf>, names, 1};
  table["ReduceLogSum"] = {reduce<LogSumOf>, names, 1};
  table["ReduceLogSumExp"] = {logSumExp, names, 1};
  table["ArgMax"] = {[](Call &call) { argument(call, true); }, "axis keepdims select_last_index", 1};
  table["ArgMin"] = {[](Call &call) { argument(call, false); }, "axis keepdims select_last_index", 1};
  table["CumSum"] = {cumulate<true>, "exclusive reverse", 1};
  table["CumProd"] = {cumulate<false>, "exclusive reverse", 1};
  table["Softmax"] = {softmax<Soft::Softmax>, "axis", 1};
  table["LogSoftmax"] = {softmax<Soft::LogSoftmax>, "axis", 1};
  table["Hardmax"] = {softmax<Soft::Hardmax>, "axis", 1};
}

} // namespace clew::onnx
