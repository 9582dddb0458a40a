// JsonGuard: what is refused of JSON from outside, whatever is made of it. Every JSON text is read through it (JsonEvents.h), because the
// library alone takes the last of two values under one key, nests until the stack ends, and makes a hundred bytes out of "[],".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace clew {

/// Bounds of one document. A value takes about a hundred bytes of memory, so all stay below half a gigabyte and what their texts take.
constexpr size_t mostJsonDepth = 32;
constexpr size_t mostJsonValues = size_t{4} << 20;

/// Watches the events of one document. After the first that is refused, `problem` says why and `problemLine` where.
class JsonGuard {
public:
  /// `line` counts as the text is read.
  JsonGuard(std::string_view text, const int &line) : text(text), line(line) {}

  bool value();                ///< one that is neither a list nor an object
  bool open();                 ///< a list or an object
  void close();                ///< the one that was opened last
  bool key(std::string &name); ///< of the innermost object; `name` stays as it is
  /// Bytes are counted from 1; `what` is the library's own description.
  bool malformed(size_t position, bool cutShort, std::string_view what);
  bool refuse(std::string why);

  std::string problem;
  int problemLine = 0;

private:
  std::string_view lineFrom(size_t position) const;

  /// A list or an object that is not closed yet. Few keys are looked through; of many (a vocabulary's) a set is kept.
  struct Open {
    size_t firstKey;
    std::unordered_set<std::string> many;
  };

  std::string_view text;
  const int &line;
  size_t values = 0;
  std::vector<Open> stack;
  std::vector<std::string> keys; ///< of all that is open, one behind the other
};

} // namespace clew
