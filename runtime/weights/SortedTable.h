// SortedTable: keys and values in the table files of LevelDB (its doc/table_format.md), in which TensorFlow keeps the index of a
// checkpoint.
#pragma once

#include "runtime/base/Result.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace clew {

/// Bounds; a table beyond them is refused.
constexpr size_t mostTableEntries = 100'000;
constexpr size_t mostTableKey = 1024; ///< bytes: a key may repeat the one before it at no cost in the file

struct TableEntry {
  std::string key;
  std::span<const std::byte> value; ///< borrowed from the table's bytes
};

/// All entries, whose keys must rise. BadInput at `where` for what is no such table, blocks that overlap the frame, compressed ones (the
/// checkpoints' are not), checksums that do not hold, and beyond the bounds.
Result<std::vector<TableEntry>> readSortedTable(std::span<const std::byte> file, const std::string &where);

} // namespace clew
