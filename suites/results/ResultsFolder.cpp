// See ResultsFolder.h.
#include "suites/results/ResultsFolder.h"

#include "suites/records/FieldForms.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace clew {
namespace {

namespace fs = std::filesystem;

/// The entries of a folder by name, without those that begin with a dot.
std::vector<fs::directory_entry> entriesOf(const fs::path &folder, Links links, std::vector<Error> &strays) {
  std::vector<fs::directory_entry> entries;
  std::error_code code;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
    std::error_code ignored;
    if (entry->path().filename().string().starts_with('.')) {
      continue;
    }
    const bool link = entry->is_symlink(ignored);
    if (link && links == Links::Followed && !entry->exists(ignored)) {
      continue; // nothing there yet
    }
    if (link && links == Links::Strays) {
      strays.push_back(
          {ErrorKind::BadInput, "expected files and folders, found a symbolic link", entry->path().string()});
    } else {
      entries.push_back(*entry);
    }
  }
  if (code) {
    strays.push_back({ErrorKind::Io, "cannot read this folder: " + code.message(), folder.string()});
  }
  std::ranges::sort(entries, {}, [](const fs::directory_entry &entry) { return entry.path(); });
  return entries;
}

bool isFile(const fs::directory_entry &entry) {
  std::error_code ignored;
  return entry.is_regular_file(ignored);
}

bool isFolder(const fs::directory_entry &entry) {
  std::error_code ignored;
  return entry.is_directory(ignored);
}

/// Files named by so many hex digits and one of these endings.
void addNamedByHash(const fs::path &folder, size_t digits, std::initializer_list<std::string_view> endings, Links links,
                    std::vector<std::string> &files, std::vector<Error> &strays) {
  for (const fs::directory_entry &entry : entriesOf(folder, links, strays)) {
    const std::string name = entry.path().filename().string();
    const bool known = name.size() > digits && isHex(std::string_view(name).substr(0, digits)) &&
                       std::ranges::find(endings, std::string_view(name).substr(digits)) != endings.end();
    if (known && isFile(entry)) {
      files.push_back(entry.path().string());
    } else {
      strays.push_back(
          {ErrorKind::BadInput,
           fmt::format("expected files that are named by {} digits of a hash and '{}'", digits, *endings.begin()),
           entry.path().string()});
    }
  }
}

void addBeside(const fs::directory_entry &entry, Links links, ResultsFolder &found) {
  constexpr size_t digitsOfPredictions = 16;
  constexpr size_t digitsOfDigest = 64;
  if (entry.path().filename() == "predictions") {
    addNamedByHash(entry.path(), digitsOfPredictions, {".jsonl.gz", ".jsonl"}, links, found.predictions, found.strays);
  } else if (entry.path().filename() == "signatures") {
    addNamedByHash(entry.path(), digitsOfDigest, {".json"}, links, found.signatures, found.strays);
  } else {
    found.strays.push_back({ErrorKind::BadInput,
                            "expected <board>.jsonl, predictions/ and signatures/ in the folder of a machine",
                            entry.path().string()});
  }
}

void addMachine(const fs::path &folder, Links links, ResultsFolder &found) {
  const std::string machine = folder.filename().string();
  for (const fs::directory_entry &entry : entriesOf(folder, links, found.strays)) {
    if (isFile(entry) && entry.path().extension() == ".jsonl") {
      found.files.push_back({entry.path().string(), machine, entry.path().stem().string()});
    } else {
      addBeside(entry, links, found);
    }
  }
}

} // namespace

Result<ResultsFolder> openResults(const std::string &path, Links links) {
  std::error_code code;
  const fs::file_status status = fs::status(path, code);
  if (!fs::exists(status)) {
    return fail(ErrorKind::NotFound, "no such file or folder", path);
  }
  ResultsFolder found;
  if (!fs::is_directory(status)) {
    found.files.push_back({path, "", ""});
    return found;
  }
  const fs::path records = fs::path(path) / "records";
  if (fs::is_directory(fs::symlink_status(records, code))) {
    for (const fs::directory_entry &entry : entriesOf(records, links, found.strays)) {
      if (isFolder(entry)) {
        addMachine(entry.path(), links, found);
      } else {
        found.strays.push_back({ErrorKind::BadInput, "expected a folder for each machine", entry.path().string()});
      }
    }
    if (const fs::path signers = fs::path(path) / "signers"; fs::is_regular_file(signers, code)) {
      found.signers = signers.string();
    }
    return found;
  }
  const fs::path one = fs::path(path) / "records.jsonl";
  if (!fs::is_regular_file(one, code)) {
    return fail(ErrorKind::NotFound, "holds neither a folder records/ nor a file records.jsonl", path);
  }
  found.files.push_back({one.string(), "", ""});
  for (const char *beside : {"predictions", "signatures"}) {
    if (const fs::directory_entry entry(fs::path(path) / beside, code); isFolder(entry) && !entry.is_symlink(code)) {
      addBeside(entry, links, found);
    }
  }
  return found;
}

std::string machineFolder(const Machine &machine) {
  std::string slug;
  for (const char c : machine.cpu) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool kept = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
    if (kept) {
      slug += lower;
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  constexpr size_t longest = 60;
  slug.resize(std::min(slug.size(), longest));
  while (slug.ends_with('-')) {
    slug.pop_back();
  }
  return fmt::format("{}-{}c-{:.16}", slug.empty() ? "machine" : slug, machine.cores, machine.identity());
}

std::string boardName(const Record &record) {
  const auto board = record.json.find("board");
  const bool named = board != record.json.end() && board->is_string() && isName(board->get<std::string>());
  return named ? board->get<std::string>() : "no-board";
}

} // namespace clew
