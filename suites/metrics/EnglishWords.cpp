// English words by Penn Treebank conventions: punctuation apart, numbers whole, clitics ('s, n't) cut off. CMRC2018's score counts them.
// Spaces are put around what stands alone, then the text is cut at spaces: first opening quotes, then punctuation, then clitics.
#include "suites/metrics/CmrcWords.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <span>

namespace clew {
namespace {

using Text = std::u32string;
using View = std::u32string_view;

bool isSpace(char32_t c) { return u_isUWhiteSpace(static_cast<UChar32>(c)) != 0 || (c >= 0x1c && c <= 0x1f); }
bool isDigit(char32_t c) { return u_charType(static_cast<UChar32>(c)) == U_DECIMAL_DIGIT_NUMBER; }
bool isWord(char32_t c) {
  const auto type = u_charType(static_cast<UChar32>(c));
  return c == U'_' || u_isalpha(static_cast<UChar32>(c)) != 0 || type == U_DECIMAL_DIGIT_NUMBER ||
         type == U_LETTER_NUMBER || type == U_OTHER_NUMBER;
}
bool isOneOf(char32_t c, View set) { return set.find(c) != View::npos; }

/// Whether one of the clitics that keep their apostrophe, and then no further letter, begins here.
bool isCliticAt(View text) {
  constexpr std::array<View, 8> clitics = {U"re", U"ve", U"ll", U"m", U"t", U"s", U"d", U"n"};
  return std::any_of(clitics.begin(), clitics.end(), [&](View clitic) {
    return text.starts_with(clitic) && (text.size() == clitic.size() || !isWord(text[clitic.size()]));
  });
}

void alone(Text &out, View mark) {
  out += U' ';
  out += mark;
  out += U' ';
}

/// Quotes that open become `` (an opening apostrophe, a word of its own).
Text openQuotes(View text) {
  Text out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i];
    // After a space or a bracket; quotes that already stand alone have a space behind them.
    const bool opens = i > 0 && (isOneOf(text[i - 1], U" ([{<«‘„") || (i == 1 && text[0] == U'"'));
    if (isOneOf(c, U"«‘„")) {
      alone(out, text.substr(i, 1));
    } else if (c == U'"' && (i == 0 || opens)) {
      alone(out, U"``");
    } else if (c == U'\'' && opens && text.substr(i + 1).starts_with(U'\'')) {
      alone(out, U"``");
      ++i;
    } else if (c == U'\'' && (i == 0 || !isWord(text[i - 1])) && i + 1 < text.size() && isWord(text[i + 1]) &&
               !isCliticAt(text.substr(i + 1))) {
      out += U"' ";
    } else {
      out += c;
    }
  }
  return out;
}

/// Where the full stop of the sentence stands: after it only closing marks and spaces; not the last of several. npos: none.
size_t findFullStop(View text) {
  size_t end = text.size();
  while (end > 0 && (isSpace(text[end - 1]) || isOneOf(text[end - 1], U"])}>\"'»"))) {
    --end;
  }
  const bool found = end >= 2 && text[end - 1] == U'.' && text[end - 2] != U'.';
  return found ? end - 1 : View::npos;
}

Text separatePunctuation(View text) {
  const size_t fullStop = findFullStop(text);
  Text out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i];
    const bool last = i + 1 == text.size();
    if (c == U',' && (last || !isDigit(text[i + 1]))) {
      alone(out, U",");
      if (!last && text[i + 1] == U',' && i + 2 < text.size()) { // the second of a pair is looked past
        out += text[++i];
      }
    } else if (c == U'.' && !last && text[i + 1] == U'.') {
      const size_t end = std::min(text.find_first_not_of(U'.', i), text.size());
      alone(out, text.substr(i, end - i));
      i = end - 1;
    } else if (i == fullStop || isOneOf(c, U";@#$%&?![](){}<>»\u2012\u2013\u2014\u2015")) {
      alone(out, text.substr(i, 1));
    } else if (c == U'"' || (c == U'\'' && !last && text[i + 1] == U'\'')) {
      alone(out, U"''");
      i += c == U'"' ? 0 : 1;
    } else {
      out += c;
    }
  }
  return out;
}

/// Cuts the first of `clitics` that ends the word off it and returns it; empty if there is none.
View cutClitic(View &word, std::span<const View> clitics) {
  for (const View clitic : clitics) {
    if (word.size() > clitic.size() && word.ends_with(clitic) && word[word.size() - clitic.size() - 1] != U'\'') {
      word.remove_suffix(clitic.size());
      return clitic;
    }
  }
  return {};
}

void addContraction(View word, std::vector<Text> &words) {
  struct Contraction {
    View word;
    size_t cut;
  };
  constexpr std::array<Contraction, 9> contractions = {{{U"cannot", 3},
                                                        {U"gimme", 3},
                                                        {U"gonna", 3},
                                                        {U"gotta", 3},
                                                        {U"lemme", 3},
                                                        {U"wanna", 3},
                                                        {U"more'n", 4},
                                                        {U"'tis", 2},
                                                        {U"'twas", 2}}};
  const auto known =
      std::find_if(contractions.begin(), contractions.end(), [&](const Contraction &c) { return c.word == word; });
  if (known == contractions.end()) {
    words.emplace_back(word);
  } else {
    words.emplace_back(word.substr(0, known->cut));
    words.emplace_back(word.substr(known->cut));
  }
}

/// Adds a word without spaces, cut where clitics begin: one of each kind, as the treebank does.
void addWord(View word, std::vector<Text> &words) {
  constexpr std::array<View, 4> outer = {U"'s", U"'m", U"'d", U"'"};
  constexpr std::array<View, 4> inner = {U"'ll", U"'re", U"'ve", U"n't"};
  const View last = cutClitic(word, outer);
  const View middle = cutClitic(word, inner);
  addContraction(word, words);
  for (const View clitic : {middle, last}) {
    if (!clitic.empty()) {
      words.emplace_back(clitic);
    }
  }
}

} // namespace

std::vector<std::u32string> englishWords(std::u32string_view text) {
  const Text spaced = separatePunctuation(openQuotes(text));
  std::vector<Text> words;
  for (auto at = spaced.begin(); at != spaced.end();) {
    const auto begin = std::find_if_not(at, spaced.end(), isSpace);
    at = std::find_if(begin, spaced.end(), isSpace);
    if (at != begin) {
      addWord(View(begin, at), words);
    }
  }
  return words;
}

} // namespace clew
