// What a checkpoint's files say of WordPiece: normalization, how words are cut, which token is for the unknown.
#pragma once

#include "runtime/text/TokenizerTable.h"

namespace clew {

/// The makers of the kinds `wordpiece` and `characters`; see TokenizerKind::make.
Result<std::shared_ptr<const Tokenizer>> readWordPiece(const TokenizerSource &source, std::vector<std::string> &notes);
Result<std::shared_ptr<const Tokenizer>> readCharacters(const TokenizerSource &source, std::vector<std::string> &notes);

} // namespace clew
