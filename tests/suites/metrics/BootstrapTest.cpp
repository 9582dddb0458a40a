// Intervals: the same for a seed on any number of threads, quick, and of the width that theory gives.
#include "tests/suites/metrics/MetricCases.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <random>

using namespace clew;

namespace {

/// 10,000 rows of 15 classes, about `right` of them predicted right.
std::pair<std::vector<Row>, std::vector<Prediction>> manyRows(double right) {
  std::mt19937_64 generator(7);
  std::vector<int32_t> gold;
  std::vector<int32_t> predicted;
  for (int i = 0; i < 10000; ++i) {
    gold.push_back(static_cast<int32_t>(generator() % 15));
    const bool hit = static_cast<double>(generator() >> 11) * 0x1p-53 < right;
    predicted.push_back(hit ? gold.back() : static_cast<int32_t>(generator() % 15));
  }
  return {labelRows(gold), labelPredictions(predicted)};
}

Task fifteen() {
  std::vector<std::string> labels;
  for (int i = 0; i < 15; ++i) {
    labels.push_back(std::to_string(i));
  }
  return makeTask(classifyKind(), labels);
}

} // namespace

TEST_CASE("the seed decides, the number of threads does not") {
  const auto [rows, predictions] = manyRows(0.5);
  const Result<Scores> one = score(fifteen(), rows, predictions, {200, 5, 1});
  const Result<Scores> two = score(fifteen(), rows, predictions, {200, 5, 3});
  const Result<Scores> other = score(fifteen(), rows, predictions, {200, 6, 1});
  REQUIRE((one && two && other));
  for (const auto &[name, interval] : one->metrics) {
    CHECK(interval.lo == metricOf(*two, name).lo);
    CHECK(interval.hi == metricOf(*two, name).hi);
    CHECK(interval.lo != metricOf(*other, name).lo);
  }
}

TEST_CASE("1000 resamples of 10,000 rows are quick, and as wide as the normal approximation") {
  const auto [rows, predictions] = manyRows(0.5);
  const auto begin = std::chrono::steady_clock::now();
  const Result<Scores> scores = score(fifteen(), rows, predictions);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  REQUIRE(scores);
  MESSAGE("1000 resamples of 10,000 rows: ", taken.count(), " s");
#ifndef CLEW_SANITIZED
  CHECK(taken.count() < 5); // far above what it takes, as tests may share the machine
#endif
  const Interval accuracy = metricOf(*scores, "accuracy");
  const double share = accuracy.value / 100;
  const double width = 2 * 1.96 * 100 * std::sqrt(share * (1 - share) / 10000);
  CHECK(accuracy.lo < accuracy.value);
  CHECK(accuracy.value < accuracy.hi);
  CHECK(accuracy.hi - accuracy.lo == doctest::Approx(width).epsilon(0.1));
}

TEST_CASE("a perfect score has no width, and no resamples give the value alone") {
  const auto [rows, predictions] = manyRows(1);
  const Result<Scores> scores = score(fifteen(), rows, predictions, {50, 1, 1});
  REQUIRE(scores);
  for (const auto &[name, interval] : scores->metrics) {
    CHECK(interval.lo == 100);
    CHECK(interval.hi == 100);
  }
  const Result<Scores> bare = score(fifteen(), rows, predictions, {0, 1, 1});
  REQUIRE(bare);
  CHECK(metricOf(*bare, "accuracy").lo == 100);
}
