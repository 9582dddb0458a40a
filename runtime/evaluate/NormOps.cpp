// Normalizations, of layers, groups, batches and lengths; dropout.
#include "runtime/cpu/Vectors.h"
#include "runtime/evaluate/Elementwise.h"

#include <algorithm>
#include <cmath>

namespace clew::onnx {
namespace {

CLEW_VECTORS void normalizeRow(const float *x, float *y, const float *scale, const float *bias, int64_t count,
                               float epsilon, float *mean, float *inverse) {
  *mean = laneSum(count, [=](int64_t i) { return x[i]; }) / static_cast<float>(count);
  const float middle = *mean;
  const float variance =
      laneSum(count, [=](int64_t i) { return (x[i] - middle) * (x[i] - middle); }) / static_cast<float>(count);
  *inverse = 1.0F / __builtin_sqrtf(variance + epsilon);
  const float factor = *inverse;
  if (bias) {
    for (int64_t i = 0; i < count; ++i) {
      y[i] = (x[i] - middle) * factor * scale[i] + bias[i];
    }
  } else {
    for (int64_t i = 0; i < count; ++i) {
      y[i] = (x[i] - middle) * factor * scale[i];
    }
  }
}

/// `x` as a float array of the shape `dims`, which it is broadcast to.
Array spreadTo(Call &call, const Array &x, const Shape &dims) {
  Array real = converted(call, x, DataType::Float);
  if (!call.ok() || real.dims == dims) {
    return real;
  }
  Array to = call.make(DataType::Float, dims);
  if (call.ok() &&
      call.need(broadcast(call, real.dims, dims) == dims, "expected a scale that is broadcast to what is normalized")) {
    const Walk<1> walk = walkOver<1>(dims, {broadcastStrides(real.dims, dims)});
    float *out = to.to<float>();
    walk.rows(0, walk.outer(), [&](const auto &at, int64_t count, const auto &steps) {
      for (int64_t i = 0; i < count; ++i) {
        *out++ = real.as<float>()[at[0] + i * steps[0]];
      }
    });
  }
  return to;
}

void layerNorm(Call &call) {
  const Array x = converted(call, call.in(0), DataType::Float);
  const DataType given = call.in(0).type;
  const auto axis = static_cast<size_t>(call.axisOf(call.integer("axis", -1), x.rank()));
  if (!call.ok()) {
    return;
  }
  const Shape inner(x.dims.begin() + static_cast<int64_t>(axis), x.dims.end());
  const Array scale = spreadTo(call, call.in(1), inner);
  const Array bias = call.has(2) ? spreadTo(call, call.in(2), inner) : Array();
  Shape outer = x.dims;
  std::fill(outer.begin() + static_cast<int64_t>(axis), outer.end(), 1);
  Array *to = call.ok() ? call.out(0, DataType::Float, x.dims) : nullptr;
  Array mean = call.make(DataType::Float, outer);
  Array inverse = call.make(DataType::Float, outer);
  const int64_t count = product(inner);
  if (!to || !call.ok() || to->count() == 0) {
    return;
  }
  const float epsilon = call.real("epsilon", 1e-5F);
  inParallel(call.threads, x.count() / count, std::max<int64_t>(1, 8192 / count), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      normalizeRow(x.as<float>() + row * count, to->to<float>() + row * count, scale.as<float>(), bias.as<float>(),
                   count, epsilon, mean.to<float>() + row, inverse.to<float>() + row);
    }
  });
  Value result = given == DataType::Float ? call.outputs[0] : Value(converted(call, *to, given));
  call.outputs = {std::move(result), Value(std::move(mean)), Value(std::move(inverse))};
}

