// add, subtract, multiply, activations, dropout outside of training, norms and softmax: closed forms and published values.
#include "tests/runtime/ref/RefCase.h"

#include <cmath>
#include <limits>

using namespace clew;
using namespace clew::test;

namespace {
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();
} // namespace

TEST_CASE("add, subtract and multiply take a tensor, a vector over the columns, or a number") {
  Tensor x = f32(2, 3, {1, 2, 3, 4, 5, 6}), same = f32(2, 3, {10, 20, 30, 40, 50, 60}), row = f32(1, 3, {1, 0, -1}),
         y = f32(2, 3);
  REQUIRE(run("add", {&x, &same}, {&y}).ok());
  checkValues(y, {11, 22, 33, 44, 55, 66}, 0);
  REQUIRE(run("add", {&x, &row}, {&y}).ok());
  checkValues(y, {2, 2, 2, 5, 5, 5}, 0);
  REQUIRE(run("multiply", {&x, &same}, {&y}).ok());
  checkValues(y, {10, 40, 90, 160, 250, 360}, 0);
  REQUIRE(run("multiply", {&x, &row}, {&y}).ok());
  checkValues(y, {1, 0, -3, 4, 0, -6}, 0);
  REQUIRE(run("subtract", {&x, &same}, {&y}).ok());
  checkValues(y, {-9, -18, -27, -36, -45, -54}, 0);
  REQUIRE(run("subtract", {&x, &row}, {&y}).ok());
  checkValues(y, {0, 2, 4, 3, 5, 7}, 0);
  Tensor number = f32(1, 1, {-2});
  REQUIRE(run("multiply", {&x, &number}, {&y}).ok());
  checkValues(y, {-2, -4, -6, -8, -10, -12}, 0);
  Tensor wrong = f32(1, 2);
  CHECK_FALSE(run("add", {&x, &wrong}, {&y}).ok());
}

TEST_CASE("activations have their published values") {
  Tensor x = f32(1, 5, {-2, -1, 0, 1, 2}), y = f32(1, 5);
  REQUIRE(
      run("gelu", {&x}, {&y}).ok()); // x times the normal distribution function: Phi(1) = 0.8413447, Phi(2) = 0.9772499
  checkValues(y, {-0.04550026, -0.15865525, 0, 0.84134475, 1.95449974});
  REQUIRE(run("gelu_tanh", {&x}, {&y}).ok());
  checkValues(y, {-0.04540231, -0.15880801, 0, 0.84119199, 1.95459769});
  REQUIRE(run("tanh", {&x}, {&y}).ok());
  checkValues(y, {-0.96402758, -0.76159416, 0, 0.76159416, 0.96402758});
  REQUIRE(run("relu", {&x}, {&y}).ok());
  checkValues(y, {0, 0, 0, 1, 2}, 0);
  REQUIRE(run("sigmoid", {&x}, {&y}).ok());
  checkValues(y, {0.11920292, 0.26894142, 0.5, 0.73105858, 0.88079708});
  REQUIRE(run("dropout", {&x}, {&y}, {{"rate", 0.5}}).ok());
  checkValues(y, {-2, -1, 0, 1, 2}, 0);
}

TEST_CASE("activations keep NaN and reach their limits") {
  for (const char *op : {"gelu", "gelu_tanh", "tanh", "relu", "sigmoid"}) {
    CAPTURE(op);
    Tensor x = f32(1, 2, {notANumber, 100}), y = f32(1, 2);
    REQUIRE(run(op, {&x}, {&y}).ok());
    const bool bounded = std::string(op) == "tanh" || std::string(op) == "sigmoid";
    checkValues(y, {notANumber, bounded ? 1.0 : 100.0}, 0);
  }
}

TEST_CASE("softmax rows sum to one, and shifts do not change them") {
  Tensor x = f32(3, 4, {0, 0, 0, 0, 1, 2, 3, 4, 1001, 1002, 1003, 1004}), y = f32(3, 4);
  REQUIRE(run("softmax", {&x}, {&y}).ok());
  // e^1, e^2, e^3, e^4 over their sum 84.7910248
  checkValues(y, {0.25, 0.25, 0.25, 0.25, 0.0320586, 0.08714432, 0.23688282, 0.64391426, 0.0320586, 0.08714432,
                  0.23688282, 0.64391426});
  Tensor ends = f32(2, 2, {-infinity, 0, notANumber, 0}), z = f32(2, 2);
  REQUIRE(run("softmax", {&ends}, {&z}).ok());
  checkValues(z, {0, 1, notANumber, notANumber}, 0); // a NaN stays in its row
}

TEST_CASE("layer_norm normalizes by the variance over n") {
  // 1, 2, 3, 4: mean 2.5, variance 1.25
  Tensor x = f32(2, 4, {1, 2, 3, 4, 5, 5, 5, 5}), w = f32(1, 4, {1, 1, 2, 1}), b = f32(1, 4, {0, 0, 0, 10}),
         y = f32(2, 4);
  REQUIRE(run("layer_norm", {&x, &w, &b}, {&y}).ok());
  const double unit = 1 / std::sqrt(1.25);
  checkValues(y, {-1.5 * unit, -0.5 * unit, unit, 1.5 * unit + 10, 0, 0, 0, 10});
  REQUIRE(run("layer_norm", {&x, &w, &b}, {&y}, {{"eps", 3.75}}).ok()); // sqrt(1.25 + 3.75) = sqrt 5
  checkValues(y, {-1.5 / std::sqrt(5), -0.5 / std::sqrt(5), 1 / std::sqrt(5), 1.5 / std::sqrt(5) + 10, 0, 0, 0, 10});
}

TEST_CASE("layer_norm does not carry a NaN to the next row and refuses other shapes") {
  Tensor x = f32(2, 2, {notANumber, 1, 3, 1}), w = f32(1, 2, {1, 1}), b = f32(1, 2, {0, 0}), y = f32(2, 2),
         small = f32(1, 1);
  REQUIRE(run("layer_norm", {&x, &w, &b}, {&y}).ok());
  checkValues(y, {notANumber, notANumber, 1, -1});
  CHECK_FALSE(run("layer_norm", {&x, &small, &b}, {&y}).ok());
  CHECK_FALSE(run("layer_norm", {&x, &w, &b}, {&small}).ok());
  CHECK_FALSE(run("layer_norm", {&x, &w, &b}, {&y}, {{"eps", -1.0}}).ok());
}

TEST_CASE("batch_norm takes each column by what training saw of it") {
  Tensor x = f32(2, 2, {1, 2, 3, 4}), w = f32(1, 2, {2, -1}), b = f32(1, 2, {0.5, 0}), mean = f32(1, 2, {1, 3}),
         variance = f32(1, 2, {3.75, 0.75}), y = f32(2, 2);
  for (RefCompute compute : {RefCompute::F64, RefCompute::F32}) {
    REQUIRE(run("batch_norm", {&x, &w, &b, &mean, &variance}, {&y}, {{"eps", 0.25}}, compute).ok());
    checkValues(y, {0.5, 1, 2.5, -1});
  }
  CHECK_FALSE(run("batch_norm", {&x, &w, &b, &mean, &variance}, {&y}, {{"eps", 0}}).ok());
  Tensor narrow = f32(1, 1, {1});
  CHECK_FALSE(run("batch_norm", {&x, &w, &b, &narrow, &variance}, {&y}).ok());
}
