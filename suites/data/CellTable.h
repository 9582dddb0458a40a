// CellTable: the records of a tab- or comma-separated file, one after another, as cells of text.
#pragma once

#include "runtime/base/Result.h"
#include "suites/data/TextFile.h"

#include <string>
#include <string_view>
#include <vector>

namespace clew {

/// One record: its cells and the line it begins on.
struct TableRecord {
  std::vector<std::string> cells;
  int line = 0;
};

struct TableForm {
  char separator;
  bool quotes; ///< cells may stand in quotes, and hold separators, doubled quotes and newlines then (RFC 4180)
};

class CellTable {
public:
  /// `text` and `path` must outlive it; `path` is for messages.
  CellTable(std::string_view text, const std::string &path, TableForm form) : path(path), form(form), lines(text) {}

  /// False at the end, which empty lines may stand before; between records they are an error. BadInput with the line.
  Result<bool> next(TableRecord &record);

private:
  Result<bool> split(std::string_view line, TableRecord &record);
  Result<bool> splitQuoted(std::string_view line, TableRecord &record);
  Failure failAt(int line, const std::string &message) const;

  const std::string &path;
  TableForm form;
  Lines lines;
};

} // namespace clew
