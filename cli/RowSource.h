// Where the rows come from that `clew predict` is asked about: a file in any layout that the task reads, JSON lines as people write them, the
// command line, or a split of the task's data.
#pragma once

#include "runtime/base/LineReader.h"
#include "suites/data/Row.h"
#include "suites/data/Task.h"
#include "suites/data/TextFile.h"
#include "suites/run/Shard.h"

#include <limits>
#include <optional>

namespace clew {

/// Gives rows in pieces, so that lines are answered while they still come in. Movable.
class RowSource {
public:
  /// FILE, or "-" for stdin. Lines of the kind's fields ({"text"}, {"context", "question", "choices": [..]}), with or
  /// without "id" (a number or a text; else the row's number from 0), are read piece by piece; empty lines may end them. Anything else must be what the task reads from files,
  /// and is read whole: by the layout of the official file that has its name, else by the first of the task's layouts that fits.
  static Result<RowSource> open(const Task &task, const std::string &path);
  static RowSource of(std::vector<Row> rows);

  /// What was read otherwise than it is written: people must be told.
  const std::vector<std::string> &notes() const { return said; }

  /// Keeps the rows of one shard, in which they follow each other: those without an "id" keep the numbers that they have in the whole. Before
  /// the first next(). Unsupported for what can be read only once.
  Result<void> keep(const Shard &shard);
  /// Passes over so many more rows, without looking at what is in them. Before the first next(). BadInput if there are fewer.
  Result<void> skip(int64_t count);

  /// The next rows, `most` at most; none at the end. From stdin, no more than are there already, but one at least. BadInput with FILE:LINE;
  /// rows before the wrong line are given first.
  Result<std::vector<Row>> next(size_t most);

private:
  RowSource() = default;
  Result<bool> readLine(std::string &line);
  Result<TextFile> restOf(const std::string &line);
  Result<std::vector<Row>> nextLines(size_t most);
  Result<bool> passOver();

  std::vector<std::string> said;
  std::vector<Row> ready;          ///< rows that are there
  size_t given = 0;                ///< of `ready`
  std::optional<LineReader> lines; ///< rows come from it
  const TaskKind *kind = nullptr;
  std::optional<std::string> peeked; ///< the first line, read to see what it is
  int64_t rowNumber = 0;
  int64_t end = std::numeric_limits<int64_t>::max(); ///< the number of the row after the last
  int blank = 0;                                     ///< the first empty line that was met; 0: none yet
  std::optional<Error> pending;
};

} // namespace clew
