// Faults: all of what is wrong, of one kind, for messages that list the first few: a person who mends a file wants the list.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

struct Faults {
  std::string_view kind;
  std::vector<std::string> items = {};
};

/// "missing: a, b; extra: c and 7 more", or "" if there are none.
std::string messageOf(std::initializer_list<const Faults *> all);

} // namespace clew
