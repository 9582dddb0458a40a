// Values of an enumeration by name: one way to find them, and one form of the error for a name that is none of them.
#pragma once

#include "runtime/base/Result.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

/// "a", "a or b", "a, b or c".
template <typename T, size_t N> std::string listed(const std::array<T, N> &values) {
  std::string text;
  for (size_t i = 0; i < N; ++i) {
    text += (i == 0 ? "" : i + 1 < N ? ", " : " or ") + std::string(nameOf(values[i]));
  }
  return text;
}

/// The value of that name. BadInput "unknown WHAT 'NAME': expected a, b or c".
template <typename T, size_t N>
Result<T> valueNamed(const std::array<T, N> &values, std::string_view what, std::string_view name) {
  for (T value : values) {
    if (nameOf(value) == name) {
      return value;
    }
  }
  return fail(ErrorKind::BadInput,
              "unknown " + std::string(what) + " '" + std::string(name) + "': expected " + listed(values));
}

/// The names themselves, as lists of choices want them.
template <typename T, size_t N> std::vector<std::string> namesOf(const std::array<T, N> &values) {
  std::vector<std::string> names;
  for (T value : values) {
    names.emplace_back(nameOf(value));
  }
  return names;
}

} // namespace clew
