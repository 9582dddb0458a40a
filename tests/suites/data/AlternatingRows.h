// Rows of a classification whose two labels take turns, and predictions for them: the smallest data with a score that a test knows.
#pragma once

#include "suites/data/Row.h"

#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

/// Row i has label i % 2 and stands on line i + 1.
inline std::vector<Row> alternatingRows(int count) {
  std::vector<Row> rows;
  for (int i = 0; i < count; ++i) {
    Row row;
    row.id = int64_t{i};
    row.fields = {"x"};
    row.gold = i % 2;
    row.line = i + 1;
    rows.push_back(std::move(row));
  }
  return rows;
}

/// A file of predictions for alternatingRows(count), wrong on every `wrongEvery`-th row from the first on.
inline std::string alternatingAnswers(int count, int wrongEvery, const std::array<std::string_view, 2> &labels) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    const int label = i % wrongEvery == 0 ? 1 - i % 2 : i % 2;
    text += fmt::format("{{\"id\": {}, \"label\": \"{}\"}}\n", i, labels[static_cast<size_t>(label)]);
  }
  return text;
}

} // namespace clew
