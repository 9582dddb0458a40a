// See PredictionFile.h.
#include "suites/records/PredictionFile.h"

#include "runtime/base/Gzip.h"
#include "runtime/base/Sha256.h"

#include <fmt/format.h>

namespace clew {

std::string predictionPath(const std::string &sha256) { return "predictions/" + sha256.substr(0, 16) + ".jsonl"; }

Result<PredictionText> openPredictions(const NamedFile &named, const std::string &folder) {
  if (named.path.empty()) {
    return fail(ErrorKind::BadInput, "the record names no predictions");
  }
  const std::string in = folder.empty() ? "." : folder;
  Result<MappedFile> plain = MappedFile::openInside(in, named.path);
  if (!plain && plain.error().kind != ErrorKind::NotFound) {
    return fail(plain);
  }
  Result<PredictionText> opened = fail(ErrorKind::NotFound, "");
  if (plain) {
    opened = PredictionText(std::move(*plain));
  } else {
    Result<MappedFile> packed = MappedFile::openInside(in, named.path + ".gz");
    if (!packed) {
      return packed.error().kind == ErrorKind::NotFound ? fail(plain) : fail(packed);
    }
    constexpr int64_t mostBytes = int64_t{256} << 20;
    Result<std::string> text = gunzipped(packed->bytes(), mostBytes, packed->name());
    if (!text) {
      return fail(text);
    }
    opened = PredictionText(std::move(*packed), std::move(*text));
  }
  const Result<std::string> found = sha256Of(opened->text());
  if (!found) {
    return fail(found);
  }
  if (*found != named.sha256) {
    return fail(ErrorKind::BadInput,
                fmt::format("the prediction file is not the recorded one: expected sha256 {:.12}..., found {:.12}...",
                            named.sha256, *found),
                opened->name());
  }
  return opened;
}

} // namespace clew
