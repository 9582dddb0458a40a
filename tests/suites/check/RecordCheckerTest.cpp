// Ten kinds of forgery, done without care (a field is edited) and with care (id, digest, flags and hashes are computed anew): each is found
// without weights, and none may be ranked. What cannot be looked at is said.
#include "suites/check/RecordChecker.h"

#include "runtime/base/Sha256.h"
#include "suites/check/ScoreCheck.h"
#include "suites/data/TaskIdentity.h"
#include "suites/kinds/Kinds.h"
#include "suites/records/Flags.h"
#include "tests/runtime/base/TemporaryFolder.h"
#include "tests/suites/data/AlternatingRows.h"
#include "tests/suites/records/SampleRecord.h"

#include <doctest/doctest.h>

#include <functional>

namespace clew {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kRows = 100;
const std::string kOfficial(64, 'b');

Task task() {
  Task made;
  made.name = "pairs";
  made.kind = &classifyKind();
  made.version = "1";
  made.labels = {"0", "1"};
  made.headline = "accuracy";
  made.splits = {{"dev", true, {{"dev.json", "", kOfficial, kRows, {}, ""}}}};
  return made;
}

Dataset data(const std::string &sha256 = kOfficial) {
  Dataset made;
  made.rows = alternatingRows(kRows);
  made.sha256 = sha256;
  made.path = "dev.json";
  made.official = sha256 == kOfficial;
  return made;
}

GoldSource here(const std::string &sha256 = kOfficial) {
  return {[](const std::string &) { return Result<Task>(task()); },
          [sha256](const Task &, const std::string &) { return Result<Dataset>(data(sha256)); }};
}

GoldSource withoutData() {
  return {here().findTask, [](const Task &, const std::string &) {
            return Result<Dataset>(fail(ErrorKind::NotFound, "found none of 'dev.json'", "data/pairs"));
          }};
}

/// Answers that are wrong on every `wrongEvery`-th of `rows` rows.
std::string answers(int wrongEvery, int rows = kRows) { return alternatingAnswers(rows, wrongEvery, {"0", "1"}); }

/// A folder with a right record of weights that are not random, and its predictions.
class Published {
public:
  Published() { publish(answers(5)); }

  /// Under the name that its content gives.
  std::string publish(const std::string &text) {
    const std::string path = predictionPath(*sha256Of(std::string_view(text)));
    write(path, text);
    return path;
  }

  void write(const std::string &name, const std::string &text) { folder.write(name, text); }

  /// With all that follows from the predictions `text`.
  Record record(const std::string &text = answers(5)) const {
    Record made = sampleRecord(0, Tier::Standard);
    Json &json = made.json;
    json["weights_sha256"] = std::string(64, '9');
    json["random_weights"] = false;
    json["seeds"]["weights"] = nullptr;
    json["dirty"] = false;
    json["commit"] = std::string(40, 'e');
    json["precision"] = "f32";
    json["scheme"] = "f32";
    json["execution"]["facts"]["products"] = "oneDNN f32";
    json["gate"] = nullptr;
    json["task"] = "pairs";
    json["task_sha256"] = taskSha256(task());
    json["rows"] = kRows;
    name(json, text);
    setScores(json, text);
    sealed(made);
    return made;
  }

  /// The predictions that a record names.
  static void name(Json &json, const std::string &text) {
    const std::string sha256 = *sha256Of(std::string_view(text));
    json["predictions"] = {{"path", predictionPath(sha256)}, {"sha256", sha256}};
  }

  static void setScores(Json &json, const std::string &text) {
    const Result<std::optional<Scores>> scores = judge(task(), data(), text, "x.jsonl", 1);
    REQUIRE(scores);
    json["metrics"] = Json::object();
    json["per_class"] = Json::object();
    json["headline"] = "accuracy";
    for (const auto &[name, interval] : (*scores)->metrics) {
      json["metrics"][name] = {{"value", interval.value}, {"lo", interval.lo}, {"hi", interval.hi}};
    }
    for (const auto &[name, one] : (*scores)->perClass) {
      json["per_class"][name] = {
          {"precision", one.precision}, {"recall", one.recall}, {"f1", one.f1}, {"support", one.support}};
    }
  }

  /// As a careful forger ends his work.
  static void sealed(Record &record) {
    record.json["flags"] = flagsOf(record.json);
    record.seal();
  }

  CheckedRecord check(const Record &record, const GoldSource &gold = here()) const {
    return RecordChecker(gold, kSampleNow, 1).check({record, folder.path, "records.jsonl:1"});
  }

