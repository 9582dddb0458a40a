// TokenizerFiles: what a checkpoint's folder says of its tokenizer, read and checked as JSON but not yet understood. They come from
// strangers: sizes, depth and numbers of tokens are bounded, and no key stands twice.
#pragma once

#include "runtime/base/JsonTree.h"
#include "runtime/text/PieceFile.h"
#include "runtime/text/Vocabulary.h"
#include "runtime/weights/CheckpointFolder.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace clew {

/// A JSON file whose root is an object.
struct JsonFile {
  std::string path;
  JsonNode root;

  /// BadInput "FILE:LINE: error: KEY: expected ..., found ...".
  Failure wrong(const JsonNode &at, const std::string &key, const std::string &expected) const;
  Failure wrong(const JsonNode &at, const std::string &key, const std::string &expected,
                const std::string &found) const;

  /// A key of `object`, or `fallback` where it is not there. `key` may be a path for messages: the part behind its last dot is looked up.
  Result<bool> boolean(const JsonNode &object, const std::string &key, bool fallback) const;
  Result<std::string> text(const JsonNode &object, const std::string &key, const std::string &fallback) const;
};

/// Where the files come from: a folder, or texts in a test.
struct FileSource {
  std::string folder; ///< for messages
  std::function<bool(const std::string &name)> has;
  /// The file's text; nothing if it is not there. BadInput if it has more bytes.
  std::function<Result<std::optional<std::string>>(const std::string &name, size_t mostBytes)> read;
};

struct TokenizerFiles {
  std::string folder;                    ///< for messages; empty: there are no files
  std::optional<JsonFile> model;         ///< config.json
  std::optional<JsonFile> config;        ///< tokenizer_config.json
  std::optional<JsonFile> serialized;    ///< tokenizer.json
  std::optional<JsonFile> specialTokens; ///< special_tokens_map.json
  std::optional<JsonFile> addedTokens;   ///< added_tokens.json
  std::optional<PieceFile> pieces;       ///< of SentencePiece, where they are the vocabulary
  std::optional<Vocabulary> vocabulary; ///< tokenizer.json's, else the class's: vocab.txt's, vocab.json's or the pieces
  std::optional<std::string> merges;    ///< merges.txt, where vocab.json is the vocabulary
  std::vector<double> scores;           ///< by id, of a vocabulary that has them (Unigram)

  /// BadInput that names the file and the key, also for a folder whose vocabulary is of a kind that we do not read. Notes say where
  /// vocab.txt and tokenizer.json differ: tokenizer.json is what Transformers takes.
  static Result<TokenizerFiles> read(const CheckpointFolder &folder, std::vector<std::string> &notes);
  static Result<TokenizerFiles> read(const FileSource &source, std::vector<std::string> &notes);

  /// Something says how to tokenize, whether or not there is a vocabulary.
  bool haveSettings() const { return config || serialized || specialTokens || addedTokens; }
};

} // namespace clew
