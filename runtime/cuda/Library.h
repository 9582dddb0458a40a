// A shared library that may be absent, and the functions that are looked up in it.
#pragma once

#include "runtime/base/Result.h"

#include <span>
#include <string>

namespace clew::cuda {

/// Loaded for the rest of the process: drivers do not survive being unloaded.
class Library {
public:
  /// The first of `names` that the system's loader finds. Unavailable with what the loader said of the first.
  static Result<Library> open(std::span<const std::string> names);

  /// Null if the library has no such symbol.
  void *find(const char *symbol) const;
  /// As the loader was asked for it.
  const std::string &name() const { return found; }

private:
  void *handle = nullptr;
  std::string found;
};

/// Looks up one function after the other, and keeps the first that is missing.
class SymbolReader {
public:
  explicit SymbolReader(const Library &library) : library(library) {}

  template <typename F> void read(F *&function, const char *symbol) {
    void *found = library.find(symbol);
    if (!found && missing.empty()) {
      missing = symbol;
    }
    function = reinterpret_cast<F *>(found);
  }
  /// Unavailable if one was missing.
  Result<void> finish() const;

private:
  const Library &library;
  std::string missing;
};

} // namespace clew::cuda
