// Attention and rotary embeddings as ops of their own (opset 23 and later).
#include "runtime/evaluate/Elementwise.h"
#include "runtime/evaluate/Products.h"

#include "runtime/base/ParallelFor.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace clew::onnx {
namespace {

/// Input i as [batch, heads, length, size]: as it comes, or out of [batch, length, heads size].
Array inHeads(Call &call, const Array &x, int64_t heads) {
  if (!call.ok() || !call.need(x.type == DataType::Float, "expected float, found {}", nameOf(x.type))) {
    return {};
  }
  if (x.rank() == 4) {
    return x;
  }
  if (!call.need(x.rank() == 3 && heads > 0 && x.dims[2] % heads == 0,
                 "expected [batch, length, width] and a number of heads")) {
    return {};
  }
  const int64_t batch = x.dims[0], length = x.dims[1], size = x.dims[2] / heads;
  Array to = call.make(DataType::Float, {batch, heads, length, size});
  for (int64_t row = 0; call.ok() && row < batch * length; ++row) {
    for (int64_t head = 0; head < heads; ++head) {
      std::copy_n(x.as<float>() + (row * heads + head) * size, size,
                  to.to<float>() + ((row / length * heads + head) * length + row % length) * size);
    }
  }
  return to;
}

/// past and what is new, one behind the other on the axis of length.
Array extended(Call &call, const Array &past, const Array &fresh) {
  if (!past.data) {
    return fresh;
  }
  const bool fits = past.type == DataType::Float && past.rank() == 4 && fresh.rank() == 4 &&
                    past.dims[0] == fresh.dims[0] && past.dims[1] == fresh.dims[1] && past.dims[3] == fresh.dims[3];
  if (!call.need(fits, "expected a past of the same heads, found {}", render(past))) {
    return {};
  }
  const int64_t size = fresh.dims[3], old = past.dims[2] * size, add = fresh.dims[2] * size;
  Array to = call.make(DataType::Float, {fresh.dims[0], fresh.dims[1], past.dims[2] + fresh.dims[2], size});
  for (int64_t n = 0; call.ok() && n < fresh.dims[0] * fresh.dims[1]; ++n) {
    std::copy_n(past.as<float>() + n * old, old, to.to<float>() + n * (old + add));
    std::copy_n(fresh.as<float>() + n * add, add, to.to<float>() + n * (old + add) + old);
  }
  return to;
}

struct AttentionRun {
  Call &call;
  Array q, k, v, mask;
  Shape lengths; ///< of keys, a number a sequence; empty: all
  int64_t past = 0;
  float scale = 0, softcap = 0;
  bool causal = false;
  int64_t left = -1, right = -1, mode = 0;

  int64_t batch() const { return q.dims[0]; }
  int64_t heads() const { return q.dims[1]; }
  int64_t queries() const { return q.dims[2]; }
  int64_t keys() const { return k.dims[2]; }

  /// What is added to the scores of a sequence and head: row after row.
  void bias(int64_t b, int64_t h, float *to) const {
    constexpr float never = -std::numeric_limits<float>::infinity();
    const int64_t offset = !lengths.empty() ? lengths[static_cast<size_t>(b)] - queries() : past;
    Shape strides;
    if (mask.data) {
      strides = broadcastStrides(mask.dims, {batch(), heads(), queries(), mask.dims.back()});
    }
    for (int64_t i = 0; i < queries(); ++i) {
      for (int64_t j = 0; j < keys(); ++j) {
        float &at = *to++;
        at = 0;
        if (mask.data) {
          at = j < mask.dims.back()
                   ? mask.as<float>()[b * strides[0] + h * strides[1] + i * strides[2] + j * strides[3]]
                   : never;
        }
        const int64_t away = i + offset - j;
        const bool seen = (!causal || away >= 0) && (left < 0 || away <= left) && (right < 0 || -away <= right) &&
                          (lengths.empty() || j < lengths[static_cast<size_t>(b)]);
        at = seen ? at : never;
      }
    }
  }

  /// Scores of a sequence and head to weights, in place; `scores` keeps the form that the op gives beside its result.
  void weigh(float *s, const float *added, float *shown) const {
    const int64_t n = keys();
    for (int64_t i = 0; i < queries(); ++i, s += n, added += n) {
      const auto show = [&](int64_t form) {
        if (shown && mode == form) {
          std::copy_n(s, n, shown + i * n);
        }
      };
      show(0);
      for (int64_t j = 0; softcap > 0 && j < n; ++j) {
        s[j] = softcap * std::tanh(s[j] / softcap);
      }
      show(1);
      float most = -std::numeric_limits<float>::infinity();
      for (int64_t j = 0; j < n; ++j) {
        s[j] += added[j];
        most = std::max(most, s[j]);
      }
      show(2);
      double sum = 0;
      for (int64_t j = 0; j < n; ++j) {
        s[j] = std::isinf(most) ? 0 : std::exp(s[j] - most);
        sum += s[j];
      }
      for (int64_t j = 0; j < n; ++j) {
        s[j] = sum == 0 ? 0 : static_cast<float>(s[j] / sum);
      }
      show(3);
    }
  }

