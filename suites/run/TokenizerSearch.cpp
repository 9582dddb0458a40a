// See TokenizerSearch.h.
#include "suites/run/TokenizerSearch.h"

#include "runtime/base/Installation.h"
#include "runtime/text/TokenizerClasses.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

namespace clew {
namespace {

namespace fs = std::filesystem;

bool isFile(const fs::path &path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
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

/// A vocabulary that nobody named and the weights do not bring.
Result<Vocabulary> findElsewhere(const TokenizerSearch &search, std::vector<std::string> looked) {
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
  return fail(
      ErrorKind::NotFound,
      fmt::format("no vocabulary of {} tokens in {}; name one by --vocab: a file with a token a line, or a folder "
                  "with the files of a tokenizer (tokenizer.json; vocab.json and merges.txt; spiece.model)",
                  search.size, fmt::join(looked, ", ")));
}

Result<Vocabulary> vocabularyFor(const TokenizerSearch &search, const TokenizerFiles &files,
                                 std::vector<std::string> &notes) {
  if (!search.option.empty()) {
    Result<Vocabulary> named = Vocabulary::load(search.option);
    if (named && files.vocabulary && files.vocabulary->sha256() != named->sha256()) {
      notes.push_back(fmt::format("{} is read, and not the vocabulary of the weights, {}, which differs", search.option,
                                  files.vocabulary->name()));
    }
    return named;
  }
  if (files.vocabulary) {
    return *files.vocabulary;
  }
  std::vector<std::string> looked;
  if (!files.folder.empty()) {
    looked = {files.folder + "/vocab.txt", files.folder + "/tokenizer.json"};
  }
  Result<Vocabulary> found = findElsewhere(search, std::move(looked));
  if (found && files.haveSettings()) {
    notes.push_back(fmt::format("{} says how to read texts but has no vocabulary; that of {} is read", files.folder,
                                found->name()));
  }
  return found;
}

/// BadInput for ids that the model has not, naming what gives them. Tokens that only go without saying may lie beyond: usual texts have
/// none.
Result<void> checkIds(const Tokenizer &tokenizer, int64_t size) {
  const Vocabulary &vocabulary = tokenizer.vocabulary();
  if (vocabulary.size() > size) {
    return fail(ErrorKind::BadInput,
                fmt::format("a vocabulary of {} tokens for a model that has {}", vocabulary.size(), size),
                vocabulary.name());
  }
  const auto isOfEveryRow = [&](const AddedToken &token) {
    const auto isThis = [&](const FormPiece &piece) {
      return piece.kind == TextPiece::Kind::Token && piece.id == token.id;
    };
    return std::ranges::any_of(tokenizer.form().single, isThis) || std::ranges::any_of(tokenizer.form().pair, isThis);
  };
  for (const AddedToken &token : tokenizer.added()) {
    if (token.id < size || !(token.statedAt || isOfEveryRow(token))) {
      continue;
    }
    return fail(ErrorKind::BadInput,
                fmt::format("{}: expected ids below {}, which the model has, found {} for the token '{}'{}{}",
                            token.statedAt ? token.statedAt->key : "the form of a row", size, token.id, token.content,
                            isOfEveryRow(token) ? ", which stands in every row" : "",
                            vocabulary.find(token.content) < 0 ? "; the vocabulary has no such token" : ""),
                token.statedAt ? token.statedAt->where : vocabulary.name());
  }
  return {};
}

} // namespace

Result<const TokenizerKind *> tokenizerKindOf(const Model &model) {
  Result<const TokenizerKind *> kind = findTokenizerKind(model.text.tokenizer);
  if (!kind) {
    return fail(ErrorKind::BadInput, kind.error().message,
                model.tokenizerAt.line > 0 ? model.tokenizerAt.render() : model.file);
  }
  return kind;
}

namespace {

/// The kind that reads the texts: the folder's, which a model that states its own must not contradict. `characters` is a unit that a model
/// chooses over WordPiece's vocabulary.
Result<const TokenizerKind *> kindFor(const Model &model, const TokenizerFiles &files) {
  const Result<const TokenizerKind *> own = tokenizerKindOf(model);
  if (!own) {
    return own;
  }
  const Result<std::optional<std::string_view>> said = declaredKind(files);
  if (!said) {
    return fail(said);
  }
  if (!*said || **said == (*own)->name || (**said == "wordpiece" && (*own)->name == "characters")) {
    return own;
  }
  if (model.tokenizerAt.line > 0) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected a tokenizer of the kind '{}', which {} states, found one of the kind '{}'",
                            (*own)->name, model.file, **said),
                files.folder);
  }
  return findTokenizerKind(**said);
}

/// BadInput for what is said of characters or of a vocabulary where the kind has none.
Result<void> checkWords(const Model &model, const TokenizerKind &kind, const TokenizerSearch &search) {
  if (model.text.characters && !kind.givesCharacters) {
    return fail(ErrorKind::BadInput, fmt::format("text: characters: tokens of the kind '{}' have none", kind.name),
                model.tokenizerAt.line > 0 ? model.tokenizerAt.render() : model.file);
  }
  if (!search.option.empty() && !kind.readsVocabulary) {
    return fail(ErrorKind::BadInput,
                fmt::format("--vocab: a tokenizer of the kind '{}' reads no vocabulary", kind.name), search.option);
  }
  return {};
}

} // namespace

Result<FoundTokenizer> findTokenizer(const Model &model, const TokenizerSearch &given) {
  FoundTokenizer found;
  TokenizerFiles files;
  TokenizerSearch search = given;
  std::error_code error;
  if (fs::is_directory(given.option, error)) {
    search.weights = std::exchange(search.option, "");
  }
  if (!search.weights.empty()) {
    const Result<CheckpointFolder> folder = CheckpointFolder::open(search.weights);
    Result<TokenizerFiles> read = folder ? TokenizerFiles::read(*folder, found.notes) : fail(folder);
    if (!read) {
      return fail(read);
    }
    files = std::move(*read);
    if (search.option != given.option && !files.vocabulary && !files.haveSettings()) {
      return fail(ErrorKind::BadInput, "expected the files of a tokenizer in the folder that --vocab names, found none",
                  given.option);
    }
  }
  const Result<const TokenizerKind *> kind = kindFor(model, files);
  if (!kind) {
    return fail(kind);
  }
  if (Result<void> fit = checkWords(model, **kind, search); !fit) {
    return fail(fit);
  }
  const Result<Vocabulary> vocabulary =
      (*kind)->readsVocabulary ? vocabularyFor(search, files, found.notes) : Result<Vocabulary>(Vocabulary());
  if (!vocabulary) {
    return fail(vocabulary);
  }
  Result<std::shared_ptr<const Tokenizer>> tokenizer = (*kind)->make({files, *vocabulary, model.text}, found.notes);
  if (!tokenizer) {
    return fail(tokenizer);
  }
  if (Result<void> fit = (*kind)->readsVocabulary ? checkIds(**tokenizer, search.size) : Result<void>(); !fit) {
    return fail(fit);
  }
  found.tokenizer = std::move(*tokenizer);
  return found;
}

} // namespace clew
