// Paired tests and the correction for many comparisons, by hand and against textbook numbers.
#include "tests/suites/metrics/MetricCases.h"

#include <doctest/doctest.h>

using namespace clew;

TEST_CASE("McNemar by hand: 1 against 7 discordant rows") {
  const Task task = makeTask(classifyKind(), {"0", "1"}, "accuracy");
  const std::vector<Row> rows = labelRows(std::vector<int32_t>(20, 0));
  std::vector<int32_t> a(20, 0);
  std::vector<int32_t> b(20, 0);
  std::fill_n(a.begin(), 7, 1); // 7 rows that only B has right
  b[10] = 1;                    // one that only A has right
  const Result<PairedTest> test = comparePaired(task, rows, labelPredictions(a), labelPredictions(b));
  REQUIRE(test);
  CHECK(test->test == "mcnemar");
  CHECK(test->metric == "accuracy");
  CHECK(test->difference == doctest::Approx(30));
  CHECK(test->p == doctest::Approx(2 * (1 + 8) / 256.0));
  CHECK(test->lo < 30);
  CHECK(test->hi > 30);
}

TEST_CASE("a system does not differ from itself") {
  const Task task = makeTask(classifyKind(), {"0", "1"}, "accuracy");
  const std::vector<Row> rows = labelRows({0, 1, 0});
  const std::vector<Prediction> same = labelPredictions({0, 1, 1});
  const Result<PairedTest> test = comparePaired(task, rows, same, same);
  REQUIRE(test);
  CHECK(test->p == 1);
  CHECK(test->difference == 0);
  const Result<PairedTest> macro = comparePaired(makeTask(classifyKind(), {"0", "1"}, "macro_f1"), rows, same, same);
  REQUIRE(macro);
  CHECK(macro->test == "paired bootstrap");
  CHECK(macro->p == 1);
}

TEST_CASE("a paired bootstrap sees a plain difference, and never says p = 0") {
  const Task task = makeTask(tagKind(), {"name"}, "entity_f1");
  std::vector<Row> rows(50, textRow("鲁迅", {{"name", 0, 2}}));
  const std::vector<Prediction> bad(50, entityPrediction({}));
  const std::vector<Prediction> good(50, entityPrediction({{"name", 0, 2}}));
  const Result<PairedTest> test = comparePaired(task, rows, bad, good);
  REQUIRE(test);
  CHECK(test->difference == doctest::Approx(100));
  CHECK(test->p == doctest::Approx(2.0 / 1001));
}

TEST_CASE("Benjamini and Hochberg") {
  const std::vector<double> adjusted = adjustedForDiscoveries(std::vector<double>{0.01, 0.04, 0.03, 0.005});
  const std::vector<double> expected = {0.02, 0.04, 0.04, 0.02};
  REQUIRE(adjusted.size() == expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    CHECK(adjusted[i] == doctest::Approx(expected[i]));
  }
  CHECK(adjustedForDiscoveries({}).empty());
  CHECK(adjustedForDiscoveries(std::vector<double>{1.0})[0] == 1);
}
