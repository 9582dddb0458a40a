// What every reader of checkpoint files must bear: its file cut at every byte, and damaged in many ways. Bytes are handed over in
// blocks of their exact size, so that the address sanitizer sees a read beyond them.
#pragma once

#include "runtime/weights/TensorSet.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

inline std::vector<std::byte> exactBytes(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

inline bool liesIn(std::span<const std::byte> bytes, std::span<const std::byte> block) {
  return bytes.empty() || (bytes.data() >= block.data() && bytes.data() + bytes.size() <= block.data() + block.size());
}

/// All tensors lie in the file or in what was made of it, and are as large as they say.
inline bool isSound(const TensorSet &set, std::span<const std::byte> file) {
  return std::ranges::all_of(set.tensors, [&](const TensorView &tensor) {
    const bool made =
        std::ranges::any_of(set.made, [&](const Arena &block) { return liesIn(tensor.bytes, block.as<std::byte>()); });
    int64_t elements = 1;
    for (int64_t extent : tensor.shape) {
      elements *= extent;
    }
    return (made || liesIn(tensor.bytes, file)) && elements == tensor.elements();
  });
}

/// "" or what `read(bytes)` refuses `file` with, at `where`. What is accepted must be sound.
template <typename Read> std::string refusalBy(Read read, std::string_view file, std::string_view where) {
  const std::vector<std::byte> bytes = exactBytes(file);
  const Result<TensorSet> set = read(bytes);
  if (set) {
    CHECK(isSound(*set, bytes));
    return "";
  }
  CHECK(set.error().kind == ErrorKind::BadInput);
  CHECK(set.error().where == where);
  return set.error().message;
}

/// `read` refuses every beginning of `file` shorter than itself.
template <typename Read> void refuseEveryCut(std::string_view file, Read read) {
  for (size_t length = 0; length < file.size(); ++length) {
    const std::vector<std::byte> cut = exactBytes(file.substr(0, length));
    const Result<TensorSet> set = read(cut);
    CAPTURE(length);
    CHECK_FALSE(set.has_value());
  }
}

/// Reads `file` with a few of the bytes from `begin` to `end` changed, again and again. Whatever is accepted must be sound.
template <typename Read> void bearDamage(std::string_view file, size_t begin, size_t end, int rounds, Read read) {
  std::mt19937_64 random(7);
  int refused = 0;
  for (int round = 0; round < rounds; ++round) {
    std::vector<std::byte> damaged = exactBytes(file);
    for (uint64_t flips = 1 + random() % 4; flips > 0; --flips) {
      std::byte &byte = damaged[begin + random() % (end - begin)];
      byte = random() % 2 ? static_cast<std::byte>(random()) : byte ^ static_cast<std::byte>(1U << (random() % 8));
    }
    const Result<TensorSet> set = read(damaged);
    if (set) {
      CHECK(isSound(*set, damaged));
    } else {
      ++refused;
      CHECK_FALSE(set.error().message.empty());
    }
  }
  CHECK(refused > 0);
}

} // namespace clew
