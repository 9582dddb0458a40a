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
  std::string path;              ///< for messages
  std::string_view answers = {}; ///< text of the file with the answers (TaskFile::answers), where there is one
  std::string answersPath = {};
  int64_t before = 0; ///< rows in the files before this one, whose numbers go on
};

/// Rows in the file's order. Where the layout has no id, or the file's rows none, rows are numbered from 0 among all rows of the file, those
/// that the task skips too: so every tool counts them.
struct LayoutRows {
  std::vector<Row> rows;
  std::vector<RowId> skipped;     ///< of the rows that the task leaves out
  std::vector<std::string> notes; ///< what was read otherwise than it is written
  int64_t before = 0;             ///< LayoutInput::before

  /// The next row's number.
  int64_t number() const { return before + static_cast<int64_t>(rows.size() + skipped.size()); }
  void add(Row row, bool kept);
};

/// What is wrong with one row is BadInput with FILE:LINE, and the file as a whole is refused.
using LayoutReader = Result<LayoutRows> (*)(const LayoutInput &);

struct ReaderTraits {
  std::string_view name;
  LayoutReader read = nullptr;
  bool takesKeys = false; ///< id, label and the kind's fields name its keys or columns
  bool tabular = false;   ///< may be told `columns`
  bool column = false;    ///< a character and its tag a line; may be told `numbered`
  bool answers = false;   ///< takes a file of answers
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
/// c3: one JSON array of [[lines of the context], [{question, choice, answer}], id], a row a question. An answer is one of the choices.
Result<LayoutRows> readC3Rows(const LayoutInput &input);
/// chid: {"content": [texts with #idiom000379#], "candidates": [..]} a line, and the answers {"#idiom000379#": 3} in a file of their own.
Result<LayoutRows> readChidRows(const LayoutInput &input);
/// tsv: a tab between columns, quotes mean nothing. csv: RFC 4180. quoted_tsv: the same with tabs. With a header line unless the layout has
/// columns.
Result<LayoutRows> readTsvRows(const LayoutInput &input);
Result<LayoutRows> readCsvRows(const LayoutInput &input);
Result<LayoutRows> readQuotedTsvRows(const LayoutInput &input);
/// A character (one code point) and its tag a line, an empty line after each sentence. bio: O, B-X, I-X; bioes: and E-X, S-X; bmes: M-X
/// for I-X. As in conlleval, an I-, M- or E- that continues no entity of its type begins one; how often that was so is a note. labels: a
/// label of the task for each character, or, in tasks of words, for each word, which are joined with single spaces.
Result<LayoutRows> readBioRows(const LayoutInput &input);
Result<LayoutRows> readBioesRows(const LayoutInput &input);
Result<LayoutRows> readBmesRows(const LayoutInput &input);
Result<LayoutRows> readTokenLabelRows(const LayoutInput &input);

/// What all readers share. The label of this name, or nothing if the task skips it; an unknown label is an error that lists the known ones.
Result<std::optional<int32_t>> labelAt(const LayoutInput &input, std::string_view label, int line);
/// What the row's cells of the file say is right, into `row`. False if the task skips the row.
Result<bool> takeGold(const LayoutInput &input, std::span<const std::string_view> cells, int line, Row &row);
/// Adds a text, the items of a list, or the digits of a number to the row's fields, whose number the kind has.
void addField(const TaskKind &kind, std::vector<std::string> items, Row &row);
/// Whether there is nothing but digits, at least one and few enough for a number.
bool isWholeNumber(std::string_view text);
/// Checks a row that is whole, and adds it; if not `kept`, as one that the task skips.
Result<void> takeRow(const LayoutInput &input, Row row, bool kept, LayoutRows &out);
Failure failAt(const LayoutInput &input, int line, const std::string &message);

} // namespace clew
