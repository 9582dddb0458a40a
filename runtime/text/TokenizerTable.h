// TokenizerTable: the kinds of tokenizers there are. A model names its kind (`text: {tokenizer: wordpiece}`), a checkpoint's tokenizer.json
// its own (`model.type`). A new kind is its file, which reads what is its own in those files, and a line in TokenizerTable.cpp.
#pragma once

#include "runtime/text/Tokenizer.h"
#include "runtime/text/TokenizerFiles.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

/// What a tokenizer is made from.
struct TokenizerSource {
  const TokenizerFiles &files;  ///< may be empty: then the kind's defaults
  const Vocabulary &vocabulary; ///< the files' own, or another that somebody chose
  const TextForm &form;         ///< the model's
};

struct TokenizerKind {
  std::string_view name;      ///< in a model's YAML
  std::string_view modelType; ///< in tokenizer.json; empty: such a file never describes it
  /// BadInput that names file, line and key, with what was expected and found, for what the files say and this kind cannot do. Notes
  /// are what a user should know: keys that are not known, and files that contradict each other.
  Result<std::shared_ptr<const Tokenizer>> (*make)(const TokenizerSource &source, std::vector<std::string> &notes);
  bool readsVocabulary = true;  ///< else it has names for its tokens itself
  bool givesCharacters = false; ///< Tokens::characters
};

std::span<const TokenizerKind> tokenizerKinds();

/// The kind of this name; NotFound that lists all.
Result<const TokenizerKind *> findTokenizerKind(std::string_view name);

/// What tokenizer.json may call its model.
std::vector<std::string> modelTypes();
bool isModelType(std::string_view type);

} // namespace clew
