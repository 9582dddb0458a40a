// The table of readers, and what they share.
#include "suites/data/Layouts.h"

#include "yaml/Suggest.h"

#include <algorithm>
#include <array>

namespace clew {
namespace {

constexpr std::array<ReaderTraits, 6> kReaders = {{
    {"json", readJsonRows, true, false},
    {"tsv", readTsvRows, true, true},
    {"csv", readCsvRows, true, true},
    {"entities", readEntityRows, false, false},
    {"bio", readBioRows, false, false},
    {"squad", readSquadRows, false, false},
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

Result<bool> takeGold(const LayoutInput &input, std::string_view cell, int line, Row &row) {
  Result<std::optional<Gold>> gold = input.task.kind->goldOf(input.task, cell);
  if (!gold) {
    return failAt(input, line, gold.error().message);
  }
  row.gold = gold->value_or(Gold());
  return gold->has_value();
}

} // namespace clew
