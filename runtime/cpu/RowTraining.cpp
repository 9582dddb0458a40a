// See RowTraining.h. Loops have names of their own because each is compiled for several instruction sets (Vectors.h).
#include "runtime/cpu/RowTraining.h"

#include "runtime/base/ParallelFor.h"
#include "runtime/base/RandomBits.h"
#include "runtime/base/Rounding.h"
#include "runtime/cpu/FloatLoops.h"
#include "runtime/cpu/Vectors.h"
#include "runtime/ref/Activations.h"
#include "runtime/ref/Values.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace clew {
namespace {

/// Elements that a thread takes at once, about: fixed, so that bits depend on no number of threads.
constexpr int64_t elementsAtOnce = int64_t{1} << 14;

bool isFloat(const RefTensor &view) { return view.data && view.dtype == DType::F32; }
bool isLike(const RefTensor &view, const RefTensor &x) { return isFloat(view) && ref::sameShape(view, x); }
bool isVector(const RefTensor &view, const RefTensor &x) { return isFloat(view) && view.elements() == x.columns; }

/// work(begin, end) over elements.
template <typename Work> Result<void> eachPart(const RefTensor &x, int threads, Work work) {
  parallelFor(threads, ceilDiv(x.elements(), elementsAtOnce), [&](int64_t part, int) {
    work(part * elementsAtOnce, std::min((part + 1) * elementsAtOnce, x.elements()));
  });
  return {};
}

/// work(begin, end) over rows.
template <typename Work> Result<void> eachRows(const RefTensor &x, int threads, Work work) {
  const int64_t together = std::max<int64_t>(elementsAtOnce / std::max<int64_t>(x.columns, 1), 1);
  parallelFor(threads, ceilDiv(x.rows, together),
              [&](int64_t part, int) { work(part * together, std::min((part + 1) * together, x.rows)); });
  return {};
}

//===-------------------------------------------------------------------------------------------------------------------===//
// Two operands
//===-------------------------------------------------------------------------------------------------------------------===//

CLEW_VECTORS void addLoop(const float *x, const float *y, float *z, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    z[i] = x[i] + y[i];
  }
}
CLEW_VECTORS void subtractLoop(const float *x, const float *y, float *z, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    z[i] = x[i] - y[i];
  }
}
CLEW_VECTORS void multiplyLoop(const float *x, const float *y, float *z, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    z[i] = x[i] * y[i];
  }
}
CLEW_VECTORS void scaleLoop(const float *x, float factor, float *z, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    z[i] = x[i] * factor;
  }
}

/// y may be a matrix or a vector; numbers are for runtime/ref.
bool runsBinary(const RefCall &call) {
  const RefTensor &x = call.operands[0], &y = call.operands[1];
  return isFloat(x) && isLike(call.results[0], x) && (isLike(y, x) || isVector(y, x));
}

template <auto loop> Result<void> binary(const RefCall &call, int threads, Workspace &) {
  const RefTensor &x = call.operands[0], &y = call.operands[1], &z = call.results[0];
  if (ref::sameShape(x, y)) {
    return eachPart(x, threads, [&](int64_t begin, int64_t end) {
      loop(floats(x) + begin, floats(y) + begin, floats(z) + begin, end - begin);
    });
  }
  return eachRows(x, threads, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      loop(floats(x) + row * x.columns, floats(y), floats(z) + row * x.columns, x.columns);
    }
  });
}

bool runsUnary(const RefCall &call) { return isFloat(call.operands[0]) && isLike(call.results[0], call.operands[0]); }

Result<void> scale(const RefCall &call, int threads, Workspace &) {
  const auto factor = static_cast<float>(call.attribute("factor", 1));
  const RefTensor &x = call.operands[0], &z = call.results[0];
  return eachPart(x, threads, [&](int64_t begin, int64_t end) {
    scaleLoop(floats(x) + begin, factor, floats(z) + begin, end - begin);
  });
}

//===-------------------------------------------------------------------------------------------------------------------===//
// Activations: y = f(x), and dx = f'(x) dy
//===-------------------------------------------------------------------------------------------------------------------===//

