// See AttentionTraining.h. arXiv:2205.14135 has the equations (algorithms 1 and 4); blocks are of queries alone: keys and values of a
// head are packed once a sequence and stay in L2.
#include "runtime/cpu/AttentionTraining.h"

#include "runtime/base/ParallelFor.h"
#include "runtime/cpu/FloatLoops.h"
#include "runtime/cpu/Vectors.h"
#include "runtime/ref/Values.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace clew {
namespace {

/// Queries of a block: fixed, so that bits depend on no number of threads.
constexpr int64_t queriesAtOnce = 64;

/// What both directions read of a call.
struct Heads {
  int64_t heads = 1;
  int64_t hidden = 0, width = 0; ///< columns of q and k, of v
  const float *q = nullptr, *k = nullptr, *v = nullptr;
  std::span<const int32_t> offsets;
  float scale = 1;
  bool causal = false;
  int64_t window = 0; ///< 0: none

  explicit Heads(const RefCall &call)
      : heads(static_cast<int64_t>(call.attribute("heads", 1))), hidden(call.operands[0].columns),
        width(call.operands[2].columns), q(floats(call.operands[0])), k(floats(call.operands[1])),
        v(floats(call.operands[2])),
        offsets(static_cast<const int32_t *>(call.operands[3].data), static_cast<size_t>(call.operands[3].elements())),
        scale(static_cast<float>(call.attribute("scale", 1 / std::sqrt(static_cast<double>(size()))))),
        causal(call.attribute("causal", 0) != 0), window(static_cast<int64_t>(call.attribute("window", 0))) {}

  int64_t size() const { return hidden / heads; }
  int64_t valueSize() const { return width / heads; }

