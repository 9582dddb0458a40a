// Kinds whose rows are more than texts: what their sequences read, and how choices are made.
#include "suites/kinds/ClozeText.h"
#include "suites/kinds/JointChoices.h"
#include "suites/kinds/Kinds.h"
#include "tests/suites/kinds/KindRows.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <random>

using namespace clew;

namespace {

Row rowWith(const TaskKind &kind, const std::vector<std::vector<std::string>> &fields) {
  Row row;
  row.id = int64_t{0};
  for (const std::vector<std::string> &items : fields) {
    addField(kind, items, row);
  }
  return row;
}

std::vector<std::pair<std::string, std::string>> textsOf(const Row &row, const TaskKind &kind, int64_t longest = 128) {
  SequenceTexts texts;
  kind.textsOf(row, longest, texts);
  std::vector<std::pair<std::string, std::string>> copies;
  for (const SequenceTexts::One &one : texts.sequences) {
    copies.emplace_back(one.text, one.other);
  }
  return copies;
}

using Texts = std::vector<std::pair<std::string, std::string>>;

std::vector<int32_t> joint(const std::vector<float> &scores, size_t choices) {
  std::vector<int32_t> chosen;
  chooseJointly(scores, choices, chosen);
  return chosen;
}

/// The rule of CLUE's baseline, in its own words: all pairs by their score, each blank and each choice once.
std::vector<int32_t> byTheRule(const std::vector<float> &scores, size_t choices) {
  struct Pair {
    size_t choice;
    size_t blank;
    float score;
  };
  const size_t blanks = scores.size() / choices;
  std::vector<Pair> pairs;
  for (size_t c = 0; c < choices; ++c) {
    for (size_t b = 0; b < blanks; ++b) {
      pairs.push_back({c, b, scores[b * choices + c]});
    }
  }
  std::vector<int32_t> chosen(blanks, -1);
  while (!pairs.empty()) {
    size_t best = 0;
    for (size_t i = 1; i < pairs.size(); ++i) {
      best = pairs[i].score > pairs[best].score ? i : best;
    }
    const Pair taken = pairs[best];
    chosen[taken.blank] = static_cast<int32_t>(taken.choice);
    std::erase_if(pairs, [&](const Pair &p) { return p.choice == taken.choice || p.blank == taken.blank; });
  }
  return chosen;
}

} // namespace

TEST_CASE("blanks take the best pairs first, and no choice twice") {
  CHECK(joint({5, 4, 0, 6, 1, 0}, 3) == std::vector<int32_t>{1, 0}); // the second blank wants choice 0 more
  CHECK(joint({1, 1, 1, 1}, 2) == std::vector<int32_t>{0, 1});
  CHECK(joint({3}, 1) == std::vector<int32_t>{0});
  CHECK(joint({0, 9, 8, 7}, 1) == std::vector<int32_t>{0, 0, 0, 0}); // more blanks than choices
  std::mt19937 chance(5);
  for (int round = 0; round < 200; ++round) {
    const size_t choices = 2 + chance() % 9;
    const size_t blanks = 1 + chance() % choices;
    std::vector<float> scores(blanks * choices);
    std::ranges::generate(scores, [&] { return static_cast<float>(chance() % 7); }); // many are equal
    CHECK(joint(scores, choices) == byTheRule(scores, choices));
  }
}

TEST_CASE("a passage is read around its blank") {
  const std::string passage = "一二#idiom000001#三四#idiom000002#五六";
  const size_t second = passage.find("#idiom000002#");
  CHECK(clozeText(passage, 6, 100) == "一二[MASK]三四[MASK][MASK][MASK][MASK]五六");
  CHECK(clozeText(passage, second, 100) == "一二[MASK][MASK][MASK][MASK]三四[MASK]五六");
  CHECK(clozeText(passage, second, 5) == "三四[MASK]五六");
  CHECK(clozeText(passage, second, 2) == "[MASK]五");
  CHECK(clozeText(passage, second, 0) == "[MASK]");
  CHECK(clozeText(passage, 6, 4) == "二[MASK]三四");
  CHECK(clozeText("#idiom#一二三", 0, 3) == "[MASK]一二");
  CHECK(clozeText("一二三#idiom#", 9, 3) == "二三[MASK]");
}

