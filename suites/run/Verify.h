// Verify: a published record run again. Nothing that it says of itself is believed: what does not depend on the machine must be the same, and
// what was measured is held against intervals of the run of now.
#pragma once

#include "suites/run/Bench.h"

namespace clew {

/// What a record consists of, for who verifies it.
enum class VerifiedPart : uint8_t {
  Record,      ///< by itself: id, digest, fields that fit each other
  Program,     ///< model, weights, vocabulary, task, data, by their hashes
  Predictions, ///< the file that it names: its bytes, and that the scores are theirs
  Scores,      ///< of the run of now
  Times,       ///< of the run of now
};
inline constexpr std::array kVerifiedParts{VerifiedPart::Record, VerifiedPart::Program, VerifiedPart::Predictions,
                                           VerifiedPart::Scores, VerifiedPart::Times};
std::string_view nameOf(VerifiedPart part); ///< record, program, predictions, scores, times

enum class Verdict : uint8_t {
  Holds,
  Differs,     ///< and may: another field decides
  NotVerified, ///< cannot be told: a file that is not there, times under load or of another machine, too few samples
  Fails,
};
std::string_view nameOf(Verdict verdict); ///< holds, differs, not verified, does not hold

struct VerifiedField {
  VerifiedPart part = VerifiedPart::Record;
  std::string field;
  std::string recorded;
  std::string found;
  std::string rule; ///< what was asked, in words
  Verdict verdict = Verdict::Holds;
};

struct VerifyOptions {
  BenchOptions
      bench; ///< `out` is a folder for what is measured now; random weights, seeds and switches are the record's
  std::optional<Tier> tier; ///< another than the record's
};

/// What is looked at, part by part; a part that fails keeps the next ones from being run:
///   - Record::faults;
///   - hashes of model, weights, vocabulary, tokenizer, task and data;
///   - the recorded predictions: inside the folder, their sha256, and that the recorded scores are theirs;
///   - the predictions of now: the same bytes and scores; else each recorded score within the bootstrap interval of now, and each class's
///     within the 99 % Wilson interval (Wilson 1927) of the one of now;
///   - times: p50 within a factor of 1.15, p90 1.25, p99 1.5, rates 1.15, the server's rate 1.2. A difference that the load of one of the
///     two runs may explain, or any on another machine, is not verified.
/// `shelf` keeps answers for further records of the same configuration. Errors where nothing can be run at all, and for records of the schema
/// before.
Result<std::vector<VerifiedField>> verifyRecord(const SourcedRecord &sourced, const VerifyOptions &options,
                                                const BuildFacts &build, AnswerShelf &shelf);

/// What became of a part: the worst of its fields; NotVerified if it has none.
Verdict verdictOf(VerifiedPart part, std::span<const VerifiedField> fields);

/// True when nothing fails and all parts but times are verified. Scores may have no fields: the split may be without labels.
bool allHold(std::span<const VerifiedField> fields);

/// The fields of `now` held against those of `then`: scores and times. Of two records of the same cell.
std::vector<VerifiedField> compareRecords(const Record &then, const Record &now);

} // namespace clew
