// What a command says: results to the standard output, talk to the standard error. The only way there, because both may be full, closed
// or a broken pipe: nothing here fails or ends a job; what the standard output refused is known once, when the command ends.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/base/VisibleText.h"

#include <fmt/format.h>
#include <nlohmann/json_fwd.hpp>

#include <string_view>

namespace clew {

/// Results, to the standard output, buffered. After a failed write nothing more is written.
void printText(std::string_view text);
/// The same; what names in it hide is made visible.
template <typename... T> void printOut(fmt::format_string<T...> format, T &&...values) {
  printText(visibleText(fmt::format(format, std::forward<T>(values)...)));
}

/// From now on results go where messages go: standard output carries a file.
void divertResults();

/// A result as indented JSON; what is not UTF-8 in it is replaced.
void printJson(const nlohmann::ordered_json &json);

/// Messages for people, to the standard error, at once. Where nobody can read them they are lost.
void sayText(std::string_view text);
/// The same; what names in it hide is made visible.
template <typename... T> void say(fmt::format_string<T...> format, T &&...values) {
  sayText(visibleText(fmt::format(format, std::forward<T>(values)...)));
}

/// Hands on what printOut() holds back. Io if that, or anything printed before, could not be written.
Result<void> flushOutput();

} // namespace clew