TEST_CASE("a name and a pronoun are marked") {
  const TaskKind &kind = pronounKind();
  const auto row = [&](const std::string &name, const std::string &place, const std::string &pronoun,
                       const std::string &other) {
    return rowWith(kind, {{"裂开的伤口涂满它，好在鱼没有"}, {name}, {place}, {pronoun}, {other}});
  };
  CHECK(kind.checkRow(row("伤口", "3", "它", "7")));
  CHECK(textsOf(row("伤口", "3", "它", "7"), kind) == Texts{{"裂开的_伤口_涂满[它]，好在鱼没有", ""}});
  CHECK(textsOf(row("鱼", "11", "它", "7"), kind) == Texts{{"裂开的伤口涂满[它]，好在_鱼_没有", ""}});
  CHECK(textsOf(row("没有", "12", "裂", "0"), kind) == Texts{{"[裂]开的伤口涂满它，好在鱼_没有_", ""}});
  CHECK(kind.checkRow(row("伤口", "4", "它", "7")).error().message ==
        "'伤口' does not stand at character 4 of the text");
  CHECK(!kind.checkRow(row("伤口", "3", "它", "99")));
  CHECK(!kind.checkRow(row("", "3", "它", "7")));
}

TEST_CASE("each choice is a sequence with what is asked") {
  const Row row = rowWith(choiceKind(), {{"上下文"}, {"问？"}, {"一", "二", "三"}});
  CHECK(textsOf(row, choiceKind()) == Texts{{"上下文", "问？一"}, {"上下文", "问？二"}, {"上下文", "问？三"}});
  const std::array<float, 3> logits = {0.5F, 2, 2};
  std::vector<SequenceLogits> sequences;
  for (const float &one : logits) {
    sequences.push_back({{&one, 1}, {}, {}});
  }
  Answer answer;
  choiceKind().decode({}, row, sequences, answer);
  CHECK(std::get<LabelAnswer>(answer).label == 1);
  CHECK(std::get<LabelAnswer>(answer).probs.size() == 3);
  std::get<LabelAnswer>(answer).label = 3;
  CHECK(choiceKind().checkAnswer(row, answer).error().message == "there is no choice 3: the row has 3, from 0");
}

TEST_CASE("each blank with each candidate is a sequence, and the row's blanks are decided together") {
  const Row row = rowWith(clozeKind(), {{"甲#idiom01#乙", "#idiom02#丙"}, {"一马当先", "二话不说"}});
  CHECK(clozeKind().checkRow(row));
  CHECK(textsOf(row, clozeKind()) == Texts{{"一马当先", "甲[MASK]乙"},
                                           {"二话不说", "甲[MASK]乙"},
                                           {"一马当先", "[MASK]丙"},
                                           {"二话不说", "[MASK]丙"}});
  const std::array<float, 4> logits = {1, 0, 3, 2.5F}; // both want the first
  std::vector<SequenceLogits> sequences;
  for (const float &one : logits) {
    sequences.push_back({{&one, 1}, {}, {}});
  }
  Answer answer;
  clozeKind().decode({}, row, sequences, answer);
  CHECK(std::get<LabelsAnswer>(answer).labels == std::vector<int32_t>{1, 0});
  CHECK(clozeKind().render({}, row, {int64_t{4}, answer}) == R"({"id": 4, "label": {"#idiom01#":1,"#idiom02#":0}})");
  CHECK(!clozeKind().checkRow(rowWith(clozeKind(), {{"甲乙"}, {"一", "二"}})));
  CHECK(!clozeKind().checkRow(rowWith(clozeKind(), {{"#idiom1##idiom1#"}, {"一", "二"}})));
}

TEST_CASE("labels with a logit above 0 hold, and windows of a document are averaged") {
  Task task;
  task.labels = {"x", "y", "z"};
  const std::array<float, 6> logits = {1, -1, 0, -4, 2.5F, 1};
  const Row row = kindRow(multiLabelKind(), "甲");
  Answer answer;
  const SequenceLogits one{std::span(logits).first(3), {}, {}};
  multiLabelKind().decode(task, row, {&one, 1}, answer);
  CHECK(std::get<LabelsAnswer>(answer).labels == std::vector<int32_t>{0});
  CHECK(std::get<LabelsAnswer>(answer).probs[2] == doctest::Approx(0.5));
  const std::array<SequenceLogits, 2> windows = {one, {std::span(logits).last(3), {}, {}}};
  documentKind().decode(task, row, windows, answer);
  CHECK(std::get<LabelAnswer>(answer).label == 1); // means -1.5, 0.75, 0.5
}
