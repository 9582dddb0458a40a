// A character and its tag a line: what is read, what counts as an entity, and what is no such file.
#include "tests/suites/data/DataCases.h"

#include <doctest/doctest.h>

using namespace clew;

namespace {

using Entities = std::vector<Entity>;

Entities entitiesOf(const Dataset &data, size_t row) { return std::get<Entities>(data.rows[row].gold); }

} // namespace

TEST_CASE("sentences end at empty lines and at the end of the file") {
  const DataCase data("tag", "{reader: bio}");
  const Result<Dataset> read =
      data.dev("彭 B-name\n军 I-name\n在 O\n台\tB-place\n湾\tI-place\n\n\n\r\n好 O\r\n  O\n𠀀 B-name");
  REQUIRE_MESSAGE(read, (read ? "" : read.error().render()));
  REQUIRE(read->rows.size() == 2);
  CHECK(read->rows[0].fields == std::vector<std::string>{"彭军在台湾"});
  CHECK(entitiesOf(*read, 0) == Entities{{"name", 0, 2}, {"place", 3, 5}});
  CHECK(read->rows[1].fields == std::vector<std::string>{"好 𠀀"}); // a space is a character
  CHECK(entitiesOf(*read, 1) == Entities{{"name", 2, 3}});
  CHECK(render(read->rows[1].id) == "1");
  CHECK(read->rows[1].line == 9);
  CHECK(read->notes.empty());
}

TEST_CASE("an I- that continues nothing of its type begins an entity, as in conlleval, and is counted") {
  const DataCase data("tag", "{reader: bio}");
  struct Case {
    const char *text;
    Entities first;
    int begun;
  };
  for (const Case &one : std::vector<Case>{
           {"江 I-name\n州 I-name\n在 O\n", {{"name", 0, 2}}, 1},                         // at the start
           {"在 O\n江 I-name\n州 I-name\n", {{"name", 1, 3}}, 1},                         // after O
           {"江 B-name\n州 I-place\n在 I-place\n", {{"name", 0, 1}, {"place", 1, 3}}, 1}, // after another type
           {"江 I-name\n州 I-place\n在 I-name\n", {{"name", 0, 1}, {"place", 1, 2}, {"name", 2, 3}}, 3},
           {"江 I-name\n州 B-name\n在 I-name\n", {{"name", 0, 1}, {"name", 1, 3}}, 1},
           {"江 B-name\n州 I-name\n在 O\n", {{"name", 0, 2}}, 0}}) {
    CAPTURE(one.text);
    const Result<Dataset> read = data.dev(one.text);
    REQUIRE(read);
    CHECK(entitiesOf(*read, 0) == one.first);
    REQUIRE(read->notes.size() == (one.begun > 0 ? 1 : 0));
    CHECK((one.begun == 0 || read->notes[0].starts_with(std::to_string(one.begun) + " entit")));
  }
}

TEST_CASE("an empty line ends an entity; what goes on behind it begins anew") {
  const DataCase data("tag", "{reader: bio}");
  const Result<Dataset> read = data.dev("江 B-name\n\n州 I-name\n在 O\n");
  REQUIRE(read);
  REQUIRE(read->rows.size() == 2);
  CHECK(entitiesOf(*read, 0) == Entities{{"name", 0, 1}});
  CHECK(entitiesOf(*read, 1) == Entities{{"name", 0, 1}});
  REQUIRE(read->notes.size() == 1);
  CHECK(read->notes[0] == "1 entity begins with I- and not B- (line 3): read as beginnings, as conlleval does");
}

TEST_CASE("a line holds one character and one known tag") {
  const DataCase data("tag", "{reader: bio}");
  for (const char *line : {"口0 B-name",   // Weibo's segmentation marks
                           "江州 B-name",  // a word
                           "江 NN B-name", // a third column
                           "e\xcc\x81 O",  // a letter and a combining mark are two code points
                           "江  O",        // two separators
                           " O", "O", "江", "\tO", " "}) {
    CAPTURE(line);
    const std::string wrong = data.wrong(std::string("在 O\n") + line + "\n");
    CHECK_MESSAGE(wrong.starts_with("2: expected one character and its tag, found '"), wrong);
  }
  for (const char *tag : {"S-name", "E-name", "M-name", "o", "b-name", "B", "I", "0", "Bname", "B_name"}) {
    CAPTURE(tag);
    CHECK(data.wrong(std::string("在 O\n江 ") + tag + "\n").starts_with("2: expected a tag O, B-TYPE or I-TYPE"));
  }
  CHECK(data.wrong("在 O\n江 B-nam\n").starts_with("2: unknown label 'nam'"));
  CHECK(data.wrong("在 O\n江 B-\n").starts_with("2: unknown label ''"));
}

