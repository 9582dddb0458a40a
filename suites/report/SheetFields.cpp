// See SheetFields.h.
#include "suites/report/SheetFields.h"

#include "suites/report/ReportNumbers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace clew {
namespace {

std::string metricCell(const ReportRow &row, const std::string &metric, bool interval) {
  for (const auto &[name, value] : row.metrics) {
    if (name == metric) {
      return interval ? intervalText(value) : percentText(value.value);
    }
  }
  return "";
}

std::string shareCell(const ReportRow &row) {
  return row.gate && row.gate->share ? fmt::format("{:.1f} %", 100 * *row.gate->share) : "";
}

} // namespace

std::string boardTitle(const ReportRow &row) {
  return plainText(fmt::format("{} {}{}", row.task, row.split,
                               row.taskVersion.empty() ? "" : fmt::format(" (version {})", row.taskVersion)));
}

std::string commaSeparated(const std::vector<std::string> &parts) { return fmt::format("{}", fmt::join(parts, ", ")); }

std::vector<SheetField> scoreFields(std::span<const ReportRow *const> rows) {
  std::vector<std::string> names;
  for (const ReportRow *row : rows) {
    for (const auto &[name, value] : row->metrics) {
      if (std::ranges::find(names, name) == names.end()) {
        names.push_back(name);
      }
    }
  }
  std::vector<SheetField> fields;
  for (const std::string &name : names) {
    const bool headline = fields.empty();
    fields.push_back({headline ? name + " % [95 %]" : name, true,
                      [name, headline](const ReportRow &row) { return metricCell(row, name, headline); }});
  }
  return fields;
}

std::vector<SheetField> shareFields() { return {{"of f32", true, shareCell}}; }

std::vector<SheetField> timingFields() {
  auto latency = [](Percentiles ReportRow::*kind, std::optional<double> Percentiles::*which) {
    return [=](const ReportRow &row) { return row.timed ? latencyText(row.*kind.*which) : std::string(); };
  };
  auto rate = [](double ReportRow::*which) {
    return [=](const ReportRow &row) { return row.*which > 0 ? threeDigits(row.*which) : std::string(); };
  };
  return {{"p50 ms", true, latency(&ReportRow::latency, &Percentiles::p50)},
          {"p90 ms", true, latency(&ReportRow::latency, &Percentiles::p90)},
          {"p99 ms", true, latency(&ReportRow::latency, &Percentiles::p99)},
          {"model p50", true, latency(&ReportRow::modelOnly, &Percentiles::p50)},
          {"model p90", true, latency(&ReportRow::modelOnly, &Percentiles::p90)},
          {"model p99", true, latency(&ReportRow::modelOnly, &Percentiles::p99)},
          {"rows/s", true, rate(&ReportRow::rowsPerS)},
          {"tokens/s", true, rate(&ReportRow::tokensPerS)},
          {"server/s", true,
           [](const ReportRow &row) {
             return row.serverBound > 0
                        ? fmt::format("{} in {} ms", threeDigits(row.serverPerS), threeDigits(row.serverBound))
                        : std::string();
           }},
          {"memory", true, [](const ReportRow &row) { return bytesText(row.peakMemory); }},
          {"J/row", true, rate(&ReportRow::joulesPerRow)},
          {"cold ms", true,
           [](const ReportRow &row) { return row.coldStart ? threeDigits(row.coldStart->total()) : std::string(); }}};
}

void append(std::vector<SheetField> &fields, std::vector<SheetField> more) {
  fields.insert(fields.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

std::vector<SheetField> identityFields() {
  return {{"model", false, [](const ReportRow &row) { return row.model; }},
          {"precision", false, [](const ReportRow &row) { return std::string(nameOf(row.precision)); }},
          {"target", false, [](const ReportRow &row) { return std::string(nameOf(row.target)); }},
          {"threads", true, [](const ReportRow &row) { return row.threads ? std::to_string(row.threads) : ""; }}};
}

std::vector<SheetField> standingFields() {
  return {{"parameters", true,
           [](const ReportRow &row) {
             return row.parameters > 0 ? threeDigits(static_cast<double>(row.parameters) / 1e6) + " M" : std::string();
           }},
          {"tier", false, [](const ReportRow &row) { return std::string(row.tier ? nameOf(*row.tier) : ""); }}};
}

Sheet sheetOf(const std::vector<SheetField> &fields, const std::vector<const ReportRow *> &rows) {
  std::vector<std::vector<std::string>> columns;
  Sheet sheet;
  for (const SheetField &field : fields) {
    std::vector<std::string> column;
    for (const ReportRow *row : rows) {
      column.push_back(plainText(field.cell(*row)));
    }
    if (std::ranges::any_of(column, [](const std::string &cell) { return !cell.empty(); })) {
      sheet.columns.push_back({plainText(field.title), field.number});
      columns.push_back(std::move(column));
    }
  }
  sheet.rows.resize(rows.size());
  for (const std::vector<std::string> &column : columns) {
    for (size_t i = 0; i < rows.size(); ++i) {
      sheet.rows[i].push_back(column[i]);
    }
  }
  return sheet;
}

} // namespace clew
