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

/// Rows in the file's order. Where the layout has no id, or the file's rows none, rows are numbered from 0 among all rows of the file, those
/// that the task skips too: so every tool counts them.
struct LayoutRows {
  std::vector<Row> rows;
  std::vector<RowId> skipped;     ///< of the rows that the task leaves out
  std::vector<std::string> notes; ///< what was read otherwise than it is written

  /// The next row's number.
  int64_t number() const { return static_cast<int64_t>(rows.size() + skipped.size()); }
  void add(Row row, bool kept);
};

/// What is wrong with one row is BadInput with FILE:LINE, and the file as a whole is refused.
using LayoutReader = Result<LayoutRows> (*)(const LayoutInput &);

struct ReaderTraits {
  std::string_view name;
  LayoutReader read;
  bool takesKeys; ///< id, label and the kind's fields name its keys or columns
  bool tabular;   ///< may be told `columns`
};

/// Reads a file's text by its layout's reader; rows that the task skips are a note too.
Result<LayoutRows> readRows(const LayoutInput &input);

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
/// bio: a character (one code point) and its BIO tag a line, an empty line after each sentence. As in conlleval, an I- that continues no
/// entity of its type begins one; how often that was so is a note.
Result<LayoutRows> readBioRows(const LayoutInput &input);

/// What all readers share. The label of this name, or nothing if the task skips it; an unknown label is an error that lists the known ones.
Result<std::optional<int32_t>> labelAt(const LayoutInput &input, std::string_view label, int line);
/// What the row's cell of the file says is right, into `row`. False if the task skips the row.
Result<bool> takeGold(const LayoutInput &input, std::string_view cell, int line, Row &row);
Failure failAt(const LayoutInput &input, int line, const std::string &message);

} // namespace clew
