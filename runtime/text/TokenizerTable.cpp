// One line a kind. See TokenizerTable.h.
#include "runtime/text/TokenizerTable.h"

#include "runtime/text/BpeReader.h"
#include "runtime/text/PipelineReaders.h"
#include "runtime/text/WordBytes.h"
#include "runtime/text/WordPieceReader.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace clew {
namespace {

constexpr std::array kinds{
    TokenizerKind{"wordpiece", "WordPiece", readWordPiece},      // words, then pieces of words
    TokenizerKind{"characters", "WordPiece", readCharacters},    // WordPiece's ids, one a character
    TokenizerKind{"byte_bpe", "BPE", readByteBpe},               // byte-pair encoding of bytes: GPT-2, RoBERTa
    TokenizerKind{"bpe", "BPE", readBpe},                        // byte-pair encoding of characters: GPT
    TokenizerKind{"unigram", "Unigram", readUnigram},            // the most likely cut: ALBERT, XLNet
    TokenizerKind{"words", "WordLevel", readWords},              // a word, a token
    TokenizerKind{"word_bytes", "", readWordBytes, false, true}, // a word, a token, told by its bytes: ELMo
};

} // namespace

std::span<const TokenizerKind> tokenizerKinds() { return kinds; }

Result<const TokenizerKind *> findTokenizerKind(std::string_view name) {
  const auto *found = std::ranges::find(kinds, name, &TokenizerKind::name);
  if (found != kinds.end()) {
    return found;
  }
  std::vector<std::string_view> names;
  std::ranges::transform(kinds, std::back_inserter(names), &TokenizerKind::name);
  return fail(ErrorKind::NotFound,
              fmt::format("text: tokenizer: expected one of {}, found '{}'", fmt::join(names, ", "), name));
}

std::vector<std::string> modelTypes() {
  std::vector<std::string> types;
  for (const TokenizerKind &kind : kinds) {
    if (!kind.modelType.empty() && std::ranges::find(types, kind.modelType) == types.end()) {
      types.emplace_back(kind.modelType);
    }
  }
  return types;
}

bool isModelType(std::string_view type) {
  return !type.empty() && std::ranges::find(kinds, type, &TokenizerKind::modelType) != kinds.end();
}

} // namespace clew
