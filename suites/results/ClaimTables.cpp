// What tables of records claim, as `clew results export --format csv` writes them. Without predictions they are claims, ours or not.
#include "runtime/base/Excerpt.h"
#include "suites/data/CellTable.h"
#include "suites/results/ClaimForms.h"
#include "yaml/Suggest.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace clew {

std::optional<double> finiteNumber(std::string_view text) {
  double value = 0;
  const char *end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && rest == end && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

Result<std::vector<Claim>> csvClaims(const TextFile &text, const std::string &path) {
  enum Column : size_t { Model, Task, Split, Precision, Headline, Score, Columns };
  constexpr std::string_view names[] = {"model", "task", "split", "precision", "headline", "score"};
  static_assert(std::size(names) == Columns);

  CellTable table(text.text, path, {',', true});
  TableRecord record;
  const Result<bool> header = table.next(record);
  if (!header) {
    return fail(header);
  }
  const std::vector<std::string> columns = record.cells;
  size_t places[Columns] = {};
  for (size_t column = 0; column < Columns; ++column) {
    const auto found = std::ranges::find(columns, names[column]);
    if (found == columns.end()) {
      return fail(ErrorKind::BadInput,
                  "expected a header line with a column '" + std::string(names[column]) + "', found " +
                      quotedList(columns),
                  path + ":1");
    }
    places[column] = static_cast<size_t>(found - columns.begin());
  }
  std::vector<Claim> claims;
  while (true) {
    const Result<bool> more = table.next(record);
    if (!more || !*more) {
      return more ? Result<std::vector<Claim>>(std::move(claims)) : fail(more);
    }
    const auto failHere = [&](const std::string &message) {
      return fail(ErrorKind::BadInput, message, path + ":" + std::to_string(record.line));
    };
    if (record.cells.size() != columns.size()) {
      return failHere("expected " + std::to_string(columns.size()) + " columns, found " +
                      std::to_string(record.cells.size()));
    }
    const auto cell = [&](Column column) -> const std::string & { return record.cells[places[column]]; };
    if (cell(Score).empty()) {
      continue; // a record of times
    }
    const std::optional<double> score = finiteNumber(cell(Score));
    if (!score) {
      return failHere("expected a number as score, found '" + excerpt(cell(Score)) + "'");
    }
    Claim claim;
    claim.value = *score;
    claim.model = cell(Model);
    claim.task = cell(Task);
    claim.split = cell(Split);
    claim.metric = cell(Headline) + (cell(Precision) == "f32" ? "" : " (" + cell(Precision) + ")");
    claim.harness = "Clew, a table without predictions";
    claims.push_back(std::move(claim));
  }
}

} // namespace clew
