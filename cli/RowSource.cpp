// See RowSource.h.
#include "cli/RowSource.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <iostream>

namespace clew {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr size_t kLongestLine = size_t{16} << 20;

json parsed(const std::string &line) { return json::parse(line, nullptr, /*allow_exceptions=*/false); }

bool isBlank(const std::string &line) { return line.find_first_not_of(" \t\r") == std::string::npos; }

bool hasKeys(const json &object, const std::vector<std::string> &keys) {
  return object.is_object() && std::ranges::all_of(keys, [&](const std::string &key) { return object.contains(key); });
}

/// Whether the line has our keys and no others: a task's own files have more, or other ones.
bool isPlain(const json &object, const std::vector<std::string> &keys) {
  return hasKeys(object, keys) && object.size() == keys.size() + (object.contains("id") ? 1 : 0);
}

Result<Row> rowOf(const json &object, const std::vector<std::string> &keys, int64_t number) {
  if (!hasKeys(object, keys)) {
    return fail(ErrorKind::BadInput, fmt::format("expected a JSON object with \"{}\"", fmt::join(keys, "\" and \"")));
  }
  Row row;
  row.id = number;
  if (const auto id = object.find("id"); id != object.end()) {
    if (id->is_number_integer()) {
      row.id = id->get<int64_t>();
    } else if (id->is_string()) {
      row.id = id->get<std::string>();
    } else {
      return fail(ErrorKind::BadInput, "\"id\": expected a whole number or a text");
    }
  }
  for (size_t i = 0; i < keys.size(); ++i) {
    const json &text = object[keys[i]];
    if (!text.is_string()) {
      return fail(ErrorKind::BadInput, fmt::format("\"{}\": expected a text", keys[i]));
    }
    (i == 0 ? row.first : row.second) = text.get<std::string>();
  }
  return row;
}

/// Reads the file as a split of the task would be, by this layout.
Result<Dataset> readAs(Task task, const fs::path &path, const std::string &layout, bool labelled) {
  task.folder.clear();
  TaskFile file;
  file.name = path.filename().string();
  file.layout = layout;
  TaskSplit split;
  split.name = "input";
  split.labelled = labelled;
  split.files = {file};
  task.splits = {split};
  return readSplit(task, split.name, path.has_parent_path() ? path.parent_path().string() : ".");
}

Result<Dataset> readOfficial(const Task &task, const fs::path &path) {
  for (const TaskSplit &split : task.splits) {
    for (const TaskFile &file : split.files) {
      if (fs::path(file.name).filename() == path.filename()) {
        return readAs(task, path, file.layout, split.labelled);
      }
    }
  }
  std::optional<Error> first;
  for (const bool labelled : {true, false}) {
    for (const FileLayout &layout : task.layouts) {
      Result<Dataset> read = readAs(task, path, layout.name, labelled);
      if (read) {
        return read;
      }
      first = first ? std::move(first) : std::optional(read.error());
    }
  }
  return first ? fail(first->kind, first->message, first->where)
               : fail(ErrorKind::BadInput, fmt::format("the task '{}' reads no files", task.name), path.string());
}

} // namespace

std::vector<std::string> keysOf(TaskKind kind) {
  switch (kind) {
  case TaskKind::Pair:
    return {"sentence1", "sentence2"};
  case TaskKind::Span:
    return {"context", "question"};
  case TaskKind::Classify:
  case TaskKind::Tag:
    break;
  }
  return {"text"};
}

RowSource RowSource::of(std::vector<Row> rows) {
  RowSource source;
  source.ready = std::move(rows);
  return source;
}

Result<RowSource> RowSource::open(const Task &task, const std::string &path) {
  RowSource source;
  source.kind = task.kind;
  source.name = path == "-" ? "stdin" : path;
  source.lines = true;
  if (path != "-") {
    std::error_code error;
    if (!fs::is_regular_file(path, error) && !fs::is_fifo(path, error)) {
      return fail(fs::exists(path, error) ? ErrorKind::BadInput : ErrorKind::NotFound, "no such file", path);
    }
    source.file.emplace(path);
    if (!*source.file) {
      return fail(ErrorKind::Io, "cannot be opened", path);
    }
  }
  std::string line;
  Result<bool> more = source.readLine(line);
  while (more && *more && isBlank(line)) {
    more = source.readLine(line);
  }
  const std::vector<std::string> keys = keysOf(task.kind);
  const json object = more && *more ? parsed(line) : json();
  // What is read piece by piece: our own form, and what cannot be read twice.
  if (source.file && fs::is_regular_file(path) && !isPlain(object, keys)) {
    Result<Dataset> read = readOfficial(task, path);
    if (read) {
      return of(std::move(read->rows));
    }
    if (!hasKeys(object, keys)) {
      return fail(read);
    }
  }
  if (!more) {
    return fail(more);
  }
  if (*more) {
    source.peeked = std::move(line);
    --source.lineNumber;
  }
  return source;
}

std::istream &RowSource::stream() { return file ? static_cast<std::istream &>(*file) : std::cin; }

/// False at the end.
Result<bool> RowSource::readLine(std::string &line) {
  ++lineNumber;
  if (peeked) {
    line = std::move(*peeked);
    peeked.reset();
    return true;
  }
  if (!std::getline(stream(), line)) {
    return false;
  }
  if (line.size() > kLongestLine) {
    return fail(ErrorKind::BadInput, "a line of more than 16 MiB", fmt::format("{}:{}", name, lineNumber));
  }
  return true;
}

Result<std::vector<Row>> RowSource::nextLines(size_t most) {
  std::vector<Row> rows;
  const std::vector<std::string> keys = keysOf(kind);
  std::string line;
  while (!pending && rows.size() < most && (file || rows.empty() || std::cin.rdbuf()->in_avail() > 0)) {
    const Result<bool> more = readLine(line);
    if (!more || !*more) {
      pending = more ? std::move(pending) : std::optional(more.error());
      break;
    }
    if (isBlank(line)) {
      continue;
    }
    Result<Row> row = rowOf(parsed(line), keys, rowNumber++);
    if (!row) {
      pending = row.error();
      pending->where = fmt::format("{}:{}", name, lineNumber);
      break;
    }
    row->line = lineNumber;
    rows.push_back(std::move(*row));
  }
  if (rows.empty() && pending) {
    return Failure(*pending);
  }
  return rows;
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
