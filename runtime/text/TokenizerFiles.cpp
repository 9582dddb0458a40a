// See TokenizerFiles.h.
#include "runtime/text/TokenizerFiles.h"

#include "runtime/text/TokenizerTable.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <tuple>
#include <utility>

namespace clew {
namespace {

constexpr size_t mostSettings = 4 << 20;    ///< bytes of a file of settings
constexpr size_t mostSerialized = 64 << 20; ///< bytes of a tokenizer.json, which holds a vocabulary
constexpr size_t mostVocabulary = 16 << 20;

/// Vocabularies of other kinds of tokenizers.
constexpr std::array otherVocabularies{"vocab.json",      "merges.txt",  "spiece.model", "sentencepiece.bpe.model",
                                       "tokenizer.model", "tekken.json", "vocab.bpe"};

Result<std::optional<JsonFile>> readJson(const FileSource &source, const std::string &name, size_t mostBytes) {
  Result<std::optional<std::string>> read = source.read(name, mostBytes);
  if (!read) {
    return fail(read);
  }
  if (!*read) {
    return std::optional<JsonFile>();
  }
  JsonFile file{source.folder + "/" + name, {}};
  Result<JsonNode> root = parseJsonTree(**read, file.path);
  if (!root) {
    return fail(root);
  }
  if (root->kind != JsonNode::Kind::Object) {
    return fail(ErrorKind::BadInput, fmt::format("expected an object, found {}", describe(*root)), file.path);
  }
  file.root = std::move(*root);
  return std::optional(std::move(file));
}

Result<std::optional<Vocabulary>> readLines(const FileSource &source) {
  Result<std::optional<std::string>> lines = source.read("vocab.txt", mostVocabulary);
  if (!lines) {
    return fail(lines);
  }
  if (!*lines) {
    return std::optional<Vocabulary>();
  }
  Result<Vocabulary> vocabulary = Vocabulary::parse(std::move(**lines), source.folder + "/vocab.txt");
  return vocabulary ? Result<std::optional<Vocabulary>>(std::move(*vocabulary)) : fail(vocabulary);
}

/// model.vocab of tokenizer.json: {"token": id, ...}.
Result<Vocabulary> serializedVocabulary(const JsonFile &file) {
  const JsonNode *model = file.root.find("model");
  if (!model || model->kind != JsonNode::Kind::Object) {
    return file.wrong(model ? *model : file.root, "model", "an object", model ? describe(*model) : "none");
  }
  if (const JsonNode *type = model->find("type"); type && !isModelType(type->text)) {
    return file.wrong(*type, "model.type", fmt::format("one of {}", fmt::join(modelTypes(), ", ")));
  }
  const JsonNode *vocab = model->find("vocab");
  if (!vocab || vocab->kind != JsonNode::Kind::Object) {
    return file.wrong(vocab ? *vocab : *model, "model.vocab", "an object of tokens and ids",
                      vocab ? describe(*vocab) : "none");
  }
  std::vector<std::pair<std::string, int64_t>> tokens;
  tokens.reserve(vocab->entries.size());
  for (const auto &[token, id] : vocab->entries) {
    if (id.kind != JsonNode::Kind::Integer) {
      return file.wrong(id, fmt::format("model.vocab: '{}'", token), "an id", describe(id));
    }
    tokens.emplace_back(token, id.integer);
  }
  return Vocabulary::of(std::move(tokens), file.path);
}

std::string differenceOf(const Vocabulary &lines, const Vocabulary &serialized) {
  if (lines.size() != serialized.size()) {
    return fmt::format("{} tokens and {}", lines.size(), serialized.size());
  }
  for (int32_t id = 0; id < lines.size(); ++id) {
    if (lines.token(id) != serialized.token(id)) {
      return fmt::format("id {} is '{}' and '{}'", id, lines.token(id), serialized.token(id));
    }
  }
  return "";
}

Result<void> readVocabulary(TokenizerFiles &files, const FileSource &source, std::vector<std::string> &notes) {
  Result<std::optional<Vocabulary>> lines = readLines(source);
  if (!lines) {
    return fail(lines);
  }
  files.vocabulary = std::move(*lines);
  if (files.serialized) {
    Result<Vocabulary> serialized = serializedVocabulary(*files.serialized);
    if (!serialized) {
      return fail(serialized);
    }
    if (files.vocabulary && files.vocabulary->sha256() != serialized->sha256()) {
      notes.push_back(
          fmt::format("{}: vocab.txt and tokenizer.json differ ({}); tokenizer.json is read, as Transformers does",
                      files.folder, differenceOf(*files.vocabulary, *serialized)));
    }
    files.vocabulary = std::move(*serialized);
  }
  if (files.vocabulary) {
    return {};
  }
  const auto *other = std::ranges::find_if(otherVocabularies, [&](const char *name) { return source.has(name); });
  if (other != otherVocabularies.end()) {
    return fail(ErrorKind::BadInput, fmt::format("expected vocab.txt or tokenizer.json, found {}", *other),
                files.folder);
  }
  return {};
}

std::string_view lastOf(std::string_view path) { return path.substr(path.rfind('.') + 1); }

} // namespace

Failure JsonFile::wrong(const JsonNode &at, const std::string &key, const std::string &expected) const {
  return wrong(at, key, expected, at.kind == JsonNode::Kind::Text ? "'" + at.text + "'" : describe(at));
}

Failure JsonFile::wrong(const JsonNode &at, const std::string &key, const std::string &expected,
                        const std::string &found) const {
  return fail(ErrorKind::BadInput, fmt::format("{}: expected {}, found {}", key, expected, found),
              fmt::format("{}:{}", path, at.line));
}

Result<bool> JsonFile::boolean(const JsonNode &object, const std::string &key, bool fallback) const {
  const JsonNode *value = object.find(lastOf(key));
  if (!value) {
    return fallback;
  }
  return value->kind == JsonNode::Kind::Bool ? Result<bool>(value->integer != 0) : wrong(*value, key, "true or false");
}

Result<std::string> JsonFile::text(const JsonNode &object, const std::string &key, const std::string &fallback) const {
  const JsonNode *value = object.find(lastOf(key));
  if (!value) {
    return fallback;
  }
  return value->kind == JsonNode::Kind::Text ? Result<std::string>(value->text) : wrong(*value, key, "a text");
}

Result<TokenizerFiles> TokenizerFiles::read(const FileSource &source, std::vector<std::string> &notes) {
  TokenizerFiles files;
  files.folder = source.folder;
  for (const auto &[name, file, mostBytes] : {std::tuple("config.json", &files.model, mostSettings),
                                              std::tuple("tokenizer_config.json", &files.config, mostSettings),
                                              std::tuple("tokenizer.json", &files.serialized, mostSerialized),
                                              std::tuple("special_tokens_map.json", &files.specialTokens, mostSettings),
                                              std::tuple("added_tokens.json", &files.addedTokens, mostSettings)}) {
    Result<std::optional<JsonFile>> read = readJson(source, name, mostBytes);
    if (!read) {
      return fail(read);
    }
    *file = std::move(*read);
  }
  if (Result<void> done = readVocabulary(files, source, notes); !done) {
    return fail(done);
  }
  return files;
}

Result<TokenizerFiles> TokenizerFiles::read(const CheckpointFolder &folder, std::vector<std::string> &notes) {
  FileSource source;
  source.folder = folder.path();
  source.has = [&folder](const std::string &name) { return folder.has(name); };
  source.read = [&folder](const std::string &name, size_t mostBytes) { return folder.readText(name, mostBytes); };
  return read(source, notes);
}

} // namespace clew