/// x / sqrt(mean(x^2) + eps) scale.
void rmsNorm(Call &call) {
  const Array &x = call.in(0);
  const auto axis = static_cast<size_t>(call.axisOf(call.integer("axis", -1), x.rank()));
  if (!call.ok()) {
    return;
  }
  const Shape inner(x.dims.begin() + static_cast<int64_t>(axis), x.dims.end());
  const Array scale = spreadTo(call, call.in(1), inner);
  Array *to = call.ok() ? call.out(0, DataType::Float, x.dims) : nullptr;
  const Array from = converted(call, x, DataType::Float);
  const int64_t count = product(inner);
  const float epsilon = call.real("epsilon", 1e-5F);
  for (int64_t row = 0; to && call.ok() && count > 0 && row < x.count() / count; ++row) {
    const float *p = from.as<float>() + row * count;
    double sum = 0;
    for (int64_t i = 0; i < count; ++i) {
      sum += static_cast<double>(p[i]) * p[i];
    }
    const auto factor = static_cast<float>(1 / std::sqrt(sum / static_cast<double>(count) + epsilon));
    for (int64_t i = 0; i < count; ++i) {
      to->to<float>()[row * count + i] = p[i] * factor * scale.as<float>()[i];
    }
  }
}

/// Each of `groups` parts of an example's channels to mean 0 and variance 1, then a scale and a bias for each channel, or each group.
void normalizeGroups(Call &call, int64_t groups, bool plain) {
  const Array &x = call.in(0);
  if (!call.ok() || !call.need(x.type == DataType::Float && x.rank() >= 2 && groups > 0 && x.dims[1] % groups == 0,
                               "expected float, and channels for {} groups", groups)) {
    return;
  }
  const Array none;
  const Array &scale = plain ? none : call.in(1);
  const Array &bias = plain ? none : call.in(2);
  const int64_t channels = x.dims[1];
  if (!call.ok() ||
      !call.need(plain || ((scale.count() == channels || scale.count() == groups) && bias.count() == scale.count()),
                 "expected a scale and a bias for each channel")) {
    return;
  }
  Array *to = call.out(0, x.type, x.dims);
  const int64_t area = product(std::span<const int64_t>(x.dims).subspan(2));
  const int64_t size = channels / groups * area;
  const float epsilon = call.real("epsilon", 1e-5F);
  for (int64_t g = 0; to && size > 0 && g < x.dims[0] * groups; ++g) {
    const float *p = x.as<float>() + g * size;
    double sum = 0;
    double squares = 0;
    for (int64_t i = 0; i < size; ++i) {
      sum += p[i];
    }
    const double mean = sum / static_cast<double>(size);
    for (int64_t i = 0; i < size; ++i) {
      squares += (p[i] - mean) * (p[i] - mean);
    }
    const double factor = 1 / std::sqrt(squares / static_cast<double>(size) + epsilon);
    for (int64_t i = 0; i < size; ++i) {
      const int64_t channel = g % groups * (channels / groups) + i / area;
      const int64_t at = scale.count() == channels ? channel : g % groups;
      const double normal = (p[i] - mean) * factor;
      to->to<float>()[g * size + i] =
          static_cast<float>(plain ? normal : normal * scale.as<float>()[at] + bias.as<float>()[at]);
    }
  }
}