  const TemporaryFolder folder;
};

struct Forgery {
  std::string name;
  std::function<void(Published &, Json &)> edit;
};

/// The predictions are exchanged, the record left alone.
void rewrite(Published &published, const std::string &text) {
  published.write(predictionPath(*sha256Of(std::string_view(answers(5)))), text);
}

const std::vector<Forgery> &forgeries() {
  static const std::vector<Forgery> all = {
      {"score", [](Published &, Json &json) { json["metrics"]["accuracy"]["value"] = 99; }},
      {"score of a class", [](Published &, Json &json) { json["per_class"]["0"]["support"] = 49; }},
      {"interval", [](Published &, Json &json) { json["metrics"]["accuracy"]["lo"] = 0; }},
      {"random flag",
       [](Published &, Json &json) {
         json["weights_sha256"] = "random:1";
         json["seeds"]["weights"] = 1;
       }},
      {"predictions", [](Published &published, Json &) { rewrite(published, answers(50)); }},
      {"predictions and their hash",
       [](Published &published, Json &json) {
         published.publish(answers(50));
         Published::name(json, answers(50));
       }},
      {"predictions of elsewhere", [](Published &, Json &json) { json["predictions"]["path"] = "../x.jsonl"; }},
      {"no predictions", [](Published &, Json &json) { json["predictions"] = nullptr; }},
      {"hash", [](Published &, Json &json) { json["predictions"]["sha256"] = std::string(64, '0'); }},
      {"data hash", [](Published &, Json &json) { json["data_sha256"] = std::string(64, '7'); }},
      {"data official",
       [](Published &, Json &json) {
         json["data_sha256"] = std::string(64, '7');
         json["data_official"] = true;
       }},
      {"dates", [](Published &, Json &json) { json["started"] = "2026-01-01T00:00:05Z"; }},
      {"dates in the future", [](Published &, Json &json) { json["finished"] = "2099-01-01T00:00:00Z"; }},
      {"machine",
       [](Published &, Json &json) {
         json["machine"]["cpu"] = "AMD EPYC";
         json["machine"]["features"] = {"avx2", "vmx"};
       }},
      {"tier", [](Published &, Json &json) { json["tier"] = "official"; }},
      {"removed rows", [](Published &published, Json &) { rewrite(published, answers(5, kRows - 20)); }},
      {"removed rows, said",
       [](Published &published, Json &json) {
         const std::string fewer = answers(5, kRows - 20);
         published.publish(fewer);
         Published::name(json, fewer);
         json["rows"] = kRows - 20;
       }},
  };
  return all;
}

bool says(const std::vector<std::string> &lines, const std::string &words) {
  return std::ranges::any_of(lines, [&](const std::string &line) { return line.find(words) != std::string::npos; });
}

} // namespace

TEST_CASE("a right record is right, its scores are computed again, and it may be ranked") {
  const Published published;
  const CheckedRecord checked = published.check(published.record());
  for (const std::string &fault : checked.faults) {
    FAIL_CHECK(fault);
  }
  CHECK(checked.unchecked.empty());
  CHECK(checked.rescored);
  CHECK(checked.official);
  CHECK(checked.whyUnranked(published.record()).empty());
}

TEST_CASE("every forgery is found, done without care and with care, and none is ranked") {
  for (const Forgery &forgery : forgeries()) {
    for (const bool careful : {false, true}) {
      CAPTURE(forgery.name);
      CAPTURE(careful);
      Published published;
      Record record = published.record();
      forgery.edit(published, record.json);
      if (careful) {
        Published::sealed(record);
      }
      CHECK_FALSE(published.check(record).right());
      CHECK_FALSE(published.check(record).whyUnranked(record).empty());
    }
  }
}

TEST_CASE("an id that is not the record's, with the digest made anew") {
  const Published published;
  Record record = published.record();
  record.json["id"] = "0123456789abcdef";
  record.json["digest"] = record.digest();
  CHECK(says(published.check(record).faults, "/id: expected"));
}

TEST_CASE("without the data scores are not computed again, in words; official data may be ranked, other data not") {
  const Published published;
  Record record = published.record();
  const CheckedRecord checked = published.check(record, withoutData());
  CHECK(checked.right());
  CHECK_FALSE(checked.rescored);
  CHECK(says(checked.unchecked, "not computed again"));
  CHECK(checked.whyUnranked(record).empty());
  // Whoever claims other data claims what nobody here can judge.
  record.json["data_sha256"] = std::string(64, '7');
  record.json["data_official"] = false;
  Published::sealed(record);
  const CheckedRecord other = published.check(record, withoutData());
  CHECK(other.right());
  CHECK(says({other.whyUnranked(record)}, "could not be computed again"));
}

TEST_CASE("other data and other tasks do not judge") {
  const Published published;
  CHECK(says(published.check(published.record(), here(std::string(64, '7'))).unchecked, "is not the record's"));
  GoldSource other = here();
  other.findTask = [](const std::string &) {
    Task made = task();
    made.longest = 7;
    return Result<Task>(std::move(made));
  };
  CHECK(says(published.check(published.record(), other).unchecked, "task_sha256"));
  other.findTask = [](const std::string &) { return Result<Task>(fail(ErrorKind::NotFound, "unknown task 'pairs'")); };
  const CheckedRecord unknown = published.check(published.record(), other);
  CHECK(says(unknown.unchecked, "not known here"));
  CHECK_FALSE(unknown.whyUnranked(published.record()).empty());
}

