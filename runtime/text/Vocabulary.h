// Vocabulary: the tokens of a model by their ids, from the `vocab.txt` or the tokenizer.json of a checkpoint.
#pragma once

#include "runtime/base/Result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace clew {

/// Immutable; copies share the tokens; safe to use from many threads.
class Vocabulary {
public:
  /// No tokens; find() gives -1.
  Vocabulary();

  /// One token a line, UTF-8, the line's number from 0 being its id, without the white space that trails. An empty line is an id that
  /// no text gets. At most 16 MiB and 2^20 lines, a token at most 1 KiB. BadInput with the line for a token that stands twice, bytes
  /// that are no UTF-8, and a byte order mark.
  static Result<Vocabulary> load(const std::string &path);
  /// The same from the file's text; `name` stands in messages.
  static Result<Vocabulary> parse(std::string text, const std::string &name);
  /// From tokens with their ids, in any order; ids may be left out, and no text gets those. Bounds as above. BadInput for an id that is
  /// negative, 2^20 or more, or given twice.
  static Result<Vocabulary> of(std::vector<std::pair<std::string, int64_t>> tokens, const std::string &name);

  /// The token's id, or -1.
  int32_t find(std::string_view token) const;
  /// The token of an id in 0..size()-1.
  std::string_view token(int32_t id) const;
  /// One past the last id that has a token: empty lines at a file's end are none.
  int32_t size() const;
  /// How many different tokens there are, the empty one too: where the `tokenizers` package goes on to count when tokens are added.
  int32_t entries() const;

  /// Of tokens and ids, wherever they were read from. 64 hex digits.
  const std::string &sha256() const;
  /// Where it was read from, for messages.
  const std::string &name() const;

private:
  struct Tokens;
  std::shared_ptr<const Tokens> tokens;
};

} // namespace clew
