// Quotes end between characters, wherever the limit falls.
#include "runtime/base/Excerpt.h"

#include <doctest/doctest.h>

using namespace clew;

TEST_CASE("what fits stays as it is") {
  CHECK(excerpt("") == "");
  CHECK(excerpt("江州", 6) == "江州");
  CHECK(excerpt("abc", 3) == "abc");
  CHECK(excerpt("a\xFF"
                "b") == "a\xEF\xBF\xBD"
                        "b");
  CHECK(excerpt("\xE5\xA4") == "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("what is longer is cut before the character that does not fit") {
  // One, two, three and four bytes.
  const std::string text = "aé江😀aé江😀";
  for (size_t most = 0; most < text.size(); ++most) {
    const std::string cut = excerpt(text, most);
    REQUIRE(cut.ends_with("..."));
    const std::string kept = cut.substr(0, cut.size() - 3);
    CHECK(kept.size() <= most);
    CHECK(kept.size() + 4 > most); // no more is lost than a part of one character
    CHECK(text.starts_with(kept));
    CHECK((static_cast<unsigned char>(text[kept.size()]) & 0xC0) != 0x80);
  }
}
