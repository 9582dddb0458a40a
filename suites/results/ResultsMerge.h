// Records of many folders put into one: nothing is lost, nothing is doubled, and the outcome does not depend on who was first.
#pragma once

#include "runtime/base/Result.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace clew {

/// What a merge did, or why it did nothing.
struct MergeOutcome {
  std::vector<Error> errors; ///< not empty: nothing was written
  int64_t records = 0;       ///< that `out` has now
  int64_t added = 0;         ///< of them, those that it had not
  int64_t doubled = 0;       ///< met more than once, and kept once
  int64_t files = 0;         ///< of records that were written anew
  int64_t predictions = 0;   ///< files of predictions that were added
};

/// Puts the records of `sources` (as openResults takes them), with their predictions and signatures, into the folder `out`, beside those that it
/// has: ResultsFolder.h says where. Records are the same when their digests are; each file has them by the time they were finished, then by
/// digest, so that merging in any order gives the same bytes. Records by themselves must be right (Record::faults) and their predictions
/// there, else nothing is written. Predictions are written first and packed; a merge that is killed is done again. `now` in seconds since 1970.
/// Holds the lock of `out`. Errors where folders cannot be read or written.
Result<MergeOutcome> mergeResults(const std::string &out, std::span<const std::string> sources, int64_t now);

} // namespace clew