void batchNorm(Call &call) {
  const DataType type = call.in(0).type;
  const Array x = converted(call, call.in(0), DataType::Float);
  std::vector<Array> given;
  for (size_t i = 1; i <= 4 && call.ok(); ++i) {
    given.push_back(converted(call, call.in(i), DataType::Float));
  }
  const int64_t channels = x.rank() >= 2 ? x.dims[1] : 1;
  for (const Array &one : given) {
    call.need(one.count() == channels, "expected a number for each of {} channels", channels);
  }
  Array *to = call.ok() ? call.out(0, DataType::Float, x.dims) : nullptr;
  if (!to) {
    return;
  }
  const int64_t area = x.rank() >= 2 ? product(std::span<const int64_t>(x.dims).subspan(2)) : 1;
  const float epsilon = call.real("epsilon", 1e-5F);
  const bool training = call.integer("training_mode") != 0;
  Array mean = given[2];
  Array variance = given[3];
  if (training) {
    mean = call.make(DataType::Float, {channels});
    variance = call.make(DataType::Float, {channels});
    Array runningMean = call.make(DataType::Float, {channels});
    Array runningVariance = call.make(DataType::Float, {channels});
    const float momentum = call.real("momentum", 0.9F);
    const int64_t batch = x.rank() > 0 ? x.dims[0] : 1;
    for (int64_t c = 0; call.ok() && c < channels; ++c) {
      double sum = 0;
      double squares = 0;
      for (int pass = 0; pass < 2; ++pass) {
        for (int64_t n = 0; n < batch; ++n) {
          for (int64_t i = 0; i < area; ++i) {
            const double value = x.as<float>()[(n * channels + c) * area + i];
            const double away = value - sum / static_cast<double>(batch * area);
            (pass == 0 ? sum : squares) += pass == 0 ? value : away * away;
          }
        }
      }
      mean.to<float>()[c] = static_cast<float>(sum / static_cast<double>(batch * area));
      variance.to<float>()[c] = static_cast<float>(squares / static_cast<double>(batch * area));
      runningMean.to<float>()[c] = given[2].as<float>()[c] * momentum + mean.as<float>()[c] * (1 - momentum);
      runningVariance.to<float>()[c] = given[3].as<float>()[c] * momentum + variance.as<float>()[c] * (1 - momentum);
    }
    if (call.ok()) {
      call.outputs.resize(3);
      call.outputs[1] = Value(std::move(runningMean));
      call.outputs[2] = Value(std::move(runningVariance));
    }
  }
  to = &call.outputs[0].array;
  inParallel(call.threads, area == 0 ? 0 : x.count() / area, std::max<int64_t>(1, 16384 / std::max<int64_t>(1, area)),
             [&](int64_t begin, int64_t end) {
               for (int64_t row = begin; row < end; ++row) {
                 const int64_t c = row % channels;
                 const float factor = given[0].as<float>()[c] / std::sqrt(variance.as<float>()[c] + epsilon);
                 for (int64_t i = row * area; i < (row + 1) * area; ++i) {
                   to->to<float>()[i] = (x.as<float>()[i] - mean.as<float>()[c]) * factor + given[1].as<float>()[c];
                 }
               }
             });
  call.outputs[0] = Value(converted(call, call.outputs[0].array, type));
}

void lpNorm(Call &call) {
  const Array &x = call.in(0);
  const int64_t p = call.integer("p", 2);
  const auto axis = static_cast<size_t>(call.axisOf(call.integer("axis", -1), x.rank()));
  Array *to = call.ok() && call.need(p == 1 || p == 2, "expected p of 1 or 2") ? call.out(0, x.type, x.dims) : nullptr;
  if (to && !withReal(x.type, [&]<typename T>() {
        const int64_t inner = product(std::span<const int64_t>(x.dims).subspan(axis + 1));
        const int64_t count = x.dims[axis];
        for (int64_t line = 0; count > 0 && line < x.count() / count; ++line) {
          const int64_t begin = line / inner * count * inner + line % inner;
          double sum = 0;
          for (int64_t i = 0; i < count; ++i) {
            const double value = x.as<T>()[begin + i * inner];
            sum += p == 1 ? std::abs(value) : value * value;
          }
          sum = p == 1 ? sum : std::sqrt(sum);
          for (int64_t i = 0; i < count; ++i) {
            const int64_t at = begin + i * inner;
            to->to<T>()[at] = sum == 0 ? T{0} : static_cast<T>(x.as<T>()[at] / sum);
          }
        }
      })) {
    call.refuseType(x.type);
  }
}

/// Local response: by the squares of the channels around.
void lrn(Call &call) {
  const Array &x = call.in(0);
  const int64_t size = call.integer("size");
  if (!call.ok() ||
      !call.need(x.type == DataType::Float && x.rank() >= 2 && size > 0, "expected float channels and a size")) {
    return;
  }
  Array *to = call.out(0, x.type, x.dims);
  const float alpha = call.real("alpha", 1e-4F);
  const float beta = call.real("beta", 0.75F);
  const float bias = call.real("bias", 1);
  const int64_t area = product(std::span<const int64_t>(x.dims).subspan(2));
  const int64_t channels = x.dims[1];
  for (int64_t at = 0; to && at < x.count(); ++at) {
    const int64_t c = at / area % channels;
    double sum = 0;
    for (int64_t k = std::max<int64_t>(0, c - (size - 1) / 2); k <= std::min(channels - 1, c + size / 2); ++k) {
      const double value = x.as<float>()[at + (k - c) * area];
      sum += value * value;
    }
    to->to<float>()[at] =
        static_cast<float>(x.as<float>()[at] / std::pow(bias + alpha / static_cast<double>(size) * sum, beta));
  }
}

