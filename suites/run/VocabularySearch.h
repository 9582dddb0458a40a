// Which vocabulary a model's texts are read with, when nobody says it.
#pragma once

#include "runtime/text/Vocabulary.h"

namespace clew {

struct VocabularySearch {
  std::string option;     ///< --vocab; empty: search
  std::string weights;    ///< file or folder of the weights; empty: random ones
  std::string dataFolder; ///< empty: none
  int64_t size = 0;       ///< ids of the model
};

/// The first there is of: the option; vocab.txt in the weights' folder; the one vocabulary of DATA/vocab/*.txt that has exactly `size` tokens
/// (BadInput that names them if several differ); suites/samples/vocab.txt of the installation if it has exactly `size`. The first two may
/// have fewer tokens than the model has ids, never more (BadInput). NotFound that tells all places.
Result<Vocabulary> findVocabulary(const VocabularySearch &search);

} // namespace clew