TEST_CASE("a task that is defined otherwise does not make data official, and a version belongs to its definition") {
  const Published published;
  Record record = published.record();
  record.json["task_sha256"] = std::string(64, '7');
  Published::sealed(record);
  const CheckedRecord other = published.check(record);
  CHECK(other.right());
  CHECK(says({other.whyUnranked(record)}, "could not be computed again"));
  for (const auto &[field, value] : {std::pair("task_version", "2"), std::pair("split", "train")}) {
    Record changed = published.record();
    changed.json[field] = value;
    Published::sealed(changed);
    CHECK(says(published.check(changed).faults, std::string("/") + field));
  }
}

TEST_CASE("a model that is known has its parameters, and nothing is faster or smaller than it can be") {
  const Published published;
  GoldSource gold = here();
  gold.findModel = [](const std::string &, const Task &) {
    return Result<ModelFacts>(ModelFacts{std::string(64, 'a'), 1234, 2000});
  };
  const auto check = [&](const std::string &pointer, const Json &value) {
    Record record = published.record();
    record.json[Json::json_pointer(pointer)] = value;
    Published::sealed(record);
    return published.check(record, gold);
  };
  CHECK(check("/commit", std::string(40, 'c')).right());
  CHECK(says(check("/parameters", 1235).faults, "/parameters: expected 1234"));
  CHECK(says(check("/model_sha256", std::string(64, '1')).unchecked, "defined otherwise"));
  // 100 queries in 60 s, of 20 tokens: an enormous model cannot.
  gold.findModel = [](const std::string &, const Task &) {
    return Result<ModelFacts>(ModelFacts{std::string(64, 'a'), 1234, 2e10});
  };
  CHECK(says(check("/commit", std::string(40, 'c')).faults, "/tokens_per_s: expected no more than the machine can do"));
  gold.findModel = [](const std::string &, const Task &) {
    return Result<ModelFacts>(ModelFacts{std::string(64, 'a'), 1234000000, 2e9});
  };
  CHECK(says(check("/parameters", 1234000000).faults, "/peak_memory_bytes: expected at least"));
}

TEST_CASE("removed rows of official data are found without the data") {
  Published published;
  const std::string fewer = answers(5, kRows - 20);
  published.publish(fewer);
  Record record = published.record();
  Published::name(record.json, fewer);
  record.json["rows"] = kRows - 20;
  Published::sealed(record);
  CHECK(says(published.check(record, withoutData()).faults, "/rows: expected 100"));
}

TEST_CASE("doubled and unknown rows are found") {
  for (const std::string &line :
       {std::string("{\"id\": 0, \"label\": \"0\"}\n"), std::string("{\"id\": 777, \"label\": \"0\"}\n")}) {
    Published published;
    const std::string text = answers(5, kRows - 1) + line;
    published.publish(text);
    Record record = published.record();
    Published::name(record.json, text);
    Published::sealed(record);
    CHECK(says(published.check(record).faults, "/predictions"));
  }
}

TEST_CASE("a gate is held against the f32 record that is there") {
  const Published published;
  const Record f32 = published.record();
  Record int8 = f32;
  int8.json["precision"] = "int8";
  const double value = f32.json["metrics"]["accuracy"]["value"].get<double>();
  const auto gated = [&](double stated) {
    Record record = int8;
    record.json["scheme"] = sampleRecord().json["scheme"];
    record.json["execution"] = sampleRecord().json["execution"];
    record.json["gate"] = {{"metric", "accuracy"},
                           {"f32", stated},
                           {"share", value / stated},
                           {"kept_99", value >= 0.99 * stated},
                           {"kept_99_9", value >= 0.999 * stated},
                           {"meaningful", true}};
    Published::sealed(record);
    return SourcedRecord{record, published.folder.path, "records.jsonl:2"};
  };
  const auto check = [&](const std::vector<SourcedRecord> &records) {
    return RecordChecker(here(), kSampleNow, 1).checkAll(records).back();
  };
  const SourcedRecord base{f32, published.folder.path, "records.jsonl:1"};
  CHECK(check({base, gated(value)}).right());
  CHECK(says(check({base, gated(value / 2)}).faults, "/gate/f32"));
  CHECK(says(check({gated(value / 2)}).unchecked, "not among these"));
}

TEST_CASE("scores are held against all that the predictions give") {
  const Record record = Published().record();
  const Result<std::optional<Scores>> scores = judge(task(), data(), answers(5), "x.jsonl", 1);
  REQUIRE(scores);
  CHECK(scoreFaults(record, "accuracy", *scores).empty());
  CHECK_FALSE(scoreFaults(record, "macro_f1", *scores).empty());
  CHECK_FALSE(scoreFaults(record, "accuracy", std::nullopt).empty());
  for (const char *group : {"metrics", "per_class"}) {
    Record more = record;
    more.json[group]["further"] = more.json[group].front();
    CHECK(says(scoreFaults(more, "accuracy", *scores), "expected no 'further'"));
    Record fewer = record;
    fewer.json[group].erase(fewer.json[group].begin().key());
    CHECK(says(scoreFaults(fewer, "accuracy", *scores), "found none"));
  }
}

} // namespace clew
