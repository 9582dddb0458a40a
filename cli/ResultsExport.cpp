// See ResultsExport.h.
#include "cli/ResultsExport.h"

#include "cli/ChoiceOption.h"
#include "cli/Exit.h"
#include "cli/Output.h"
#include "cli/ResultsFindings.h"
#include "cli/TaskArgument.h"
#include "runtime/base/AtomicFile.h"
#include "suites/results/Export.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <memory>

namespace clew {
namespace {

namespace fs = std::filesystem;

struct ExportArguments {
  ResultsSource source;
  ExportFormat format = ExportFormat::Csv;
  ExportOptions options;
  std::vector<std::string> hub;
  std::string out;
};

/// The Hub's name (https://huggingface.co/tasks) for what is done with such a head.
std::string hubTypeOf(std::string_view head) {
  return head == "tag"          ? "token-classification"
         : head == "span"       ? "question-answering"
         : head == "choice"     ? "multiple-choice"
         : head == "regression" ? "sentence-similarity"
                                : "text-classification";
}

/// Of "TASK=OWNER/NAME" and "TASK=OWNER/NAME:CONFIG".
Result<std::map<std::string, HubTask>> hubTasks(const std::vector<std::string> &named) {
  std::map<std::string, HubTask> tasks;
  for (const std::string &text : named) {
    const size_t equals = text.find('=');
    const size_t colon = equals == std::string::npos ? equals : text.find(':', equals);
    const std::string dataset = equals == std::string::npos ? "" : text.substr(equals + 1, colon - equals - 1);
    if (equals == 0 || dataset.empty()) {
      return fail(ErrorKind::BadInput, "expected TASK=OWNER/NAME or TASK=OWNER/NAME:CONFIG", text);
    }
    tasks[text.substr(0, equals)] = {"", dataset, colon == std::string::npos ? "" : text.substr(colon + 1)};
  }
  return tasks;
}

Result<void> writeAll(const Exported &exported, const std::string &out) {
  for (const ExportedFile &file : exported.files) {
    const std::string path = (fs::path(out) / file.name).string();
    if (Result<void> folder = makeFolder(fs::path(path).parent_path().string()); !folder) {
      return folder;
    }
    if (Result<void> written = writeFileAtomically(path, file.text); !written) {
      return written;
    }
  }
  return {};
}

int write(const Exported &exported, const ExportArguments &arguments) {
  for (const std::string &note : exported.notes) {
    say("note: {}\n", note);
  }
  if (arguments.format != ExportFormat::Mteb) {
    return printOrWrite(exported.files.front().text, arguments.out);
  }
  if (arguments.out.empty()) {
    say("error: mteb is a folder of files: name it with --out\n");
    return kUsage;
  }
  const Result<void> written = writeAll(exported, arguments.out);
  if (!written) {
    return report(written.error());
  }
  printOut("{}: {} files\n", arguments.out, exported.files.size());
  return kDone;
}

int exportResults(ExportArguments &arguments) {
  Result<std::map<std::string, HubTask>> hub = hubTasks(arguments.hub);
  const Result<TaskSet> tasks = hub ? openTasks(arguments.source.tasks) : fail(hub);
  const Result<ResultsFindings> found = tasks ? publishableAt(arguments.source, arguments.out) : fail(tasks);
  if (!found) {
    return report(found.error());
  }
  std::vector<ExportRecord> records;
  for (size_t i = 0; i < found->records.size(); ++i) {
    const Record &record = found->records[i].record;
    if (found->checked[i].right() && !record.isOld()) {
      records.push_back({record, found->checked[i].whyUnranked(record)});
    }
  }
  arguments.options.hubTask = [&](const std::string &name) {
    HubTask task = (*hub)[name];
    const Result<Task> known = tasks->find(name);
    task.type = known ? hubTypeOf(known->kind->head) : "text-classification";
    return task;
  };
  const Result<Exported> exported = exportRecords(records, arguments.format, arguments.options);
  return exported ? write(*exported, arguments) : report(exported.error());
}

} // namespace

void addResultsExport(CLI::App &results, Action &chosen) {
  auto arguments = std::make_shared<ExportArguments>();
  CLI::App *command = results.add_subcommand("export", "Write records in the forms of other places");
  command->footer(
      "Examples:\n  clew results export results --format model-index --model bert/base --hub tnews=clue/clue:tnews\n"
      "  clew results export results --format csv --out results.csv\n\n"
      "model-index and eval-results are YAML for the Hugging Face Hub, mteb a folder, benchmark Google\n"
      "Benchmark's JSON. Scores go out only where they may be ranked; csv has every record that is right.");
  command->add_option("DIR", arguments->source.paths, "Folders with records/ or records.jsonl, or files of records")
      ->required();
  addChoice(*command, "--format", arguments->format, kExportFormats,
            "model-index, eval-results, mteb, csv or benchmark; csv by default");
  command->add_option("--model", arguments->options.model, "Of one model: architecture/size")->type_name("NAME");
  command->add_option("--hub", arguments->hub, "A task's data set on the Hub; may be given again")
      ->type_name("TASK=ID[:CONFIG]")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_option("--source", arguments->options.source, "URL at which the records lie")->type_name("URL");
  addSourceOptions(*command, arguments->source);
  command->add_option("--out", arguments->out, "Write to this file (mteb: folder) instead of the terminal");
  command->callback([arguments, &chosen] { chosen = [arguments] { return exportResults(*arguments); }; });
}

} // namespace clew
