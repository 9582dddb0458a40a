// Updates against the algorithms of the papers written out in f64, and schedules at their ends. Parameters are of order 1 and updates of order
// 1e-2: f32 leaves an error of about 1e-7 an update.
#include "training/Optimizer.h"

#include <cmath>
#include <cstring>
#include <doctest/doctest.h>

using namespace clew;

namespace {

/// A Program of two parameters, a matrix and a vector, and nothing else.
Program twoParameters() {
  Program program;
  program.model = "test/two";
  program.parameters = {{"a.weight", {300, 200}, Init::Normal}, {"b.bias", {7}, Init::Normal}};
  for (int32_t i = 0; i < 2; ++i) {
    const int64_t rows = i == 0 ? 300 : 1, columns = i == 0 ? 200 : 7;
    program.states.push_back({program.parameters[i].name, StateKind::Parameter, DType::F32, i, rows, columns});
    program.states.push_back(
        {program.parameters[i].name + ".gradient", StateKind::Gradient, DType::F32, i, rows, columns});
  }
  return program;
}

double gradientAt(int step, size_t parameter, size_t i) {
  return std::sin(0.1 * static_cast<double>(i + 31 * parameter) + step);
}
double valueAt(size_t parameter, size_t i) { return std::cos(0.37 * static_cast<double>(i + parameter)); }

constexpr int steps = 5;

TrainingState trained(const Program &program, const OptimizerForm &form, double average, int threads) {
  auto state = TrainingState::create(program, Optimizer::momentsOf(form), average > 0);
  REQUIRE(state.has_value());
  const Optimizer optimizer(form, average, threads);
  for (size_t p = 0; p < 2; ++p) {
    for (size_t i = 0; i < state->trained()[p].values.size(); ++i) {
      state->trained()[p].values[i] = static_cast<float>(valueAt(p, i));
    }
  }
  for (int step = 0; step < steps; ++step) {
    for (size_t p = 0; p < 2; ++p) {
      for (size_t i = 0; i < state->trained()[p].values.size(); ++i) {
        state->trained()[p].gradient[i] = static_cast<float>(gradientAt(step, p, i));
      }
    }
    optimizer.update(*state, step, 0.5);
  }
  return std::move(*state);
}

/// The same in f64, one parameter after the other.
std::vector<double> expected(const Program &program, const OptimizerForm &form, size_t p, double scale) {
  const auto count = static_cast<size_t>(p == 0 ? 60000 : 7);
  std::vector<double> w(count), m(count), v(count), direction(count);
  const double decay = program.parameters[p].shape.size() > 1 ? form.weightDecay : 0;
  double rate = form.rate * 0.5;
  for (const auto &[path, factor] : form.rates) {
    rate *= program.parameters[p].name.starts_with(path + ".") ? factor : 1;
  }
  for (size_t i = 0; i < count; ++i) {
    w[i] = static_cast<double>(static_cast<float>(valueAt(p, i)));
  }
  for (int step = 0; step < steps; ++step) {
    double lengthW = 0, lengthD = 0;
    for (size_t i = 0; i < count; ++i) {
      const double g = static_cast<double>(static_cast<float>(gradientAt(step, p, i))) * scale;
      if (form.kind == OptimizerKind::Sgd) {
        m[i] = form.momentum * m[i] + g + decay * w[i];
        direction[i] = m[i];
        continue;
      }
      m[i] = form.beta1 * m[i] + (1 - form.beta1) * g;
      v[i] = form.beta2 * v[i] + (1 - form.beta2) * g * g;
      direction[i] = m[i] / (1 - std::pow(form.beta1, step + 1)) /
                         (std::sqrt(v[i] / (1 - std::pow(form.beta2, step + 1))) + form.eps) +
                     decay * w[i];
      lengthW += w[i] * w[i];
      lengthD += direction[i] * direction[i];
    }
    const double trust = form.kind == OptimizerKind::Lamb ? std::sqrt(lengthW / lengthD) : 1;
    for (size_t i = 0; i < count; ++i) {
      w[i] -= rate * trust * direction[i];
    }
  }
  return w;
}

void check(const OptimizerForm &form, double scale = 1) {
  const Program program = twoParameters();
  TrainingState one = trained(program, form, 0, 1), two = trained(program, form, 0, 3);
  for (size_t p = 0; p < 2; ++p) {
    const std::span<float> found = one.trained()[p].values;
    CHECK(std::memcmp(found.data(), two.trained()[p].values.data(), found.size_bytes()) == 0);
    const std::vector<double> wanted = expected(program, form, p, scale);
    double largest = 0;
    for (size_t i = 0; i < wanted.size(); ++i) {
      largest = std::max(largest, std::abs(static_cast<double>(found[i]) - wanted[i]));
    }
    CHECK(largest < 2e-6);
  }
}

} // namespace

TEST_CASE("AdamW, LAMB and SGD follow their papers; threads change no bit") {
  check({.kind = OptimizerKind::Adamw, .rate = 0.01, .weightDecay = 0.1});
  check({.kind = OptimizerKind::Adamw, .rate = 0.01, .weightDecay = 0.1, .rates = {{"b", 10}}});
  check({.kind = OptimizerKind::Lamb, .rate = 0.01, .eps = 1e-6, .weightDecay = 0.01});
  check({.kind = OptimizerKind::Sgd, .rate = 0.01});
  check({.kind = OptimizerKind::Sgd, .rate = 0.01, .momentum = 0.9, .weightDecay = 0.1});
}

TEST_CASE("gradients that are too long all together are scaled down, shorter ones are not") {
  const Program program = twoParameters();
  TrainingState state = trained(program, {.kind = OptimizerKind::Sgd, .rate = 0}, 0, 2);
  double sum = 0;
  for (size_t p = 0; p < 2; ++p) {
    for (float g : state.trained()[p].gradient) {
      sum += static_cast<double>(g) * static_cast<double>(g);
    }
  }
  CHECK(Optimizer({}, 0, 2).gradientNorm(state) == doctest::Approx(std::sqrt(sum)));
  // All five gradients have about this length, but each its own: only SGD without momentum can be written out with one scale.
  OptimizerForm form{.kind = OptimizerKind::Sgd, .rate = 0.01, .clip = 1e9};
  check(form);
}

TEST_CASE("averages come after the weights") {
  const Program program = twoParameters();
  TrainingState state = trained(program, {.kind = OptimizerKind::Sgd, .rate = 0.01}, 0.9, 2);
  const TrainingState::Trained &one = state.trained()[1];
  CHECK(one.average[0] != one.values[0]);
  CHECK(std::abs(one.average[0] - one.values[0]) < 0.02F);
  CHECK(state.values(true)[1].data() == one.average.data());
  CHECK(state.values(false)[1].data() == one.values.data());
}

TEST_CASE("schedules: warm-up from 0, then constant, linear or cosine to 0") {
  const Schedule linear{ScheduleShape::Linear, 0.1};
  CHECK(linear.at(0, 100) == doctest::Approx(0.1));
  CHECK(linear.at(9, 100) == doctest::Approx(1).epsilon(0.02));
  CHECK(linear.at(55, 100) == doctest::Approx(0.5));
  CHECK(linear.at(99, 100) == doctest::Approx(0.0111).epsilon(0.01));
  CHECK(Schedule{ScheduleShape::Constant, 0}.at(99, 100) == 1);
  CHECK(Schedule{ScheduleShape::Cosine, 0}.at(50, 100) == doctest::Approx(0.5));
}
