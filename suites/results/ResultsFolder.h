// A folder of results: what people send records to. Where each thing stands follows from its content, so that two people never write one file
// differently, and a file that is somewhere else is a slip or worse.
//
//   records/<machine>/<board>.jsonl                records of one machine (machineFolder) and board (boardName)
//   records/<machine>/predictions/<hash>.jsonl.gz  predictions that they name, by the first 16 digits of the sha256 of the text
//   signers                                        whose keys are known (Signature.h)
//   records/<machine>/signatures/<digest>.json     who says so of a record (suites/results/Signature.h)
#pragma once

#include "suites/records/Record.h"

#include <string>
#include <vector>

namespace clew {

/// A file of records.
struct ResultsFile {
  std::string path;
  std::string machine; ///< the name of its folder; empty: the file is in no such place
  std::string board;   ///< its name without ".jsonl"; empty with `machine`
};

/// What was found. Paths begin with the one that was given.
struct ResultsFolder {
  std::vector<ResultsFile> files;       ///< by path
  std::vector<std::string> predictions; ///< files of predictions beside them, of places as above
  std::vector<std::string> signatures;  ///< files of signatures beside them
  std::string signers;       ///< the file `signers` beside records/: whose keys are known; empty: there is none
  std::vector<Error> strays; ///< what does not belong there: other files, symbolic links
};

/// What becomes of symbolic links below a folder.
enum class Links : uint8_t {
  Strays,   ///< they do not belong there, whatever they lead to: of folders that others sent
  Followed, ///< those that lead somewhere: of a folder of one's own that is written to
};

/// Looks at PATH: a folder with `records/` as above, one that `clew bench` wrote (records.jsonl, predictions/), or one file of records.
/// NotFound when there is nothing, or neither.
Result<ResultsFolder> openResults(const std::string &path, Links links = Links::Strays);

/// "amd-epyc-9b14-2c-0123456789abcdef": CPU, cores, and the begin of Machine::identity().
std::string machineFolder(const Machine &machine);

/// The board that a record names; "no-board" for none.
std::string boardName(const Record &record);

} // namespace clew
