// Result<T>: a value or an Error. Every function that can fail for a reason outside the program returns one; nothing
// throws. What a library throws is caught in the one file that calls it.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace clew {

/// Why something failed. Callers branch on the kind, people read the message.
enum class ErrorKind {
  BadInput,    ///< A file or an argument does not say what it must; the user can mend it.
  NotFound,    ///< The named thing (model, file, parameter, key) does not exist.
  Unsupported, ///< Well formed, but this build or this backend cannot do it.
  Unavailable, ///< A device or a library is absent from this machine. Tests skip on it.
  Io,          ///< The operating system refused to read, write or map.
  Internal,    ///< A promise inside Clew was broken: a bug.
};

/// An error's kind, what was expected and found, and where ("file", "file:line" or "file:line:column"; may be empty).
struct Error {
  ErrorKind kind;
  std::string message;
  std::string where;

  /// "WHERE: error: MESSAGE", "error: MESSAGE", or "Unavailable: MESSAGE": the form that commands print.
  std::string render() const;
};

template <typename T> class [[nodiscard]] Result : public std::expected<T, Error> {
public:
  using std::expected<T, Error>::expected;
};

/// Shorthand for `return fail(ErrorKind::BadInput, "...", where)` in functions that return a Result.
inline std::unexpected<Error> fail(ErrorKind kind, std::string message, std::string where = {}) {
  return std::unexpected(Error{kind, std::move(message), std::move(where)});
}

/// Passes another Result's error on: `if (!r) { return fail(r); }`.
template <typename T> std::unexpected<Error> fail(const Result<T> &failed) {
  return std::unexpected(failed.error());
}

} // namespace clew
