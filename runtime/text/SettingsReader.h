// What a checkpoint's files say that does not depend on the kind of tokenizer: who reads them in Transformers (which decides which file is
// believed), added and special tokens, the form of rows, their longest length.
#pragma once

#include "runtime/text/TokenizerClasses.h"
#include "runtime/text/TokenizerTable.h"

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

struct FolderSettings {
  /// tokenizer.json alone says how text is cut (Transformers' TokenizersBackend). Else tokenizer_config.json and BERT's defaults say it,
  /// and tokenizer.json gives the vocabulary and added tokens (BertTokenizer and its kin).
  bool serialized = false;
  std::string unknown = "[UNK]";          ///< where not `serialized`; empty: none
  const TokenizerClass *reader = nullptr; ///< where not `serialized`
  TokenizerSettings settings;
};

/// Who asks.
struct ReaderKind {
  std::string_view name;                     ///< of TokenizerTable.h
  std::span<const std::string_view> ownKeys; ///< keys of tokenizer_config.json that the kind reads itself
};

/// BadInput that names file, line and key, also for a class of another kind.
Result<FolderSettings> readSettings(const TokenizerSource &source, const ReaderKind &kind,
                                    std::vector<std::string> &notes);

/// Notes the keys of an object that nobody knows.
void noteOthers(const JsonFile &file, const JsonNode &object, const std::string &what,
                std::initializer_list<std::string_view> known, std::vector<std::string> &notes);

/// The form that tokenizer.json's post_processor gives rows (null: none but the texts). BadInput for one that is no such form.
Result<TextForm> readForm(const JsonFile &serialized);

} // namespace clew
