// Which records become one row, and what a row is marked with.
#include "suites/report/JoinRecords.h"

#include "tests/suites/report/SampleRecords.h"

#include <doctest/doctest.h>

using namespace clew;
using Strings = std::vector<std::string>;

TEST_CASE("scores and timings of one configuration become one row") {
  const auto rows = joined({sampleRecord("single-stream", timed(40, 90)), sampleRecord("accuracy", scored(79.5)),
                            sampleRecord("offline", {{"rows_per_s", 31.5}, {"tokens_per_s", 1250.0}}),
                            sampleRecord("server", {{"server", {{"rate_per_s", 12.5}, {"bound_ms", 100.0}}}})});
  REQUIRE(rows.size() == 1);
  const ReportRow &row = rows.front();
  CHECK(row.complete());
  CHECK(row.metrics.front().first == "entity_f1"); // the headline comes first
  CHECK(row.metrics.front().second.value == 79.5);
  CHECK(row.latency.p50 == 40);
  CHECK(row.modelOnly.p50 == 36);
  CHECK(row.rowsPerS == 31.5);
  CHECK(row.tokensPerS == 1250);
  CHECK(row.serverPerS == 12.5);
  CHECK(row.threads == 2);
  CHECK(row.marks().empty());
  CHECK(row.ranked());
}

TEST_CASE("other weights, precisions, data and vocabularies do not join") {
  for (const auto &[field, other] : std::vector<std::pair<const char *, const char *>>{{"weights_sha256", "another"},
                                                                                       {"precision", "bf16"},
                                                                                       {"target", "ref"},
                                                                                       {"data_sha256", "another"},
                                                                                       {"vocabulary_sha256", "another"},
                                                                                       {"tokenizer_sha256", "another"},
                                                                                       {"task_sha256", "another"},
                                                                                       {"model_sha256", "another"},
                                                                                       {"execution", "another"},
                                                                                       {"scheme", "another"}}) {
    CAPTURE(field);
    const auto rows = joined(
        {sampleRecord("accuracy", scored(79.5)), sampleRecord("single-stream", with(timed(40), {{field, other}}))});
    REQUIRE(rows.size() == 2);
    CHECK(std::ranges::count_if(rows, &ReportRow::complete) == 1);
    const auto incomplete = std::ranges::find_if(rows, [](const ReportRow &row) { return !row.complete(); });
    CHECK(incomplete->marks().front() == "incomplete");
    CHECK_FALSE(incomplete->ranked());
  }
}

TEST_CASE("threads, tiers and machines stay apart and share the scores") {
  const nlohmann::ordered_json machine = {{"machine", {{"cpu", "Other"}, {"cores", 8}, {"kernel", "6.1"}}}};
  const auto rows = joined({sampleRecord("accuracy", scored(79.5)), sampleRecord("single-stream", timed(40)),
                            sampleRecord("single-stream", with(timed(70), {{"threads", 1}})),
                            sampleRecord("single-stream", with(timed(41), {{"tier", "smoke"}})),
                            sampleRecord("single-stream", with(timed(12), machine))});
  REQUIRE(rows.size() == 4);
  for (const ReportRow &row : rows) {
    CHECK(row.complete());
  }
  CHECK(rows.front().latency.p50 == 12); // equal scores: the faster first
}

TEST_CASE("each machine has its own scores") {
  const nlohmann::ordered_json other = {{"machine", {{"cpu", "Other"}, {"cores", 8}, {"kernel", "6.1"}}}};
  const auto rows = joined({sampleRecord("accuracy", scored(79.5)), sampleRecord("single-stream", timed(40)),
                            sampleRecord("accuracy", with(scored(70), other)),
                            sampleRecord("single-stream", with(timed(12), other))});
  REQUIRE(rows.size() == 2);
  for (const ReportRow &row : rows) {
    CHECK(row.metrics.front().second.value == (row.machine.cpu == "Other" ? 70 : 79.5));
    CHECK(row.latency.p50 == (row.machine.cpu == "Other" ? 12 : 40));
  }
}

TEST_CASE("machines of one make are told apart") {
  const nlohmann::ordered_json machine = {
      {"cpu", "CPU"}, {"cores", 2}, {"kernel", "6.1"}, {"host", "0123456789abcdef"}};
  CHECK(joined({sampleRecord("single-stream", timed(40)),
                sampleRecord("single-stream", with(timed(12), {{"machine", machine}}))})
            .size() == 2);
}

TEST_CASE("what check found keeps a row from being ranked") {
  const std::vector records = {sampleRecord("accuracy", scored(79.5)), sampleRecord("single-stream", timed(40))};
  const auto marksOf = [&](const std::vector<RecordStanding> &standings) {
    const Result<std::vector<ReportRow>> rows = joinRecords(records, standings);
    REQUIRE(rows);
    REQUIRE(rows->size() == 1);
    CHECK(rows->front().ranked() == rows->front().unranked.empty());
    return rows->front().marks();
  };
  CHECK(marksOf({{"", true}, {"", true}}).empty());
  CHECK(marksOf({{"", false}, {"", true}}) == Strings{"score not computed again here"});
  CHECK(marksOf({{"", true}, {"forged", true, true}}) == Strings{"does not check"});
  CHECK(marksOf({{"", true}, {"its tier is smoke", true}}).empty());
}

