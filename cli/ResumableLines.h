// ResumableLines: a file of lines that is written over several runs. It exists for jobs of hours: a run that is killed, or whose machine is
// lost, is started again with the same words and goes on; one that is started twice waits for the other and finds its work done.
#pragma once

#include "runtime/base/Result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace clew {

/// Lines go into PATH.part, which becomes PATH when all are there; PATH.from says of what they are, and stays beside it. Both are locked.
class ResumableLines {
public:
  /// Waits for another run that writes it. `identity` is one line: what the lines depend on. BadInput if PATH or PATH.part is there and was begun with
  /// another identity, or by somebody else, or is no regular file; Io. A last line that is torn, or bytes that never reached the disk, are cut off.
  static Result<ResumableLines> open(const std::string &path, const std::string &identity);

  ResumableLines(ResumableLines &&) noexcept;
  ~ResumableLines();

  bool isComplete() const; ///< PATH is there
  int64_t lines() const;   ///< that are there already

  /// Whole lines. They are on disk when it returns.
  Result<void> append(std::string_view text);
  /// All are there: PATH takes its name.
  Result<void> finish();

private:
  struct Impl;
  explicit ResumableLines(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

} // namespace clew
