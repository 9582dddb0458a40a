// What a SentencePiece file says of ids, normalization and merges: by itself, or laid out by a class of Transformers.
#pragma once

#include "runtime/text/Bpe.h"
#include "runtime/text/Pipeline.h"
#include "runtime/text/TokenizerClasses.h"

#include <string>
#include <vector>

namespace clew {

/// `files.pieces` as vocabulary and scores, laid out as `known` does. BadInput for a kind of model that the class, or nobody, reads.
Result<void> takePieces(TokenizerFiles &files, const TokenizerClass *known);

/// How many sentinels T5's class has: `extra_ids` of tokenizer_config.json, or 100.
Result<int64_t> sentinelCount(const TokenizerFiles &files);

/// Tokens without a key of their own that are found in texts before anything is cut: the file's pieces of control and, for a class, those that
/// a user defined; or what the class has by itself.
Result<std::vector<std::string>> furtherTokens(const TokenizerFiles &files, const TokenizerClass *known);

/// How a SentencePiece file without a class treats text, after Transformers' conversion of such files: as SentencePiece does. With `legacy` of
/// tokenizer_config.json each text between added tokens gets a space before it, without it the first.
Result<PipelineParts> readPieceParts(const TokenizerFiles &files);

/// Byte-pair encoding: a class merges in the order of ids, a file by itself in that of scores and only normal pieces.
Result<std::vector<BpeMerge>> pieceMerges(const PieceFile &file, const Vocabulary &vocabulary, bool byScore);

} // namespace clew
