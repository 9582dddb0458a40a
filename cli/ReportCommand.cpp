// clew report: records to a table, Markdown, the page, or JSON.
#include "cli/Command.h"
#include "cli/Exit.h"
#include "cli/ModelArgument.h"
#include "cli/Output.h"
#include "cli/Progress.h"
#include "cli/Rankings.h"
#include "cli/RecordGold.h"
#include "cli/TaskArgument.h"
#include "runtime/base/OutputPlace.h"
#include "suites/check/RecordChecker.h"
#include "suites/report/CompareRows.h"
#include "suites/report/HtmlReport.h"
#include "suites/report/JoinRecords.h"
#include "suites/report/Pareto.h"
#include "suites/report/ReportJson.h"
#include "suites/report/ReportSections.h"
#include "suites/report/SiteReport.h"
#include "suites/results/ResultsFolder.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <memory>

namespace clew {
namespace {

struct ReportArguments {
  std::vector<std::string> records;
  std::string format = "table";
  std::string out;
  std::string site;
  std::string data;
  std::vector<std::string> tasks;
  std::vector<std::string> zoo;
  std::string title = "Clew report";
  CompareOptions compare;
  bool leaderboard = false;
  bool json = false;
};

/// Files as they are; a folder means those of its records/ (suites/results), else its records.jsonl, else all of its *.jsonl.
Result<std::vector<std::string>> recordFiles(const std::vector<std::string> &paths) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  for (const std::string &path : paths) {
    std::error_code code;
    if (!fs::is_directory(path, code)) {
      files.push_back(path);
      continue;
    }
    if (fs::is_directory(fs::path(path) / "records", code)) {
      const Result<ResultsFolder> results = openResults(path);
      if (!results) {
        return fail(results);
      }
      for (const ResultsFile &file : results->files) {
        files.push_back(file.path);
      }
      continue;
    }
    if (const fs::path one = fs::path(path) / "records.jsonl"; fs::is_regular_file(one, code)) {
      files.push_back(one.string());
      continue;
    }
    const size_t before = files.size();
    for (fs::directory_iterator entry(path, code), end; !code && entry != end; entry.increment(code)) {
      if (entry->path().extension() == ".jsonl") {
        files.push_back(entry->path().string());
      }
    }
    if (files.size() == before) {
      return fail(ErrorKind::NotFound, "this folder holds no records (*.jsonl)", path);
    }
    std::sort(files.begin() + static_cast<std::ptrdiff_t>(before), files.end());
  }
  return files;
}

/// A leaderboard leaves out what is no record; other reports show all that there is, or nothing.
Result<std::vector<SourcedRecord>> readAll(const ReportArguments &arguments) {
  const Result<std::vector<std::string>> files = recordFiles(arguments.records);
  if (!files) {
    return fail(files);
  }
  std::vector<SourcedRecord> records;
  const auto add = [&](std::vector<SourcedRecord> &more) {
    records.insert(records.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  };
  for (const std::string &path : *files) {
    if (const Result<void> apart =
            refuseReplacing(arguments.out, path.substr(0, path.find('#')), "that of the records");
        !apart) {
      return fail(apart);
    }
    if (arguments.leaderboard && path.find('#') == std::string::npos) {
      Result<RecordLines> lines = readAllRecords(path);
      if (!lines) {
        return fail(lines);
      }
      for (const Error &error : lines->errors) {
        say("left out: {}: {}\n", error.where, error.message);
      }
      add(lines->records);
      continue;
    }
    Result<RecordFile> file = readRecords(path);
    if (!file) {
      return fail(file);
    }
    if (file->torn) {
      say("{}: warning: the last line is torn and was left out\n", path);
    }
    add(file->records);
  }
  if (records.empty()) {
    return fail(ErrorKind::BadInput, "there are no records", arguments.records.front());
  }
  return records;
}

/// What says which records may be ranked asks `clew check` first.
std::vector<RecordStanding> standingsOf(std::span<const SourcedRecord> records, const ReportArguments &arguments) {
  const Progress progress("checking records", static_cast<int64_t>(records.size()));
  RecordChecker checker(recordGold(arguments.tasks, arguments.data, arguments.zoo), std::time(nullptr),
                        arguments.compare.bootstrap.threads);
  std::vector<RecordStanding> standings;
  const std::vector<CheckedRecord> checked = checker.checkAll(records);
  for (size_t i = 0; i < records.size(); ++i) {
    standings.push_back({checked[i].whyUnranked(records[i].record), checked[i].rescored, !checked[i].right()});
  }
  return standings;
}

/// The records that a report is of, and their rows.
struct RecordRows {
  std::vector<SourcedRecord> records;
  std::vector<ReportRow> rows;
};

Result<RecordRows> rowsOf(std::vector<SourcedRecord> records, std::span<const RecordStanding> standings) {
  Result<std::vector<ReportRow>> rows = joinRecords(records, standings);
  return rows ? Result<RecordRows>(RecordRows{std::move(records), std::move(*rows)}) : fail(rows);
}

Result<RecordRows> readRows(const ReportArguments &arguments) {
  Result<std::vector<SourcedRecord>> records = readAll(arguments);
  if (!records) {
    return fail(records);
  }
  const bool ranks = arguments.leaderboard || arguments.json || arguments.format == "html" || !arguments.site.empty();
  std::vector<RecordStanding> standings = ranks ? standingsOf(*records, arguments) : std::vector<RecordStanding>();
  if (!arguments.leaderboard) {
    return rowsOf(std::move(*records), standings);
  }
  // What is forged must not lend its times or scores to a row of what is not.
  std::vector<SourcedRecord> right;
  std::vector<RecordStanding> theirs;
  for (size_t i = 0; i < records->size(); ++i) {
    if (standings[i].whyUnranked.empty()) {
      right.push_back(std::move((*records)[i]));
      theirs.push_back(std::move(standings[i]));
    } else {
      say("left out: {}: record {}: {}\n", (*records)[i].where, (*records)[i].record.id(), standings[i].whyUnranked);
    }
  }
  return rowsOf(std::move(right), theirs);
}

/// All rows are shown; those that may be ranked have their ranks, and tests where the data is.
int makeSite(const ReportArguments &arguments, const RecordRows &all) {
  std::vector<Ranking> rankings = rankRows(all.rows);
  const GoldSource gold = goldSource(arguments.tasks, arguments.data);
  RowTester tester(gold, arguments.compare.bootstrap);
  {
    const Progress progress("testing differences");
    testRankings(rankings, tester);
  }
  const Result<void> done = writeSite(arguments.site, all.rows, rankings, all.records, arguments.title);
  if (!done) {
    return report(done.error());
  }
  printOut("{}/index.html: {} rows of {} records\n", arguments.site, all.rows.size(), all.records.size());
  return kDone;
}

Result<std::string> render(const ReportArguments &arguments, std::span<const ReportRow> rows) {
  if (arguments.json) {
    using Json = nlohmann::ordered_json;
    return reportJson(rows).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  if (arguments.format == "html") {
    const Result<PageAssets> assets = readPageAssets();
    return assets ? renderHtml(*assets, rows, arguments.title) : fail(assets);
  }
  if (arguments.leaderboard) {
    const Result<std::vector<Ranking>> rankings =
        rankAndTest(rows, goldSource(arguments.tasks, arguments.data), arguments.compare.bootstrap);
    return rankings ? Result<std::string>(renderRankings(*rankings, arguments.format == "markdown")) : fail(rankings);
  }
  const std::vector<std::string> notes = flagSentences(rows);
  const std::vector<ReportSection> sections = reportSections(rows);
  return arguments.format == "markdown" ? renderMarkdown(arguments.title, notes, sections)
                                        : renderTables(notes, sections);
}

int makeReport(const ReportArguments &arguments) {
  Result<RecordRows> all = readRows(arguments);
  if (!all) {
    return report(all.error());
  }
  std::vector<ReportRow> *rows = &all->rows;
  const Result<TaskSet> tasks = openTasks(arguments.tasks);
  if (tasks) {
    nameClasses(*rows, tasks->tasks());
  } else if (!arguments.tasks.empty()) {
    return report(tasks.error());
  }
  markParetoFronts(*rows);
  if (!arguments.compare.base.empty()) {
    const Progress progress("comparing with " + arguments.compare.base);
    const Result<void> compared = compareRows(*rows, arguments.compare, goldSource(arguments.tasks, arguments.data));
    if (!compared) {
      return report(compared.error(), compared.error().kind == ErrorKind::NotFound ? kUsage : kFailed);
    }
  }
  if (!arguments.site.empty()) {
    return makeSite(arguments, *all);
  }
  const Result<std::string> text = render(arguments, *rows);
  if (!text) {
    return report(text.error());
  }
  return printOrWrite(*text, arguments.out);
}

} // namespace

void addReportCommand(CLI::App &app, Action &chosen) {
  auto arguments = std::make_shared<ReportArguments>();
  CLI::App *command = app.add_subcommand("report", "Show records as tables, Markdown or a page");
  command->footer("Example:\n  clew report results/records --format html --out report.html\n"
                  "  clew report runs/records.jsonl --compare bert/base@f32 --data data\n"
                  "  clew report results/records --format markdown --leaderboard --out results/LEADERBOARD.md\n"
                  "  clew report results --site public --data data");
  command->add_option("RECORDS", arguments->records, "FILE.jsonl, FILE.jsonl#id, or folders of them")->required();
  command->add_option("--format", arguments->format, "table, markdown or html")
      ->check(CLI::IsMember({"table", "markdown", "html"}))
      ->capture_default_str();
  command->add_option("--compare", arguments->compare.base,
                      "Test every row against BASE (bert/base, bert/base@f32, or a record's id) on the predictions");
  CLI::Option *out = command->add_option("--out", arguments->out, "Write to this file instead of the terminal");
  command->add_option("--site", arguments->site, "Make a site in this folder: overviews, history, comparisons")
      ->excludes(out);
  command->add_option("--data", arguments->data,
                      "Folder with the data sets, for --compare and for scores to be computed again");
  command->add_option("--tasks", arguments->tasks, "Further folders of task YAML files");
  addZooOption(*command, arguments->zoo);
  command->add_option("--title", arguments->title, "Title of the page or document")->capture_default_str();
  command->add_option("--threads", arguments->compare.bootstrap.threads, "Threads of the tests (for --compare)");
  command->add_option("--seed", arguments->compare.bootstrap.seed, "Seed of the tests' resampling (for --compare)");
  command->add_flag("--leaderboard", arguments->leaderboard, "Rank what may be ranked, by task (table and markdown)");
  command->add_flag("--json", arguments->json, "Print the rows as JSON");
  command->callback([arguments, &chosen] { chosen = [arguments] { return makeReport(*arguments); }; });
}

} // namespace clew
