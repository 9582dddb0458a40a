// See ResultsMerge.h.
#include "suites/results/ResultsMerge.h"

#include "runtime/base/AtomicFile.h"
#include "runtime/base/Gzip.h"
#include "suites/records/FieldForms.h"
#include "suites/records/PredictionFile.h"
#include "suites/results/ResultsFolder.h"
#include "suites/run/BenchLock.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

namespace clew {
namespace {

namespace fs = std::filesystem;

/// A line of a file that is written: by the time it was finished, then by digest.
using LineKey = std::pair<std::string, std::string>;

class Merger {
public:
  Merger(fs::path out, int64_t now) : out(std::move(out)), now(now) {}

  /// Takes the records of a folder; `isOut`: the one that is merged into.
  Result<void> read(const std::string &path, bool isOut) {
    const Result<ResultsFolder> folder = openResults(path, isOut ? Links::Followed : Links::Strays);
    if (!folder) {
      return fail(folder);
    }
    std::ranges::copy(folder->strays, std::back_inserter(outcome.errors));
    for (const ResultsFile &file : folder->files) {
      Result<RecordLines> lines = readAllRecords(file.path);
      if (!lines) {
        return fail(lines);
      }
      std::ranges::move(lines->errors, std::back_inserter(outcome.errors));
      for (const SourcedRecord &sourced : lines->records) {
        take(sourced, isOut);
      }
    }
    if (!isOut) {
      signatures.insert(signatures.end(), folder->signatures.begin(), folder->signatures.end());
    }
    return {};
  }

  Result<MergeOutcome> write() {
    for (const auto &[place, text] : predictions) {
      if (Result<void> done = writeNew(place, text); !done) {
        return fail(done);
      }
      ++outcome.predictions;
    }
    for (const auto &[place, lines] : files) {
      std::string text;
      for (const auto &[key, line] : lines) {
        text += line;
      }
      outcome.records += static_cast<int64_t>(lines.size());
      const Result<MappedFile> before = MappedFile::open(place.string());
      if (before && before->text() == text) {
        continue;
      }
      if (Result<void> done = writeNew(place, text); !done) {
        return fail(done);
      }
      ++outcome.files;
    }
    Result<void> done = copySignatures();
    return done ? Result<MergeOutcome>(outcome) : fail(done);
  }

  MergeOutcome outcome;

private:
  void refuse(const SourcedRecord &sourced, std::string message) {
    outcome.errors.push_back({ErrorKind::BadInput, std::move(message), sourced.where});
  }

  void take(const SourcedRecord &sourced, bool isOut) {
    const Record &record = sourced.record;
    if (const std::vector<std::string> faults = record.faults(now); !faults.empty()) {
      for (const std::string &fault : faults) {
        refuse(sourced, fault);
      }
      return;
    }
    const fs::path folder = out / "records" / machineFolder(Machine::of(record.json["machine"]));
    const std::string digest = record.digest();
    const std::string line = record.json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
    const bool isNew = files[folder / (boardName(record) + ".jsonl")]
                           .emplace(LineKey{record.json["finished"].get<std::string>(), digest}, line)
                           .second;
    outcome.doubled += isNew ? 0 : 1;
    outcome.added += isNew && !isOut ? 1 : 0;
    folders[digest] = folder;
    if (const NamedFile named = predictionsOf(record); !named.path.empty()) {
      takePredictions(sourced, named, folder);
    }
  }

  void takePredictions(const SourcedRecord &sourced, const NamedFile &named, const fs::path &folder) {
    const fs::path path = named.path;
    if (path.parent_path() != "predictions" || !isName(path.filename().string())) {
      refuse(sourced, fmt::format("/predictions/path: expected predictions/NAME.jsonl, found '{}'", named.path));
      return;
    }
    const Result<PredictionText> opened = openPredictions(named, sourced.folder);
    if (!opened) {
      refuse(sourced, "/predictions: " + opened.error().render());
      return;
    }
    const fs::path place = folder / (named.path + ".gz");
    if (predictions.contains(place) || openPredictions(named, folder.string())) {
      return;
    }
    Result<std::string> packed = gzipped(opened->text());
    if (!packed) {
      refuse(sourced, packed.error().render());
      return;
    }
    predictions.emplace(place, std::move(*packed));
  }

  static Result<void> writeNew(const fs::path &place, const std::string &text) {
    if (Result<void> made = makeFolder(place.parent_path().string()); !made) {
      return made;
    }
    return writeFileAtomically(place.string(), text);
  }

  /// Of records that were taken; others' are of no use.
  Result<void> copySignatures() const {
    for (const std::string &path : signatures) {
      const auto folder = folders.find(fs::path(path).stem().string());
      if (folder == folders.end()) {
        continue;
      }
      const Result<MappedFile> file = MappedFile::open(path);
      Result<void> done =
          file ? writeNew(folder->second / "signatures" / fs::path(path).filename(), std::string(file->text()))
               : fail(file);
      if (!done) {
        return done;
      }
    }
    return {};
  }

  fs::path out;
  int64_t now;
  std::map<fs::path, std::map<LineKey, std::string>> files; ///< lines by the file that they go into
  std::map<fs::path, std::string> predictions;              ///< packed, by the file that is new
  std::map<std::string, fs::path> folders;                  ///< of a machine, by a record's digest
  std::vector<std::string> signatures;
};

} // namespace

Result<MergeOutcome> mergeResults(const std::string &out, std::span<const std::string> sources, int64_t now) {
  Merger merger(out, now);
  if (Result<void> made = makeFolder(out); !made) {
    return fail(made);
  }
  const Result<BenchLock> lock = BenchLock::take(out);
  if (!lock) {
    return fail(lock);
  }
  std::error_code code;
  if (fs::is_directory(fs::path(out) / "records", code)) {
    if (Result<void> read = merger.read(out, true); !read) {
      return fail(read);
    }
  }
  for (const std::string &source : sources) {
    if (Result<void> read = merger.read(source, false); !read) {
      return fail(read);
    }
  }
  return merger.outcome.errors.empty() ? merger.write() : Result<MergeOutcome>(merger.outcome);
}

} // namespace clew
