// See PieceReader.h. The order of merges and of special pieces is that of Transformers 5 (tokenization_utils_tokenizers.py,
// convert_slow_tokenizer.py), whose answers these must be.
#include "runtime/text/PieceReader.h"

#include "runtime/text/AddedTokenReader.h"
#include "runtime/text/Charsmap.h"

#include <algorithm>
#include <fmt/format.h>
#include <tuple>

namespace clew {
namespace {

using Kind = PieceFile::Kind;
using Model = PieceFile::Model;
using Step = NormalizerStep::Kind;

constexpr size_t mostMerges = size_t{1} << 20;
constexpr int64_t mostSentinels = 10000;
constexpr const char *mark = "\u2581"; ///< stands for a space

struct ScoredTokens {
  std::vector<std::pair<std::string, int64_t>> tokens;
  std::vector<double> scores;

  void add(std::string text, double score) {
    const auto id = static_cast<int64_t>(tokens.size());
    tokens.emplace_back(std::move(text), id);
    scores.push_back(score);
  }
  void addFrom(const PieceFile &file, size_t first) {
    for (size_t i = first; i < file.pieces.size(); i++) {
      add(file.pieces[i].text, static_cast<double>(file.pieces[i].score));
    }
  }
};

std::string sentinel(int64_t number) { return fmt::format("<extra_id_{}>", number); }

/// The file's pieces behind four tokens that the class names, and <mask> at the end.
Result<ScoredTokens> fairseqTokens(const TokenizerFiles &files, const TokenizerClass &known) {
  constexpr size_t replaced = 3; // <unk>, <s>, </s>
  const Result<SpecialTokens> special = readSpecialTokens(files, known.tokens, {});
  if (!special) {
    return fail(special);
  }
  ScoredTokens all;
  for (const char *key : {"bos_token", "pad_token", "eos_token", "unk_token", "mask_token"}) {
    const StatedToken *token = special->find(key);
    if (!token) {
      return fail(ErrorKind::BadInput, fmt::format("expected a {}, found none", key), files.folder);
    }
    if (key == std::string_view("mask_token")) {
      all.addFrom(*files.pieces, replaced);
    }
    all.add(token->token.content, 0);
  }
  return all;
}

Result<ScoredTokens> laidOut(const TokenizerFiles &files, const TokenizerClass *known) {
  if (known && known->layout == PieceLayout::Fairseq) {
    return fairseqTokens(files, *known);
  }
  ScoredTokens all;
  all.addFrom(*files.pieces, 0);
  if (known && known->layout == PieceLayout::Sentinels) {
    const Result<int64_t> count = sentinelCount(files);
    if (!count) {
      return fail(count);
    }
    for (int64_t i = *count - 1; i >= 0; i--) {
      all.add(sentinel(i), 0);
    }
  }
  return all;
}

/// Who may merge with whom, and how early.
struct Ranks {
  const PieceFile &file;
  bool byScore;

