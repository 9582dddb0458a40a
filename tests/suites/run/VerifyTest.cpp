// What holds of a record and what does not, without running anything. Nothing that the record says of its own tolerance counts.
#include "suites/run/Verify.h"

#include "tests/suites/records/SampleRecord.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace clew {
namespace {

const VerifiedField &field(const std::vector<VerifiedField> &fields, const std::string &name) {
  const auto found = std::ranges::find(fields, name, &VerifiedField::field);
  REQUIRE_MESSAGE(found != fields.end(), name);
  return *found;
}

Verdict scoresOf(const Record &then, const Record &now) {
  return verdictOf(VerifiedPart::Scores, compareRecords(then, now));
}

/// A run that gave other bytes.
Record otherAnswers() {
  Record now = sampleRecord();
  now.json["predictions"]["sha256"] = std::string(64, 'e');
  return now;
}

} // namespace

TEST_CASE("a record holds against itself") {
  const auto fields = compareRecords(sampleRecord(), sampleRecord());
  CHECK(verdictOf(VerifiedPart::Scores, fields) == Verdict::Holds);
  CHECK(verdictOf(VerifiedPart::Times, fields) == Verdict::Holds);
}

TEST_CASE("identical predictions must score the same, with the same intervals and classes") {
  const Record now = sampleRecord();
  for (const char *pointer :
       {"/metrics/accuracy/value", "/metrics/accuracy/lo", "/metrics/accuracy/hi", "/per_class/体育/precision",
        "/per_class/体育/recall", "/per_class/体育/f1", "/per_class/体育/support"}) {
    CAPTURE(pointer);
    Record then = now;
    then.json[nlohmann::ordered_json::json_pointer(pointer)] = 30;
    CHECK(scoresOf(then, now) == Verdict::Fails);
  }
}

TEST_CASE(
    "other predictions: the recorded scores must lie within intervals of now, whatever the record allows itself") {
  const Record now = otherAnswers(); // 20.5 in 12 .. 29.25
  Record then = sampleRecord();
  CHECK(scoresOf(then, now) == Verdict::Holds);
  CHECK(field(compareRecords(then, now), "predictions of now").verdict == Verdict::Differs);
  then.json["metrics"]["accuracy"]["value"] = 25;
  CHECK(scoresOf(then, now) == Verdict::Holds);
  then.json["metrics"]["accuracy"] = {{"value", 99}, {"lo", 0}, {"hi", 100}};
  CHECK(scoresOf(then, now) == Verdict::Fails);
}

TEST_CASE("other predictions: classes within the interval of their support, supports the same") {
  const Record now = otherAnswers(); // 20 of 20
  for (const char *score : {"precision", "recall", "f1"}) {
    CAPTURE(score);
    Record then = sampleRecord();
    then.json["per_class"]["体育"][score] = 30;
    CHECK(scoresOf(then, now) == Verdict::Holds);
    then.json["per_class"]["体育"][score] = 99;
    CHECK(scoresOf(then, now) == Verdict::Fails);
  }
  Record then = sampleRecord();
  then.json["per_class"]["体育"]["support"] = 21;
  CHECK(scoresOf(then, now) == Verdict::Fails);
}

TEST_CASE("metrics and classes that only one of the two has") {
  for (const char *group : {"metrics", "per_class"}) {
    CAPTURE(group);
    Record other = sampleRecord();
    other.json[group]["further"] = other.json[group].front();
    CHECK(scoresOf(other, sampleRecord()) == Verdict::Fails);
    CHECK(scoresOf(sampleRecord(), other) == Verdict::Fails);
  }
}

TEST_CASE("times: within the factor and beyond it") {
  const Record then = sampleRecord();
  Record now = then;
  const auto timesOf = [&] { return verdictOf(VerifiedPart::Times, compareRecords(then, now)); };
  now.json["latency_ms"]["p50"] = 1.7; // of 1.5
  CHECK(timesOf() == Verdict::Holds);
  now.json["latency_ms"]["p50"] = 1.75;
  CHECK(timesOf() == Verdict::Fails);
  CHECK(field(compareRecords(then, now), "latency_ms/p50").verdict == Verdict::Fails);
  now.json["machine"]["cpu"] = "y";
  CHECK(timesOf() == Verdict::NotVerified);
}

TEST_CASE("times: load explains slower ones alone, never faster ones") {
  const auto verdict = [](double recorded, double found, double loadThen, double loadNow) {
    Record then = sampleRecord();
    Record now = then;
    then.json["latency_ms"]["p50"] = recorded;
    now.json["latency_ms"]["p50"] = found;
    then.json["machine"]["load_at_start"] = loadThen; // of 2 cores
    now.json["machine"]["load_at_start"] = loadNow;
    return field(compareRecords(then, now), "latency_ms/p50").verdict;
  };
  CHECK(verdict(3, 1.5, 9, 0) == Verdict::NotVerified);
  CHECK(verdict(0.15, 1.5, 9, 0) == Verdict::Fails); // a busy machine is not ten times faster
  CHECK(verdict(0.15, 1.5, 0, 9) == Verdict::NotVerified);
  CHECK(verdict(3, 1.5, 0, 9) == Verdict::Fails);
  CHECK(verdict(1.5, 1.5, 9, 9) == Verdict::Holds);
}

TEST_CASE("rates: more is faster") {
  Record then = sampleRecord();
  Record now = then;
  then.json["rows_per_s"] = 1000;
  then.json["machine"]["load_at_start"] = 9;
  CHECK(field(compareRecords(then, now), "rows_per_s").verdict == Verdict::Fails);
  then.json["rows_per_s"] = 1;
  CHECK(field(compareRecords(then, now), "rows_per_s").verdict == Verdict::NotVerified);
}

TEST_CASE("a percentile without samples is said to be not verified") {
  const Record then = sampleRecord();
  Record now = then;
  now.json["latency_ms"]["p90"] = nullptr;
  const std::vector<VerifiedField> fields = compareRecords(then, now);
  CHECK(field(fields, "latency_ms/p90").found == "not enough samples");
  CHECK(field(fields, "latency_ms/p90").verdict == Verdict::NotVerified);
}

TEST_CASE("all holds when every part but times is verified") {
  const auto of = [](Verdict predictions, Verdict scores, Verdict times) {
    std::vector<VerifiedField> fields(5);
    for (size_t i = 0; i < fields.size(); ++i) {
      fields[i].part = kVerifiedParts[i];
    }
    fields[2].verdict = predictions;
    fields[3].verdict = scores;
    fields[4].verdict = times;
    return fields;
  };
  CHECK(allHold(of(Verdict::Holds, Verdict::Holds, Verdict::Holds)));
  CHECK(allHold(of(Verdict::Holds, Verdict::Holds, Verdict::NotVerified)));
  CHECK_FALSE(allHold(of(Verdict::NotVerified, Verdict::Holds, Verdict::Holds)));
  CHECK_FALSE(allHold(of(Verdict::Holds, Verdict::Fails, Verdict::Holds)));
  CHECK_FALSE(allHold(of(Verdict::Holds, Verdict::Holds, Verdict::Fails)));
  CHECK_FALSE(allHold({}));
}

} // namespace clew
