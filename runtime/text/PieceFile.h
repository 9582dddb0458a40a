// PieceFile: a model of SentencePiece (spiece.model, tokenizer.model, sentencepiece.bpe.model; Kudo and Richardson 2018, arXiv:1808.06226): its
// pieces with their scores, and how it treats text. The library that writes such files is not asked: checkpoints are read as Transformers
// reads them, which takes the pieces and cuts by itself, and the library ends the process over some files that are broken.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/text/Vocabulary.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

struct PieceFile {
  enum class Kind { Normal = 1, Unknown, Control, UserDefined, Unused, Byte };
  enum class Model { Unigram = 1, Bpe, Word, Character };

  struct Piece {
    std::string text;
    float score = 0;
    Kind kind = Kind::Normal;
  };
  /// A token that the file gives a role, by id; -1: none.
  struct Role {
    int32_t id;
    std::string text;
  };

  std::string path; ///< for messages
  std::vector<Piece> pieces;
  Model model = Model::Unigram;
  Role unknown{0, "<unk>"};
  Role first{1, "<s>"};
  Role last{2, "</s>"};
  bool byteFallback = false;
  bool suffixesSpace = false; ///< white space belongs to the word before it
  std::string charsmap;       ///< bytes of a Charsmap; empty: none
  bool prefixesSpace = true;
  bool joinsSpaces = true; ///< several are one; none at the ends
  bool escapesSpaces = true;

  /// From the bytes of the file, of which the caller bounds the number. At most 2^20 pieces of UTF-8; BadInput for what is no such model.
  static Result<PieceFile> read(std::string_view bytes, const std::string &path);
};

} // namespace clew
