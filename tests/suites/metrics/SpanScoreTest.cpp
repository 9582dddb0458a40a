// CMRC2018's exact match and F1 by hand, and the words they count.
#include "suites/metrics/CmrcWords.h"
#include "tests/suites/metrics/MetricCases.h"

#include <doctest/doctest.h>

using namespace clew;

namespace {

Scores scoreOne(std::vector<std::string> answers, std::string predicted) {
  std::vector<Row> rows(1);
  rows[0].gold = std::move(answers);
  std::vector<Prediction> predictions(1);
  predictions[0].answer = TextAnswer{std::move(predicted), -1};
  Result<Scores> scores = score(makeTask(spanKind(), {}), rows, predictions);
  REQUIRE(scores);
  return *scores;
}

} // namespace

TEST_CASE("the best of several answers; punctuation, case and outer space do not count") {
  const Scores scores = scoreOne({"村雨城", "任天堂游戏谜之村雨城"}, " 任天堂游戏：《谜之村雨城》。");
  CHECK(metricOf(scores, "em").value == 100);
  CHECK(metricOf(scores, "f1").value == 100);
  CHECK(metricOf(scoreOne({"光荣和ω-force"}, "光荣和Ω-FORCE"), "em").value == 100);
}

TEST_CASE("F1 goes by the longest common stretch, not by the common characters") {
  // abcXdef against abcYdef in Chinese characters: 3 of 7 in one piece on both sides.
  const Scores scores = scoreOne({"甲乙丙丁戊己庚"}, "甲乙丙子戊己庚");
  CHECK(metricOf(scores, "em").value == 0);
  CHECK(metricOf(scores, "f1").value == doctest::Approx(300.0 / 7));
  CHECK(metricOf(scoreOne({"1946年", "民国"}, "1946年8月"), "f1").value == doctest::Approx(100 * 2 * 0.5 / 1.5));
}

TEST_CASE("an empty answer is wrong, and a Latin word is one word") {
  CHECK(metricOf(scoreOne({"村雨城"}, ""), "f1").value == 0);
  CHECK(metricOf(scoreOne({"村雨城"}, ""), "em").value == 0);
  CHECK(metricOf(scoreOne({"force"}, "forces"), "f1").value == 0);
}

TEST_CASE("words") {
  const auto words = [](const char *text) { return cmrcSegments(cmrcNormalized(text)); };
  using Words = std::vector<std::u32string>;
  CHECK(words("用iPhone 4S，3.5%") == Words{U"用", U"iphone", U"4s3.5", U"%"}); // the comma goes before words are cut
  CHECK(words("don't (1,000)") == Words{U"do", U"n't", U"(", U"1,000", U")"});
  CHECK(words("Yes, sir.") == Words{U"yes", U",", U"sir", U"."});
  CHECK(words("甲……乙") ==
        Words{U"甲", U"……", U"乙"}); // not removed: the script's list has the pair, never a single character
  CHECK(words("\xff甲") == Words{U"\ufffd", U"甲"});
}
