// See Optimizer.h.
#include "training/Optimizer.h"

#include "runtime/base/ParallelFor.h"
#include "runtime/base/ParameterPath.h"
#include "runtime/base/Rounding.h"
#include "runtime/cpu/Vectors.h"

#include <algorithm>
#include <cmath>

namespace clew {
namespace {

/// Elements that one job takes: fixed, so that sums do not depend on threads.
constexpr int64_t together = int64_t{1} << 15;

/// What one update does to each element.
struct Rule {
  float rate = 0, beta1 = 0, beta2 = 0, eps = 0, decay = 0, scale = 1; ///< scale: of the gradient
  float correct1 = 1, correct2 = 1;                                    ///< 1 / (1 - beta^t)
};

CLEW_VECTORS void adamw(float *w, const float *g, float *m, float *v, int64_t count, const Rule &r) {
  for (int64_t i = 0; i < count; ++i) {
    const float gradient = g[i] * r.scale;
    m[i] = r.beta1 * m[i] + (1.0F - r.beta1) * gradient;
    v[i] = r.beta2 * v[i] + (1.0F - r.beta2) * gradient * gradient;
    w[i] -= r.rate * r.decay * w[i];
    w[i] -= r.rate * (m[i] * r.correct1) / (__builtin_sqrtf(v[i] * r.correct2) + r.eps);
  }
}

CLEW_VECTORS void sgd(float *w, const float *g, float *m, int64_t count, const Rule &r) {
  for (int64_t i = 0; i < count; ++i) {
    float direction = g[i] * r.scale + r.decay * w[i];
    if (m) {
      m[i] = r.beta1 * m[i] + direction;
      direction = m[i];
    }
    w[i] -= r.rate * direction;
  }
}

/// LAMB's direction goes to where the gradient was.
CLEW_VECTORS void lambDirection(const float *w, float *g, float *m, float *v, int64_t count, const Rule &r) {
  for (int64_t i = 0; i < count; ++i) {
    const float gradient = g[i] * r.scale;
    m[i] = r.beta1 * m[i] + (1.0F - r.beta1) * gradient;
    v[i] = r.beta2 * v[i] + (1.0F - r.beta2) * gradient * gradient;
    g[i] = (m[i] * r.correct1) / (__builtin_sqrtf(v[i] * r.correct2) + r.eps) + r.decay * w[i];
  }
}

CLEW_VECTORS void step(float *w, const float *direction, float rate, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    w[i] -= rate * direction[i];
  }
}

CLEW_VECTORS void follow(float *average, const float *w, float keep, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    average[i] = keep * average[i] + (1.0F - keep) * w[i];
  }
}

/// Sixteen sums side by side, so that vectors hold them.
CLEW_VECTORS double squares(const float *x, int64_t count) {
  double sums[16] = {};
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    for (int64_t j = 0; j < 16; ++j) {
      sums[j] += static_cast<double>(x[i + j]) * static_cast<double>(x[i + j]);
    }
  }
  double all = 0;
  for (; i < count; ++i) {
    all += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  }
  for (double sum : sums) {
    all += sum;
  }
  return all;
}

template <typename Work> void eachPart(int threads, size_t size, Work work) {
  const auto count = static_cast<int64_t>(size);
  parallelFor(threads, ceilDiv(count, together), [&](int64_t part, int) {
    const int64_t begin = part * together;
    work(begin, std::min(together, count - begin));
  });
}

double squareSum(std::span<const float> values, int threads) {
  std::vector<double> sums(static_cast<size_t>(ceilDiv(static_cast<int64_t>(values.size()), together)));
  eachPart(threads, values.size(), [&](int64_t begin, int64_t count) {
    sums[static_cast<size_t>(begin / together)] = squares(values.data() + begin, count);
  });
  double all = 0;
  for (double sum : sums) {
    all += sum;
  }
  return all;
}

} // namespace

int Optimizer::momentsOf(const OptimizerForm &form) {
  return form.kind != OptimizerKind::Sgd ? 2 : form.momentum > 0 ? 1 : 0;
}

double Optimizer::gradientNorm(TrainingState &state) const {
  double sum = 0;
  for (const TrainingState::Trained &one : state.trained()) {
    sum += squareSum(one.gradient, threads);
  }
  return std::sqrt(sum);
}

double Optimizer::rateOf(const std::string &parameter) const {
  double factor = 1;
  size_t longest = 0;
  for (const auto &[path, rate] : form.rates) {
    if (isUnder(parameter, path) && path.size() >= longest) {
      factor = rate;
      longest = path.size();
    }
  }
  return form.rate * factor;
}

void Optimizer::update(TrainingState &state, int64_t number, double factor) const {
  const double norm = form.clip > 0 ? gradientNorm(state) : 0;
  const double power = static_cast<double>(number) + 1;
  for (TrainingState::Trained &one : state.trained()) {
    Rule rule;
    rule.rate = static_cast<float>(rateOf(one.parameter->name) * factor);
    rule.beta1 = static_cast<float>(form.kind == OptimizerKind::Sgd ? form.momentum : form.beta1);
    rule.beta2 = static_cast<float>(form.beta2);
    rule.eps = static_cast<float>(form.eps);
    rule.decay = one.parameter->shape.size() > 1 ? static_cast<float>(form.weightDecay) : 0.0F;
    rule.scale = norm > form.clip && form.clip > 0 ? static_cast<float>(form.clip / norm) : 1.0F;
    rule.correct1 = static_cast<float>(1 / (1 - std::pow(form.beta1, power)));
    rule.correct2 = static_cast<float>(1 / (1 - std::pow(form.beta2, power)));
    float *w = one.values.data();
    float *g = one.gradient.data();
    float *m = one.moments.empty() ? nullptr : one.moments[0].data();
    float *v = one.moments.size() < 2 ? nullptr : one.moments[1].data();
    eachPart(threads, one.values.size(), [&](int64_t at, int64_t count) {
      switch (form.kind) {
      case OptimizerKind::Adamw:
        return adamw(w + at, g + at, m + at, v + at, count, rule);
      case OptimizerKind::Lamb:
        return lambDirection(w + at, g + at, m + at, v + at, count, rule);
      case OptimizerKind::Sgd:
        return sgd(w + at, g + at, m ? m + at : nullptr, count, rule);
      }
    });
    if (form.kind == OptimizerKind::Lamb) {
      const double length = std::sqrt(squareSum(one.values, threads));
      const double direction = std::sqrt(squareSum(one.gradient, threads));
      const double trust = length > 0 && direction > 0 ? length / direction : 1;
      eachPart(threads, one.values.size(),
               [&](int64_t at, int64_t count) { step(w + at, g + at, static_cast<float>(rule.rate * trust), count); });
    }
    if (!one.average.empty()) {
      // Early averages forget faster, so that the first values do not stay in them.
      const auto keep = static_cast<float>(std::min(average, power / (power + 10)));
      eachPart(threads, one.values.size(),
               [&](int64_t at, int64_t count) { follow(one.average.data() + at, w + at, keep, count); });
    }
  }
}

} // namespace clew
