// See Bpe.h. Few symbols are searched through for the pair that comes first, many stand in a queue: both merge the leftmost of the pairs
// of lowest rank, so they agree.
#include "runtime/text/Bpe.h"

#include "runtime/base/Sha256.h"
#include "runtime/text/ByteAlphabet.h"
#include "runtime/text/Utf8.h"
#include "runtime/text/WordCache.h"

#include <algorithm>
#include <fmt/format.h>
#include <queue>

namespace clew {
namespace {

constexpr size_t MostMerges = size_t{1} << 20;
constexpr size_t Few = 128; ///< symbols; above it the queue is faster

std::string tokenOfByte(unsigned char byte) {
  char text[4];
  return {text, encodeUtf8(characterOfByte(byte), text)};
}

Result<std::string> digestOf(std::span<const BpeMerge> merges) {
  std::string all;
  for (const BpeMerge &merge : merges) {
    all += fmt::format("{}:{}{}:{}", merge.left.size(), merge.left, merge.right.size(), merge.right);
  }
  return sha256Of(all);
}

Result<std::vector<MergeTable::Merge>> mergesOf(const Vocabulary &vocabulary, std::span<const BpeMerge> given,
                                                const std::string &continuing) {
  if (given.size() > MostMerges) {
    return fail(ErrorKind::BadInput, fmt::format("expected at most {} merges, found {}", MostMerges, given.size()),
                given.front().where);
  }
  std::vector<MergeTable::Merge> merges;
  merges.reserve(given.size());
  for (const BpeMerge &merge : given) {
    const std::string_view right = merge.right;
    const std::string made = merge.left + std::string(right.substr(std::min(continuing.size(), right.size())));
    const MergeTable::Merge ids{vocabulary.find(merge.left), vocabulary.find(merge.right), vocabulary.find(made)};
    for (const auto &[id, token] : {std::pair(ids.left, merge.left), {ids.right, merge.right}, {ids.merged, made}}) {
      if (id < 0) {
        return fail(ErrorKind::BadInput,
                    fmt::format("the merge '{} {}': expected tokens of the vocabulary, found '{}'", merge.left,
                                merge.right, token),
                    merge.where);
      }
    }
    merges.push_back(ids);
  }
  return merges;
}

} // namespace

Bpe::Bpe(Vocabulary given, BpeOptions how)
    : vocabulary(std::move(given)), options(std::move(how)), owner(WordCache::newOwner()) {
  for (int byte = 0; byte < 256; byte++) {
    const auto place = static_cast<size_t>(byte);
    byteTokens[place] = vocabulary.find(tokenOfByte(static_cast<unsigned char>(byte)));
    fallbackTokens[place] = vocabulary.find(fmt::format("<0x{:02X}>", byte));
  }
}

Result<std::shared_ptr<const Bpe>> Bpe::create(const Vocabulary &vocabulary, std::span<const BpeMerge> merges,
                                               BpeOptions options) {
  Result<std::vector<MergeTable::Merge>> ids = mergesOf(vocabulary, merges, options.continuing);
  Result<std::string> digest = ids ? digestOf(merges) : fail(ids);
  if (!digest) {
    return fail(digest);
  }
  std::shared_ptr<Bpe> made(new Bpe(vocabulary, std::move(options)));
  if (!made->options.unknown.empty()) {
    made->unknown = vocabulary.find(made->options.unknown);
    if (made->unknown < 0) {
      return fail(ErrorKind::BadInput,
                  fmt::format("expected the unknown token '{}' in the vocabulary, found none in {} tokens",
                              made->options.unknown, vocabulary.size()),
                  vocabulary.name());
    }
  }
  made->mergesIdentity = std::move(*digest);
  made->addMerges(*ids);
  return std::shared_ptr<const Bpe>(std::move(made));
}

int Bpe::missingBytes() const { return static_cast<int>(std::ranges::count(byteTokens, -1)); }

std::string Bpe::identity() const {
  return fmt::format("bpe {:d}{:d}{:d}{:d} {} {}:{} {}:{} {}", options.bytes, options.fuseUnknown, options.byteFallback,
                     options.ignoreMerges, unknown, options.continuing.size(), options.continuing,
                     options.ending.size(), options.ending, mergesIdentity);
}

void Bpe::cut(std::string_view word, std::vector<Piece> &out) const {
  WordCache::cut(owner, word, out, [&] { mergeAll(word, out); });
}

void Bpe::mergeAll(std::string_view word, std::vector<Piece> &out) const {
  thread_local std::vector<Piece> symbols;
  symbols.clear();
  symbolsOf(word, symbols);
  if (symbols.size() > Few) {
    mergeMany(symbols);
  } else if (symbols.size() > 1) {
    mergeFew(symbols);
  }
  out.insert(out.end(), symbols.begin(), symbols.end());
}

/// What merging starts with.
void Bpe::symbolsOf(std::string_view word, std::vector<Piece> &symbols) const {
  if (options.ignoreMerges) {
    std::string token;
    for (const char byte : options.bytes ? word : std::string_view()) {
      token += tokenOfByte(static_cast<unsigned char>(byte));
    }
    if (const int32_t id = vocabulary.find(options.bytes ? token : word); id >= 0) {
      symbols.push_back({id, static_cast<uint32_t>(word.size())});
      return;
    }
  }
  if (!options.bytes) {
    characterSymbols(word, symbols);
    return;
  }
  uint32_t end = 0;
  for (const char byte : word) {
    const int32_t token = byteTokens[static_cast<unsigned char>(byte)];
    ++end;
    if (token >= 0) {
      symbols.push_back({token, end});
    } else if (unknown >= 0) {
      symbols.push_back({unknown, end});
    }
  }
}

int32_t Bpe::tokenOf(std::string_view character, bool isFirst, bool isLast) const {
  const bool isBare = (isFirst || options.continuing.empty()) && (!isLast || options.ending.empty());
  if (isBare) {
    return vocabulary.find(character);
  }
  std::string token = isFirst ? "" : options.continuing;
  token += character;
  token += isLast ? options.ending : "";
  return vocabulary.find(token);
}

/// The character's bytes, if each is a token.
bool Bpe::fallBack(std::string_view character, uint32_t at, std::vector<Piece> &symbols) const {
  const auto tokenFor = [&](char byte) { return fallbackTokens[static_cast<unsigned char>(byte)]; };
  if (!options.byteFallback || !std::ranges::all_of(character, [&](char byte) { return tokenFor(byte) >= 0; })) {
    return false;
  }
  for (const char byte : character) {
    symbols.push_back({tokenFor(byte), ++at});
  }
  return true;
}

void Bpe::characterSymbols(std::string_view word, std::vector<Piece> &symbols) const {
  const char *const end = word.data() + word.size();
  bool wasUnknown = false;
  for (const char *at = word.data(); at < end;) {
    const size_t length = std::max(1U, decodeUtf8(at, end).length);
    const auto begin = static_cast<uint32_t>(at - word.data());
    const auto next = static_cast<uint32_t>(begin + length);
    const std::string_view character(at, length);
    at += length;
    const int32_t token = tokenOf(character, begin == 0, at == end);
    if (token >= 0) {
      symbols.push_back({token, next});
      wasUnknown = false;
    } else if (fallBack(character, begin, symbols)) {
      wasUnknown = false;
    } else if (unknown >= 0 && wasUnknown && options.fuseUnknown) {
      symbols.back().end = next;
    } else if (unknown >= 0) {
      symbols.push_back({unknown, next});
      wasUnknown = true;
    }
  }
}

void Bpe::mergeFew(std::vector<Piece> &symbols) const {
  std::array<uint32_t, Few> ranks; // of the pair that begins with each symbol
  size_t pairs = symbols.size() - 1;
  for (size_t i = 0; i < pairs; i++) {
    ranks[i] = table.rank(symbols[i].id, symbols[i + 1].id);
  }
  while (pairs > 0) {
    uint32_t best = MergeTable::NoRank;
    for (size_t i = 0; i < pairs; i++) {
      best = std::min(best, ranks[i]);
    }
    if (best == MergeTable::NoRank) {
      break;
    }
    const auto at = static_cast<size_t>(std::find(ranks.begin(), ranks.end(), best) - ranks.begin());
    symbols[at] = {table.merged(best), symbols[at + 1].end};
    std::copy(symbols.begin() + static_cast<std::ptrdiff_t>(at) + 2,
              symbols.begin() + static_cast<std::ptrdiff_t>(pairs) + 1,
              symbols.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    std::copy(ranks.begin() + at + 1, ranks.begin() + pairs, ranks.begin() + at);
    --pairs;
    if (at > 0) {
      ranks[at - 1] = table.rank(symbols[at - 1].id, symbols[at].id);
    }
    if (at < pairs) {
      ranks[at] = table.rank(symbols[at].id, symbols[at + 1].id);
    }
  }
  symbols.resize(pairs + 1);
}

/// A place in the list of symbols that are left.
struct Bpe::Symbol {
  int32_t previous;
  int32_t next;  ///< -1: none
  uint32_t rank; ///< of the pair with the next; NoRank also for a symbol that is gone
};

void Bpe::mergeMany(std::vector<Piece> &symbols) const {
  std::vector<Symbol> list(symbols.size());
  std::priority_queue<uint64_t, std::vector<uint64_t>, std::greater<>> open; // rank << 32 | place
  const auto rankAnew = [&](int32_t place) {
    Symbol &symbol = list[static_cast<size_t>(place)];
    symbol.rank = symbol.next < 0 ? MergeTable::NoRank
                                  : table.rank(symbols[static_cast<size_t>(place)].id,
                                               symbols[static_cast<size_t>(symbol.next)].id);
    if (symbol.rank != MergeTable::NoRank) {
      open.push(static_cast<uint64_t>(symbol.rank) << 32 | static_cast<uint32_t>(place));
    }
  };
  for (size_t i = 0; i < list.size(); i++) {
    const auto place = static_cast<int32_t>(i);
    list[i] = {place - 1, i + 1 < list.size() ? place + 1 : -1, MergeTable::NoRank};
    rankAnew(place);
  }
  while (!open.empty()) {
    const auto rank = static_cast<uint32_t>(open.top() >> 32);
    const auto place = static_cast<int32_t>(open.top() & 0xFFFFFFFFU);
    open.pop();
    Symbol &symbol = list[static_cast<size_t>(place)];
    if (symbol.rank != rank) {
      continue; // the pair has become another one since
    }
    const int32_t gone = symbol.next;
    symbols[static_cast<size_t>(place)] = {table.merged(rank), symbols[static_cast<size_t>(gone)].end};
    symbol.next = list[static_cast<size_t>(gone)].next;
    list[static_cast<size_t>(gone)].rank = MergeTable::NoRank;
    if (symbol.next >= 0) {
      list[static_cast<size_t>(symbol.next)].previous = place;
    }
    rankAnew(place);
    if (symbol.previous >= 0) {
      rankAnew(symbol.previous);
    }
  }
  size_t left = 0;
  for (int32_t place = 0; place >= 0; place = list[static_cast<size_t>(place)].next) {
    symbols[left++] = symbols[static_cast<size_t>(place)];
  }
  symbols.resize(left);
}

} // namespace clew
