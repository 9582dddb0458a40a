// clew submit: the file for a CLUE board, from a record of a test split.
#include "cli/Command.h"
#include "cli/Exit.h"
#include "cli/ModelArgument.h"
#include "cli/Output.h"
#include "cli/TaskArgument.h"
#include "runtime/base/AtomicFile.h"
#include "runtime/base/OutputPlace.h"
#include "suites/records/Submission.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <memory>

namespace clew {
namespace {

struct SubmitArguments {
  std::string record;
  std::vector<std::string> tasks;
  std::string data;
  std::string out = ".";
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

int submit(const SubmitArguments &arguments) {
  const Result<SourcedRecord> record = oneRecord(arguments.record);
  if (!record) {
    return report(record.error());
  }
  const Result<TaskSet> tasks = openTasks(arguments.tasks);
  if (!tasks) {
    return report(tasks.error());
  }
  const Result<std::string> data = dataFolder(arguments.data);
  if (!data) {
    return report(data.error());
  }
  const Result<Submission> made = makeSubmission(*record, *tasks, *data);
  if (!made) {
    return report(made.error());
  }
  for (const std::string &note : made->notes) {
    say("note: {}\n", note);
  }
  if (const Result<void> folder = makeFolder(arguments.out); !folder) {
    return report(folder.error());
  }
  const std::string path = (std::filesystem::path(arguments.out) / made->name).lexically_normal().string();
  const std::string records = arguments.record.substr(0, arguments.record.find('#'));
  for (const auto &[other, what] :
       {std::pair(records, "that of the record"),
        std::pair(record->folder + "/" + predictionsOf(record->record).path, "the predictions")}) {
    if (const Result<void> apart = refuseReplacing(path, other, what); !apart) {
      return report(apart.error());
    }
  }
  if (const Result<void> written = writeFileAtomically(path, made->text); !written) {
    return report(written.error());
  }
  printOut("{}: {} rows\n", path, made->rows);
  return kDone;
}

} // namespace

void addSubmitCommand(CLI::App &app, Action &chosen) {
  auto arguments = std::make_shared<SubmitArguments>();
  CLI::App *command = app.add_subcommand("submit", "Write the official CLUE submission file of a test record");
  command->footer("Example:\n  clew submit results/records/tnews.jsonl#0123456789abcdef --out submission");
  command->add_option("RECORD", arguments->record, "FILE.jsonl or FILE.jsonl#ID, of a run with --split test")
      ->required();
  command->add_option("--out", arguments->out, "The folder to write to (the current one)");
  addTasksOption(*command, arguments->tasks);
  addDataOption(*command, arguments->data);
  command->callback([=, &chosen] { chosen = [=] { return submit(*arguments); }; });
}

} // namespace clew
