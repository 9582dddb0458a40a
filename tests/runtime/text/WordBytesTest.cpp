// Words by their bytes, as ELMo reads them: ids are those of bilm-tf's UnicodeCharsVocabulary, worked out by hand; padding ends where a word
// has all its characters.
#include "runtime/text/WordBytes.h"

#include <doctest/doctest.h>

using namespace clew;

namespace {

using Numbers = std::vector<int32_t>;

Numbers charactersOf(std::string_view word, CharacterForm form) {
  Numbers ids;
  CharacterBytes::append(word, form, ids);
  return ids;
}

std::shared_ptr<const Tokenizer> tokenizer(CharacterForm characters) {
  TextForm form;
  form.single = *parseTemplate("<S> A </S>", false);
  form.pair.clear();
  form.characters = characters;
  const auto made = WordBytes::create(form);
  REQUIRE(made);
  return *made;
}

Numbers sliceOf(const Tokens &tokens, size_t index) {
  const auto begin = tokens.characters.begin();
  return {begin + (index == 0 ? 0 : tokens.characterEnds[index - 1]), begin + tokens.characterEnds[index]};
}

} // namespace

TEST_CASE("a word is its bytes between marks, then padding while there is room") {
  CHECK(charactersOf("cat", {50, 0}) == Numbers{258, 99, 97, 116, 259});
  CHECK(charactersOf("cat", {50, 2}) == Numbers{258, 99, 97, 116, 259, 260, 260});
  CHECK(charactersOf("cat", {6, 7}) == Numbers{258, 99, 97, 116, 259, 260});
  CHECK(charactersOf("\u4e2d", {50, 0}) == Numbers{258, 228, 184, 173, 259});
  CHECK(charactersOf("", {50, 0}) == Numbers{258, 259});
  CHECK(charactersOf("<S>", {50, 1}) == Numbers{258, 256, 259, 260});
  CHECK(charactersOf("</S>", {50, 0}) == Numbers{258, 257, 259});
  const Numbers longest = charactersOf(std::string(48, 'a'), {50, 7});
  CHECK(longest.size() == 50);
  CHECK(longest[49] == 259);
  CHECK(charactersOf(std::string(90, 'a'), {50, 7}) == longest);
  CHECK(charactersOf(std::string(45, 'a'), {50, 7}).size() == 50);
  CHECK(charactersOf(std::string(41, 'a'), {50, 7}).size() == 50);
  CHECK(charactersOf(std::string(40, 'a'), {50, 7}).size() == 49);
}

TEST_CASE("words stand between white space, with their places in the text") {
  const auto words = tokenizer({50, 1});
  CHECK(words->characterIds() == 261);
  Tokens tokens;
  REQUIRE(words->encode(" caf\u00e9  <S>\u3000\u4e2d\u56fd\n", tokens));
  REQUIRE(tokens.size() == 3);
  CHECK(tokens.begins == Numbers{1, 7, 11});
  CHECK(tokens.ends == Numbers{5, 10, 13});
  CHECK(tokens.ids[0] == words->unknown());
  CHECK(tokens.ids[1] == words->find("<S>"));
  CHECK(sliceOf(tokens, 0) == Numbers{258, 99, 97, 102, 195, 169, 259, 260});
  CHECK(sliceOf(tokens, 1) == Numbers{258, 256, 259, 260});
  CHECK(sliceOf(tokens, 2) == Numbers{258, 228, 184, 173, 229, 155, 189, 259, 260});
  REQUIRE(words->encode(" \t", tokens));
  CHECK(tokens.size() == 0);
  CHECK(tokens.characters.empty());
  Numbers mark;
  words->appendCharacters(words->find("</S>"), mark);
  CHECK(mark == Numbers{258, 257, 259, 260});
}

TEST_CASE("a character is a word where each is judged") {
  Tokens tokens;
  REQUIRE(tokenizer({50, 0})->encodeCharacters("\u4e2d a", tokens));
  CHECK(tokens.begins == Numbers{0, 1, 2});
  CHECK(tokens.ends == Numbers{1, 2, 3});
  CHECK(sliceOf(tokens, 0) == Numbers{258, 228, 184, 173, 259});
  CHECK(sliceOf(tokens, 1) == Numbers{258, 32, 259});
}

TEST_CASE("text that is no UTF-8 is refused with its byte") {
  Tokens tokens;
  const Result<void> done = tokenizer({50, 0})->encode("ab\xff", tokens);
  REQUIRE(!done);
  CHECK(done.error().message == "expected UTF-8, found byte 0xff at byte 2");
  CHECK(tokens.size() == 0);
}

TEST_CASE("what decides characters is hashed, and files that say otherwise are noted") {
  CHECK(tokenizer({50, 7})->sha256() != tokenizer({50, 6})->sha256());
  CHECK(tokenizer({50, 7})->sha256() != tokenizer({49, 7})->sha256());
  TokenizerFiles files;
  files.folder = "folder";
  TextForm form;
  form.single = *parseTemplate("A", false);
  form.pair.clear();
  std::vector<std::string> notes;
  const Vocabulary none;
  REQUIRE(readWordBytes({files, none, form}, notes));
  CHECK(notes.empty());
  files.vocabulary = none;
  REQUIRE(readWordBytes({files, none, form}, notes));
  CHECK(notes.size() == 1);
}
