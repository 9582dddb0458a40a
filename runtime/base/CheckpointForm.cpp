// Names of kinds of rules, and the patterns in which names of tensors and values of config.json are given.
#include "runtime/base/CheckpointForm.h"

namespace clew {

std::string_view nameOf(ConfigRule::Kind kind) {
  switch (kind) {
  case ConfigRule::Kind::Is:
    return "is";
  case ConfigRule::Kind::Each:
    return "each";
  case ConfigRule::Kind::Count:
    return "count";
  }
  return "?";
}

bool matchesPattern(std::string_view name, std::string_view pattern) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) {
    return name == pattern;
  }
  const std::string_view end = pattern.substr(star + 1);
  return name.size() >= star + end.size() && name.starts_with(pattern.substr(0, star)) && name.ends_with(end);
}

} // namespace clew
