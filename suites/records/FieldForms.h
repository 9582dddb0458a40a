// The forms that fields of records have: small predicates, for texts of anybody.
#pragma once

#include "suites/records/RecordRules.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace clew {

/// Letters and digits of ASCII, and within them '-', '_' and '.'; at most 100.
inline bool isName(std::string_view text) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= 100 && plain(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return plain(c) || c == '-' || c == '_' || c == '.'; });
}

/// "22.1.8", and with what distributions add: "22.1.8rc1", "3.0.17git".
inline bool isVersion(std::string_view text) {
  const size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::string_view numbers = text.substr(0, end);
  const std::string_view rest = text.substr(end);
  const bool suffix =
      rest.empty() || rest == "git" || (rest.starts_with("rc") && rest.size() == 3 && rest[2] >= '0' && rest[2] <= '9');
  return suffix && numbers.size() >= 3 && numbers.size() <= 40 && numbers.find("..") == numbers.npos &&
         numbers.front() != '.' && numbers.back() != '.' && numbers.find('.') != numbers.npos;
}

inline bool isHex(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// One line of visible ASCII, without blanks around it: what systems call their CPU.
inline bool isPlainLine(std::string_view text) {
  return !text.empty() && text.size() <= 200 && text.front() != ' ' && text.back() != ' ' &&
         std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

/// Whether the record's machine has this feature of its CPU.
inline bool hasFeature(const RecordRules &rules, std::string_view feature) {
  return std::ranges::any_of(rules.json["machine"]["features"], [&](const auto &one) { return one == feature; });
}

} // namespace clew
