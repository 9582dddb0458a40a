// clew submit: the file for a CLUE board, from a record of a test split.
#include "cli/Command.h"
#include "cli/Exit.h"
#include "cli/ModelArgument.h"
#include "cli/Output.h"
#include "cli/TaskArgument.h"
#include "runtime/base/AtomicFile.h"
#include "runtime/base/OutputPlace.h"
#include "suites/data/Archive.h"
#include "suites/records/Submission.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

namespace clew {
namespace {

struct SubmitArguments {
  std::vector<std::string> records;
  std::vector<std::string> tasks;
  std::string data;
  std::string out = ".";
  std::string zip;
};

Result<SourcedRecord> oneRecord(const std::string &path) {
  Result<RecordFile> file = readRecords(path);
  if (!file) {
    return fail(file);
  }
  if (file->records.size() != 1) {
    std::string ids;
    for (size_t i = 0; i < std::min<size_t>(file->records.size(), 5); ++i) {
      ids += (i ? ", " : "") + file->records[i].record.id();
    }
    return fail(ErrorKind::BadInput,
                fmt::format("holds {} records; name one as FILE.jsonl#ID ({})", file->records.size(), ids), path);
  }
  return std::move(file->records.front());
}

/// BadInput if `path` is the record's file or that of its predictions.
Result<void> refuseInputs(const std::string &path, const std::string &named, const SourcedRecord &record) {
  for (const auto &[other, what] :
       {std::pair(named.substr(0, named.find('#')), "that of the record"),
        std::pair(record.folder + "/" + predictionsOf(record.record).path, "the predictions")}) {
    if (Result<void> apart = refuseReplacing(path, other, what); !apart) {
      return apart;
    }
  }
  return {};
}

/// The files of all records, each name once.
Result<std::vector<Submission>> makeAll(const SubmitArguments &arguments) {
  const Result<TaskSet> tasks = openTasks(arguments.tasks);
  const Result<std::string> data = tasks ? dataFolder(arguments.data) : fail(tasks);
  if (!data) {
    return fail(data);
  }
  std::vector<Submission> all;
  for (const std::string &named : arguments.records) {
    const Result<SourcedRecord> record = oneRecord(named);
    Result<Submission> made = record ? makeSubmission(*record, *tasks, *data) : fail(record);
    if (!made) {
      return fail(made);
    }
    const std::string path =
        arguments.zip.empty() ? (std::filesystem::path(arguments.out) / made->name).string() : arguments.zip;
    if (Result<void> apart = refuseInputs(path, named, *record); !apart) {
      return fail(apart);
    }
    if (std::ranges::any_of(all, [&](const Submission &other) { return other.name == made->name; })) {
      return fail(ErrorKind::BadInput, "two records make the file " + made->name, named);
    }
    all.push_back(std::move(*made));
  }
  return all;
}

int writeZip(const std::vector<Submission> &all, const std::string &path) {
  std::vector<NewMember> members;
  for (const Submission &one : all) {
    members.push_back({one.name, one.text});
  }
  const Result<std::string> bytes = zipOf(members);
  const Result<void> written = bytes ? writeFileAtomically(path, *bytes) : fail(bytes);
  if (!written) {
    return report(written.error());
  }
  for (const Submission &one : all) {
    printOut("{}: {}: {} rows\n", path, one.name, one.rows);
  }
  return kDone;
}

int submit(const SubmitArguments &arguments) {
  const Result<std::vector<Submission>> all = makeAll(arguments);
  if (!all) {
    return report(all.error());
  }
  for (const Submission &one : *all) {
    for (const std::string &note : one.notes) {
      say("note: {}\n", note);
    }
  }
  if (!arguments.zip.empty()) {
    return writeZip(*all, arguments.zip);
  }
  if (const Result<void> folder = makeFolder(arguments.out); !folder) {
    return report(folder.error());
  }
  for (const Submission &one : *all) {
    const std::string path = (std::filesystem::path(arguments.out) / one.name).lexically_normal().string();
    if (const Result<void> written = writeFileAtomically(path, one.text); !written) {
      return report(written.error());
    }
    printOut("{}: {} rows\n", path, one.rows);
  }
  return kDone;
}

} // namespace

void addSubmitCommand(CLI::App &app, Action &chosen) {
  auto arguments = std::make_shared<SubmitArguments>();
  CLI::App *command =
      app.add_subcommand("submit", "Write the files that the boards of CLUE and GLUE take, of test records");
  command->footer("Examples:\n  clew submit results/records/tnews.jsonl#0123456789abcdef --out submission\n"
                  "  clew submit tnews.jsonl afqmc.jsonl csl.jsonl --zip clue.zip");
  command->add_option("RECORD", arguments->records, "FILE.jsonl or FILE.jsonl#ID, of runs with --split test")
      ->required();
  CLI::Option *out = command->add_option("--out", arguments->out, "The folder to write to (the current one)");
  command->add_option("--zip", arguments->zip, "One zip file of all, as the boards of CLUE and GLUE take it")
      ->type_name("FILE")
      ->excludes(out);
  addTasksOption(*command, arguments->tasks);
  addDataOption(*command, arguments->data);
  command->callback([=, &chosen] { chosen = [=] { return submit(*arguments); }; });
}

} // namespace clew
