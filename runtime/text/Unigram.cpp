// See Unigram.h. The best path to each byte, from the front to the back; of equal ones the first that is found stays.
#include "runtime/text/Unigram.h"

#include "runtime/base/Sha256.h"
#include "runtime/text/Utf8.h"
#include "runtime/text/WordCache.h"

#include <algorithm>
#include <fmt/format.h>

namespace clew {
namespace {

constexpr double unknownPenalty = 10; ///< below the least likely token, as SentencePiece has it

Trie trieOf(const Vocabulary &vocabulary) {
  std::vector<Trie::Entry> entries;
  for (int32_t id = 0; id < vocabulary.size(); id++) {
    if (!vocabulary.token(id).empty()) {
      entries.emplace_back(vocabulary.token(id), id);
    }
  }
  return Trie(std::move(entries));
}

} // namespace

/// The best way to a byte.
struct Unigram::Step {
  double score = 0;
  int32_t id = -1;
  int32_t begin = -1; ///< of its last token; -1: there is no way
};

Unigram::Unigram(Vocabulary given, std::vector<double> values, int32_t unknown)
    : vocabulary(std::move(given)), scores(std::move(values)), trie(trieOf(vocabulary)), unknown(unknown),
      unknownScore(std::ranges::min(scores) - unknownPenalty), owner(WordCache::newOwner()) {}

Result<std::shared_ptr<const Unigram>> Unigram::create(const Vocabulary &vocabulary, std::vector<double> scores,
                                                       int64_t unknown, bool fallsBack) {
  const auto count = static_cast<int64_t>(scores.size());
  if (count == 0 || count < vocabulary.size()) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected a score for each of {} tokens, found {}", vocabulary.size(), count),
                vocabulary.name());
  }
  if (unknown < 0 || unknown >= vocabulary.size()) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected the unknown token's id below {}, found {}", vocabulary.size(), unknown),
                vocabulary.name());
  }
  std::string all = fmt::format("unigram{} {};", fallsBack ? " bytes" : "", unknown);
  for (const double score : scores) {
    all += fmt::format("{};", score);
  }
  Result<std::string> digest = sha256Of(all);
  if (!digest) {
    return fail(digest);
  }
  std::shared_ptr<Unigram> made(new Unigram(vocabulary, std::move(scores), static_cast<int32_t>(unknown)));
  made->digest = std::move(*digest);
  for (int byte = 0; fallsBack && byte < 256; byte++) {
    made->byteTokens.push_back(vocabulary.find(fmt::format("<0x{:02X}>", byte)));
  }
  return std::shared_ptr<const Unigram>(std::move(made));
}

void Unigram::findPath(std::string_view word, std::vector<Step> &steps) const {
  steps.assign(word.size() + 1, {});
  const char *const end = word.data() + word.size();
  const auto offer = [&](size_t from, size_t to, int32_t id, double score) {
    Step &step = steps[to];
    const double whole = steps[from].score + score;
    if (step.begin < 0 || whole > step.score) {
      step = {whole, id, static_cast<int32_t>(from)};
    }
  };
  for (size_t at = 0; at < word.size();) {
    const size_t character = std::max(1U, decodeUtf8(word.data() + at, end).length);
    bool isKnown = false;
    trie.prefixes(word.data() + at, end, [&](int32_t id, size_t length) {
      offer(at, at + length, id, scores[static_cast<size_t>(id)]);
      isKnown = isKnown || length == character;
    });
    if (!isKnown) {
      offer(at, at + character, unknown, unknownScore);
    }
    at += character;
  }
}

void Unigram::cutAnew(std::string_view word, std::vector<Piece> &out) const {
  thread_local std::vector<Step> steps;
  findPath(word, steps);
  const size_t before = out.size();
  for (size_t end = word.size(); end > 0;) {
    const Step &step = steps[end];
    const auto begin = static_cast<size_t>(step.begin);
    const bool isJoined = step.id == unknown && out.size() > before && out.back().id == unknown;
    if (!isJoined) {
      out.push_back({step.id, static_cast<uint32_t>(end)});
    }
    end = begin;
  }
  std::reverse(out.begin() + static_cast<std::ptrdiff_t>(before), out.end());
  nameUnknown(word, out, before);
}

/// Unknown characters may make a token that is never the best way by itself, or fall back to bytes, which all stand for the whole of them.
void Unigram::nameUnknown(std::string_view word, std::vector<Piece> &out, size_t before) const {
  size_t begin = 0;
  for (size_t i = before; i < out.size(); i++) {
    const size_t end = out[i].end;
    const std::string_view text = word.substr(begin, end - begin);
    begin = end;
    if (out[i].id != unknown) {
      continue;
    }
    if (const int32_t known = vocabulary.find(text); known >= 0) {
      out[i].id = known;
      continue;
    }
    const auto tokenOf = [&](char byte) { return byteTokens[static_cast<unsigned char>(byte)]; };
    if (byteTokens.empty() || !std::ranges::all_of(text, [&](char byte) { return tokenOf(byte) >= 0; })) {
      continue;
    }
    out.insert(out.begin() + static_cast<std::ptrdiff_t>(i), text.size() - 1, out[i]);
    for (size_t byte = 0; byte < text.size(); byte++) {
      out[i + byte] = {tokenOf(text[byte]), static_cast<uint32_t>(end), byte > 0 ? 1U : 0U};
    }
    i += text.size() - 1;
  }
}

void Unigram::cut(std::string_view word, std::vector<Piece> &out) const {
  WordCache::cut(owner, word, out, [&] { cutAnew(word, out); });
}

} // namespace clew
