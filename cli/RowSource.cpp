// See RowSource.h.
#include "cli/RowSource.h"

#include "runtime/base/JsonValue.h"
#include "suites/data/Layouts.h"
#include "suites/data/PlainRow.h"
#include "suites/data/TextFile.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>

namespace clew {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr size_t kLongestInput = size_t{1} << 30;

/// Errors without a place, but for those of the JSON itself.
Result<Row> rowOf(const Result<json> &parsed, const TaskKind &kind, int64_t number) {
  return parsed ? plainRow(*parsed, kind, number) : fail(parsed);
}

struct Form {
  const FileLayout *layout;
  bool labelled;
};

/// How the text may have to be read: as the official file of its name, else in any way that the task knows.
std::vector<Form> formsOf(const Task &task, const std::string &path) {
  std::vector<Form> forms;
  for (const TaskSplit &split : task.splits) {
    for (const TaskFile &file : split.files) {
      const FileLayout *layout = task.layout(file.layout);
      if (layout && fs::path(file.name).filename() == fs::path(path).filename()) {
        return {{layout, split.labelled && !file.answers}}; // answers stand in a file of their own
      }
    }
  }
  for (const bool labelled : {true, false}) {
    for (const FileLayout &layout : task.layouts) {
      forms.push_back({&layout, labelled});
    }
  }
  return forms;
}

/// Reads a whole file's text as the first of the task's forms that fits; the error is that of the first form.
Result<LayoutRows> readOfficial(const Task &task, std::string_view text, const std::string &path) {
  std::optional<Error> first;
  for (const Form &form : formsOf(task, path)) {
    Result<LayoutRows> read = readRows({task, *form.layout, form.labelled, text, path});
    if (read && !read->rows.empty()) {
      return read;
    }
    if (!first) {
      first = read ? Error{ErrorKind::BadInput, "holds no rows", path} : read.error();
    }
  }
  if (first) {
    return Failure(*first);
  }
  return fail(ErrorKind::BadInput, fmt::format("the task '{}' reads no files", task.name), path);
}

} // namespace

RowSource RowSource::of(std::vector<Row> rows) {
  RowSource source;
  source.ready = std::move(rows);
  return source;
}

Result<RowSource> RowSource::open(const Task &task, const std::string &path) {
  RowSource source;
  source.kind = task.kind;
  Result<LineReader> reader = LineReader::open(path);
  if (!reader) {
    return fail(reader);
  }
  source.lines = std::move(*reader);
  std::string line;
  Result<bool> more = source.lines->next(line);
  while (more && *more && isBlank(line)) {
    source.blank = source.blank > 0 ? source.blank : source.lines->number();
    more = source.lines->next(line);
  }
  const std::vector<std::string> keys = plainKeys(*task.kind);
  const Result<json> first = more && *more ? parseJson(line, source.lines->name(), source.lines->number()) : json();
  const json object = first ? *first : json();
  // Lines in our own form with further keys are our own form if they can be read only once, or if they are no official file.
  const bool again = source.lines->isRegular();
  if (more && *more && (again ? !isPlainRow(object, keys) : !hasPlainKeys(object, keys))) {
    const Result<TextFile> whole = again ? readTextFile(path) : source.restOf(line);
    Result<LayoutRows> read = whole ? readOfficial(task, whole->text, source.lines->name()) : fail(whole);
    if (read) {
      RowSource rows = of(std::move(read->rows));
      rows.said = std::move(read->notes);
      return rows;
    }
    if (!hasPlainKeys(object, keys)) {
      return fail(read);
    }
  }
  if (!more) {
    return fail(more);
  }
  if (*more) {
    source.peeked = std::move(line);
  }
  return source;
}

/// Everything from `line` on, which was read last.
Result<TextFile> RowSource::restOf(const std::string &line) {
  const auto tooLong = [&] {
    return fail(ErrorKind::BadInput, "more than 1 GiB that is not read line by line", lines->name());
  };
  TextFile rest;
  const auto before = static_cast<size_t>(lines->number() - 1);
  if (before >= kLongestInput) {
    return tooLong();
  }
  rest.text.assign(before, '\n'); // so that lines keep their numbers
  rest.text += line + "\n";
  std::string next;
  Result<bool> more = lines->next(next);
  for (; more && *more; more = lines->next(next)) {
    if (rest.text.size() + next.size() >= kLongestInput) {
      return tooLong();
    }
    rest.text += next + "\n";
  }
  if (!more) {
    return fail(more);
  }
  if (Result<void> valid = checkUtf8(rest.text, lines->name()); !valid) {
    return fail(valid);
  }
  return rest;
}