constexpr float tanhSlope = 0.7978845608F; // sqrt(2 / pi)
constexpr float density = 0.3989422804F;   // 1 / sqrt(2 pi)

[[gnu::always_inline]] inline float innerOfTanhForm(float x) { return tanhSlope * (x + 0.044715F * x * x * x); }

CLEW_VECTORS void gelu(const float *x, const float *, float *y, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    y[i] = (x[i] < 0 ? 0.0F : x[i]) - (x[i] < 0 ? -x[i] : x[i]) * normalTail(x[i]);
  }
}
CLEW_VECTORS void geluBack(const float *x, const float *dy, float *dx, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    dx[i] = dy[i] * (normalShare(x[i]) + x[i] * density * fastExp(-0.5F * x[i] * x[i]));
  }
}
CLEW_VECTORS void geluTanh(const float *x, const float *, float *y, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    y[i] = 0.5F * x[i] * (1.0F + fastTanh(innerOfTanhForm(x[i])));
  }
}
CLEW_VECTORS void geluTanhBack(const float *x, const float *dy, float *dx, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    const float t = fastTanh(innerOfTanhForm(x[i]));
    const float slope = tanhSlope * (1.0F + 0.134145F * x[i] * x[i]);
    dx[i] = dy[i] * (0.5F * (1.0F + t) + 0.5F * x[i] * (1.0F - t * t) * slope);
  }
}
CLEW_VECTORS void hyperbolicTangent(const float *x, const float *, float *y, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    y[i] = fastTanh(x[i]);
  }
}
CLEW_VECTORS void hyperbolicTangentBack(const float *x, const float *dy, float *dx, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    const float t = fastTanh(x[i]);
    dx[i] = dy[i] * (1.0F - t * t);
  }
}
CLEW_VECTORS void relu(const float *x, const float *, float *y, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    y[i] = x[i] < 0 ? 0.0F : x[i]; // NaN stays
  }
}
CLEW_VECTORS void reluBack(const float *x, const float *dy, float *dx, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    dx[i] = x[i] > 0 ? dy[i] : x[i] <= 0 ? 0.0F : x[i];
  }
}
CLEW_VECTORS void sigmoid(const float *x, const float *, float *y, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    y[i] = fastSigmoid(x[i]);
  }
}
CLEW_VECTORS void sigmoidBack(const float *x, const float *dy, float *dx, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    const float s = fastSigmoid(x[i]);
    dx[i] = dy[i] * s * (1.0F - s);
  }
}
CLEW_VECTORS void silu(const float *x, const float *, float *y, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    y[i] = x[i] * fastSigmoid(x[i]);
  }
}
CLEW_VECTORS void siluBack(const float *x, const float *dy, float *dx, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    const float s = fastSigmoid(x[i]);
    dx[i] = dy[i] * s * (1.0F + x[i] * (1.0F - s));
  }
}

using ActivationLoop = void (*)(const float *x, const float *dy, float *result, int64_t count);
struct Loops {
  std::string_view name;
  ActivationLoop forward, backward;
};
/// An activation that is not here runs in runtime/ref.
constexpr Loops kLoops[] = {
    {"gelu", gelu, geluBack}, {"gelu_tanh", geluTanh, geluTanhBack}, {"tanh", hyperbolicTangent, hyperbolicTangentBack},
    {"relu", relu, reluBack}, {"sigmoid", sigmoid, sigmoidBack},     {"silu", silu, siluBack},
};

/// The loop of the derivative that `function` names, or null.
ActivationLoop derivativeOf(const RefCall &call) {
  const double number = call.attribute("function", -1);
  if (!(number >= 0 && number < static_cast<double>(std::size(ref::kActivations)))) {
    return nullptr;
  }
  const auto found = std::ranges::find(kLoops, ref::kActivations[static_cast<size_t>(number)].name, &Loops::name);
  return found == std::end(kLoops) || number != std::floor(number) ? nullptr : found->backward;
}

