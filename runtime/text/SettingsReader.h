// What a checkpoint's files say that does not depend on the kind of tokenizer: who reads them in Transformers (which decides which file is
// believed), added and special tokens, the form of rows, their longest length.
#pragma once

#include "runtime/text/TokenizerTable.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

struct FolderSettings {
  /// tokenizer.json alone says how text is cut (Transformers' TokenizersBackend). Else tokenizer_config.json and BERT's defaults say it,
  /// and tokenizer.json gives the vocabulary and added tokens (BertTokenizer and its kin).
  bool serialized = false;
  std::string unknown = "[UNK]"; ///< where not `serialized`
  TokenizerSettings settings;
};

/// `ownKeys` are the keys of tokenizer_config.json that the kind reads itself. BadInput that names file, line and key.
Result<FolderSettings> readSettings(const TokenizerSource &source, std::span<const std::string_view> ownKeys,
                                    std::vector<std::string> &notes);

/// The form that tokenizer.json's post_processor gives rows (null: none but the texts). BadInput for one that is no such form.
Result<TextForm> readForm(const JsonFile &serialized);

} // namespace clew
