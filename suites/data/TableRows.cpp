// Rows of tab- and comma-separated files.
#include "runtime/base/Excerpt.h"
#include "suites/data/CellTable.h"
#include "suites/data/Layouts.h"
#include "yaml/Suggest.h"

#include <algorithm>
#include <charconv>

namespace clew {
namespace {

constexpr size_t kNone = static_cast<size_t>(-1);

/// Where the layout's columns stand.
struct Places {
  size_t count = 0;
  size_t id = kNone;
  std::vector<size_t> fields; ///< of the kind
  size_t label = kNone;
};

size_t placeOf(const std::vector<std::string> &columns, const std::string &name) {
  const auto found = std::find(columns.begin(), columns.end(), name);
  return name.empty() || found == columns.end() ? kNone : static_cast<size_t>(found - columns.begin());
}

Result<Places> findPlaces(const LayoutInput &input, const std::vector<std::string> &columns) {
  const FileLayout &layout = input.layout;
  Places places{columns.size(), placeOf(columns, layout.id), {}, kNone};
  std::vector<std::string> needed = layout.fields;
  if (input.labelled) {
    needed.push_back(layout.label);
  }
  for (const std::string &name : needed) {
    places.fields.push_back(placeOf(columns, name));
    if (places.fields.back() == kNone) {
      return failAt(input, 1, "expected a header line with a column '" + name + "', found " + quotedList(columns));
    }
  }
  if (input.labelled) {
    places.label = places.fields.back();
    places.fields.pop_back();
  }
  return places;
}

/// The columns of a file without a header. Where labels are not needed, their column may be there or not.
std::vector<std::string> columnsWithoutHeader(const LayoutInput &input, size_t found) {
  std::vector<std::string> columns = input.layout.columns;
  if (!input.labelled && found + 1 == columns.size()) {
    std::erase(columns, input.layout.label);
  }
  return columns;
}

Result<bool> readRow(const LayoutInput &input, const Places &places, const TableRecord &record, int64_t number,
                     Row &row) {
  if (record.cells.size() != places.count) {
    return failAt(input, record.line,
                  "expected " + std::to_string(places.count) + " columns, found " +
                      std::to_string(record.cells.size()));
  }
  row.line = record.line;
  const TaskKind &kind = *input.task.kind;
  for (const size_t place : places.fields) {
    const std::string &cell = record.cells[place];
    if (kind.fields[row.fields.size()].type == FieldType::Number && !isWholeNumber(cell)) {
      return failAt(input, record.line, "expected a whole number from 0, found '" + excerpt(cell) + "'");
    }
    addField(kind, {cell}, row);
  }
  const std::string_view label = places.label == kNone ? std::string_view() : record.cells[places.label];
  const Result<bool> kept = places.label == kNone ? true : takeGold(input, {&label, 1}, record.line, row);
  if (places.id == kNone) {
    row.id = number;
  } else {
    const std::string &text = record.cells[places.id];
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size()) {
      row.id = value;
    } else {
      row.id = text;
    }
  }
  return kept;
}

Result<LayoutRows> readTable(const LayoutInput &input, TableForm form) {
  CellTable table(input.text, input.path, form);
  LayoutRows out;
  out.before = input.before;
  Places places;
  TableRecord record;
  bool header = true;
  while (true) {
    const Result<bool> more = table.next(record);
    if (!more) {
      return fail(more);
    }
    if (!*more) {
      return out;
    }
    if (header) {
      header = false;
      const bool named = input.layout.columns.empty();
      const Result<Places> found =
          findPlaces(input, named ? record.cells : columnsWithoutHeader(input, record.cells.size()));
      if (!found) {
        return fail(found);
      }
      places = *found;
      if (named) {
        continue;
      }
    }
    Row row;
    const Result<bool> kept = readRow(input, places, record, out.number(), row);
    if (!kept) {
      return fail(kept);
    }
    if (Result<void> taken = takeRow(input, std::move(row), *kept, out); !taken) {
      return fail(taken);
    }
  }
}

} // namespace

Result<LayoutRows> readTsvRows(const LayoutInput &input) { return readTable(input, {'\t', false}); }
Result<LayoutRows> readCsvRows(const LayoutInput &input) { return readTable(input, {',', true}); }
Result<LayoutRows> readQuotedTsvRows(const LayoutInput &input) { return readTable(input, {'\t', true}); }

} // namespace clew
