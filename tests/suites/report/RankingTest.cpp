// Ranks by hand: ties by overlapping intervals, machines of other classes apart, the front of score, latency and memory.
#include "suites/report/Ranking.h"
#include "tests/suites/report/SampleRecords.h"

#include <doctest/doctest.h>

namespace clew {
namespace {

using Json = nlohmann::ordered_json;

struct Point {
  std::string model;
  double score, lo, hi;
  double p50 = 10;
  int64_t memory = 1000;
  int cores = 2;
};

std::vector<ReportRow> rowsOf(const std::vector<Point> &points) {
  std::vector<SourcedRecord> records;
  for (const Point &point : points) {
    const Json machine = {{"cpu", "CPU"}, {"cores", point.cores}, {"kernel", "6.1"}};
    const Json common = {{"model", point.model}, {"machine", machine}, {"peak_memory_bytes", point.memory}};
    const Json scores = {{"metrics", {{"entity_f1", {{"value", point.score}, {"lo", point.lo}, {"hi", point.hi}}}}},
                         {"headline", "entity_f1"}};
    records.push_back(sampleRecord("accuracy", with(scores, common)));
    records.push_back(sampleRecord("single-stream", with(timed(point.p50), common)));
  }
  return joined(records);
}

std::vector<std::string> ranksOf(const Ranking &ranking) {
  std::vector<std::string> ranks;
  for (const RankedRow &ranked : ranking.rows) {
    ranks.push_back(std::to_string(ranked.rank) + " " + ranked.row->model);
  }
  return ranks;
}

using Strings = std::vector<std::string>;

} // namespace

TEST_CASE("a rank counts those that lie wholly above") {
  const std::vector<ReportRow> rows = rowsOf(
      {{"a/x", 80, 78, 82}, {"b/x", 79, 77, 81}, {"c/x", 77.5, 76, 78.5}, {"d/x", 75, 74, 76}, {"e/x", 60, 58, 62}});
  const std::vector<Ranking> rankings = rankRows(rows);
  REQUIRE(rankings.size() == 1);
  // c overlaps a and b; of those above d, a and b lie wholly above, c touches it.
  CHECK(ranksOf(rankings[0]) == Strings{"1 a/x", "1 b/x", "1 c/x", "3 d/x", "5 e/x"});
  CHECK(rankings[0].rows.front().isBest);
}

TEST_CASE("machines of other classes have rankings of their own; two machines of one class share one") {
  const std::vector<ReportRow> rows =
      rowsOf({{"a/x", 80, 78, 82}, {"b/x", 70, 69, 71, 5, 1000, 64}, {"c/x", 60, 59, 61}});
  const std::vector<Ranking> rankings = rankRows(rows);
  REQUIRE(rankings.size() == 2);
  CHECK(rankings[0].machineClass == "CPU, 2 cores");
  CHECK(ranksOf(rankings[0]) == Strings{"1 a/x", "2 c/x"});
  CHECK(rankings[1].machineClass == "CPU, 64 cores");
  CHECK(ranksOf(rankings[1]) == Strings{"1 b/x"});
}

TEST_CASE("the front: nothing is as good in score, latency and memory and better in one") {
  const std::vector<ReportRow> rows = rowsOf({{"best/x", 80, 78, 82, 40, 4000},
                                              {"beaten/x", 79, 77, 81, 41, 4000},
                                              {"small/x", 78, 76, 80, 50, 1000},
                                              {"fast/x", 70, 68, 72, 5, 5000},
                                              {"same/x", 70, 68, 72, 5, 5000},
                                              {"slow/x", 70, 68, 72, 6, 5000}});
  const std::vector<Ranking> rankings = rankRows(rows);
  REQUIRE(rankings.size() == 1);
  Strings front;
  for (const RankedRow &ranked : rankings[0].rows) {
    if (ranked.front) {
      front.push_back(ranked.row->model);
    }
  }
  std::ranges::sort(front);
  CHECK(front == Strings{"best/x", "fast/x", "same/x", "small/x"});
}

} // namespace clew
