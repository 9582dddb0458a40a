// Forms of text: what templates say, and what is none.
#include "runtime/base/TextForm.h"

#include <doctest/doctest.h>

using clew::parseTemplate;
using clew::Result;
using clew::TextForm;
using clew::TextPiece;
using clew::TextTemplate;

namespace {

std::string errorOf(const std::string &text, bool pair) {
  const Result<TextTemplate> pieces = parseTemplate(text, pair);
  REQUIRE(!pieces);
  CHECK(pieces.error().kind == clew::ErrorKind::BadInput);
  return pieces.error().message;
}

} // namespace

TEST_CASE("BERT's form goes without saying") {
  const TextForm form;
  CHECK(form.tokenizer == "wordpiece");
  CHECK(render(form.single) == "[CLS] A [SEP]");
  CHECK(render(form.pair) == "[CLS] A [SEP] B:1 [SEP]:1");
  CHECK(!form.stated);
}

TEST_CASE("tokens, texts and segments") {
  const Result<TextTemplate> pieces = parseTemplate("  <s>:2 B:0  A:255 a:b:7 ", true);
  REQUIRE(pieces);
  REQUIRE(pieces->size() == 4);
  CHECK((*pieces)[0] == TextPiece{TextPiece::Kind::Token, "<s>", 2});
  CHECK((*pieces)[1] == TextPiece{TextPiece::Kind::Second, "", 0});
  CHECK((*pieces)[2] == TextPiece{TextPiece::Kind::First, "", 255});
  CHECK((*pieces)[3] == TextPiece{TextPiece::Kind::Token, "a:b", 7});
  CHECK(render(*pieces) == "<s>:2 B A:255 a:b:7");
}

TEST_CASE("what is no template") {
  CHECK(errorOf("", false) == "expected one A and no B, found 0 A and 0 B in ''");
  CHECK(errorOf("A B", false).find("1 B") != std::string::npos);
  CHECK(errorOf("A", true).find("one A and one B") != std::string::npos);
  CHECK(errorOf("A A B", true).find("2 A") != std::string::npos);
  for (const char *text : {"A:x", "A:", "A:256", "A:-1", "A:99999999999", "A:1x"}) {
    CHECK(errorOf(text, false).find("segment") != std::string::npos);
  }
  CHECK(errorOf(std::string(65, 'x') + " A", false).find("64 bytes") != std::string::npos);
  CHECK(errorOf("A x x x x x x x x x x x x x x x x", false).find("16 pieces") != std::string::npos);
}
