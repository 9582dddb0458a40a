// See CellTable.h.
#include "suites/data/CellTable.h"

namespace clew {

Failure CellTable::failAt(int line, const std::string &message) const {
  return fail(ErrorKind::BadInput, message, path + ":" + std::to_string(line));
}

Result<bool> CellTable::next(TableRecord &record) {
  std::string_view line;
  record.cells.clear();
  int empty = 0;
  while (true) {
    if (!lines.next(line)) {
      return false;
    }
    if (!isBlank(line)) {
      break;
    }
    empty = empty > 0 ? empty : lines.number();
  }
  if (empty > 0) {
    return failAt(empty, "expected a row, found an empty line");
  }
  record.line = lines.number();
  return form.quotes ? splitQuoted(line, record) : split(line, record);
}

Result<bool> CellTable::split(std::string_view line, TableRecord &record) {
  while (true) {
    const size_t end = line.find(form.separator);
    record.cells.emplace_back(line.substr(0, end));
    if (end == std::string_view::npos) {
      return true;
    }
    line.remove_prefix(end + 1);
  }
}

Result<bool> CellTable::splitQuoted(std::string_view line, TableRecord &record) {
  std::string cell;
  bool inside = false;
  while (true) {
    for (size_t i = 0; i < line.size(); ++i) {
      const char c = line[i];
      if (inside && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
        cell += line[i++];
      } else if (c == '"' && (inside || cell.empty())) {
        inside = !inside;
      } else if (c == form.separator && !inside) {
        record.cells.push_back(std::move(cell));
        cell.clear();
      } else {
        cell += c;
      }
    }
    if (!inside) {
      record.cells.push_back(std::move(cell));
      return true;
    }
    cell += '\n';
    if (!lines.next(line)) {
      return failAt(record.line, "a quoted cell begins here and never ends");
    }
  }
}

} // namespace clew
