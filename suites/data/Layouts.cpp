// The table of readers, and what they share.
#include "suites/data/Layouts.h"

#include "yaml/Suggest.h"

#include <algorithm>
#include <array>

namespace clew {
namespace {

const std::array<ReaderTraits, 6> &readers() {
  using enum TaskKind;
  static const std::array<ReaderTraits, 6> kReaders = {{
      {"json", readJsonRows, {Classify, Pair}, true, false},
      {"tsv", readTsvRows, {Classify, Pair}, true, true},
      {"csv", readCsvRows, {Classify, Pair}, true, true},
      {"entities", readEntityRows, {Tag}, false, false},
      {"bio", readBioRows, {Tag}, false, false},
      {"squad", readSquadRows, {Span}, false, false},
  }};
  return kReaders;
}

} // namespace

const ReaderTraits *findReader(std::string_view name) {
  const auto &all = readers();
  const auto found = std::find_if(all.begin(), all.end(), [&](const ReaderTraits &r) { return r.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::vector<std::string> readerNames() {
  std::vector<std::string> names;
  for (const ReaderTraits &reader : readers()) {
    names.emplace_back(reader.name);
  }
  return names;
}

Failure failAt(const LayoutInput &input, int line, const std::string &message) {
  return fail(ErrorKind::BadInput, message, input.path + ":" + std::to_string(line));
}

Result<bool> takeLabel(const LayoutInput &input, std::string_view label, int line, Row &row) {
  const Task &task = input.task;
  if (std::find(task.skipped.begin(), task.skipped.end(), label) != task.skipped.end()) {
    return false;
  }
  row.label = task.labelOf(label);
  if (row.label < 0) {
    constexpr size_t kShown = 20;
    const auto end = task.labels.begin() + static_cast<std::ptrdiff_t>(std::min(kShown, task.labels.size()));
    const std::string more =
        task.labels.size() > kShown ? " and " + std::to_string(task.labels.size() - kShown) + " more" : "";
    return failAt(input, line,
                  "unknown label '" + std::string(label.substr(0, 100)) + "', the task '" + task.name + "' has " +
                      quotedList({task.labels.begin(), end}) + more);
  }
  return true;
}

} // namespace clew