template <size_t number> Result<void> activation(const RefCall &call, int threads, Workspace &) {
  const RefTensor &x = call.operands[0], &y = call.results[0];
  return eachPart(x, threads, [&](int64_t begin, int64_t end) {
    kLoops[number].forward(floats(x) + begin, nullptr, floats(y) + begin, end - begin);
  });
}

bool runsDerivative(const RefCall &call) {
  return runsUnary(call) && isLike(call.operands[1], call.operands[0]) && derivativeOf(call);
}

Result<void> derivative(const RefCall &call, int threads, Workspace &) {
  const RefTensor &x = call.operands[0], &dy = call.operands[1], &dx = call.results[0];
  const ActivationLoop loop = derivativeOf(call);
  return eachPart(x, threads, [&](int64_t begin, int64_t end) {
    loop(floats(x) + begin, floats(dy) + begin, floats(dx) + begin, end - begin);
  });
}

//===-------------------------------------------------------------------------------------------------------------------===//
// Rows
//===-------------------------------------------------------------------------------------------------------------------===//

struct Moments {
  float mean, scale; ///< scale = 1 / sqrt(variance + eps)
};

[[gnu::always_inline]] inline Moments momentsOf(const float *x, int64_t count, float eps) {
  const auto n = static_cast<float>(count);
  const float mean = laneSum(count, [&](int64_t i) __attribute__((always_inline)) { return x[i]; }) / n;
  const float variance =
      laneSum(count, [&](int64_t i) __attribute__((always_inline)) { return (x[i] - mean) * (x[i] - mean); }) / n;
  return {mean, 1.0F / std::sqrt(variance + eps)};
}

CLEW_VECTORS void layerNormRow(const float *x, const float *weight, const float *bias, float *y, int64_t count,
                               float eps) {
  const Moments m = momentsOf(x, count, eps);
  for (int64_t i = 0; i < count; ++i) {
    y[i] = (x[i] - m.mean) * m.scale * weight[i] + bias[i];
  }
}

CLEW_VECTORS void standardizeRow(const float *x, float *y, int64_t count, float eps) {
  const Moments m = momentsOf(x, count, eps);
  for (int64_t i = 0; i < count; ++i) {
    y[i] = (x[i] - m.mean) * m.scale;
  }
}

CLEW_VECTORS void layerNormBackRow(const float *x, const float *weight, const float *dy, float *dx, int64_t count,
                                   float eps) {
  const Moments m = momentsOf(x, count, eps);
  const auto n = static_cast<float>(count);
  const float mean = laneSum(count, [&](int64_t i) __attribute__((always_inline)) { return dy[i] * weight[i]; }) / n;
  const float along =
      laneSum(count, [&](int64_t i)
                         __attribute__((always_inline)) { return dy[i] * weight[i] * ((x[i] - m.mean) * m.scale); }) /
      n;
  for (int64_t i = 0; i < count; ++i) {
    dx[i] = (dy[i] * weight[i] - mean - (x[i] - m.mean) * m.scale * along) * m.scale;
  }
}

float epsOf(const RefCall &call) { return static_cast<float>(call.attribute("eps", 1e-12)); }

bool runsLayerNorm(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  return runsUnary(call) && x.columns > 0 && isVector(call.operands[1], x) && isVector(call.operands[2], x) &&
         call.attribute("eps", 0) >= 0;
}

Result<void> layerNorm(const RefCall &call, int threads, Workspace &) {
  const RefTensor &x = call.operands[0], &y = call.results[0];
  return eachRows(x, threads, [&](int64_t begin, int64_t end) {
    for (int64_t at = begin * x.columns; at < end * x.columns; at += x.columns) {
      layerNormRow(floats(x) + at, floats(call.operands[1]), floats(call.operands[2]), floats(y) + at, x.columns,
                   epsOf(call));
    }
  });
}

bool runsStandardize(const RefCall &call) { return runsUnary(call) && call.operands[0].columns > 0; }

Result<void> standardize(const RefCall &call, int threads, Workspace &) {
  const RefTensor &x = call.operands[0], &y = call.results[0];
  return eachRows(x, threads, [&](int64_t begin, int64_t end) {
    for (int64_t at = begin * x.columns; at < end * x.columns; at += x.columns) {
      standardizeRow(floats(x) + at, floats(y) + at, x.columns, epsOf(call));
    }
  });
}

