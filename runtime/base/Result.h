// Result<T>: a value or an Error. Every function that can fail for a reason outside the program returns one; nothing
// throws. What a library throws is caught in the one file that calls it.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

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

/// An Error on its way into a Result: what fail() returns.
class Failure {
public:
  explicit Failure(Error error) : content(std::move(error)) {}
  const Error &error() const & { return content; }
  Error &&error() && { return std::move(content); }

private:
  Error content;
};

/// The interface is that of std::expected<T, Error>, less what throws: value() asserts. It is not std::expected itself because the
/// compiler's files are C++20: MLIR 22's headers do not compile as C++23 with clang and libstdc++ (incomplete types in constexpr
/// destructors), and <expected> does not exist below C++23.
template <typename T> class [[nodiscard]] Result {
public:
  Result()
    requires std::is_default_constructible_v<T>
      : content(std::in_place_index<0>) {}
  template <typename U = T>
    requires(std::is_constructible_v<T, U &&> && !std::is_same_v<std::remove_cvref_t<U>, Result> &&
             !std::is_same_v<std::remove_cvref_t<U>, Failure>)
  explicit(!std::is_convertible_v<U &&, T>) Result(U &&value)
      : content(std::in_place_index<0>, std::forward<U>(value)) {}
  Result(Failure failure) : content(std::in_place_index<1>, std::move(failure).error()) {}

  bool has_value() const { return content.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T &operator*() & { return value(); }
  const T &operator*() const & { return value(); }
  T &&operator*() && { return std::move(value()); }
  T *operator->() { return &value(); }
  const T *operator->() const { return &value(); }

  T &value() & {
    assert(has_value());
    return *std::get_if<0>(&content);
  }
  const T &value() const & {
    assert(has_value());
    return *std::get_if<0>(&content);
  }
  T &&value() && { return std::move(value()); }
  template <typename U> T value_or(U &&other) const & {
    return has_value() ? value() : static_cast<T>(std::forward<U>(other));
  }

  Error &error() & {
    assert(!has_value());
    return *std::get_if<1>(&content);
  }
  const Error &error() const & {
    assert(!has_value());
    return *std::get_if<1>(&content);
  }
  Error &&error() && { return std::move(error()); }

private:
  std::variant<T, Error> content;
};

/// Success or an Error.
template <> class [[nodiscard]] Result<void> {
public:
  Result() = default;
  Result(Failure failure) : content(std::move(failure).error()) {}

  bool has_value() const { return !content; }
  explicit operator bool() const { return has_value(); }
  Error &error() & { return *content; }
  const Error &error() const & { return *content; }
  Error &&error() && { return std::move(*content); }

private:
  std::optional<Error> content;
};

/// Shorthand for `return fail(ErrorKind::BadInput, "...", where)` in functions that return a Result.
inline Failure fail(ErrorKind kind, std::string message, std::string where = {}) {
  return Failure(Error{kind, std::move(message), std::move(where)});
}

/// Passes another Result's error on: `if (!r) { return fail(r); }`.
template <typename T> Failure fail(const Result<T> &failed) { return Failure(failed.error()); }

} // namespace clew
