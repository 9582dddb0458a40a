// See TokenizerFiles.h.
#include "runtime/text/TokenizerFiles.h"

#include "runtime/text/PieceReader.h"
#include "runtime/text/TokenizerClasses.h"
#include "runtime/text/TokenizerTable.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
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
constexpr std::array otherVocabularies{"merges.txt", "tekken.json", "vocab.bpe", "encoder.json"};
/// Models of SentencePiece, in the order in which a folder whose class says nothing is searched for them.
constexpr std::array pieceFiles{"tokenizer.model", "spiece.model", "sentencepiece.bpe.model"};

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

/// {"token": id, ...}
Result<Vocabulary> pairsOf(const JsonFile &file, const JsonNode &vocab, const std::string &key) {
  std::vector<std::pair<std::string, int64_t>> tokens;
  tokens.reserve(vocab.entries.size());
  for (const auto &[token, id] : vocab.entries) {
    if (id.kind != JsonNode::Kind::Integer) {
      return file.wrong(id, fmt::format("{}'{}'", key, token), "an id", describe(id));
    }
    tokens.emplace_back(token, id.integer);
  }
  return Vocabulary::of(std::move(tokens), file.path);
}

/// A number as the `tokenizers` package reads it, whose parser rounds twice: of paths that are all but equally likely the same one must win.
double roundedTwice(std::string_view text) {
  uint64_t digits = 0;
  int exponent = 0;
  bool isBehindPoint = false;
  bool isFull = false;
  size_t at = text.starts_with('-') ? 1 : 0;
  for (; at < text.size() && text[at] != 'e' && text[at] != 'E'; at++) {
    if (text[at] == '.') {
      isBehindPoint = true;
      continue;
    }
    const auto digit = static_cast<uint64_t>(text[at] - '0');
    isFull = isFull || digits > (UINT64_MAX - digit) / 10;
    if (!isFull) {
      digits = digits * 10 + digit;
    }
    exponent += isFull ? (isBehindPoint ? 0 : 1) : (isBehindPoint ? -1 : 0);
  }
  if (at < text.size()) {
    exponent +=
        static_cast<int>(std::clamp(std::strtol(std::string(text.substr(at + 1)).c_str(), nullptr, 10), -9999L, 9999L));
  }
  constexpr int most = 308;
  auto value = static_cast<double>(digits);
  for (; exponent < -most && value != 0; exponent += most) {
    value /= 1e308;
  }
  const double power = std::strtod(fmt::format("1e{}", std::min(std::abs(exponent), most)).c_str(), nullptr);
  value = exponent >= 0 ? value * power : value / power;
  return text.starts_with('-') ? -value : value;
}

/// [["token", score], ...], ids being places. Where tokenizer.json decides alone, the package reads it, else Python does.
Result<Vocabulary> scoredTokens(const JsonFile &file, const JsonNode &vocab, bool alone, std::vector<double> &scores) {
  std::vector<std::pair<std::string, int64_t>> tokens;
  tokens.reserve(vocab.items.size());
  for (const JsonNode &item : vocab.items) {
    const auto id = static_cast<int64_t>(tokens.size());
    const bool isPair = item.items.size() == 2 && item.items[0].kind == JsonNode::Kind::Text &&
                        (item.items[1].kind == JsonNode::Kind::Real || item.items[1].kind == JsonNode::Kind::Integer);
    const std::string number = isPair ? item.items[1].text : "0";
    const double score = alone ? roundedTwice(number) : std::strtod(number.c_str(), nullptr);
    if (!isPair || !std::isfinite(score)) {
      return file.wrong(item, fmt::format("model.vocab: the token of id {}", id), "a token and its score");
    }
    tokens.emplace_back(item.items[0].text, id);
    scores.push_back(score);
  }
  return Vocabulary::of(std::move(tokens), file.path);
}

