// What a text must not be, hold or be part of: by hand, and against comparing with every sentence.
#include "training/AvoidedTexts.h"

#include <doctest/doctest.h>

#include <random>

using namespace clew;

namespace {

AvoidedTexts textsOf(const std::vector<std::string_view> &sentences) {
  Result<AvoidedTexts> made = AvoidedTexts::create(sentences);
  REQUIRE_MESSAGE(made.has_value(), made.error().render());
  return std::move(*made);
}

/// The rule itself.
Meeting meetOneByOne(const std::vector<std::string> &sentences, const std::string &text) {
  Meeting found = Meeting::None;
  for (const std::string &sentence : sentences) {
    if (sentence == text) {
      return Meeting::Same;
    }
    if (text.find(sentence) != std::string::npos) {
      found = Meeting::Holds;
    } else if (sentence.find(text) != std::string::npos && found == Meeting::None) {
      found = Meeting::Part;
    }
  }
  return found;
}

} // namespace

TEST_CASE("a text is a sentence, holds one, is part of one, or is none") {
  const AvoidedTexts texts = textsOf({"浙商银行叶老桂", "今天下雨", ""});
  CHECK(texts.sentences() == 2);
  CHECK(texts.meet("今天下雨") == Meeting::Same);
  CHECK(texts.meet("他说今天下雨了") == Meeting::Holds);
  CHECK(texts.meet("今天下雨了") == Meeting::Holds);
  CHECK(texts.meet("银行叶") == Meeting::Part);
  CHECK(texts.meet("叶老桂") == Meeting::Part);
  CHECK(texts.meet("今天晴") == Meeting::None);
  CHECK(texts.meet("今天下") == Meeting::Part);
  CHECK(texts.meet("桂今") == Meeting::None); // not across two sentences
  CHECK(texts.meet("") == Meeting::None);
  CHECK(texts.meet(" \t ") == Meeting::None);
}

TEST_CASE("white space, width, case and what nobody sees make no other text") {
  const AvoidedTexts texts = textsOf({"ＡＢＣ 银行（北京）1２3"});
  CHECK(texts.meet("abc银行(北京)123") == Meeting::Same);
  CHECK(texts.meet("x Abc　银 行（北京)１23 y") == Meeting::Holds);
  CHECK(texts.meet("abc\u200b银行(北京)123") == Meeting::Same);
  CHECK(texts.meet("ABC 银") == Meeting::Part);
}

TEST_CASE("nothing is met where nothing is avoided") {
  const AvoidedTexts texts = textsOf({});
  CHECK(texts.meet("今天") == Meeting::None);
}

TEST_CASE("small texts of two characters, as the rule itself says") {
  std::mt19937 random(7);
  const auto make = [&](size_t most) {
    std::string text;
    for (size_t length = 1 + random() % most; length > 0; --length) {
      text += random() % 2 ? "中" : "国";
    }
    return text;
  };
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> sentences;
    for (size_t count = random() % 6; count > 0; --count) {
      sentences.push_back(make(7));
    }
    const AvoidedTexts texts = textsOf({sentences.begin(), sentences.end()});
    for (int text = 0; text < 20; ++text) {
      const std::string one = make(9);
      CHECK(texts.meet(one) == meetOneByOne(sentences, one));
    }
  }
}
