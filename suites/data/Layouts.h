// Layouts: how official files say their rows, one reader a form. A task's YAML picks the reader and names the keys or columns.
#pragma once

#include "runtime/base/Result.h"
#include "suites/data/Row.h"
#include "suites/data/Task.h"

#include <string>
#include <string_view>
#include <vector>

namespace clew {

/// What a reader is given: a whole file's text (UTF-8, no byte order mark, checked) and what the task says about it.
struct LayoutInput {
  const Task &task;
  const FileLayout &layout;
  bool labelled = true; ///< else labels are neither needed nor looked at
  std::string_view text;
  std::string path; ///< for messages
};

/// Rows in the file's order; `skipped` counts those that the task leaves out. Where the layout has no id, or the file's rows none,
/// rows are numbered from 0 among the rows kept.
struct LayoutRows {
  std::vector<Row> rows;
  int64_t skipped = 0;
};

/// What is wrong with one row is BadInput with FILE:LINE, and the file as a whole is refused.
using LayoutReader = Result<LayoutRows> (*)(const LayoutInput &);

struct ReaderTraits {
  std::string_view name;
  LayoutReader read;
  std::vector<TaskKind> kinds;
  bool takesKeys; ///< id, first, second, label name its keys or columns
  bool tabular;   ///< may be told `columns`
};

/// Null if there is none of this name.
const ReaderTraits *findReader(std::string_view name);
std::vector<std::string> readerNames();

/// json: an object a line, or one array of objects.
Result<LayoutRows> readJsonRows(const LayoutInput &input);
/// entities: JSON lines in CLUENER's form, {type: {surface: [[first, last]]}} with inclusive ends in code points; a span that does not
/// slice to its surface is an error.
Result<LayoutRows> readEntityRows(const LayoutInput &input);
/// squad: one JSON document; SQuAD's nesting and CMRC2018's own flat one (context_text, query_id, query_text), answers as objects or texts.
Result<LayoutRows> readSquadRows(const LayoutInput &input);
/// tsv: a tab between columns, quotes mean nothing. csv: RFC 4180. With a header line unless the layout has columns.
Result<LayoutRows> readTsvRows(const LayoutInput &input);
Result<LayoutRows> readCsvRows(const LayoutInput &input);
/// bio: a character and its BIO tag a line, an empty line after each sentence.
Result<LayoutRows> readBioRows(const LayoutInput &input);

/// What all readers share: the label of a row. True if the row is to be kept, false if the task skips it; an unknown label is an error
/// that lists the known ones.
Result<bool> takeLabel(const LayoutInput &input, std::string_view label, int line, Row &row);
Failure failAt(const LayoutInput &input, int line, const std::string &message);

} // namespace clew
