// What a command says: results to the standard output, talk to the standard error. The only way there, because both may be full, closed
// or a broken pipe: nothing here fails or ends a job; what the standard output refused is known once, when the command ends.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/base/VisibleText.h"

#include <fmt/format.h>
#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <type_traits>

namespace clew {

/// Results, to the standard output, buffered. After a failed write nothing more is written.
void printText(std::string_view text);

/// How many characters a line of results has room for; 0: as many as there are, since no terminal shows them.
size_t terminalWidth();

/// A value as printOut() and say() print it: texts come from outside, so what hides in them is made visible, and none begins a line of its own.
template <typename T> decltype(auto) visibleValue(const T &value) {
  if constexpr (std::is_convertible_v<const T &, std::string_view>) {
    return visibleText(value);
  } else {
    return (value);
  }
}
template <typename... T> std::string formatValues(fmt::string_view format, const T &...values) {
  return fmt::vformat(format, fmt::make_format_args(values...));
}

/// The same of a line; its values by visibleValue().
template <typename... T> void printOut(fmt::format_string<T...> format, T &&...values) {
  printText(formatValues(format, visibleValue(values)...));
}

/// From now on results go where messages go: standard output carries a file.
void divertResults();

/// A result as indented JSON; what is not UTF-8 in it is replaced.
void printJson(const nlohmann::ordered_json &json);

/// Messages for people, to the standard error, at once. Where nobody can read them they are lost.
void sayText(std::string_view text);
/// The same of a line; its values by visibleValue().
template <typename... T> void say(fmt::format_string<T...> format, T &&...values) {
  sayText(formatValues(format, visibleValue(values)...));
}

/// Hands on what printOut() holds back. Io if that, or anything printed before, could not be written.
Result<void> flushOutput();

} // namespace clew