TEST_CASE("the later record of a cell counts, in whatever order they come") {
  const auto older = sampleRecord("single-stream", timed(40));
  const auto newer = sampleRecord("single-stream", with(timed(30), {{"finished", "2026-11-23T04:00:00Z"}}));
  CHECK(joined({older, newer}).front().latency.p50 == 30);
  CHECK(joined({newer, older}).front().latency.p50 == 30);
  CHECK(joined({newer, older}).size() == 1);
}

TEST_CASE("lengths of the grid are points of their row") {
  const auto rows =
      joined({sampleRecord("single-stream", with(timed(80), {{"length", 128}})),
              sampleRecord("single-stream", with(timed(8), {{"length", 16}})), sampleRecord("accuracy", scored(79.5))});
  REQUIRE(rows.size() == 1);
  CHECK_FALSE(rows.front().timed);
  CHECK_FALSE(rows.front().latency.p50);
  REQUIRE(rows.front().lengths.size() == 2);
  CHECK(rows.front().lengths[0].tokens == 16);
  CHECK(rows.front().lengths[1].text.p50 == 80);
}

TEST_CASE("marks say what a reader must know") {
  const auto rows = joined(
      {sampleRecord("single-stream",
                    with(timed(4), {{"weights_sha256", "random:1"},
                                    {"task", "sample-tag"},
                                    {"tier", "smoke"},
                                    {"flags", {"random weights: nothing", "tier smoke: not official", "load 0.6"}}}))});
  REQUIRE(rows.size() == 1);
  CHECK(rows.front().marks() == Strings{"random weights", "incomplete", "not official", "sample data", "load 0.6"});
}

TEST_CASE("a percentile without enough samples is absent, not zero") {
  const ReportRow row = joined({sampleRecord("single-stream", timed(4))}).front();
  CHECK(row.timed);
  CHECK(row.latency.p50 == 4);
  CHECK_FALSE(row.latency.p99);
}

TEST_CASE("wrong types in a record are absent fields, never a crash") {
  const auto rows = joined({sampleRecord("single-stream", {{"latency_ms", "fast"},
                                                           {"machine", 7},
                                                           {"flags", "none"},
                                                           {"seeds", nullptr},
                                                           {"cold_start_ms", nlohmann::ordered_json::array()},
                                                           {"peak_memory_bytes", 1e300},
                                                           {"parameters", "many"}})});
  REQUIRE(rows.size() == 1);
  CHECK_FALSE(rows.front().latency.p50);
  CHECK(rows.front().parameters == 0);
  CHECK(rows.front().peakMemory == 0);
}

TEST_CASE("a record that names no cell is an error") {
  const auto rows = joinRecords(std::vector{sampleRecord("accuracy", {{"model", ""}})});
  REQUIRE_FALSE(rows);
  CHECK(rows.error().kind == ErrorKind::BadInput);
  CHECK(rows.error().message.find("'model'") != std::string::npos);
}

TEST_CASE("unknown targets, precisions, scenarios and tiers are errors, never another one") {
  for (const char *field : {"target", "precision", "scenario", "tier"}) {
    CAPTURE(field);
    const auto rows = joinRecords(std::vector{sampleRecord("accuracy", with(scored(80), {{field, "fp4"}}))});
    REQUIRE_FALSE(rows);
    CHECK(rows.error().message.find("'fp4'") != std::string::npos);
  }
}

TEST_CASE("random weights stand behind real ones, whatever their score") {
  const auto rows = joined({sampleRecord("accuracy", with(scored(99), {{"weights_sha256", "random:1"}})),
                            sampleRecord("accuracy", scored(60))});
  REQUIRE(rows.size() == 2);
  CHECK(rows.back().randomWeights());
}

TEST_CASE("classes get the names that people know") {
  Task task;
  task.name = "cluener";
  task.labels = {"100", "101"};
  auto rows = joined({sampleRecord("accuracy", scored(60))});
  nameClasses(rows, std::vector{task});
  CHECK(rows.front().classNames.empty());
  task.labelNames = {"news", "culture"};
  nameClasses(rows, std::vector{task});
  CHECK(rows.front().classNames.at("101") == "culture");
}

TEST_CASE("an accuracy run of a split without labels has no scores, and is not incomplete") {
  const auto rows = joined({sampleRecord("accuracy", {{"predictions", {{"path", "p.jsonl"}, {"sha256", "0"}}}})});
  REQUIRE(rows.size() == 1);
  CHECK(rows.front().marks().front() == "no labels");
  CHECK_FALSE(rows.front().ranked());
}
