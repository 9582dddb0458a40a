// TokenizerClasses: the classes of Transformers that checkpoints name, and what goes without saying for each: the kind of tokenizer, special
// tokens, the form of rows. A class is a line of data.
#pragma once

#include "runtime/text/TokenizerFiles.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace clew {

/// A special token that a class has unless a file says otherwise.
struct DefaultToken {
  const char *key;
  const char *content;
  bool leftStrip = false;
};

/// How a class lays out the pieces of a SentencePiece file as ids.
enum class PieceLayout {
  AsTheyStand,
  Fairseq,   ///< <s>, <pad>, </s> and <unk> first, then the file's pieces from the fourth on, then <mask>: XLM-R
  Sentinels, ///< behind the file's pieces <extra_id_99> down to <extra_id_0>, as many as `extra_ids` says: T5
};

struct TokenizerClass {
  std::string_view name; ///< with "Fast" behind it or not
  std::string_view kind; ///< of TokenizerTable.h
  bool readsSegments;    ///< unless model_input_names says otherwise
  std::span<const DefaultToken> tokens;
  const char *single;  ///< its form, in parseTemplate's notation; null: the model's own
  const char *pair;    ///< likewise
  bool takesFilesForm; ///< where there is a tokenizer.json, its post_processor is the form
  const char *pieceFile =
      nullptr; ///< its SentencePiece file, which is read where there is no tokenizer.json; null: none
  PieceLayout layout = PieceLayout::AsTheyStand;
  std::span<const char *const> further = {}; ///< special tokens without a key, where no file says any
};

/// Which class reads a folder.
struct DeclaredClass {
  const TokenizerClass *known = nullptr; ///< null: none of those that we know
  bool serialized = false;               ///< tokenizer.json alone decides, or a SentencePiece file where there is none
  const JsonFile *file = nullptr;        ///< that names the class; null: none does
  const JsonNode *node = nullptr;

  bool isStranger() const { return node && !known && !serialized; }
};

/// By tokenizer_class of tokenizer_config.json, else of config.json, else by its model_type; else tokenizer.json decides, or a SentencePiece
/// file, if there is one.
DeclaredClass declaredClass(const TokenizerFiles &files);

/// What a kind is read as where the files name no class; null: the kind needs a tokenizer.json.
const TokenizerClass *defaultClass(std::string_view kind);

/// Classes of a kind, for messages.
std::string classNames(std::string_view kind);

/// The kind that the files call for; nothing if they do not say. BadInput for a class that we do not know, and for a tokenizer.json of a
/// model that we do not read.
Result<std::optional<std::string_view>> declaredKind(const TokenizerFiles &files);

} // namespace clew