  bool takesPart(int32_t id) const {
    // A vocabulary that somebody chose in the place of the file's may have more tokens.
    const auto place = static_cast<size_t>(id);
    return id >= 0 && (!byScore || (place < file.pieces.size() && file.pieces[place].kind == Kind::Normal));
  }
  float of(int32_t id) const { return byScore ? -file.pieces[static_cast<size_t>(id)].score : 0; }
};

struct RankedMerge {
  float rank;
  int32_t made;
  size_t left; ///< bytes of it
};

} // namespace

Result<int64_t> sentinelCount(const TokenizerFiles &files) {
  const JsonNode *node = files.config ? files.config->root.find("extra_ids") : nullptr;
  if (!node) {
    return 100;
  }
  if (node->kind != JsonNode::Kind::Integer || node->integer < 0 || node->integer > mostSentinels) {
    return files.config->wrong(*node, "extra_ids", fmt::format("a number of 0 to {}", mostSentinels));
  }
  return node->integer;
}

Result<std::vector<std::string>> furtherTokens(const TokenizerFiles &files, const TokenizerClass *known) {
  std::vector<std::string> tokens;
  if (known && !files.pieces) {
    tokens.assign(known->further.begin(), known->further.end());
  }
  for (const PieceFile::Piece &piece : files.pieces ? files.pieces->pieces : std::vector<PieceFile::Piece>()) {
    if (piece.kind == Kind::Control || (known && piece.kind == Kind::UserDefined)) {
      tokens.push_back(piece.text);
    }
  }
  if (known && known->layout == PieceLayout::Sentinels) {
    const Result<int64_t> count = sentinelCount(files);
    if (!count) {
      return fail(count);
    }
    for (int64_t i = 0; i < *count; i++) {
      tokens.push_back(sentinel(i));
    }
  }
  return tokens;
}

Result<void> takePieces(TokenizerFiles &files, const TokenizerClass *known) {
  const PieceFile &file = *files.pieces;
  const auto wrong = [&](const std::string &expected, const std::string &found) {
    return fail(ErrorKind::BadInput, fmt::format("expected {}, found {}", expected, found), file.path);
  };
  const bool wantsUnigram = known && known->kind == "unigram";
  if (file.model == Model::Word || file.model == Model::Character || (wantsUnigram && file.model != Model::Unigram) ||
      (known && !wantsUnigram && file.model != Model::Bpe)) {
    constexpr std::array names{"unigram", "bpe", "word", "char"};
    return wrong(fmt::format("a model of the type {}", !known         ? "unigram or bpe"
                                                       : wantsUnigram ? "unigram"
                                                                      : "bpe"),
                 names[static_cast<size_t>(file.model) - 1]);
  }
  if (file.suffixesSpace) {
    return wrong("a model without treat_whitespace_as_suffix", "one with it");
  }
  Result<ScoredTokens> all = laidOut(files, known);
  if (!all) {
    return fail(all);
  }
  Result<Vocabulary> vocabulary = Vocabulary::of(std::move(all->tokens), file.path);
  if (!vocabulary) {
    return fail(vocabulary);
  }
  files.vocabulary = std::move(*vocabulary);
  files.scores = file.model == Model::Unigram ? std::move(all->scores) : std::vector<double>();
  return {};
}

Result<PipelineParts> readPieceParts(const TokenizerFiles &files) {
  const PieceFile &file = *files.pieces;
  const Result<bool> legacy =
      files.config ? files.config->boolean(files.config->root, "legacy", true) : Result<bool>(true);
  if (!legacy) {
    return fail(legacy);
  }
  std::vector<NormalizerStep> steps;
  if (!file.charsmap.empty()) {
    Result<Charsmap> map = Charsmap::read(file.charsmap, file.path);
    if (!map) {
      return fail(map);
    }
    steps.push_back({.kind = Step::Precompiled, .charsmap = std::make_shared<const Charsmap>(std::move(*map))});
  }
  if (file.joinsSpaces) {
    steps.push_back({.kind = Step::StripSpaces});
    steps.push_back({.kind = Step::JoinSpaces});
  }
  if (file.escapesSpaces) {
    steps.push_back({.kind = Step::Replace, .pattern = " ", .content = mark});
  }
  std::vector<SplitStep> words;
  if (file.prefixesSpace) {
    if (*legacy) { // a mark that is the text's own is no prefix
      steps.push_back({.kind = Step::DoubleStart, .pattern = mark});
    }
    using Prefix = SplitStep::Prefix;
    words.push_back({.kind = SplitStep::Kind::Metaspace,
                     .prefix = *legacy ? Prefix::Always : Prefix::First,
                     .splits = false,
                     .replacement = mark});
  }
  std::vector<std::string> whole;
  for (const PieceFile::Piece &piece : file.pieces) {
    if (piece.kind == Kind::UserDefined && !piece.text.empty()) {
      whole.push_back(piece.text);
    }
  }
  if (!whole.empty()) {
    words.push_back({.kind = SplitStep::Kind::Find, .finder = PartFinder::of(std::move(whole))});
  }
  PipelineParts parts;
  parts.normalizer = TextNormalizer(std::move(steps));
  parts.splitter = WordSplitter(std::move(words));
  return parts;
}

Result<std::vector<BpeMerge>> pieceMerges(const PieceFile &file, const Vocabulary &vocabulary, bool byScore) {
  const Ranks ranks{file, byScore};
  std::vector<RankedMerge> ranked;
  for (int32_t id = 0; id < vocabulary.size(); id++) {
    const std::string_view whole = vocabulary.token(id);
    for (size_t cut = 1; ranks.takesPart(id) && cut < whole.size(); cut++) {
      const bool isInside = (static_cast<unsigned char>(whole[cut]) & 0xC0U) == 0x80U;
      if (!isInside && ranks.takesPart(vocabulary.find(whole.substr(0, cut))) &&
          ranks.takesPart(vocabulary.find(whole.substr(cut)))) {
        ranked.push_back({ranks.of(id), id, cut});
      }
    }
    if (ranked.size() > mostMerges) {
      return fail(ErrorKind::BadInput, fmt::format("expected at most {} merges, found more", mostMerges), file.path);
    }
  }
  std::ranges::sort(ranked, {},
                    [](const RankedMerge &merge) { return std::tuple(merge.rank, merge.made, merge.left); });
  std::vector<BpeMerge> merges;
  merges.reserve(ranked.size());
  for (const RankedMerge &merge : ranked) {
    const std::string_view whole = vocabulary.token(merge.made);
    merges.push_back({std::string(whole.substr(0, merge.left)), std::string(whole.substr(merge.left)), file.path});
  }
  return merges;
}

} // namespace clew