/// (x - mean) / deviation over axes, as the function of the standard writes it.
void meanVariance(Call &call) {
  const Array &x = call.in(0);
  Shape axes = call.integers("axes");
  axes = call.attribute("axes") ? axes : Shape{0, 2, 3};
  if (!call.ok() || !call.need(x.type == DataType::Float, "expected float")) {
    return;
  }
  Shape kept = x.dims;
  for (const int64_t axis : axes) {
    const auto at = static_cast<size_t>(call.axisOf(axis, x.rank()));
    if (!call.ok()) {
      return;
    }
    kept[at] = 1;
  }
  Array *to = call.ok() ? call.out(0, x.type, x.dims) : nullptr;
  if (!to) {
    return;
  }
  std::vector<double> sums(static_cast<size_t>(product(kept)));
  std::vector<double> squares(sums.size());
  const double count = static_cast<double>(x.count()) / static_cast<double>(std::max<size_t>(1, sums.size()));
  const Walk<1> walk = walkOver<1>(x.dims, {broadcastStrides(kept, x.dims)});
  for (int pass = 0; pass < 3 && x.count() > 0; ++pass) {
    int64_t i = 0;
    walk.rows(0, walk.outer(), [&](const auto &at, int64_t length, const auto &steps) {
      for (int64_t k = 0; k < length; ++k, ++i) {
        const auto group = static_cast<size_t>(at[0] + k * steps[0]);
        const double value = x.as<float>()[i];
        const double away = value - sums[group] / count;
        if (pass == 0) {
          sums[group] += value;
        } else if (pass == 1) {
          squares[group] += away * away;
        } else {
          to->to<float>()[i] = static_cast<float>(away / (std::sqrt(squares[group] / count) + 1e-9));
        }
      }
    });
  }
}

/// Without training: x as it is, and a mask of all.
void dropout(Call &call) {
  const Array &x = call.in(0);
  bool training = false;
  if (call.has(2)) {
    training = call.in(2).type == DataType::Bool && call.in(2).count() == 1 && *call.in(2).as<uint8_t>() != 0;
  }
  float ratio = call.real("ratio", 0.5F);
  if (call.has(1)) {
    const Array given = converted(call, call.in(1), DataType::Float);
    ratio = call.ok() && given.count() == 1 ? *given.as<float>() : 0.5F;
  }
  if (!call.ok() || !call.need(!training || ratio == 0, "drops nothing here: training_mode is not read")) {
    return;
  }
  call.pass(0, 0, x.dims);
  if (call.wants(1)) {
    if (Array *mask = call.out(1, call.opset < 10 ? x.type : DataType::Bool, x.dims)) {
      std::fill_n(mask->to<uint8_t>(), mask->bytes(), uint8_t{1});
    }
  }
}

} // namespace

void addNormOps(OpTable &table) {
  table["LayerNormalization"] = {layerNorm, "axis epsilon stash_type"};
  table["RMSNormalization"] = {rmsNorm, "axis epsilon stash_type", 1};
  table["GroupNormalization"] = {[](Call &call) { normalizeGroups(call, call.integer("num_groups"), false); },
                                 "epsilon num_groups stash_type", 1};
  table["InstanceNormalization"] = {
      [](Call &call) { normalizeGroups(call, call.in(0).rank() >= 2 ? call.in(0).dims[1] : 0, false); }, "epsilon", 1};
  table["BatchNormalization"] = {batchNorm, "epsilon momentum spatial training_mode"};
  table["LpNormalization"] = {lpNorm, "axis p", 1};
  table["LRN"] = {lrn, "alpha beta bias size", 1};
  table["MeanVarianceNormalization"] = {meanVariance, "axes", 1};
  table["Dropout"] = {dropout, "ratio seed", 0, false};
}

} // namespace clew::onnx