TEST_CASE("a split without labels needs no tags, and looks at none") {
  const DataCase data("tag", "{reader: bio}");
  const Result<Dataset> read = data.test("江\n州 what\n \n\n在\n");
  REQUIRE_MESSAGE(read, (read ? "" : read.error().render()));
  REQUIRE(read->rows.size() == 2);
  CHECK(read->rows[0].fields == std::vector<std::string>{"江州 "});
  CHECK(read->rows[0].gold == Gold());
  CHECK(!data.test("江州\n"));
  CHECK(!data.test("江0 O\n"));
}

TEST_CASE("BMES and BIOES: ends and single characters") {
  const DataCase bmes("tag", "{reader: bmes}");
  const Result<Dataset> read = bmes.dev("彭 B-name\n小 M-name\n军 E-name\n在 O\n台 S-place\n湾 S-place\n");
  REQUIRE_MESSAGE(read, (read ? "" : read.error().render()));
  CHECK(entitiesOf(*read, 0) == Entities{{"name", 0, 3}, {"place", 4, 5}, {"place", 5, 6}});
  CHECK(read->notes.empty());
  const Result<Dataset> odd =
      bmes.dev("彭 M-name\n军 E-name\n在 E-name\n台 B-place\n湾 B-place\n国 E-place\n人 M-name\n");
  REQUIRE(odd);
  CHECK(entitiesOf(*odd, 0) ==
        Entities{{"name", 0, 2}, {"name", 2, 3}, {"place", 3, 4}, {"place", 4, 6}, {"name", 6, 7}});
  REQUIRE(odd->notes.size() == 1);
  CHECK(odd->notes[0].starts_with("3 entities begin with M- or E- and not B- (the first on line 1)"));
  CHECK(bmes.wrong("彭 I-name\n") == "1: expected a tag O, B-TYPE, M-TYPE, E-TYPE or S-TYPE, found 'I-name'");
  const DataCase bioes("tag", "{reader: bioes}");
  const Result<Dataset> other = bioes.dev("彭 B-name\n小 I-name\n军 E-name\n台 S-place\n");
  REQUIRE(other);
  CHECK(entitiesOf(*other, 0) == Entities{{"name", 0, 3}, {"place", 3, 4}});
  CHECK(bioes.wrong("彭 M-name\n").find("found 'M-name'") != std::string::npos);
  CHECK(DataCase("tag", "{reader: bio}").wrong("彭 S-name\n").find("found 'S-name'") != std::string::npos);
}

TEST_CASE("characters with their place in the word behind them, as Weibo's") {
  const DataCase data("tag", "{reader: bio, numbered: true}");
  const Result<Dataset> read = data.dev("彭0\tB-name\n军1\tI-name\n10\tO\n𠀀12\tO\n");
  REQUIRE_MESSAGE(read, (read ? "" : read.error().render()));
  CHECK(read->rows[0].fields == std::vector<std::string>{"彭军1𠀀"});
  CHECK(entitiesOf(*read, 0) == Entities{{"name", 0, 2}});
  CHECK(data.wrong("彭\tO\n") == "1: expected one character with its number and its tag, found '彭\tO'");
  CHECK(!data.wrong("彭军0\tO\n").empty());
  CHECK(!DataCase("tag", "{reader: bio}").wrong("彭0\tO\n").empty());
  CHECK(data.test("彭0\n军1\tO\n")->rows[0].fields[0] == "彭军");
}

TEST_CASE("a label for each character or word") {
  const DataCase characters("tag_characters", "{reader: labels}");
  const Result<Dataset> read = characters.dev("彭 name\n台 place\n湾 place\n\n好 name\n");
  REQUIRE_MESSAGE(read, (read ? "" : read.error().render()));
  REQUIRE(read->rows.size() == 2);
  CHECK(entitiesOf(*read, 0) == Entities{{"name", 0, 1}, {"place", 1, 2}, {"place", 2, 3}});
  CHECK(characters.wrong("彭军 name\n").find("expected one character and its tag") != std::string::npos);
  CHECK(characters.wrong("彭 B-name\n").find("unknown label 'B-name'") != std::string::npos);
  const DataCase words("tag_words", "{reader: labels}");
  const Result<Dataset> spaced = words.dev("彭小军 name\n在 place\nTaipei place\n");
  REQUIRE(spaced);
  CHECK(spaced->rows[0].fields == std::vector<std::string>{"彭小军 在 Taipei"});
  CHECK(entitiesOf(*spaced, 0) == Entities{{"name", 0, 3}, {"place", 4, 5}, {"place", 6, 12}});
}
