// What a request becomes, without sockets; and the parts that say what the service is doing.
#include "suites/data/PlainRow.h"
#include "suites/serve/DrivenServer.h"
#include "suites/serve/ServeMetrics.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

namespace clew {

TEST_CASE("a plain row and its object are each other's inverse, for every kind") {
  const std::pair<const char *, const char *> rows[] = {
      {"classify", R"({"text":"石桥"})"},
      {"pair", R"({"sentence1":"a","sentence2":""})"},
      {"keywords", R"({"keywords":["a b","c"],"abstract":"a b c"})"},
      {"pronoun", R"({"text":"小明说他来","span1_text":"小明","span1_index":0,"span2_text":"他","span2_index":3})"},
      {"choice", R"({"context":"c","question":"q","choices":["x","y"]})"},
      {"cloze", R"({"content":["a #idiom000001# b"],"candidates":["x","y"]})"},
      {"span", R"({"context":"c","question":"q"})"}};
  for (const auto &[name, text] : rows) {
    CAPTURE(name);
    const TaskKind *kind = findTaskKind(name);
    REQUIRE(kind);
    const Result<Row> row = plainRow(nlohmann::json::parse(text), *kind, 3);
    REQUIRE(row);
    CHECK(std::get<int64_t>(row->id) == 3);
    CHECK(plainObject(*row, *kind).dump() == text);
  }
}

TEST_CASE("Server-Timing: the parts' durations, together") {
  CHECK(serverTiming("queue;dur=1.5, answer;dur=2.25") == 3.75);
  CHECK(serverTiming("total;desc=\"x\";dur=7") == 7);
  CHECK_FALSE(serverTiming(""));
  CHECK_FALSE(serverTiming("queue"));
  CHECK_FALSE(serverTiming("queue;dur=many"));
  CHECK_FALSE(serverTiming("queue;dur=-1"));
}

TEST_CASE("a histogram cumulates; a value at a bound is within it") {
  Histogram histogram({1, 10});
  for (const double value : {0.5, 1.0, 2.0, 100.0}) {
    histogram.add(value);
  }
  CHECK(histogram.render("h", "what") ==
        "# HELP h what\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"10\"} 3\n"
        "h_bucket{le=\"+Inf\"} 4\nh_sum 103.5\nh_count 4\n");
}

TEST_CASE("labels are escaped, counters are what was counted") {
  ServeMetrics metrics({{"model", "a\"b\\c\nd"}});
  metrics.countRequest("/predict", 200);
  metrics.countRequest("/predict", 200);
  metrics.countRows({std::vector<std::string>{"x"}, 0.5, 0.25, 3}, 1);
  metrics.countRows({fail(ErrorKind::BadInput, "no"), 0, 0, 1}, 2);
  metrics.countRefusedRows(5);
  const std::string text = metrics.render(7, 9);
  for (const char *line :
       {"clew_info{model=\"a\\\"b\\\\c\\nd\"} 1\n", "clew_http_requests_total{path=\"/predict\",code=\"200\"} 2\n",
        "clew_rows_answered_total 1\n", "clew_rows_failed_total 2\n", "clew_rows_refused_total 5\n",
        "clew_queue_rows 7\n", "clew_queue_bound_rows 9\n", "clew_queue_seconds_count 2\n",
        "clew_batch_rows_sum 4\n"}) {
    CAPTURE(line);
    CHECK(text.find(line) != std::string::npos);
  }
}

} // namespace clew