  /// The tokens that token i of a sequence of `length` looks at: begin..end.
  int64_t reachBegin(int64_t i) const { return window > 0 ? std::max<int64_t>(0, i - window + 1) : 0; }
  int64_t reachEnd(int64_t i, int64_t length) const {
    const int64_t end = causal ? i + 1 : length;
    return window > 0 ? std::min(end, i + window) : end;
  }
};

/// One head of one sequence.
struct Job {
  int64_t first = 0, length = 0; ///< tokens
  int64_t head = 0;
};

/// Long sequences first.
template <typename Work> void eachJob(const Heads &x, int threads, Workspace &memory, Work work) {
  std::vector<size_t> order(x.offsets.size() - 1);
  std::iota(order.begin(), order.end(), size_t{0});
  const auto lengthOf = [&](size_t s) { return x.offsets[s + 1] - x.offsets[s]; };
  std::ranges::sort(order,
                    [&](size_t a, size_t b) { return lengthOf(a) != lengthOf(b) ? lengthOf(a) > lengthOf(b) : a < b; });
  memory.divide(threads);
  parallelFor(threads, static_cast<int64_t>(order.size()) * x.heads, [&](int64_t number, int thread) {
    const size_t s = order[static_cast<size_t>(number / x.heads)];
    Workspace &mine = memory.part(thread);
    mine.reset();
    if (const Job job{x.offsets[s], lengthOf(s), number % x.heads}; job.length > 0) {
      work(job, mine);
    }
  });
}

//===-------------------------------------------------------------------------------------------------------------------===//
// Rows of scores
//===-------------------------------------------------------------------------------------------------------------------===//

/// Multiplies s[begin..end) by `scale`; the greatest of what comes out.
[[gnu::always_inline]] inline float scaledMaximum(float *s, int64_t begin, int64_t end, float scale) {
  Lanes part;
  std::fill_n(part, kLanes, s[begin] * scale);
  int64_t j = begin;
  for (; j + kLanes <= end; j += kLanes) {
    for (int64_t i = 0; i < kLanes; ++i) {
      s[j + i] *= scale;
      part[i] = s[j + i] > part[i] ? s[j + i] : part[i];
    }
  }
  for (; j < end; ++j) {
    s[j] *= scale;
    part[0] = s[j] > part[0] ? s[j] : part[0];
  }
  return *std::max_element(part, part + kLanes);
}

/// Scores begin..end of `s` to their softmax, 0 elsewhere in 0..length; returns the log-sum-exp.
CLEW_VECTORS float softmaxRow(float *s, int64_t begin, int64_t end, int64_t length, float scale) {
  const float top = scaledMaximum(s, begin, end, scale);
  Lanes part = {};
  int64_t j = begin;
  for (; j + kLanes <= end; j += kLanes) {
    for (int64_t i = 0; i < kLanes; ++i) {
      s[j + i] = fastExp(s[j + i] - top);
      part[i] += s[j + i];
    }
  }
  for (; j < end; ++j) {
    s[j] = fastExp(s[j] - top);
    part[0] += s[j];
  }
  const float sum = sumOf(part);
  const float share = 1 / sum;
  for (j = begin; j < end; ++j) {
    s[j] *= share;
  }
  for (j = 0; j < begin; ++j) {
    s[j] = 0;
  }
  for (j = end; j < length; ++j) {
    s[j] = 0;
  }
  return top + std::log(sum);
}

/// The same from the log-sum-exp that the forward pass kept.
CLEW_VECTORS void softmaxAgain(float *s, int64_t begin, int64_t end, int64_t length, float scale, float lse) {
  for (int64_t j = 0; j < begin; ++j) {
    s[j] = 0;
  }
  for (int64_t j = begin; j < end; ++j) {
    s[j] = fastExp(s[j] * scale - lse);
  }
  for (int64_t j = end; j < length; ++j) {
    s[j] = 0;
  }
}

/// What comes back to the products of queries and keys: d = p (d - along) scale.
CLEW_VECTORS void slopeRow(float *d, const float *p, float along, float scale, int64_t length) {
  for (int64_t j = 0; j < length; ++j) {
    d[j] = p[j] * (d[j] - along) * scale;
  }
}

CLEW_VECTORS float dot(const float *x, const float *y, int64_t count) {
  return laneSum(count, [&](int64_t i) __attribute__((always_inline)) { return x[i] * y[i]; });
}

/// Rows of `size` columns that lie `stride` apart, side by side.
void gather(const float *from, int64_t stride, int64_t rows, int64_t size, float *to) {
  for (int64_t i = 0; i < rows; ++i) {
    std::copy_n(from + i * stride, size, to + i * size);
  }
}

//===-------------------------------------------------------------------------------------------------------------------===//
// Both directions
//===-------------------------------------------------------------------------------------------------------------------===//

void forward(const Heads &x, const Job &job, float *out, float *lse, Workspace &memory) {
  const int64_t size = x.size(), wide = x.valueSize(), length = job.length;
  const float *q = x.q + job.first * x.hidden + job.head * size;
  const float *k = x.k + job.first * x.hidden + job.head * size;
  const float *v = x.v + job.first * x.width + job.head * wide;
  const PackedMatrix keys = packMatrix({k, Side::Transposed, size, length, x.hidden}, 1, memory);
  const PackedMatrix values = packMatrix({v, Side::AsItLies, length, wide, x.width}, 1, memory);
  float *queries = memory.take(queriesAtOnce * size);
  float *scores = memory.take(queriesAtOnce * length);
  for (int64_t i = 0; i < length; i += queriesAtOnce) {
    const int64_t rows = std::min(queriesAtOnce, length - i);
    gather(q + i * x.hidden, x.hidden, rows, size, queries);
    PackedProduct{.a = queries, .b = keys, .c = scores, .stride = length}.run(rows, 0,
                                                                              x.reachEnd(i + rows - 1, length));
    for (int64_t row = 0; row < rows; ++row) {
      const float sum =
          softmaxRow(scores + row * length, x.reachBegin(i + row), x.reachEnd(i + row, length), length, x.scale);
      if (lse) {
        lse[(job.first + i + row) * x.heads + job.head] = sum;
      }
    }
    float *to = out + (job.first + i) * x.width + job.head * wide;
    PackedProduct{.a = scores, .b = values, .c = to, .stride = x.width}.run(rows);
  }
}

/// The gradients that are wanted, and what they need beside what the forward pass reads.
struct Gradients {
  const float *out = nullptr, *lse = nullptr, *dout = nullptr;
  float *dq = nullptr, *dk = nullptr, *dv = nullptr; ///< null: not wanted
};

void backward(const Heads &x, const Gradients &g, const Job &job, Workspace &memory) {
  const int64_t size = x.size(), wide = x.valueSize(), length = job.length;
  const int64_t at = job.first * x.hidden + job.head * size;
  const int64_t valueAt = job.first * x.width + job.head * wide;
  const PackedMatrix keys = packMatrix({x.k + at, Side::Transposed, size, length, x.hidden}, 1, memory);
  const PackedMatrix keyRows = packMatrix({x.k + at, Side::AsItLies, length, size, x.hidden}, 1, memory);
  const PackedMatrix values = packMatrix({x.v + valueAt, Side::Transposed, wide, length, x.width}, 1, memory);
  const int64_t block = std::min(queriesAtOnce, length);
  float *queries = memory.take(block * size), *douts = memory.take(block * wide);
  float *p = memory.take(block * length), *ds = memory.take(block * length), *turned = memory.take(block * length);
  for (int64_t i = 0; i < length; i += queriesAtOnce) {
    const int64_t rows = std::min(queriesAtOnce, length - i);
    const float *q = x.q + at + i * x.hidden, *dout = g.dout + valueAt + i * x.width;
    const int64_t end = x.reachEnd(i + rows - 1, length);
    gather(q, x.hidden, rows, size, queries);
    gather(dout, x.width, rows, wide, douts);
    PackedProduct{.a = queries, .b = keys, .c = p, .stride = length}.run(rows, 0, end);
    PackedProduct{.a = douts, .b = values, .c = ds, .stride = length}.run(rows, 0, end);
    for (int64_t row = 0; row < rows; ++row) {
      const int64_t token = job.first + i + row;
      softmaxAgain(p + row * length, x.reachBegin(i + row), x.reachEnd(i + row, length), length, x.scale,
                   g.lse[token * x.heads + job.head]);
      const float along = dot(douts + row * wide, g.out + token * x.width + job.head * wide, wide);
      std::fill(ds + row * length + end, ds + (row + 1) * length, 0.0F);
      slopeRow(ds + row * length, p + row * length, along, x.scale, length);
    }
    if (g.dq) {
      PackedProduct{.a = ds, .b = keyRows, .c = g.dq + at + i * x.hidden, .stride = x.hidden}.run(rows);
    }
    // Of keys and values each block adds a part.
    const auto addPart = [&](const float *weights, const RightMatrix &right, float *to, int64_t stride) {
      transpose(weights, rows, length, turned, 1);
      PackedProduct{turned, packMatrix(right, 1, memory), nullptr, to, stride, i > 0}.run(length);
    };
    if (g.dk) {
      addPart(ds, {q, Side::AsItLies, rows, size, x.hidden}, g.dk + at, x.hidden);
    }
    if (g.dv) {
      addPart(p, {dout, Side::AsItLies, rows, wide, x.width}, g.dv + valueAt, x.width);
    }
  }
}

bool isFloat(const RefTensor &view, int64_t rows, int64_t columns) {
  return view.dtype == DType::F32 && ref::hasShape(view, rows, columns);
}

/// What both calls begin with: q, k, v, offsets of f32 and i32, heads that divide.
bool fits(const RefCall &call) {
  const RefTensor &q = call.operands[0], &k = call.operands[1], &v = call.operands[2];
  const double heads = call.attribute("heads", 0), window = call.attribute("window", 0);
  const bool whole = heads >= 1 && heads <= static_cast<double>(std::max<int64_t>(q.columns, 1)) &&
                     heads == std::floor(heads) && window >= 0 && window <= INT32_MAX && window == std::floor(window);
  if (!whole || !isFloat(q, q.rows, q.columns) || !isFloat(k, q.rows, q.columns) || !isFloat(v, q.rows, v.columns)) {
    return false;
  }
  const auto count = static_cast<int64_t>(heads);
  return q.columns % count == 0 && v.columns % count == 0 && ref::offsetsOf(call.operands[3], q.rows).has_value();
}

} // namespace

