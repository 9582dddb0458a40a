// Diagnostics: all that is wrong with one file, collected in one reading, so that nobody mends one error a run.
#pragma once

#include "runtime/base/Result.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace clew {

/// A place in a text file, both from 1; line 0 stands for the file as a whole.
struct Spot {
  int line = 0;
  int column = 0;
  auto operator<=>(const Spot &) const = default;
};

/// Collects errors of one file. An error that was already said at the same place is not said again, and after 100 the
/// rest is left out (a last error says so). Not thread safe.
class Diagnostics {
public:
  explicit Diagnostics(std::string file) : file(std::move(file)) {}

  void error(Spot at, std::string message, ErrorKind kind = ErrorKind::BadInput);
  /// Adds what another reading of the same file found.
  void add(const Diagnostics &other);
  bool any() const { return !found.empty(); }
  /// No further error would be kept: looking for more is lost time.
  bool full() const { return cut; }
  const std::string &fileName() const { return file; }

  /// All errors in the order of their places.
  std::vector<Error> all() const;
  /// The first error by place; only when any().
  Error first() const;

private:
  std::string where(Spot at) const;

  std::string file;
  std::map<std::pair<Spot, std::string>, ErrorKind> found;
  bool cut = false;
};

} // namespace clew
