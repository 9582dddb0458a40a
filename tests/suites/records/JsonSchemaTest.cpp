// The validator, keyword by keyword, and the record's schema against a right record and bent ones.
#include "suites/records/JsonSchema.h"

#include "tests/suites/records/SampleRecord.h"

#include <doctest/doctest.h>

namespace clew {
namespace {

size_t wrong(const char *schema, const char *value) {
  return schemaViolations(nlohmann::json::parse(schema), nlohmann::ordered_json::parse(value)).size();
}

} // namespace

TEST_CASE("each keyword of the schema language") {
  CHECK(wrong(R"({"type": "integer"})", "1") == 0);
  CHECK(wrong(R"({"type": "integer"})", "1.5") == 1);
  CHECK(wrong(R"({"type": ["number", "null"]})", "null") == 0);
  CHECK(wrong(R"({"type": ["number", "null"]})", "\"1\"") == 1);
  CHECK(wrong(R"({"const": "a"})", "\"b\"") == 1);
  CHECK(wrong(R"({"enum": ["a", "b"]})", "\"b\"") == 0);
  CHECK(wrong(R"({"minimum": 0})", "-0.1") == 1);
  CHECK(wrong(R"({"maximum": 100})", "100.1") == 1);
  CHECK(wrong(R"({"minLength": 1})", "\"\"") == 1);
  CHECK(wrong(R"({"maxLength": 2})", "\"字字\"") == 0);
  CHECK(wrong(R"({"maxLength": 2, "pattern": "^a"})", "\"b\"") == 1);
  CHECK(wrong(R"({"items": {"type": "null"}, "maxItems": 1})", "[null, 1]") == 2);
  CHECK(wrong(R"({"required": ["a", "b"]})", R"({"b": 1})") == 1);
  CHECK(wrong(R"({"properties": {"a": {"type": "null"}}})", R"({"a": 1})") == 1);
  CHECK(wrong(R"({"properties": {"a": {}}, "additionalProperties": false})", R"({"a": 1, "c": 2})") == 1);
  CHECK(wrong(R"({"additionalProperties": {"type": "null"}})", R"({"c": 2})") == 1);
  CHECK(wrong(R"({"$ref": "#/$defs/x", "$defs": {"x": {"type": "null"}}})", "1") == 1);
}

TEST_CASE("what the validator does not know is said, not skipped") {
  CHECK(wrong(R"({"oneOf": []})", "1") == 1);
  CHECK(wrong(R"({"$ref": "#/$defs/gone"})", "1") == 1);
  CHECK(wrong(R"({"pattern": "a"})", "\"b\"") == 1); // without maxLength
  CHECK(wrong(R"({"type": 5})", "1") == 1);
}

TEST_CASE("a right record has no violations") {
  const Record record = sampleRecord();
  for (const std::string &violation : record.violations()) {
    MESSAGE(violation);
  }
  CHECK(record.violations().empty());
}

TEST_CASE("every field is needed, and no other is allowed") {
  const Record right = sampleRecord();
  for (const auto &[name, value] : right.json.items()) {
    Record record = right;
    record.json.erase(name);
    CHECK_MESSAGE(record.violations().size() == 1, name);
  }
  Record record = right;
  record.json["score"] = 99;
  CHECK(record.violations() == std::vector<std::string>{"/: has an unknown field 'score'"});
}

TEST_CASE("wrong values are named with their place") {
  Record record = sampleRecord();
  record.json["metrics"]["accuracy"]["value"] = 120;
  record.json["precision"] = "fp4";
  record.json["latency_ms"]["p99"] = "fast";
  record.json["commit"] = std::string(100000, 'a');
  const std::vector<std::string> violations = record.violations();
  CHECK(violations.size() == 4);
  CHECK(std::ranges::find(violations, "/metrics/accuracy/value: expected at most 100, found 120") != violations.end());
}

} // namespace clew
