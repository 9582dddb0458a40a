// A report as sections of plain text and tables: what the terminal and Markdown show. HTML is made from the same rows (HtmlReport.h).
#pragma once

#include "suites/report/ReportRow.h"

#include <span>
#include <string>
#include <vector>

namespace clew {

struct SheetColumn {
  std::string title;
  bool number = false; ///< to the right
};

/// Cells are text for people, not yet escaped for any form.
struct Sheet {
  std::vector<SheetColumn> columns;
  std::vector<std::vector<std::string>> rows;
};

struct ReportSection {
  std::string title;
  std::vector<std::string> notes; ///< sentences, to be read before the table
  Sheet sheet;
};

/// One section a task (and data, and split), in the order of `rows`, which is that of standsBefore. Columns without any value are left out.
std::vector<ReportSection> reportSections(std::span<const ReportRow> rows);

/// What must be known before any number is read, in plain words: random weights, incomplete rows, samples, tiers. They are the notes of a
/// report's sections.
std::vector<std::string> markSentences(std::span<const ReportRow> rows);
/// Which flags stand on how many rows; flags that differ in numbers alone are one. Said once, above all sections.
std::vector<std::string> flagSentences(std::span<const ReportRow> rows);
/// Both.
std::vector<std::string> warnings(std::span<const ReportRow> rows);

/// Flags that every row has: they are said once, above the table.
std::vector<std::string> commonFlags(std::span<const ReportRow> rows);

/// "# title", notes; for each section "## title", notes, a pipe table.
std::string renderMarkdown(const std::string &title, std::span<const std::string> notes,
                           std::span<const ReportSection> sections);

} // namespace clew
