// Comparisons against a base: what is compared, what is said where nothing can be, and that files are not trusted.
#include "suites/report/CompareRows.h"
#include "suites/kinds/Kinds.h"

#include "runtime/base/AtomicFile.h"
#include "runtime/base/Sha256.h"
#include "tests/suites/data/AlternatingRows.h"
#include "tests/suites/report/SampleRecords.h"

#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <fmt/format.h>

using namespace clew;
namespace fs = std::filesystem;

namespace {

constexpr int kRows = 400;

/// Rows with two labels, of which row i has label i % 2, in data of this sha256.
GoldSource goldOf(const std::string &sha256) {
  return {[](const std::string &name) {
            Task task;
            task.name = name;
            task.kind = &classifyKind();
            task.labels = {"100", "101"};
            task.headline = "accuracy";
            return Result<Task>(std::move(task));
          },
          [sha256](const Task &, const std::string &) {
            Dataset data;
            data.rows = alternatingRows(kRows);
            data.sha256 = sha256;
            return Result<Dataset>(std::move(data));
          }};
}

const GoldSource gold = goldOf(std::string(64, 'c'));

class Folder {
public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "clew-compare-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path); }

  /// A record of `model` whose predictions are wrong on every `wrongEvery`-th row.
  SourcedRecord record(const std::string &model, int wrongEvery, nlohmann::ordered_json more = {}) const {
    const std::string text = alternatingAnswers(kRows, wrongEvery, {"100", "101"});
    const std::string name = fmt::format("{}-{}.jsonl", model.substr(0, 1), wrongEvery);
    REQUIRE(writeFileAtomically(path + "/" + name, text));
    more["model"] = model;
    more["id"] = model + "#";
    more["predictions"] = {{"path", name}, {"sha256", *sha256Of(std::string_view(text))}};
    SourcedRecord made = sampleRecord("accuracy", with(scored(80), more));
    made.folder = path;
    return made;
  }

  std::string path;
};

const RowComparison &comparisonOf(const std::vector<ReportRow> &rows, const std::string &model) {
  for (const ReportRow &row : rows) {
    if (row.model == model) {
      REQUIRE(row.comparison);
      return *row.comparison;
    }
  }
  REQUIRE_MESSAGE(false, "no row of " << model);
  return *rows.front().comparison;
}

CompareOptions against(const std::string &base) { return {base, {}}; }

} // namespace

TEST_CASE("differences are tested on the predictions and adjusted over the table") {
  const Folder folder;
  auto rows = joined({folder.record("a/x", 4), folder.record("b/x", 40), folder.record("c/x", 4),
                      sampleRecord("accuracy", with(scored(70), {{"model", "d/x"}})),
                      folder.record("e/x", 4, {{"task", "tnews"}})});
  REQUIRE(compareRows(rows, against("a/x"), gold));
  CHECK(comparisonOf(rows, "a/x").isBase);
  const RowComparison &better = comparisonOf(rows, "b/x");
  REQUIRE(better.test);
  CHECK(better.test->difference == doctest::Approx(22.5));
  CHECK(better.test->p < 1e-6);
  CHECK(*better.adjustedP == doctest::Approx(2 * better.test->p)); // two tests
  REQUIRE(comparisonOf(rows, "c/x").test);
  CHECK(comparisonOf(rows, "c/x").test->difference == 0);
  CHECK(comparisonOf(rows, "c/x").adjustedP == 1);
  CHECK(comparisonOf(rows, "d/x").whyNot == "no prediction file");
  CHECK(comparisonOf(rows, "e/x").whyNot == "no base on this task");
}

TEST_CASE("speed is held against the base's run with the same threads") {
  const Folder folder;
  auto rows = joined({folder.record("a/x", 4), folder.record("b/x", 5),
                      sampleRecord("single-stream", with(timed(40), {{"model", "a/x"}})),
                      sampleRecord("single-stream", with(timed(80), {{"model", "a/x"}, {"threads", 1}})),
                      sampleRecord("single-stream", with(timed(10), {{"model", "b/x"}})),
                      sampleRecord("single-stream", with(timed(20), {{"model", "b/x"}, {"threads", 1}})),
                      sampleRecord("single-stream", with(timed(9), {{"model", "b/x"}, {"threads", 4}}))});
  REQUIRE(compareRows(rows, against("a/x"), gold));
  for (const ReportRow &row : rows) {
    if (row.model == "b/x") {
      CAPTURE(row.threads);
      CHECK(row.comparison->speed == (row.threads == 4 ? std::nullopt : std::optional(4.0)));
    }
  }
}

TEST_CASE("a base by precision and by id; a name alone means f32") {
  const Folder folder;
  auto records = std::vector{folder.record("a/x", 4), folder.record("a/x", 5, {{"precision", "bf16"}})};
  records[1].record.json["id"] = "0123456789abcdef";
  for (const char *base : {"a/x", "a/x@f32", "a/x@bf16", "0123456789abcdef"}) {
    CAPTURE(base);
    auto rows = joined(records);
    REQUIRE(compareRows(rows, against(base), gold));
    const bool f32 = std::string(base).ends_with("x") || std::string(base).ends_with("f32");
    for (const ReportRow &row : rows) {
      CHECK(row.comparison->isBase == ((row.precision == Precision::F32) == f32));
    }
  }
}

TEST_CASE("a base that is nothing, or several configurations, is an error") {
  const Folder folder;
  auto rows = joined({folder.record("a/x", 4), folder.record("a/x", 5, {{"weights_sha256", std::string(64, 'd')}})});
  CHECK(compareRows(rows, against("z/x"), gold).error().kind == ErrorKind::NotFound);
  CHECK(compareRows(rows, against("a/x"), gold).error().kind == ErrorKind::BadInput);
}

TEST_CASE("prediction files are not trusted") {
  const Folder folder;
  auto whyNot = [&](nlohmann::ordered_json predictions) {
    SourcedRecord other = folder.record("b/x", 5);
    other.record.json["predictions"] = std::move(predictions);
    auto rows = joined({folder.record("a/x", 4), other});
    REQUIRE(compareRows(rows, against("a/x"), gold));
    return comparisonOf(rows, "b/x").whyNot;
  };
  CHECK(whyNot({{"path", "gone.jsonl"}, {"sha256", "0"}}) == "the prediction file is not here");
  CHECK(whyNot({{"path", "a-4.jsonl"}, {"sha256", std::string(64, '0')}}).find("sha256") != std::string::npos);
  CHECK_FALSE(whyNot({{"path", "/etc/hostname"}, {"sha256", "0"}}).empty());
  CHECK_FALSE(whyNot({{"path", "../other.jsonl"}, {"sha256", "0"}}).empty());
  REQUIRE(writeFileAtomically(folder.path + "/short.jsonl", "{\"id\": 0, \"label\": \"100\"}\n"));
  CHECK_FALSE(whyNot({{"path", "short.jsonl"}, {"sha256", *sha256OfFile(folder.path + "/short.jsonl")}}).empty());
}

TEST_CASE("data that are not the record's cannot judge") {
  const Folder folder;
  auto rows = joined({folder.record("a/x", 4), folder.record("b/x", 5)});
  const GoldSource other = goldOf(std::string(64, 'e'));
  REQUIRE(compareRows(rows, against("a/x"), other));
  CHECK(comparisonOf(rows, "b/x").whyNot.find("not the data of the record") != std::string::npos);
}