/// model.vocab of tokenizer.json.
Result<Vocabulary> serializedVocabulary(TokenizerFiles &files) {
  const JsonFile &file = *files.serialized;
  const JsonNode *model = file.root.find("model");
  if (!model || model->kind != JsonNode::Kind::Object) {
    return file.wrong(model ? *model : file.root, "model", "an object", model ? describe(*model) : "none");
  }
  const JsonNode *type = model->find("type");
  if (type && !isModelType(type->text)) {
    return file.wrong(*type, "model.type", fmt::format("one of {}", fmt::join(modelTypes(), ", ")));
  }
  const JsonNode *vocab = model->find("vocab");
  const bool isScored = type && type->text == "Unigram";
  if (!vocab || vocab->kind != (isScored ? JsonNode::Kind::Array : JsonNode::Kind::Object)) {
    return file.wrong(vocab ? *vocab : *model, "model.vocab",
                      isScored ? "a list of tokens and scores" : "an object of tokens and ids",
                      vocab ? describe(*vocab) : "none");
  }
  return isScored ? scoredTokens(file, *vocab, declaredClass(files).serialized, files.scores)
                  : pairsOf(file, *vocab, "model.vocab: ");
}

/// vocab.json and merges.txt, the files of byte-pair encoding.
Result<void> readPairs(TokenizerFiles &files, const FileSource &source) {
  const Result<std::optional<JsonFile>> pairs = readJson(source, "vocab.json", mostSerialized);
  if (!pairs || !*pairs) {
    return pairs ? Result<void>() : fail(pairs);
  }
  Result<Vocabulary> vocabulary = pairsOf(**pairs, (*pairs)->root, "");
  Result<std::optional<std::string>> merges = source.read("merges.txt", mostVocabulary);
  if (!vocabulary || !merges) {
    return !vocabulary ? fail(vocabulary) : fail(merges);
  }
  files.vocabulary = std::move(*vocabulary);
  files.merges = std::move(*merges);
  return {};
}

/// A model of SentencePiece; a folder with tokenizer.model is read by that, whatever its class calls its file, as by Transformers.
Result<void> readPieces(TokenizerFiles &files, const FileSource &source, const TokenizerClass *known) {
  const auto *name = std::ranges::find_if(pieceFiles, [&](const char *file) {
    return source.has(file) && (!known || file == pieceFiles[0] || file == std::string_view(known->pieceFile));
  });
  if (name == pieceFiles.end()) {
    return {};
  }
  const Result<std::optional<std::string>> bytes = source.read(*name, mostVocabulary);
  if (!bytes || !*bytes) {
    return bytes ? Result<void>() : fail(bytes);
  }
  Result<PieceFile> pieces = PieceFile::read(**bytes, source.folder + "/" + *name);
  if (!pieces) {
    return fail(pieces);
  }
  files.pieces = std::move(*pieces);
  return takePieces(files, known);
}

/// Of a folder without tokenizer.json: the file that its class reads, else the one that is there.
Result<void> readPlain(TokenizerFiles &files, const FileSource &source) {
  const DeclaredClass declared = declaredClass(files);
  if (declared.known && declared.known->pieceFile) {
    return readPieces(files, source, declared.known);
  }
  if (declared.known && declared.known->kind != "wordpiece" && source.has("vocab.json")) {
    return readPairs(files, source);
  }
  Result<std::optional<Vocabulary>> lines = readLines(source);
  if (!lines) {
    return fail(lines);
  }
  files.vocabulary = std::move(*lines);
  if (!files.vocabulary) {
    if (Result<void> done = readPairs(files, source); !done) {
      return done;
    }
  }
  return files.vocabulary || declared.known ? Result<void>() : readPieces(files, source, nullptr);
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
  if (files.serialized) {
    const Result<std::optional<Vocabulary>> lines = readLines(source);
    Result<Vocabulary> serialized = lines ? serializedVocabulary(files) : fail(lines);
    if (!serialized) {
      return fail(serialized);
    }
    if (*lines && (*lines)->sha256() != serialized->sha256()) {
      notes.push_back(
          fmt::format("{}: vocab.txt and tokenizer.json differ ({}); tokenizer.json is read, as Transformers does",
                      files.folder, differenceOf(**lines, *serialized)));
    }
    files.vocabulary = std::move(*serialized);
    return {};
  }
  if (Result<void> done = readPlain(files, source); !done) {
    return done;
  }
  if (files.vocabulary) {
    return {};
  }
  const auto *other = std::ranges::find_if(otherVocabularies, [&](const char *name) { return source.has(name); });
  if (other != otherVocabularies.end()) {
    return fail(
        ErrorKind::BadInput,
        fmt::format("expected vocab.txt, vocab.json, tokenizer.json or a model of SentencePiece, found {}", *other),
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
