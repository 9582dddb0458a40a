// Patterns of tokenizer.json: what ICU means otherwise than Oniguruma is written out or refused by name, and none runs for long. What they find
// in real text is KindsGoldenTest's.
#include "runtime/text/Pattern.h"

#include <chrono>
#include <doctest/doctest.h>

using namespace clew;

namespace {

using Matches = std::vector<std::pair<size_t, size_t>>;

Matches find(const std::string &pattern, const std::string &text) {
  const auto made = Pattern::compile(pattern);
  REQUIRE_MESSAGE(made, (made ? "" : made.error().message));
  std::vector<PatternMatch> found;
  REQUIRE((*made)->find(text, found));
  Matches out;
  for (const PatternMatch &match : found) {
    out.emplace_back(match.begin, match.end);
  }
  return out;
}

} // namespace

TEST_CASE("matches are bytes of the text, from left to right") {
  CHECK(find("\\d+|\\p{Han}", "a12\u4e2d3") == Matches{{1, 3}, {3, 6}, {6, 7}});
  CHECK(find("b", "\U0001f600b") == Matches{{4, 5}});
  CHECK(find("x*", "axb") == Matches{{0, 0}, {1, 2}, {3, 3}});
  CHECK(find("\\b", "ab c") == Matches{{0, 0}, {2, 2}, {3, 3}, {4, 4}});
}

TEST_CASE("white space is Unicode's, lines end at line feeds alone") {
  CHECK(find("\\s", "\v\u0085\u3000x").size() == 3);
  CHECK(find("[^\\s]", "\v\u0085\u3000x") == Matches{{6, 7}});
  CHECK(find(".+", "a\rb\u2028c\nd").size() == 2);
  CHECK(find("^.", "a\nb").size() == 2);
  CHECK(find("\\v", "\n\v") == Matches{{1, 2}});
}

TEST_CASE("letters and numbers are those of Unicode 16, whatever ICU there is") {
  CHECK(find("\\p{L}", "\U000105c0") == Matches{{0, 4}}); // TODHRI LETTER A
  CHECK(find("[^\\p{L}\\p{N}]", "\U000105c0\U00010d40!") == Matches{{8, 9}});
  CHECK(find("\\p{^L}", "a1") == Matches{{1, 2}});
  CHECK(find("\\P{N}", "a1") == Matches{{0, 1}});
}

TEST_CASE("what means another thing in ICU is refused by its name") {
  for (const auto &[pattern, name] : {std::pair("\\h", "\\h"),
                                      {"a\\K", "\\K"},
                                      {"\\G", "\\G"},
                                      {"\\X", "\\X"},
                                      {"\\R", "\\R"},
                                      {"(?m).", "(?m"},
                                      {"(?#x)", "(?#"},
                                      {"a{1,2}+", "}+"},
                                      {"[a--b]", "--"},
                                      {"[[=a=]]", "[="},
                                      {"\\pL", "\\p"},
                                      {"a\\", "\\ at its"}}) {
    INFO(pattern);
    const auto made = Pattern::compile(pattern);
    REQUIRE_FALSE(made);
    CHECK(made.error().message.find(std::string("without '") + name) != std::string::npos);
  }
  for (const char *pattern : {"(", "[", "a**", "\\p{Nothing}", "(?<=a*)b", "\xff"}) {
    INFO(pattern);
    CHECK_FALSE(Pattern::compile(pattern));
  }
  CHECK_FALSE(Pattern::compile(std::string(70000, 'a')));
}

TEST_CASE("a pattern whose ways grow without bound gives up soon") {
  const auto made = Pattern::compile("(?:a|aa)+$");
  REQUIRE(made);
  std::vector<PatternMatch> found;
  const auto start = std::chrono::steady_clock::now();
  CHECK_FALSE((*made)->find(std::string(5000, 'a') + "b", found));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(60));
}
