// The kinds that are pipelines over what a checkpoint's files say: words of a list, GPT's byte-pair encoding, unigram.
#pragma once

#include "runtime/text/TokenizerTable.h"

namespace clew {

/// The makers of the kinds `words` and `unigram`; see TokenizerKind::make.
Result<std::shared_ptr<const Tokenizer>> readWords(const TokenizerSource &source, std::vector<std::string> &notes);
Result<std::shared_ptr<const Tokenizer>> readUnigram(const TokenizerSource &source, std::vector<std::string> &notes);

} // namespace clew
