// The front against its definition.
#include "suites/report/Pareto.h"

#include "tests/suites/report/SampleRecords.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <random>

using namespace clew;
using Indices = std::vector<size_t>;

TEST_CASE("the front of a few points") {
  CHECK(paretoFront({}).empty());
  const std::vector<Tradeoff> points = {{10, 80}, {5, 70}, {7, 69}, {20, 80}, {1, 50}, {30, 81}};
  CHECK(paretoFront(points) == Indices{4, 1, 0, 5});
}

TEST_CASE("equal points stay together; points that are no numbers take no part") {
  const double none = std::numeric_limits<double>::quiet_NaN();
  const std::vector<Tradeoff> points = {{5, 70}, {5, 70}, {5, 69}, {none, 99}, {6, none}, {6, 70}};
  CHECK(paretoFront(points) == Indices{0, 1});
}

TEST_CASE("the front is what no point dominates, on random points") {
  std::mt19937 chance(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<Tradeoff> points(chance() % 40);
    for (Tradeoff &point : points) {
      point = {static_cast<double>(chance() % 12), static_cast<double>(chance() % 12)};
    }
    Indices expected;
    for (size_t i = 0; i < points.size(); ++i) {
      const bool beaten = std::ranges::any_of(points, [&](const Tradeoff &other) {
        return other.cost <= points[i].cost && other.gain >= points[i].gain &&
               (other.cost < points[i].cost || other.gain > points[i].gain);
      });
      if (!beaten) {
        expected.push_back(i);
      }
    }
    Indices front = paretoFront(points);
    CHECK(std::ranges::is_sorted(front, {}, [&](size_t i) { return points[i].cost; }));
    std::ranges::sort(front);
    CHECK(front == expected);
  }
}

TEST_CASE("fronts are of one task and one machine, without random weights") {
  auto of = [](const char *model, double score, double p50, nlohmann::ordered_json more) {
    more["model"] = model;
    return std::vector{sampleRecord("accuracy", with(scored(score), more)),
                       sampleRecord("single-stream", with(timed(p50), more))};
  };
  std::vector<SourcedRecord> records;
  for (auto &pair : {of("a/x", 80, 40, {}), of("b/x", 79, 50, {}), of("c/x", 70, 5, {}),
                     of("d/x", 99, 1, {{"weights_sha256", "random:1"}}), of("e/x", 50, 60, {{"task", "tnews"}})}) {
    records.insert(records.end(), pair.begin(), pair.end());
  }
  std::vector<ReportRow> rows = joined(records);
  markParetoFronts(rows);
  std::string front;
  for (const ReportRow &row : rows) {
    front += row.pareto ? row.model.substr(0, 1) : "";
  }
  CHECK(front == "ace");
}
