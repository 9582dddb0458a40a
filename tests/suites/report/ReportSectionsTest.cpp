// Tables: what stands in them, what is left out, what is escaped, who is ranked.
#include "suites/report/RankingSections.h"

#include "suites/report/ReportNumbers.h"
#include "tests/suites/report/SampleRecords.h"

#include <algorithm>
#include <doctest/doctest.h>

using namespace clew;
using Strings = std::vector<std::string>;

namespace {

/// The cells of a column; empty if there is none.
Strings column(const ReportSection &section, const std::string &title) {
  Strings cells;
  for (size_t i = 0; i < section.sheet.columns.size(); ++i) {
    if (section.sheet.columns[i].title == title) {
      for (const Strings &row : section.sheet.rows) {
        cells.push_back(row[i]);
      }
    }
  }
  return cells;
}

std::vector<SourcedRecord> both(const char *model, double score, double p50, nlohmann::ordered_json more = {}) {
  more["model"] = model;
  return {sampleRecord("accuracy", with(scored(score), more)), sampleRecord("single-stream", with(timed(p50), more))};
}

std::vector<ReportRow> rowsOf(const std::vector<std::vector<SourcedRecord>> &parts) {
  std::vector<SourcedRecord> records;
  for (const auto &part : parts) {
    records.insert(records.end(), part.begin(), part.end());
  }
  return joined(records);
}

/// As clew results rank and clew report --leaderboard show it.
std::vector<ReportSection> leaderboardOf(const std::vector<ReportRow> &rows) { return rankingSections(rankRows(rows)); }

} // namespace

