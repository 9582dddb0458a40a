// See ResultsCheck.h.
#include "suites/results/ResultsCheck.h"

#include "runtime/base/MappedFile.h"

#include <fmt/format.h>

#include <filesystem>
#include <set>

namespace clew {
namespace {

namespace fs = std::filesystem;

void readFiles(std::span<const ResultsFolder> folders, ResultsFindings &found) {
  for (const ResultsFolder &folder : folders) {
    found.errors.insert(found.errors.end(), folder.strays.begin(), folder.strays.end());
    for (const ResultsFile &file : folder.files) {
      found.files.push_back(file.path);
      Result<RecordLines> lines = readAllRecords(file.path);
      if (!lines) {
        found.errors.push_back(lines.error());
        continue;
      }
      std::ranges::move(lines->errors, std::back_inserter(found.errors));
      for (SourcedRecord &sourced : lines->records) {
        const std::string machine = machineFolder(Machine::of(sourced.record.json["machine"]));
        const std::string board = boardName(sourced.record);
        if (!file.machine.empty() && (file.machine != machine || file.board != board)) {
          found.errors.push_back(
              {ErrorKind::BadInput,
               fmt::format("expected this record in {}/{}.jsonl, by its machine and board", machine, board),
               sourced.where});
        }
        found.records.push_back(std::move(sourced));
      }
    }
  }
}

void findDoubled(ResultsFindings &found) {
  std::map<std::string, const SourcedRecord *> seen;
  for (const SourcedRecord &sourced : found.records) {
    const auto [place, isNew] = seen.emplace(sourced.record.digest(), &sourced);
    if (!isNew) {
      found.errors.push_back({ErrorKind::BadInput,
                              fmt::format("the same record stands at {} already", place->second->where),
                              sourced.where});
    }
  }
}

void findUnnamed(std::span<const ResultsFolder> folders, ResultsFindings &found) {
  std::set<std::string> named;
  for (const SourcedRecord &sourced : found.records) {
    if (const NamedFile file = predictionsOf(sourced.record); !file.path.empty()) {
      named.insert((fs::path(sourced.folder) / file.path).lexically_normal().string());
    }
  }
  std::set<std::string> seen;
  for (const ResultsFolder &folder : folders) {
    for (const std::string &path : folder.predictions) {
      std::string name = fs::path(path).lexically_normal().string();
      name.resize(name.size() - (name.ends_with(".gz") ? 3 : 0));
      if (!named.contains(name)) {
        found.errors.push_back(
            {ErrorKind::BadInput, "expected predictions that a record names; none here names these", path});
      } else if (!seen.insert(name).second) {
        found.errors.push_back({ErrorKind::BadInput, "these predictions lie here twice, packed and not", path});
      }
    }
  }
}

void checkSignatures(std::span<const ResultsFolder> folders, const std::string &signers, ResultsFindings &found) {
  std::map<std::pair<std::string, std::string>, size_t> records; // by folder and digest
  for (size_t i = 0; i < found.records.size(); ++i) {
    records.emplace(
        std::pair(fs::path(found.records[i].folder).lexically_normal().string(), found.records[i].record.digest()), i);
  }
  found.signatures.resize(found.records.size());
  for (const ResultsFolder &folder : folders) {
    for (const std::string &path : folder.signatures) {
      const std::string beside = fs::path(path).parent_path().parent_path().lexically_normal().string();
      const auto place = records.find({beside.empty() ? "." : beside, fs::path(path).stem().string()});
      const Result<MappedFile> file = MappedFile::open(path);
      if (place == records.end() || !file) {
        found.errors.push_back(
            file ? Error{ErrorKind::BadInput, "expected the signature of a record that is here", path} : file.error());
        continue;
      }
      const SourcedRecord &sourced = found.records[place->second];
      SignatureVerdict verdict =
          verifySignature(sourced.record, file->text(), signers.empty() ? folder.signers : signers);
      if (verdict.standing == Standing::Wrong) {
        found.errors.push_back({ErrorKind::BadInput, verdict.why, path});
      } else if (verdict.standing == Standing::Unknown) {
        ++found.unchecked["a signature: " + verdict.why];
      }
      found.signatures[place->second] = std::move(verdict);
    }
  }
}

} // namespace

ResultsFindings checkResults(std::span<const ResultsFolder> folders, RecordChecker &checker,
                             const std::string &signers) {
  ResultsFindings found;
  readFiles(folders, found);
  findDoubled(found);
  findUnnamed(folders, found);
  checkSignatures(folders, signers, found);
  found.checked = checker.checkAll(found.records);
  for (size_t i = 0; i < found.records.size(); ++i) {
    for (const std::string &fault : found.checked[i].faults) {
      found.errors.push_back({ErrorKind::BadInput, fault, found.records[i].where});
    }
    for (const std::string &reason : found.checked[i].unchecked) {
      ++found.unchecked[reason];
    }
  }
  return found;
}

} // namespace clew
