// What holds of a record and what does not, without running anything.
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

} // namespace

TEST_CASE("a record holds against itself") { CHECK(allHold(compareRecords(sampleRecord(), sampleRecord()))); }

TEST_CASE("identical predictions must score the same, others within the interval") {
  const Record then = sampleRecord();
  Record now = then;
  now.json["metrics"]["accuracy"]["value"] = 21;
  CHECK(!allHold(compareRecords(then, now)));
  now.json["predictions"]["sha256"] = std::string(64, 'e');
  const std::vector<VerifiedField> near = compareRecords(then, now);
  CHECK(!field(near, "predictions").holds);
  CHECK(allHold(near));
  now.json["metrics"]["accuracy"]["value"] = 30; // above hi
  CHECK(!allHold(compareRecords(then, now)));
}

TEST_CASE("times: within the factor, beyond it, and advisory where the machine differs or is busy") {
  const Record then = sampleRecord();
  Record now = then;
  now.json["latency_ms"]["p50"] = 1.7; // of 1.5
  CHECK(allHold(compareRecords(then, now)));
  now.json["latency_ms"]["p50"] = 1.75;
  CHECK(!allHold(compareRecords(then, now)));
  CHECK(!field(compareRecords(then, now), "latency_ms/p50").holds);
  Record other = now;
  other.json["machine"]["cpu"] = "y";
  CHECK(field(compareRecords(then, other), "latency_ms/p50").advisory);
  CHECK(allHold(compareRecords(then, other)));
  now.json["machine"]["load_at_start"] = 0.5; // of 2 cores
  CHECK(allHold(compareRecords(then, now)));
}

TEST_CASE("a percentile without samples is said and does not count") {
  const Record then = sampleRecord();
  Record now = then;
  now.json["latency_ms"]["p90"] = nullptr;
  const std::vector<VerifiedField> fields = compareRecords(then, now);
  CHECK(field(fields, "latency_ms/p90").found == "not enough samples");
  CHECK(allHold(fields));
}

} // namespace clew
