// config.json against rules: every kind of rule with every type of value, missing keys, and what is known or not.
#include "runtime/weights/ConfigCheck.h"

#include "tests/runtime/base/TemporaryFolder.h"

#include <doctest/doctest.h>

using namespace clew;

namespace {

using Kind = ConfigRule::Kind;

/// What is said of a config.json with this value under "key": "" when it is right.
std::string said(const ConfigRule &rule, const std::string &value) {
  const TemporaryFolder folder;
  folder.write("config.json", value.empty() ? "{}" : "{\"key\": " + value + "}");
  const auto notes = checkConfig(*CheckpointFolder::open(folder.path), {{rule}, {}, {}}, "toy/small");
  if (notes) {
    CHECK(notes->empty());
    return {};
  }
  CHECK(notes.error().kind == ErrorKind::BadInput);
  CHECK(notes.error().where.starts_with(folder.path + "/config.json"));
  const std::string begin = "expected what toy/small computes; key: ";
  REQUIRE(notes.error().message.starts_with(begin));
  return notes.error().message.substr(begin.size());
}

const std::vector<std::string> values = {
    "1",  "1.0", "1.5", "\"1\"",    "true",       "false",      "null", "[]",
    "{}", "[1]", "-1",  "\"gelu\"", "[\"gelu\"]", "{\"1\": 1}", "1e0",  "18446744073709551615"};

std::vector<std::string> accepted(const ConfigRule &rule) {
  std::vector<std::string> right;
  for (const std::string &value : values) {
    if (said(rule, value).empty()) {
      right.push_back(value);
    }
  }
  return right;
}

} // namespace

TEST_CASE("types count") {
  using List = std::vector<std::string>;
  CHECK(accepted({"key", Kind::Is, {int64_t{1}}, int64_t{2}}) == List{"1"});
  CHECK(accepted({"key", Kind::Is, {1.0}, 2.0}) == List{"1", "1.0", "1e0"});
  CHECK(accepted({"key", Kind::Is, {true}, false}) == List{"true"});
  CHECK(accepted({"key", Kind::Is, {"gelu", "1"}, "relu"}) == List{"\"1\"", "\"gelu\""});
  CHECK(accepted({"key", Kind::Is, {"*l*"}, "relu"}).empty()); // the second * is a letter
  CHECK(accepted({"key", Kind::Each, {"ge*"}}) == List{"null", "[]", "[\"gelu\"]"});
  CHECK(accepted({"key", Kind::Count, {int64_t{1}}}) == List{"null", "[1]", "[\"gelu\"]", "{\"1\": 1}"});
  CHECK(accepted({"key", Kind::Count, {int64_t{0}}}) == List{"null", "[]", "{}"});
}

TEST_CASE("null is no value where a missing key stands for one") {
  CHECK(said({"key", Kind::Is, {"gelu"}}, "null").empty());
  CHECK(said({"key", Kind::Is, {"gelu"}, "gelu"}, "null") == "expected \"gelu\", found null");
  CHECK(said({"key", Kind::Is, {"gelu"}, "gelu"}, "").empty());
  CHECK(said({"key", Kind::Is, {"ge*"}, "gelu"}, "").empty());
  CHECK(said({"key", Kind::Is, {"gelu"}}, "").empty());
  CHECK(said({"key", Kind::Is, {int64_t{4}}, int64_t{12}}, "") == "expected 4, found none, which stands for 12");
  CHECK(said({"key", Kind::Is, {1e-6}, 1e-12}, "") == "expected 1e-06, found none, which stands for 1e-12");
  CHECK(said({"key", Kind::Each, {"A*", "B"}}, "[\"C\"]") == "expected a list of \"A*\" or \"B\", found [\"C\"]");
  CHECK(said({"key", Kind::Count, {int64_t{3}}}, "{}") == "expected 3 entries, found an object of 0 entries");
}

TEST_CASE("keys are held to nothing, ignored, or noted") {
  const TemporaryFolder folder;
  const ConfigForm form{{}, {"a", "b", "c", "d", "e", "f"}, {"_*", "*_rate", "known"}};
  folder.write("config.json",
               R"({"a": null, "b": false, "c": "", "d": [], "e": {}, "_x": 1, "learning_rate": 2, "known": 3})");
  CHECK(checkConfig(*CheckpointFolder::open(folder.path), form, "m")->empty());
  folder.write("config.json", R"({"unknown": 1, "x_": "y", "rate": [1, 2]})");
  CHECK(checkConfig(*CheckpointFolder::open(folder.path), form, "m").value() ==
        std::vector{folder.path +
                    R"(/config.json: keys that are not known and not obeyed: "unknown" (1), "x_" ("y"), )" +
                    R"("rate" (a list of 2 entries))"});
  folder.write("config.json", "{\n\"b\": true,\n\"d\": [1]}");
  const Error both = checkConfig(*CheckpointFolder::open(folder.path), form, "m").error();
  CHECK(both.message ==
        "expected what m computes; b: expected none, found true; d: expected none, found a list of 1 entries");
  CHECK(both.where == folder.path + "/config.json");
  folder.write("config.json", "{\n\"b\": true}");
  CHECK(checkConfig(*CheckpointFolder::open(folder.path), form, "m").error().where == folder.path + "/config.json:2");
}
