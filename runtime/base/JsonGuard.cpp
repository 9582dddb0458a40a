// Depth, number of values and keys are counted; of a syntax error the library's words are kept and its quotation is not.
#include "runtime/base/JsonGuard.h"

#include "runtime/base/Excerpt.h"

#include <algorithm>
#include <iterator>

namespace clew {

bool JsonGuard::refuse(std::string why) {
  problem = std::move(why);
  problemLine = line;
  return false;
}

bool JsonGuard::value() {
  return ++values <= mostJsonValues || refuse("more than " + std::to_string(mostJsonValues) + " values");
}

bool JsonGuard::open() {
  if (stack.size() >= mostJsonDepth) {
    return refuse("nested deeper than " + std::to_string(mostJsonDepth));
  }
  stack.push_back({keys.size(), {}});
  return value();
}

void JsonGuard::close() {
  keys.resize(stack.back().firstKey);
  stack.pop_back();
}

bool JsonGuard::key(std::string &name) {
  constexpr size_t kFew = 16;
  Open &object = stack.back();
  const auto first = keys.begin() + static_cast<std::ptrdiff_t>(object.firstKey);
  const auto few = static_cast<size_t>(keys.end() - first);
  if (few == kFew && object.many.empty()) {
    object.many.insert(std::make_move_iterator(first), std::make_move_iterator(keys.end()));
  }
  const bool isNew =
      object.many.empty() ? std::find(first, keys.end(), name) == keys.end() : object.many.insert(name).second;
  if (!isNew) {
    return refuse("the key '" + excerpt(name) + "' stands twice in an object");
  }
  if (object.many.empty()) {
    keys.push_back(name);
  }
  return true;
}

bool JsonGuard::malformed(size_t position, bool cutShort, std::string_view what) {
  if (cutShort) {
    return refuse("the JSON is cut short");
  }
  const size_t words = what.find("syntax error");
  what.remove_prefix(words == std::string_view::npos ? 0 : words);
  what = what.substr(0, what.find("; last read")); // what the library quotes there may end inside a character
  constexpr size_t shown = 40;
  return refuse("malformed JSON: " + std::string(what) + ", near '" + excerpt(lineFrom(position), shown) + "'");
}

/// The rest of a line from the character on of which byte `position` (from 1) is a part.
std::string_view JsonGuard::lineFrom(size_t position) const {
  size_t at = std::min(position - std::min<size_t>(position, 1), text.size());
  while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) {
    --at;
  }
  return text.substr(at, text.find_first_of("\r\n", at) - at);
}

} // namespace clew