bool runsLayerNormGradient(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  return runsUnary(call) && x.columns > 0 && isVector(call.operands[1], x) && isLike(call.operands[2], x);
}

Result<void> layerNormGradient(const RefCall &call, int threads, Workspace &) {
  const RefTensor &x = call.operands[0], &dx = call.results[0];
  return eachRows(x, threads, [&](int64_t begin, int64_t end) {
    for (int64_t at = begin * x.columns; at < end * x.columns; at += x.columns) {
      layerNormBackRow(floats(x) + at, floats(call.operands[1]), floats(call.operands[2]) + at, floats(dx) + at,
                       x.columns, epsOf(call));
    }
  });
}

//===-------------------------------------------------------------------------------------------------------------------===//
// Dropout
//===-------------------------------------------------------------------------------------------------------------------===//

constexpr size_t blocksAtOnce = 16;
constexpr int64_t wordsAtOnce = 4 * blocksAtOnce;

struct Dropout {
  RandomState state;
  uint32_t site, threshold;
  float factor;
};

/// Elements first.. of a site, `count` <= wordsAtOnce of them, first being a multiple of 4.
CLEW_VECTORS void dropLoop(const float *x, float *y, int64_t count, int64_t first, const Dropout &dropout) {
  uint32_t words[4][blocksAtOnce];
  randomBlocks(dropout.state, dropout.site, static_cast<uint64_t>(first / 4), words);
  float kept[wordsAtOnce];
  for (size_t block = 0; block < blocksAtOnce; ++block) {
    for (size_t word = 0; word < 4; ++word) {
      kept[block * 4 + word] = words[word][block] < dropout.threshold ? 0.0F : dropout.factor;
    }
  }
  for (int64_t i = 0; i < count; ++i) {
    y[i] = kept[i] == 0.0F ? 0.0F : x[i] * kept[i]; // what is dropped is 0, whatever it was
  }
}

bool runsDrop(const RefCall &call) {
  const RefTensor &bits = call.operands[1];
  const double rate = call.attribute("rate", 0);
  return runsUnary(call) && bits.dtype == DType::I32 && bits.elements() == 4 && rate >= 0 && rate < 1;
}

Result<void> drop(const RefCall &call, int threads, Workspace &) {
  const RefTensor &x = call.operands[0], &y = call.results[0];
  const double rate = call.attribute("rate", 0);
  Dropout dropout{
      {}, static_cast<uint32_t>(call.attribute("site", 0)), randomThreshold(rate), static_cast<float>(1 / (1 - rate))};
  std::copy_n(static_cast<const int32_t *>(call.operands[1].data), 4, dropout.state.begin());
  static_assert(elementsAtOnce % wordsAtOnce == 0);
  return eachPart(x, threads, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i += wordsAtOnce) {
      dropLoop(floats(x) + i, floats(y) + i, std::min(wordsAtOnce, end - i), i, dropout);
    }
  });
}

constexpr WholeForm kForms[] = {
    {"add", binary<addLoop>, runsBinary},
    {"subtract", binary<subtractLoop>, runsBinary},
    {"multiply", binary<multiplyLoop>, runsBinary},
    {"scale", scale, runsUnary},
    {kLoops[0].name, activation<0>, runsUnary},
    {kLoops[1].name, activation<1>, runsUnary},
    {kLoops[2].name, activation<2>, runsUnary},
    {kLoops[3].name, activation<3>, runsUnary},
    {kLoops[4].name, activation<4>, runsUnary},
    {kLoops[5].name, activation<5>, runsUnary},
    {"derivative", derivative, runsDerivative},
    {"layer_norm", layerNorm, runsLayerNorm},
    {"layer_norm_gradient", layerNormGradient, runsLayerNormGradient},
    {"standardize", standardize, runsStandardize},
    {"drop", drop, runsDrop},
};

} // namespace

std::span<const WholeForm> rowForms() { return kForms; }

} // namespace clew
