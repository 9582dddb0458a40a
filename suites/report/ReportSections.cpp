// Which columns a table has and what stands in them.
#include "suites/report/ReportSections.h"

#include "suites/report/ReportNumbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace clew {
namespace {

using Rows = std::span<const ReportRow>;

struct Field {
  std::string title;
  bool number = false;
  std::function<std::string(const ReportRow &)> cell;
};

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

std::string boardTitle(const ReportRow &row) {
  return plainText(fmt::format("{} {}{}", row.task, row.split,
                               row.taskVersion.empty() ? "" : fmt::format(" (version {})", row.taskVersion)));
}

std::string joined(const std::vector<std::string> &parts) { return fmt::format("{}", fmt::join(parts, ", ")); }

std::string metricCell(const ReportRow &row, const std::string &metric, bool interval) {
  for (const auto &[name, value] : row.metrics) {
    if (name == metric) {
      return interval ? intervalText(value) : percentText(value.value);
    }
  }
  return "";
}

std::vector<Field> scoreFields(Rows rows) {
  std::vector<std::string> names;
  for (const ReportRow &row : rows) {
    for (const auto &[name, value] : row.metrics) {
      if (std::ranges::find(names, name) == names.end()) {
        names.push_back(name);
      }
    }
  }
  std::vector<Field> fields;
  for (const std::string &name : names) {
    const bool headline = fields.empty();
    fields.push_back({headline ? name + " % [95 %]" : name, true,
                      [name, headline](const ReportRow &row) { return metricCell(row, name, headline); }});
  }
  return fields;
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

std::string shareCell(const ReportRow &row) {
  return row.gate && row.gate->share ? fmt::format("{:.1f} %", 100 * *row.gate->share) : "";
}

std::vector<Field> comparisonFields() {
  auto tested = [](const ReportRow &row) { return row.comparison && row.comparison->test; };
  return {{"against base", true, comparisonCell},
          {"p (BH)", true,
           [tested](const ReportRow &row) { return tested(row) ? pText(row.comparison->adjustedP.value_or(1)) : ""; }},
          {"test", false, [tested](const ReportRow &row) { return tested(row) ? row.comparison->test->test : ""; }},
          {"speed", true, [](const ReportRow &row) {
             return row.comparison && row.comparison->speed ? ratioText(*row.comparison->speed) : "";
           }}};
}

std::vector<Field> timingFields() {
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
          {"cold ms", true,
           [](const ReportRow &row) { return row.coldStart ? threeDigits(row.coldStart->total()) : std::string(); }}};
}

void append(std::vector<Field> &fields, std::vector<Field> more) {
  fields.insert(fields.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

std::vector<Field> identityFields() {
  return {{"model", false, [](const ReportRow &row) { return row.model; }},
          {"precision", false, [](const ReportRow &row) { return std::string(nameOf(row.precision)); }},
          {"target", false, [](const ReportRow &row) { return std::string(nameOf(row.target)); }},
          {"threads", true, [](const ReportRow &row) { return row.threads ? std::to_string(row.threads) : ""; }}};
}

std::vector<Field> standingFields() {
  return {{"parameters", true,
           [](const ReportRow &row) {
             return row.parameters > 0 ? threeDigits(static_cast<double>(row.parameters) / 1e6) + " M" : std::string();
           }},
          {"tier", false, [](const ReportRow &row) { return std::string(row.tier ? nameOf(*row.tier) : ""); }}};
}

/// Times of different machines say nothing about each other. Machines of one make are told apart by the begin of their identity.
std::vector<Field> machineFields(Rows rows) {
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

Sheet sheetOf(const std::vector<Field> &fields, const std::vector<const ReportRow *> &rows) {
  std::vector<std::vector<std::string>> columns;
  Sheet sheet;
  for (const Field &field : fields) {
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

/// The row of each configuration that a leaderboard shows.
std::vector<const ReportRow *> rankedConfigurations(Rows board) {
  std::vector<const ReportRow *> best;
  for (const ReportRow &row : board) {
    if (!row.ranked()) {
      continue;
    }
    const auto same = [&](const ReportRow *other) { return other->configuration() == row.configuration(); };
    const auto place = std::ranges::find_if(best, same);
    if (place == best.end()) {
      best.push_back(&row);
    } else if (row.tier > (*place)->tier) { // rows of a configuration come by rising p50
      *place = &row;
    }
  }
  return best;
}

std::vector<std::string> ranksOf(const std::vector<const ReportRow *> &rows) {
  std::vector<std::string> ranks;
  auto score = [&](size_t i) { return percentText(rows[i]->metrics.front().second.value); };
  for (size_t i = 0; i < rows.size(); ++i) {
    ranks.push_back(i > 0 && score(i) == score(i - 1) ? ranks.back() : std::to_string(i + 1));
  }
  return ranks;
}

} // namespace

std::vector<ReportSection> reportSections(Rows rows) {
  std::vector<ReportSection> sections;
  for (const Rows board : byBoard(rows)) {
    std::vector<Field> fields = identityFields();
    append(fields, scoreFields(board));
    fields.push_back({"of f32", true, shareCell});
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
                        return joined(marks);
                      }});
    std::vector<const ReportRow *> shown;
    for (const ReportRow &row : board) {
      shown.push_back(&row);
    }
    sections.push_back({boardTitle(board.front()), markSentences(board), sheetOf(fields, shown)});
  }
  return sections;
}

std::vector<ReportSection> leaderboardSections(Rows rows) {
  std::vector<ReportSection> sections;
  for (const Rows board : byBoard(rows)) {
    const std::vector<const ReportRow *> ranked = rankedConfigurations(board);
    if (ranked.empty()) {
      continue;
    }
    const std::vector<std::string> ranks = ranksOf(ranked);
    std::vector<Field> fields = {{"rank", true, [&](const ReportRow &row) {
                                    return ranks[static_cast<size_t>(std::ranges::find(ranked, &row) - ranked.begin())];
                                  }}};
    append(fields, identityFields());
    append(fields, scoreFields(board));
    fields.push_back({"of f32", true, shareCell});
    append(fields, timingFields());
    append(fields, standingFields());
    append(fields, machineFields(board));
    fields.push_back({"flags", false, [](const ReportRow &row) {
                        std::vector<std::string> flags = row.furtherFlags();
                        if (row.scoreUnchecked) {
                          flags.emplace_back("score not computed again here");
                        }
                        return joined(flags);
                      }});
    ReportSection section{boardTitle(board.front()), {}, sheetOf(fields, ranked)};
    section.notes.push_back(
        fmt::format("{} rows, data sha256 {}.", ranked.front()->rows, shortened(board.front().dataSha256)));
    if (std::ranges::any_of(ranked, [](const ReportRow *row) { return row->tier != Tier::Official; })) {
      section.notes.emplace_back("Only rows of the tier \"official\" are official; the others ran for a shorter time.");
    }
    sections.push_back(std::move(section));
  }
  return sections;
}

} // namespace clew