TEST_CASE("numbers") {
  CHECK(percentText(79.406) == "79.41");
  CHECK(intervalText({79.4, 78, 80.75}) == "79.40 [78.00, 80.75]");
  CHECK(threeDigits(0.4123) == "0.412");
  CHECK(threeDigits(9.996) == "10.0");
  CHECK(threeDigits(41.26) == "41.3");
  CHECK(threeDigits(999.7) == "1,000");
  CHECK(threeDigits(1234567) == "1,234,567");
  CHECK(threeDigits(0) == "0");
  CHECK(latencyText(std::nullopt) == "not enough samples");
  CHECK(bytesText(412'300'000) == "412 MB");
  CHECK(bytesText(1'362'000'000) == "1.36 GB");
  CHECK(bytesText(0).empty());
  CHECK(pText(0.00004) == "< 0.001");
  CHECK(pText(0.0123) == "0.012");
  CHECK(differenceText(-1.204) == "-1.20");
}

TEST_CASE("one section a task; empty columns are left out; rows are sorted by score") {
  const auto sections =
      reportSections(rowsOf({both("b/x", 70, 5), both("a/x", 80, 40), both("c/x", 60, 4, {{"task", "tnews"}})}));
  REQUIRE(sections.size() == 2);
  CHECK(sections[0].title == "cluener dev (version 2020)");
  CHECK(column(sections[0], "model") == Strings{"a/x", "b/x"});
  CHECK(column(sections[0], "entity_f1 % [95 %]") == Strings{"80.00 [79.00, 81.00]", "70.00 [69.00, 71.00]"});
  CHECK(column(sections[0], "p50 ms") == Strings{"40.0", "5.00"});
  CHECK(column(sections[0], "p99 ms") == Strings{"not enough samples", "not enough samples"});
  CHECK(column(sections[0], "rows/s").empty());
  CHECK(column(sections[0], "against base").empty());
}

TEST_CASE("what must be known is said in words before the table") {
  const auto rows = rowsOf(
      {both("a/x", 80, 40, {{"weights_sha256", "random:1"}, {"tier", "smoke"}}),
       both("b/x", 70, 5),
       {sampleRecord("single-stream", with(timed(7), {{"model", "c/x"}, {"flags", {"governor is powersave"}}}))}});
  const auto sections = reportSections(rows);
  REQUIRE(sections.size() == 1);
  const std::string text = renderMarkdown("R", flagSentences(rows), sections);
  const size_t table = text.find("| model |");
  REQUIRE(table != std::string::npos);
  for (const char *words :
       {"random weights", "never ranked", "incomplete", "tier other than official", "governor is powersave"}) {
    CAPTURE(words);
    CHECK(text.find(words) < table);
  }
}

TEST_CASE("a leaderboard takes no random weights, no samples, nothing without an accuracy run") {
  const auto sections = leaderboardOf(rowsOf({both("good/x", 80, 40),
                                              both("random/x", 99, 1, {{"weights_sha256", "random:1"}}),
                                              both("sample/x", 99, 1, {{"task", "sample-tag"}}),
                                              {sampleRecord("single-stream", with(timed(1), {{"model", "lost/x"}}))}}));
  REQUIRE(sections.size() == 1);
  CHECK(column(sections[0], "model") == Strings{"good/x"});
  CHECK(column(sections[0], "rank") == Strings{"1"});
  CHECK(leaderboardOf(rowsOf({both("r/x", 9, 1, {{"weights_sha256", "random:1"}})})).empty());
}

TEST_CASE("equal scores share a rank; each program stands once, with its timing of the highest tier") {
  auto again = both("a/x", 80, 10, {{"tier", "smoke"}});
  const auto sections =
      leaderboardOf(rowsOf({both("a/x", 80, 40), {again[1]}, both("b/x", 80.004, 50), both("c/x", 70, 5)}));
  REQUIRE(sections.size() == 1);
  CHECK(column(sections[0], "model") == Strings{"b/x", "a/x", "c/x"});
  CHECK(column(sections[0], "rank") == Strings{"1", "1", "3"});
  CHECK(column(sections[0], "tier") == Strings{"official", "official", "official"});
  CHECK(column(sections[0], "p50 ms") == Strings{"50.0", "40.0", "5.00"});
}

TEST_CASE("only official tiers are called official") {
  const auto sections = leaderboardOf(rowsOf({both("a/x", 80, 40, {{"tier", "standard"}})}));
  REQUIRE(sections.size() == 1);
  CHECK(column(sections[0], "tier") == Strings{"standard"});
  CHECK(std::ranges::any_of(sections[0].notes, [](const std::string &note) { return note.starts_with("Only rows"); }));
}

TEST_CASE("scores on other data are another board") {
  const auto sections =
      leaderboardOf(rowsOf({both("a/x", 80, 40), both("b/x", 81, 40, {{"data_sha256", std::string(64, 'd')}})}));
  CHECK(sections.size() == 2);
}

TEST_CASE("hostile texts show as they are") {
  CHECK(plainText("a\x1b[31mb\nc\xc2\x9b"
                  "d") == "a [31mb c d");
  CHECK(plainText("\xe5\x8f\xb6 \xff") == "\xe5\x8f\xb6 \xef\xbf\xbd");
  CHECK(markdownText("a|b <img src=x> [x](javascript:1) `c` *d* e_f _g_ & \\") ==
        "a\\|b &lt;img src=x&gt; [x]\\(javascript:1) \\`c\\` \\*d\\* e_f \\_g\\_ &amp; \\\\");
  const auto rows = joined({sampleRecord("accuracy", with(scored(79), {{"model", "a|b\n| c"}}))});
  const std::string text = renderMarkdown("R", {}, reportSections(rows));
  CHECK_MESSAGE(text.find("| a\\|b\\\\u{000A}\\| c |") != std::string::npos, text);
}

TEST_CASE("flags of all rows are said once, above; numbers in flags do not make many of one") {
  auto flagged = [](const char *model, const char *load) {
    return std::vector{
        sampleRecord("single-stream", with(timed(4), {{"model", model}, {"flags", {load, "SMT is on: x"}}}))};
  };
  const auto rows = rowsOf(
      {flagged("a/x", "load 0.61 at start, over 0.2 a core"), flagged("b/x", "load 1.2 at start, over 0.2 a core")});
  CHECK(commonFlags(rows) == Strings{"SMT is on: x"});
  const Strings said = warnings(rows);
  CHECK(std::ranges::find(said, "On all rows: SMT is on: x.") != said.end());
  CHECK(std::ranges::find(said, "On all rows: load ... at start, over ... a core.") != said.end());
  CHECK(column(reportSections(rows)[0], "marks") ==
        Strings{"incomplete, load 0.61 at start, over 0.2 a core", "incomplete, load 1.2 at start, over 0.2 a core"});
}

TEST_CASE("of the loads that the records of a row began under, the highest is said; and that a row is deterministic") {
  auto part = [](const char *scenario, const auto &fields, const char *load) {
    return sampleRecord(scenario, with(fields, {{"model", "a/x"}, {"deterministic", true}, {"flags", {load}}}));
  };
  const auto rows = rowsOf({{part("accuracy", scored(79), "load 0.61 at start, over 0.2 a core"),
                             part("single-stream", timed(4), "load 1.2 at start, over 0.2 a core")}});
  REQUIRE(rows.size() == 1);
  const Strings marks = rows[0].marks();
  CHECK(std::ranges::find(marks, "deterministic") != marks.end());
  CHECK(std::ranges::count_if(marks, [](const std::string &mark) { return mark.starts_with("load "); }) == 1);
  CHECK(std::ranges::find(marks, "load 1.2 at start, over 0.2 a core") != marks.end());
}
