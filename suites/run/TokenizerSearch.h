// Which tokenizer a model's texts are read with: the one of its weights' folder, or a vocabulary found elsewhere when that has none.
#pragma once

#include "runtime/text/Tokenizer.h"
#include "runtime/text/TokenizerTable.h"
#include "zoo/Model.h"

#include <memory>
#include <string>
#include <vector>

namespace clew {

struct TokenizerSearch {
  std::string option;     ///< --vocab: a vocabulary's file, or a folder whose tokenizer files are read; empty: search
  std::string weights;    ///< file or folder of the weights; empty: random ones
  std::string dataFolder; ///< empty: none
  int64_t size = 0;       ///< ids of the model
};

struct FoundTokenizer {
  std::shared_ptr<const Tokenizer> tokenizer;
  std::vector<std::string> notes; ///< what the user should know, for stderr
};

/// The kind of tokenizer that the model's `text` names. BadInput with its place that lists all kinds.
Result<const TokenizerKind *> tokenizerKindOf(const Model &model);

/// The tokenizer that the folder calls for, the option's or that of the weights, else the one that the model's `text` names
/// (docs/tokenizers.md); BadInput if the model states another kind than the folder has. Its vocabulary is the first
/// there is of: the option; the folder's; the one vocabulary of DATA/vocab/*.txt that has exactly `size` tokens (BadInput that names them
/// if several differ); suites/samples/vocab.txt of the installation if it has exactly `size`. The first two may have fewer tokens than the
/// model has ids, never more (BadInput). A vocabulary that is not the folder's own while the folder has one, or says how to tokenize, is a
/// note. NotFound that tells all places; BadInput for what the folder says and we cannot do.
Result<FoundTokenizer> findTokenizer(const Model &model, const TokenizerSearch &search);

} // namespace clew
