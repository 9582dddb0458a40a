// Whether folders of results are right as a whole: what CI of such a repository asks. Nothing is run.
#pragma once

#include "suites/check/RecordChecker.h"
#include "suites/results/ResultsFolder.h"
#include "suites/results/Signature.h"

#include <map>

namespace clew {

/// All records, and all that was found.
struct ResultsFindings {
  std::vector<std::string> files; ///< of records
  std::vector<SourcedRecord> records;
  std::vector<CheckedRecord> checked;                      ///< checked[i] of records[i]
  std::vector<std::optional<SignatureVerdict>> signatures; ///< of records[i]; nothing: it is unsigned
  std::vector<Error> errors;                               ///< of files, and each fault of a record with its place
  std::map<std::string, int64_t> unchecked;                ///< what could not be looked at, and of how many records
};

/// Looks at every record of these folders together, with `checker`; and at what is between them:
///   - files that do not belong there, lines that are no records, a torn end (errors with FILE:LINE);
///   - each record in the file of its machine and board;
///   - no record twice, wherever; the same cell may have been measured again;
///   - a file of predictions that no record names;
///   - signatures: of a record that is there, and by the key of who is said to have signed, as `signers` knows it (Signature.h); if that is
///     empty, the folder's own file `signers`.
ResultsFindings checkResults(std::span<const ResultsFolder> folders, RecordChecker &checker,
                             const std::string &signers = {});

} // namespace clew
