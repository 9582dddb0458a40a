// Columns that tables of rows have in common: what stands in each, of which row.
#pragma once

#include "suites/report/ReportSections.h"

#include <functional>
#include <iterator>
#include <span>
#include <string>
#include <vector>

namespace clew {

struct SheetField {
  std::string title;
  bool number = false; ///< to the right
  std::function<std::string(const ReportRow &)> cell;
};

std::vector<SheetField> identityFields(); ///< model, precision, target, threads
std::vector<SheetField>
scoreFields(std::span<const ReportRow *const> rows); ///< the headline with its interval, then the others
std::vector<SheetField> shareFields();               ///< of the f32 score
std::vector<SheetField> timingFields();              ///< latency, throughput, memory, cold start
std::vector<SheetField> standingFields();            ///< parameters, tier

void append(std::vector<SheetField> &fields, std::vector<SheetField> more);

/// A table of these rows; columns without any value are left out.
Sheet sheetOf(const std::vector<SheetField> &fields, const std::vector<const ReportRow *> &rows);

/// "cluener dev (version 2020-01)"
std::string boardTitle(const ReportRow &row);

std::string commaSeparated(const std::vector<std::string> &parts);

} // namespace clew
