// Rows of exactly so many tokens, made from a task's own text: the fixed grid of lengths that stands beside the task's real ones.
#pragma once

#include "suites/run/RowEncoder.h"

namespace clew {

/// `count` rows of `task`'s kind, each of exactly `tokens` tokens when `encoder` encodes it. They are cut from the Chinese characters of the
/// texts of `rows`, of which each is one token, one after the other; other characters are left out, because how many tokens they make depends
/// on their neighbours. BadInput when the texts have no such characters, or rows of so few or so many tokens cannot be.
Result<std::vector<Row>> rowsOfLength(const Task &task, std::span<const Row> rows, const RowEncoder &encoder,
                                      int64_t tokens, int64_t count);

} // namespace clew