  void run(Array &y, Array *shown) {
    const int64_t group = heads() / std::max<int64_t>(1, k.dims[1]);
    Workspace memory;
    memory.divide(call.threads);
    const bool flat = y.rank() == 3;
    const int64_t width = v.dims[3];
    // Scores, what is added to them, and a head's result, for each thread: bounded as every array is.
    const int64_t room = queries() * std::max(keys(), width);
    Array scratch = call.make(DataType::Float, {call.threads, 3, queries(), std::max(keys(), width)});
    if (!call.ok()) {
      return;
    }
    parallelFor(call.threads, batch() * heads(), [&](int64_t job, int thread) {
      Workspace &own = memory.part(thread);
      own.reset();
      const int64_t b = job / heads(), h = job % heads();
      const int64_t other = b * k.dims[1] + h / group;
      float *scores = scratch.to<float>() + thread * 3 * room;
      float *added = scores + room;
      float *out = added + room;
      DenseProduct{queries(),
                   q.dims[3],
                   keys(),
                   q.as<float>() + job * queries() * q.dims[3],
                   false,
                   k.as<float>() + other * keys() * k.dims[3],
                   Side::Transposed,
                   nullptr,
                   scores}
          .run(1, own);
      std::for_each(scores, scores + queries() * keys(), [&](float &s) { s *= scale; });
      bias(b, h, added);
      weigh(scores, added, shown ? shown->to<float>() + job * queries() * keys() : nullptr);
      DenseProduct{queries(),      keys(),  width, scores, false, v.as<float>() + other * keys() * width,
                   Side::AsItLies, nullptr, out}
          .run(1, own);
      for (int64_t i = 0; i < queries(); ++i) {
        std::copy_n(out + i * width, width,
                    y.to<float>() + (flat ? (b * queries() + i) * heads() + h : job * queries() + i) * width);
      }
    });
  }
};

void attention(Call &call) {
  const int64_t qHeads = call.integer("q_num_heads");
  const int64_t kvHeads = call.integer("kv_num_heads");
  const bool flat = call.in(0).rank() == 3;
  AttentionRun run{call,
                   inHeads(call, call.in(0), qHeads),
                   inHeads(call, call.in(1), kvHeads),
                   inHeads(call, call.in(2), kvHeads),
                   {},
                   {}};
  const Array pastKey = call.has(4) ? call.in(4) : Array();
  const Array pastValue = call.has(5) ? call.in(5) : Array();
  if (!call.ok() ||
      !call.need(run.q.type == DataType::Float && run.k.type == DataType::Float && run.v.type == DataType::Float &&
                     pastKey.data != nullptr == (pastValue.data != nullptr),
                 "expected float queries, keys and values, and both pasts or none")) {
    return;
  }
  run.k = extended(call, pastKey, run.k);
  run.v = extended(call, pastValue, run.v);
  run.past = call.ok() && pastKey.data ? pastKey.dims[2] : 0;
  if (call.has(3)) {
    const Array &mask = call.in(3);
    run.mask = mask;
    if (mask.type == DataType::Bool) {
      run.mask = call.make(DataType::Float, mask.dims);
      if (call.ok()) {
        mapEach<uint8_t, float>(mask, run.mask, 1,
                                [](uint8_t x) { return x != 0 ? 0 : -std::numeric_limits<float>::infinity(); });
      }
    } else if (!call.need(mask.type == DataType::Float, "expected a mask of bool or of the queries' type")) {
      return;
    }
  }
  if (call.has(6)) {
    run.lengths = call.numbersOf(6, 1 << 24);
  }
  if (!call.ok() ||
      !call.need(run.k.dims[0] == run.q.dims[0] && run.v.dims[0] == run.q.dims[0] && run.k.dims[1] == run.v.dims[1] &&
                     run.k.dims[1] > 0 && run.q.dims[1] % run.k.dims[1] == 0 && run.k.dims[2] == run.v.dims[2] &&
                     run.k.dims[3] == run.q.dims[3] && run.q.dims[3] > 0 && run.k.dims[2] > 0,
                 "expected queries, keys and values that fit, found {}, {}, {}", render(run.q), render(run.k),
                 render(run.v))) {
    return;
  }
  const Shape scores{run.batch(), run.heads(), run.queries(), run.keys()};
  if (run.mask.data) {
    Shape all = scores;
    all.back() = run.mask.rank() > 0 ? run.mask.dims.back() : 0;
    if (!call.need(run.mask.rank() > 0 && all.back() <= run.keys() + 0 && broadcast(call, run.mask.dims, all) == all,
                   "expected a mask that is broadcast to the scores, found {}", render(run.mask))) {
      return;
    }
    if (run.mask.dims.back() == 1 && run.keys() != 1) { // broadcast, not cut
      Shape wide = run.mask.dims;
      wide.back() = run.keys();
      Array spread = call.make(DataType::Float, wide);
      for (int64_t i = 0; call.ok() && i < spread.count(); ++i) {
        spread.to<float>()[i] = run.mask.as<float>()[i / run.keys()];
      }
      run.mask = spread;
    }
  }
  if (!call.need(run.lengths.empty() || static_cast<int64_t>(run.lengths.size()) == run.batch(),
                 "expected a length for each sequence")) {
    return;
  }
  run.scale = call.attribute("scale") ? call.real("scale") : 1 / std::sqrt(static_cast<float>(run.q.dims[3]));
  run.softcap = call.real("softcap");
  run.causal = call.integer("is_causal") != 0;
  run.left = call.integer("left_window_size", -1);
  run.right = call.integer("right_window_size", -1);
  run.mode = call.integer("qk_matmul_output_mode");
  call.outputs.resize(4);
  Array *y = call.out(0, DataType::Float,
                      flat ? Shape{run.batch(), run.queries(), run.heads() * run.v.dims[3]}
                           : Shape{run.batch(), run.heads(), run.queries(), run.v.dims[3]});
  Array *shown = y && call.wants(3) ? call.out(3, DataType::Float, scores) : nullptr;
  if (call.ok()) {
    call.outputs[1] = Value(run.k);
    call.outputs[2] = Value(run.v);
    run.run(*y, shown);
  }
}

/// Pairs of columns turned by angles whose cosines and sines are inputs.
void rotary(Call &call) {
  const Array x = call.in(0);
  const Array &cosines = call.in(1);
  const Array &sines = call.in(2);
  const bool flat = x.rank() == 3;
  const int64_t heads = flat ? call.integer("num_heads") : call.ok() && x.rank() == 4 ? x.dims[1] : 0;
  if (!call.ok() ||
      !call.need((flat || x.rank() == 4) && heads > 0 && x.type == DataType::Float && cosines.type == x.type &&
                     sines.dims == cosines.dims && (!flat || x.dims[2] % heads == 0),
                 "expected float [batch, length, width] and a number of heads, or four axes")) {
    return;
  }
  const int64_t batch = x.dims[0], length = x.dims[flat ? 1 : 2], size = flat ? x.dims[2] / heads : x.dims[3];
  const int64_t given = call.integer("rotary_embedding_dim");
  const int64_t turned = given == 0 ? size : given;
  const bool interleaved = call.integer("interleaved") != 0;
  const Shape positions = call.has(3) ? call.numbersOf(3, 1 << 28) : Shape();
  const int64_t half = turned / 2;
  const int64_t rows = cosines.rank() > 0 && cosines.dims.back() > 0 ? cosines.count() / cosines.dims.back() : 0;
  if (!call.need(
          turned > 0 && turned <= size && cosines.rank() > 0 && cosines.dims.back() == half &&
              (positions.empty() ? rows == batch * length : static_cast<int64_t>(positions.size()) == batch * length),
          "expected angles for {} positions of {} pairs", batch * length, half)) {
    return;
  }
  Array *to = call.out(0, x.type, x.dims);
  for (int64_t b = 0; to && b < batch; ++b) {
    for (int64_t t = 0; t < length; ++t) {
      const int64_t row = positions.empty() ? b * length + t : positions[static_cast<size_t>(b * length + t)];
      if (!call.need(row >= 0 && row < rows, "expected positions below {}, found {}", rows, row)) {
        return;
      }
      for (int64_t h = 0; h < heads; ++h) {
        const int64_t begin = (flat ? (b * length + t) * heads + h : (b * heads + h) * length + t) * size;
        const float *from = x.as<float>() + begin;
        float *out = to->to<float>() + begin;
        std::copy_n(from, size, out);
        for (int64_t i = 0; i < half; ++i) {
          const int64_t first = interleaved ? 2 * i : i, second = interleaved ? 2 * i + 1 : half + i;
          const float c = cosines.as<float>()[row * half + i], s = sines.as<float>()[row * half + i];
          out[first] = c * from[first] - s * from[second];
          out[second] = s * from[first] + c * from[second];
        }
      }
    }
  }
}

} // namespace

void addAttentionOps(OpTable &table) {
  table["Attention"] = {attention,
                        "is_causal kv_num_heads q_num_heads qk_matmul_output_mode scale softcap softmax_precision "
                        "left_window_size right_window_size",
                        15};
  table["RotaryEmbedding"] = {rotary, "interleaved num_heads rotary_embedding_dim", 1};
}

} // namespace clew::onnx
