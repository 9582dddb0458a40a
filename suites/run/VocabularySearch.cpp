// See VocabularySearch.h.
#include "suites/run/VocabularySearch.h"

#include "runtime/base/Installation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace clew {
namespace {

namespace fs = std::filesystem;

bool isFile(const fs::path &path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

/// vocab.txt beside the weights.
fs::path besideWeights(const std::string &weights) {
  std::error_code error;
  const fs::path path(weights);
  return (fs::is_directory(path, error) ? path : path.parent_path()) / "vocab.txt";
}

Result<Vocabulary> loadFitting(const std::string &path, int64_t size) {
  Result<Vocabulary> vocabulary = Vocabulary::load(path);
  if (vocabulary && vocabulary->size() > size) {
    return fail(ErrorKind::BadInput,
                fmt::format("a vocabulary of {} tokens for a model that has {}", vocabulary->size(), size), path);
  }
  return vocabulary;
}

std::vector<fs::path> textFiles(const fs::path &folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() == ".txt" && isFile(entry->path())) {
      files.push_back(entry->path());
    }
  }
  std::ranges::sort(files);
  return files;
}

/// Lines are tokens. Which of the files could be meant is told without judging the others, which may be of other kinds.
Result<std::optional<Vocabulary>> inDataFolder(const fs::path &folder, int64_t size) {
  std::optional<Vocabulary> found;
  std::vector<std::string> names;
  for (const fs::path &path : textFiles(folder)) {
    Result<Vocabulary> vocabulary = Vocabulary::load(path.string());
    if (!vocabulary || vocabulary->size() != size) {
      continue;
    }
    if (!found || vocabulary->sha256() != found->sha256()) {
      names.push_back(path.string());
    }
    found = found ? std::move(found) : std::optional(std::move(*vocabulary));
  }
  if (names.size() > 1) {
    return fail(ErrorKind::BadInput, fmt::format("{} vocabularies have {} tokens: {}; say which one by --vocab",
                                                 names.size(), size, fmt::join(names, ", ")));
  }
  return found;
}

} // namespace

Result<Vocabulary> findVocabulary(const VocabularySearch &search) {
  if (!search.option.empty()) {
    return loadFitting(search.option, search.size);
  }
  std::vector<std::string> looked;
  if (!search.weights.empty()) {
    const fs::path path = besideWeights(search.weights);
    if (isFile(path)) {
      return loadFitting(path.string(), search.size);
    }
    looked.push_back(path.string());
  }
  if (!search.dataFolder.empty()) {
    const fs::path folder = fs::path(search.dataFolder) / "vocab";
    Result<std::optional<Vocabulary>> found = inDataFolder(folder, search.size);
    if (!found) {
      return fail(found);
    }
    if (*found) {
      return std::move(**found);
    }
    looked.push_back((folder / "*.txt").string());
  }
  if (const Result<std::string> home = installationHome()) {
    const fs::path path = fs::path(*home) / "suites" / "samples" / "vocab.txt";
    if (isFile(path)) {
      Result<Vocabulary> vocabulary = Vocabulary::load(path.string());
      if (!vocabulary || vocabulary->size() == search.size) {
        return vocabulary;
      }
    }
    looked.push_back(path.string());
  }
  return fail(ErrorKind::NotFound, fmt::format("no vocabulary of {} tokens in {}; name one by --vocab", search.size,
                                               fmt::join(looked, ", ")));
}

} // namespace clew
