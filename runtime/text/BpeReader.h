// What a checkpoint's files say of byte-pair encoding: vocab.json and merges.txt, or tokenizer.json.
#pragma once

#include "runtime/text/TokenizerTable.h"

namespace clew {

/// The makers of the kinds `byte_bpe` and `bpe`; see TokenizerKind::make.
Result<std::shared_ptr<const Tokenizer>> readByteBpe(const TokenizerSource &source, std::vector<std::string> &notes);
Result<std::shared_ptr<const Tokenizer>> readBpe(const TokenizerSource &source, std::vector<std::string> &notes);

} // namespace clew
