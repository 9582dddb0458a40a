// The trie against a plain search over all keys.
#include "runtime/text/Trie.h"

#include <doctest/doctest.h>
#include <map>
#include <random>
#include <string>

using clew::Trie;

namespace {

/// Random keys over few letters, so that they share much; each with its number.
std::map<std::string, int32_t> randomKeys(std::mt19937 &random, int count, unsigned letters, unsigned longest) {
  std::map<std::string, int32_t> keys;
  for (int i = 0; i < count; i++) {
    std::string key;
    for (unsigned length = 1 + random() % longest; length > 0; length--) {
      key.push_back(static_cast<char>(random() % letters * (256 / letters)));
    }
    keys.try_emplace(key, i);
  }
  return keys;
}

Trie trieOf(const std::map<std::string, int32_t> &keys) {
  std::vector<Trie::Entry> entries(keys.begin(), keys.end());
  return Trie(entries);
}

} // namespace

TEST_CASE("an empty trie finds nothing") {
  for (const Trie &trie : {Trie(), Trie(std::vector<Trie::Entry>())}) {
    std::string text = "\xFFz";
    CHECK(trie.longest(text.data(), text.data() + text.size()).value == -1);
    CHECK(trie.find("a") == -1);
    CHECK(trie.find("") == -1);
  }
}

TEST_CASE("the longest key wins and the walk stops at the end") {
  Trie trie({{"a", 1}, {"abc", 2}, {"abcd", 3}, {"b", 4}});
  std::string text = "abcx";
  Trie::Match match = trie.longest(text.data(), text.data() + 4);
  CHECK(match.value == 2);
  CHECK(match.length == 3);
  CHECK(trie.longest(text.data(), text.data() + 2).value == 1);
  CHECK(trie.longest(text.data(), text.data()).value == -1);
  CHECK(trie.find("ab") == -1);
  CHECK(trie.find("abcd") == 3);
}

TEST_CASE("equals a plain search on random keys") {
  std::mt19937 random(7);
  for (unsigned letters : {2U, 5U, 64U, 256U}) {
    std::map<std::string, int32_t> keys = randomKeys(random, 3000, letters, 8);
    Trie trie = trieOf(keys);
    for (const auto &[text, value] : randomKeys(random, 3000, letters, 12)) {
      Trie::Match expected;
      for (size_t length = 1; length <= text.size(); length++) {
        auto found = keys.find(text.substr(0, length));
        expected = found == keys.end() ? expected : Trie::Match{found->second, length};
      }
      Trie::Match match = trie.longest(text.data(), text.data() + text.size());
      REQUIRE(match.value == expected.value);
      REQUIRE(match.length == expected.length);
    }
  }
}
