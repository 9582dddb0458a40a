// RunLog: what a training run says of itself while it goes: log.jsonl for programs, TensorBoard's event files for people.
#pragma once

#include "runtime/base/Result.h"

#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace clew {

/// One update, or the mean of those since the last one that was told.
struct StepReport {
  int64_t step = 0, epoch = 0; ///< from 1
  double loss = 0;             ///< of this step
  double rate = 0;             ///< the optimizer's, at this step
  double tokensPerSecond = 0;  ///< since the start of the process
};

struct EpochReport {
  int64_t epoch = 0;
  int64_t step = 0; ///< updates so far
  double loss = 0;  ///< mean of its steps
  double score = 0;
  bool best = false;
  double seconds = 0; ///< of the whole run so far
};

/// Appends; lines and events of updates that are made again after a kill stand there twice, and the later ones count.
class RunLog {
public:
  /// Begins an event file for a process that starts after update `step`: TensorBoard then forgets events of later updates that an
  /// earlier process wrote before it was killed. Io if the folder cannot be written.
  static Result<RunLog> open(const std::string &folder, int64_t step);

  Result<void> add(const StepReport &report);
  Result<void> add(const EpochReport &report);

private:
  using Scalar = std::pair<const char *, double>;

  Result<void> addLine(const std::string &line) const;
  Result<void> addScalars(int64_t step, std::span<const Scalar> scalars) const;

  std::string lines;  ///< log.jsonl
  std::string events; ///< events.out.tfevents.*
};

} // namespace clew
