// The table of readers, and what they share.
#include "suites/data/Layouts.h"

#include "yaml/Suggest.h"

#include <algorithm>
#include <array>

namespace clew {
namespace {

constexpr std::array<ReaderTraits, 12> kReaders = {{
    {.name = "json", .read = readJsonRows, .takesKeys = true},
    {.name = "tsv", .read = readTsvRows, .takesKeys = true, .tabular = true},
    {.name = "csv", .read = readCsvRows, .takesKeys = true, .tabular = true},
    {.name = "quoted_tsv", .read = readQuotedTsvRows, .takesKeys = true, .tabular = true},
    {.name = "entities", .read = readEntityRows},
    {.name = "bio", .read = readBioRows, .column = true},
    {.name = "bioes", .read = readBioesRows, .column = true},
    {.name = "bmes", .read = readBmesRows, .column = true},
    {.name = "labels", .read = readTokenLabelRows},
    {.name = "squad", .read = readSquadRows},
    {.name = "c3", .read = readC3Rows},
    {.name = "chid", .read = readChidRows, .answers = true},
}};

} // namespace

const ReaderTraits *findReader(std::string_view name) {
  const auto found = std::ranges::find(kReaders, name, &ReaderTraits::name);
  return found == kReaders.end() ? nullptr : found;
}

std::vector<std::string> readerNames() {
  std::vector<std::string> names;
  for (const ReaderTraits &reader : kReaders) {
    names.emplace_back(reader.name);
  }
  return names;
}

Result<LayoutRows> readRows(const LayoutInput &input) {
  const ReaderTraits *reader = findReader(input.layout.reader);
  if (!reader) {
    return fail(ErrorKind::Internal, "the layout '" + input.layout.name + "' has no reader", input.task.file);
  }
  Result<LayoutRows> read = reader->read(input);
  if (read && !read->skipped.empty()) {
    const size_t count = read->skipped.size();
    read->notes.push_back(std::to_string(count) + (count == 1 ? " row is" : " rows are") + " skipped for the label (" +
                          quotedList(input.task.skipped) + "), as the task says; row numbers count them");
  }
  return read;
}

Failure failAt(const LayoutInput &input, int line, const std::string &message) {
  return fail(ErrorKind::BadInput, message, input.path + ":" + std::to_string(line));
}

void LayoutRows::add(Row row, bool kept) {
  if (kept) {
    rows.push_back(std::move(row));
  } else {
    skipped.push_back(std::move(row.id));
  }
}

Result<std::optional<int32_t>> labelAt(const LayoutInput &input, std::string_view label, int line) {
  Result<std::optional<int32_t>> found = input.task.readLabel(label);
  return found ? found : failAt(input, line, found.error().message);
}

Result<bool> takeGold(const LayoutInput &input, std::span<const std::string_view> cells, int line, Row &row) {
  Result<std::optional<Gold>> gold = input.task.kind->goldOf(input.task, cells);
  if (!gold) {
    return failAt(input, line, gold.error().message);
  }
  row.gold = gold->value_or(Gold());
  return gold->has_value();
}

void addField(const TaskKind &kind, std::vector<std::string> items, Row &row) {
  const size_t place = row.fields.size();
  std::string joined;
  for (const std::string &item : items) {
    joined += (joined.empty() ? "" : " ") + item;
  }
  row.fields.push_back(std::move(joined));
  if (kind.fields[place].type == FieldType::List) {
    row.lists.resize(kind.fields.size());
    row.lists[place] = std::move(items);
  }
}

bool isWholeNumber(std::string_view text) {
  constexpr size_t kMostDigits = 9;
  return !text.empty() && text.size() <= kMostDigits && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Result<void> takeRow(const LayoutInput &input, Row row, bool kept, LayoutRows &out) {
  if (Result<void> right = input.task.kind->checkRow(row); !right) {
    return failAt(input, row.line, right.error().message);
  }
  out.add(std::move(row), kept);
  return {};
}

} // namespace clew
