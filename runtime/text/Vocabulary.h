// Vocabulary: the tokens of a model in the order of their ids, read from the `vocab.txt` of a checkpoint.
#pragma once

#include "runtime/base/Result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace clew {

/// Immutable; copies share the tokens; safe to use from many threads.
class Vocabulary {
public:
  /// One token a line, UTF-8, the line's number from 0 being its id. At most 16 MiB and 2^20 tokens, a token at most 1 KiB.
  /// BadInput with the line for a token that stands twice, bytes that are no UTF-8, or when [UNK], [CLS] or [SEP] is missing.
  static Result<Vocabulary> load(const std::string &path);
  /// The same from the file's text; `name` stands in messages.
  static Result<Vocabulary> parse(std::string text, const std::string &name);

  /// The token's id, or -1.
  int32_t find(std::string_view token) const;
  /// The token of an id in 0..size()-1.
  std::string_view token(int32_t id) const;
  int32_t size() const;

  int32_t unknown() const;   ///< [UNK]
  int32_t first() const;     ///< [CLS]
  int32_t separator() const; ///< [SEP]

  /// Of the file's bytes, as 64 hex digits: part of what a record states.
  const std::string &sha256() const;

private:
  struct Tokens;
  std::shared_ptr<const Tokens> tokens;
};

} // namespace clew