bool runsAttention(const RefCall &call) {
  if (call.operands.size() != 4 || call.result(1) || !fits(call)) {
    return false;
  }
  const RefTensor &q = call.operands[0], &v = call.operands[2];
  const RefTensor *out = call.result(0), *lse = call.result(2);
  return out && isFloat(*out, q.rows, v.columns) &&
         (!lse || isFloat(*lse, q.rows, static_cast<int64_t>(call.attribute("heads", 1))));
}

Result<void> attentionForward(const RefCall &call, int threads, Workspace &memory) {
  const Heads x(call);
  float *out = floatsOrNull(call.result(0)), *lse = floatsOrNull(call.result(2));
  eachJob(x, threads, memory, [&](const Job &job, Workspace &mine) { forward(x, job, out, lse, mine); });
  return {};
}

bool runsAttentionGradient(const RefCall &call) {
  if (call.operands.size() != 7 || call.result(3) || call.result(4) || call.result(5) || !fits(call)) {
    return false;
  }
  const RefTensor &q = call.operands[0], &v = call.operands[2];
  const auto heads = static_cast<int64_t>(call.attribute("heads", 1));
  const auto resultFits = [&](size_t index, const RefTensor &like) {
    const RefTensor *result = call.result(index);
    return !result || isFloat(*result, like.rows, like.columns);
  };
  return isFloat(call.operands[4], v.rows, v.columns) && isFloat(call.operands[5], q.rows, heads) &&
         isFloat(call.operands[6], v.rows, v.columns) && resultFits(0, q) && resultFits(1, q) && resultFits(2, v);
}

Result<void> attentionBackward(const RefCall &call, int threads, Workspace &memory) {
  const Heads x(call);
  const Gradients gradients{floats(call.operands[4]),     floats(call.operands[5]),     floats(call.operands[6]),
                            floatsOrNull(call.result(0)), floatsOrNull(call.result(1)), floatsOrNull(call.result(2))};
  eachJob(x, threads, memory, [&](const Job &job, Workspace &mine) { backward(x, gradients, job, mine); });
  return {};
}

} // namespace clew
