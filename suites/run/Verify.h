// Verify: a published record run again. What does not depend on the machine must be the same, what was measured must lie within stated
// intervals.
#pragma once

#include "suites/run/Bench.h"

namespace clew {

struct VerifiedField {
  std::string field;
  std::string recorded;
  std::string found;
  std::string rule; ///< what was asked, in words
  bool holds = true;
  bool advisory =
      false; ///< said, but does not count: times on another machine or a busy one, percentiles without samples
};

struct VerifyOptions {
  BenchOptions bench;       ///< `out` is a folder for what is measured now; random weights and seeds are the record's
  std::optional<Tier> tier; ///< another than the record's
};

/// What is looked at:
///   - the recorded predictions file, where it is beside the record: its sha256, and that its score is the recorded one;
///   - model, vocabulary, weights and data by sha256; nothing runs where they differ;
///   - the predictions of now: the same bytes, or each metric within the recorded bootstrap interval;
///   - times: p50 within 15 % of the recorded, p90 25 %, p99 50 %, rates 15 %, the server's rate 20 %.
/// `recordFile` is where the record stands. Errors where nothing can be run at all.
Result<std::vector<VerifiedField>> verifyRecord(const Record &record, const std::string &recordFile,
                                                const VerifyOptions &options, const BuildFacts &build);

/// True when every field that is not advisory holds.
bool allHold(std::span<const VerifiedField> fields);

/// The fields of `now` held against those of `then`: metrics and times. Of two records of the same cell.
std::vector<VerifiedField> compareRecords(const Record &then, const Record &now);

} // namespace clew