/// False at the end.
Result<bool> RowSource::readLine(std::string &line) {
  if (peeked) {
    line = std::move(*peeked);
    peeked.reset();
    return true;
  }
  return lines->next(line);
}

Result<std::vector<Row>> RowSource::nextLines(size_t most) {
  std::vector<Row> rows;
  std::string line;
  while (!pending && rows.size() < most && rowNumber < end &&
         (lines->isRegular() || rows.empty() || lines->isReady())) {
    const Result<bool> more = readLine(line);
    if (!more || !*more) {
      pending = more ? std::move(pending) : std::optional(more.error());
      break;
    }
    if (isBlank(line)) {
      blank = blank > 0 ? blank : lines->number();
      continue;
    }
    // As in official files: empty lines may end the input, and are an error between rows.
    Result<Row> row = blank > 0 ? fail(ErrorKind::BadInput, "expected a JSON object, found an empty line")
                                : rowOf(parseJson(line, lines->name(), lines->number()), *kind, rowNumber++);
    if (!row) {
      pending = row.error();
      pending->where = fmt::format("{}:{}", lines->name(), blank > 0 ? blank : lines->number());
      break;
    }
    row->line = lines->number();
    rows.push_back(std::move(*row));
  }
  if (rows.empty() && pending) {
    return Failure(*pending);
  }
  return rows;
}

/// Reads one row's line and drops it; false at the end. Empty lines are met as in nextLines.
Result<bool> RowSource::passOver() {
  std::string line;
  while (true) {
    Result<bool> more = readLine(line);
    if (!more || !*more) {
      return more;
    }
    if (!isBlank(line)) {
      break;
    }
    blank = blank > 0 ? blank : lines->number();
  }
  if (blank > 0) {
    return fail(ErrorKind::BadInput, "expected a JSON object, found an empty line",
                fmt::format("{}:{}", lines->name(), blank));
  }
  ++rowNumber;
  return true;
}

Result<void> RowSource::skip(int64_t count) {
  if (!lines) {
    given += static_cast<size_t>(std::min(count, static_cast<int64_t>(ready.size() - given)));
    return {};
  }
  for (int64_t i = 0; i < count; ++i) {
    const Result<bool> more = passOver();
    if (!more || !*more) {
      return more ? fail(ErrorKind::BadInput, fmt::format("expected {} rows more", count - i), lines->name())
                  : fail(more);
    }
  }
  return {};
}

Result<void> RowSource::keep(const Shard &shard) {
  if (shard.isWhole()) {
    return {};
  }
  if (!lines) {
    const auto [first, last] = shard.rangeOf(static_cast<int64_t>(ready.size()));
    ready.erase(ready.begin() + last, ready.end());
    ready.erase(ready.begin(), ready.begin() + first);
    return {};
  }
  Result<LineReader> again =
      lines->isRegular() ? LineReader::open(lines->name())
                         : fail(ErrorKind::Unsupported, "shards are of a file that can be read twice", lines->name());
  if (!again) {
    return fail(again);
  }
  int64_t count = 0;
  std::string line;
  Result<bool> more = again->next(line);
  for (; more && *more; more = again->next(line)) {
    count += isBlank(line) ? 0 : 1;
  }
  if (!more) {
    return fail(more);
  }
  const auto [first, last] = shard.rangeOf(count);
  end = last;
  return skip(first);
}

Result<std::vector<Row>> RowSource::next(size_t most) {
  if (lines) {
    return nextLines(most);
  }
  const size_t count = std::min(most, ready.size() - given);
  const auto begin = ready.begin() + static_cast<std::ptrdiff_t>(given);
  given += count;
  return std::vector<Row>(std::make_move_iterator(begin),
                          std::make_move_iterator(begin + static_cast<std::ptrdiff_t>(count)));
}

} // namespace clew
