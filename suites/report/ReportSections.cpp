// Which columns a table has and what stands in them.
#include "suites/report/ReportSections.h"

#include "suites/report/ReportNumbers.h"
#include "suites/report/SheetFields.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace clew {
namespace {

using Rows = std::span<const ReportRow>;

/// Rows of one task, version, split and data: scores in it may be held against each other.
bool sameBoard(const ReportRow &a, const ReportRow &b) {
  return a.task == b.task && a.taskVersion == b.taskVersion && a.split == b.split && a.dataSha256 == b.dataSha256;
}

std::vector<Rows> byBoard(Rows rows) {
  std::vector<Rows> boards;
  for (size_t begin = 0; begin < rows.size();) {
    size_t end = begin + 1;
    while (end < rows.size() && sameBoard(rows[begin], rows[end])) {
      ++end;
    }
    boards.push_back(rows.subspan(begin, end - begin));
    begin = end;
  }
  return boards;
}

std::string comparisonCell(const ReportRow &row) {
  if (!row.comparison) {
    return "";
  }
  if (row.comparison->isBase) {
    return "base";
  }
  if (!row.comparison->test) {
    return row.comparison->whyNot;
  }
  const PairedTest &test = *row.comparison->test;
  return fmt::format("{} [{}, {}]", differenceText(test.difference), differenceText(test.lo), differenceText(test.hi));
}

std::vector<SheetField> comparisonFields() {
  auto tested = [](const ReportRow &row) { return row.comparison && row.comparison->test; };
  return {{"against base", true, comparisonCell},
          {"p (BH)", true,
           [tested](const ReportRow &row) { return tested(row) ? pText(row.comparison->adjustedP.value_or(1)) : ""; }},
          {"test", false, [tested](const ReportRow &row) { return tested(row) ? row.comparison->test->test : ""; }},
          {"speed", true, [](const ReportRow &row) {
             return row.comparison && row.comparison->speed ? ratioText(*row.comparison->speed) : "";
           }}};
}

/// Times of different machines say nothing about each other. Machines of one make are told apart by the begin of their identity.
std::vector<SheetField> machineFields(Rows rows) {
  std::map<std::string, std::set<std::string>> machines; // identities by name
  std::set<std::string> all;
  for (const ReportRow &row : rows) {
    machines[nameOf(row.machine)].insert(row.machineId);
    all.insert(row.machineId);
  }
  if (all.size() < 2) {
    return {};
  }
  return {{"machine", false, [machines](const ReportRow &row) {
             const std::string name = nameOf(row.machine);
             return machines.at(name).size() == 1 ? name : fmt::format("{} #{}", name, row.machineId.substr(0, 4));
           }}};
}

} // namespace

std::vector<ReportSection> reportSections(Rows rows) {
  std::vector<ReportSection> sections;
  for (const Rows board : byBoard(rows)) {
    std::vector<const ReportRow *> shown;
    for (const ReportRow &row : board) {
      shown.push_back(&row);
    }
    std::vector<SheetField> fields = identityFields();
    append(fields, scoreFields(shown));
    append(fields, shareFields());
    append(fields, comparisonFields());
    append(fields, timingFields());
    append(fields, standingFields());
    append(fields, machineFields(board));
    const std::vector<std::string> common = commonFlags(board);
    fields.push_back({"front", false, [](const ReportRow &row) { return row.pareto ? "*" : ""; }});
    fields.push_back({"marks", false, [common](const ReportRow &row) {
                        std::vector<std::string> marks = row.marks();
                        std::erase_if(marks, [&](const std::string &mark) {
                          return std::ranges::find(common, mark) != common.end();
                        });
                        return commaSeparated(marks);
                      }});
    sections.push_back({boardTitle(board.front()), markSentences(board), sheetOf(fields, shown)});
  }
  return sections;
}

} // namespace clew
