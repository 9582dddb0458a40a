// See WordCache.h.
#include "runtime/text/WordCache.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>

namespace clew {

WordCache &WordCache::ofThread(uint64_t owner) {
  thread_local std::array<WordCache, 2> caches;
  thread_local uint64_t uses = 0;
  const auto known = std::ranges::find(caches, owner, &WordCache::owner);
  WordCache &cache = known != caches.end() ? *known : *std::ranges::min_element(caches, {}, &WordCache::lastUse);
  cache.lastUse = ++uses;
  if (cache.owner != owner) {
    cache.owner = owner;
    cache.clear();
  }
  return cache;
}

uint64_t WordCache::newOwner() {
  static std::atomic<uint64_t> last = 0;
  return ++last;
}

uint64_t WordCache::hashOf(std::string_view word) {
  constexpr uint64_t factor = 0x9E3779B97F4A7C15U;
  uint64_t hash = word.size() * factor;
  const auto mix = [&](uint64_t part) {
    hash = (hash ^ part) * factor;
    hash ^= hash >> 29;
  };
  size_t at = 0;
  for (; at + 8 <= word.size(); at += 8) {
    uint64_t part = 0;
    std::memcpy(&part, word.data() + at, 8);
    mix(part);
  }
  uint64_t rest = 0;
  std::memcpy(&rest, word.data() + at, word.size() - at);
  mix(rest);
  return hash;
}

std::span<const Piece> WordCache::find(std::string_view word, uint64_t hash) const {
  for (size_t at = hash % Entries; entries[at].count > 0; at = (at + 1) % Entries) {
    const Entry &entry = entries[at];
    if (entry.hash == hash && std::string_view(texts.data() + entry.text, entry.bytes) == word) {
      return {pieces.data() + entry.first, entry.count};
    }
  }
  return {};
}

void WordCache::put(std::string_view word, uint64_t hash, std::span<const Piece> found) {
  if (word.size() > LongestWord || found.empty()) {
    return;
  }
  if (used >= MostEntries || texts.size() + word.size() > MostBytes ||
      (pieces.size() + found.size()) * sizeof(Piece) > MostBytes) {
    clear();
  }
  size_t at = hash % Entries;
  for (int steps = 0; entries[at].count > 0; at = (at + 1) % Entries) {
    if (++steps > 64) { // words that were chosen to fall together: the cache is not worth the search
      clear();
      return;
    }
  }
  entries[at] = {hash, static_cast<uint32_t>(texts.size()), static_cast<uint32_t>(pieces.size()),
                 static_cast<uint16_t>(word.size()), static_cast<uint16_t>(found.size())};
  texts.insert(texts.end(), word.begin(), word.end());
  pieces.insert(pieces.end(), found.begin(), found.end());
  used++;
}

void WordCache::clear() {
  entries.assign(Entries, {});
  texts.clear();
  pieces.clear();
  used = 0;
}

} // namespace clew
