// The file of predictions that a record names: the one way to it. A record is anybody's, and so is the file.
#pragma once

#include "runtime/base/MappedFile.h"
#include "suites/records/Record.h"

#include <string>
#include <string_view>

namespace clew {

/// The text of a file of predictions, as it lies there or unpacked.
class PredictionText {
public:
  explicit PredictionText(MappedFile file) : file(std::move(file)) {}
  PredictionText(MappedFile packed, std::string unpacked)
      : file(std::move(packed)), unpacked(std::move(unpacked)), isPacked(true) {}

  std::string_view text() const { return isPacked ? std::string_view(unpacked) : file.text(); }
  const std::string &name() const { return file.name(); } ///< for messages
  bool packed() const { return isPacked; }

private:
  MappedFile file;
  std::string unpacked;
  bool isPacked = false;
};

/// Where predictions of this sha256 lie beside their records: "predictions/", its first 16 digits, ".jsonl". Named by their content, so that
/// folders can be put together and nothing is overwritten.
std::string predictionPath(const std::string &sha256);

/// Opens the predictions that a record names, in `folder`, which is that of the record's file; where that file is not there, the same with
/// ".gz" behind its name. The path never leads out of the folder. The sha256 is of the text, packed or not. BadInput when the path would lead
/// out, when the record names none, when the file is larger than 256 MiB when unpacked, and when its sha256 is not the recorded one;
/// NotFound when there is no such file.
Result<PredictionText> openPredictions(const NamedFile &named, const std::string &folder);

} // namespace clew
