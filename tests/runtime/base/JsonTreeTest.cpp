// JSON with lines: what is refused and where; an object of many keys costs no more than its keys.
#include "runtime/base/JsonTree.h"

#include "runtime/base/JsonGuard.h"
#include "runtime/base/JsonValue.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using clew::JsonNode;
using clew::parseJson;
using clew::parseJsonTree;
using clew::parseOrderedJson;
using clew::Result;

namespace {

std::string errorOf(const std::string &text) {
  const Result<JsonNode> tree = parseJsonTree(text, "f.json");
  REQUIRE(!tree);
  // Whatever is made of it, it is refused with the same words.
  CHECK(parseJson(text, "f.json").error().render() == tree.error().render());
  CHECK(parseOrderedJson(text, "f.json").error().render() == tree.error().render());
  return tree.error().render();
}

/// {"0": 0, "1": 1, ...}, one a line.
std::string objectOf(int keys) {
  std::string text = "{";
  for (int i = 0; i < keys; ++i) {
    text += (i ? ",\n" : "") + ("\"" + std::to_string(i) + "\": " + std::to_string(i));
  }
  return text;
}

} // namespace

TEST_CASE("values have lines") {
  const Result<JsonNode> tree =
      parseJsonTree("{\"a\": 1,\n \"b\": [true,\n null, \"x\", 1.5, 18446744073709551615]}", "f");
  REQUIRE(tree);
  CHECK(tree->find("a")->integer == 1);
  const JsonNode *list = tree->find("b");
  REQUIRE(list);
  CHECK(list->items[1].line == 3);
  CHECK(list->items[4].kind == JsonNode::Kind::Real);
  CHECK(!tree->find("c"));
}

TEST_CASE("a key stands once, in small objects and in large ones") {
  CHECK(errorOf("{\"a\": 1,\n\"a\": 2}") == "f.json:2: error: the key 'a' stands twice in an object");
  for (const int keys : {2, 15, 16, 17, 18, 50000}) {
    const std::string text = objectOf(keys);
    CHECK(parseJsonTree(text + "}", "f")->entries.size() == static_cast<size_t>(keys));
    CHECK(errorOf(text + ", \"0\": 1}").find("the key '0' stands twice") != std::string::npos);
    CHECK(errorOf(text + ", \"" + std::to_string(keys - 1) + "\": 1}").find("stands twice") != std::string::npos);
  }
}

TEST_CASE("depth is bounded, and what is cut short or no JSON is said") {
  CHECK(errorOf(std::string(40, '[')).find("nested deeper than 32") != std::string::npos);
  CHECK(errorOf("{\"a\": ").find("cut short") != std::string::npos);
  CHECK(errorOf("").find("cut short") != std::string::npos);
  CHECK(errorOf("{\"a\": nan}").find("malformed") != std::string::npos);
  CHECK(errorOf("{\"a\": \"\xFF\"}").find("malformed") != std::string::npos);
  CHECK(errorOf(std::string("{}\n\0{}", 6)) == "f.json:2: error: malformed JSON: a zero byte");
  CHECK(errorOf("{} {}").find("malformed") != std::string::npos);
}

TEST_CASE("the number of values is bounded, in every shape") {
  const int line = 3;
  clew::JsonGuard guard("", line);
  for (size_t i = 0; i < clew::mostJsonValues; i += 2) {
    REQUIRE(guard.open());
    REQUIRE(guard.value());
    guard.close();
  }
  CHECK_FALSE(guard.value());
  CHECK(guard.problem == "more than 4194304 values");
  CHECK(guard.problemLine == 3);
  CHECK_FALSE(guard.open());
#ifndef CLEW_SANITIZED // which make it take long
  std::string text = "[[]";
  for (size_t i = 1; i < clew::mostJsonValues; ++i) {
    text += ",[]";
  }
  CHECK(parseJsonTree(text + "]", "f").error().render() == "f:1: error: more than 4194304 values");
#endif
}

TEST_CASE("nlohmann's values are what nlohmann reads") {
  for (const char *text :
       {"null", "[]", "{}", "-0", "1.50", "18446744073709551615", "-9223372036854775808", "1e3", "\"\\u4e2d\\n\"",
        R"({"b": [1, {"c": null, "a": [true, false, [], {}]}], "a": {"x": "y"}})"}) {
    CHECK(*parseJson(text, "f") == nlohmann::json::parse(text));
    CHECK(parseOrderedJson(text, "f")->dump() == nlohmann::ordered_json::parse(text).dump());
  }
  std::string large = objectOf(50000) + "}"; // in time: looking for each key in turn would take a minute
  CHECK(parseOrderedJson(large, "f")->size() == 50000);
}
