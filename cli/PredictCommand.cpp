// clew predict: what a model says about texts, as the lines that `clew score` and `clew submit` read.
#include "cli/Command.h"
#include "cli/Exit.h"
#include "cli/Output.h"
#include "cli/Progress.h"
#include "cli/RowSource.h"
#include "cli/SubjectArgument.h"
#include "cli/TaskArgument.h"
#include "suites/data/Dataset.h"
#include "suites/run/Offline.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>

namespace clew {
namespace {

/// Rows that are read, run and written together.
constexpr size_t kChunk = 2048;

struct PredictArguments {
  SubjectArgument subject;
  std::vector<std::string> texts;
  std::string file;
  std::string split = "dev";
};

/// The texts of the command line, one for each field of a row.
Result<RowSource> fromTexts(const Task &task, const std::vector<std::string> &texts) {
  const std::vector<RowField> &fields = task.kind->fields;
  if (const auto other = std::ranges::find_if(fields, [](const RowField &f) { return f.type != FieldType::Text; });
      other != fields.end()) {
    return fail(ErrorKind::BadInput,
                fmt::format("rows of the kind {} are more than texts ('{}'): give them as JSON lines in a FILE",
                            task.kind->name, other->name));
  }
  const size_t wanted = fields.size();
  if (texts.size() != wanted) {
    return fail(ErrorKind::BadInput,
                fmt::format("the task '{}' takes {} --text, found {}", task.name, wanted, texts.size()));
  }
  Row row;
  row.id = int64_t{0};
  row.fields = texts;
  return RowSource::of({std::move(row)});
}

Result<RowSource> rowsFor(const Task &task, const PredictArguments &arguments) {
  if (!arguments.texts.empty()) {
    return fromTexts(task, arguments.texts);
  }
  if (!arguments.file.empty()) {
    return RowSource::open(task, arguments.file);
  }
  const Result<std::string> folder = dataFolder(arguments.subject.data);
  Result<Dataset> split = folder ? readSplit(task, arguments.split, *folder) : fail(folder);
  if (!split) {
    return fail(split);
  }
  printNotes(*split);
  return RowSource::of(std::move(split->rows));
}

Result<void> answerAll(Subject &subject, RowSource &source, int threads) {
  OfflineOptions options;
  options.threads = threads;
  options.withoutText = false;
  Progress progress("predicting");
  std::string out;
  while (true) {
    const Result<std::vector<Row>> rows = source.next(kChunk);
    if (!rows) {
      return fail(rows);
    }
    if (rows->empty()) {
      return {};
    }
    const Result<OfflineRun> run = runOffline(subject, *rows, options);
    if (!run) {
      return fail(run);
    }
    out.clear();
    for (size_t i = 0; i < rows->size(); ++i) {
      out += renderPrediction(subject.task(), (*rows)[i], run->predictions[i]);
      out += '\n';
    }
    printText(out);
    if (Result<void> written = flushOutput(); !written) {
      return written;
    }
  }
}

int predict(PredictArguments &arguments) {
  SubjectArgument &asked = arguments.subject;
  const Result<Task> task = findTask(asked.model.tasks, asked.model.task);
  if (!task) {
    return report(task.error(), codeOf(task.error()));
  }
  const Result<Model> model = loadModelFor(*task, asked.model);
  if (!model) {
    return report(model.error(), codeOf(model.error()));
  }
  Result<RowSource> source = rowsFor(*task, arguments);
  if (!source) {
    return report(source.error());
  }
  for (const std::string &note : source->notes()) {
    say("note: {}: {}\n", arguments.file, note);
  }
  Result<Subject> subject = openSubject(*task, *model, asked);
  if (!subject) {
    return report(subject.error());
  }
  const Result<void> answered = answerAll(*subject, *source, asked.subject.threads);
  return answered ? kDone : report(answered.error());
}

void addOptions(CLI::App &command, PredictArguments &arguments) {
  addSubjectOptions(command, arguments.subject);
  CLI::Option_group *input = command.add_option_group("input", "One of; the split without any");
  input->add_option("FILE", arguments.file, "Rows: an official file of the task, or JSON lines; - reads stdin");
  input->add_option("--text", arguments.texts, "One text; twice for pairs, and for context and question")
      ->type_name("TEXT")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  input->add_option("--split", arguments.split, "A split of the task's data; dev by default")->type_name("NAME");
  input->require_option(0, 1);
}

} // namespace

void addPredictCommand(CLI::App &app, Action &chosen) {
  auto arguments = std::make_shared<PredictArguments>();
  CLI::App *command = app.add_subcommand("predict", "Say what a model predicts about texts");
  command->footer("Examples:\n  clew predict bert/base --weights tnews-model --task tnews --text 江疏影甜甜圈自拍\n"
                  "  clew predict bilstm/base --weights w.safetensors --task cluener dev.json > predictions.jsonl\n\n"
                  "FILE may hold {\"text\"}, {\"sentence1\",\"sentence2\"} or {\"context\",\"question\"}, one JSON a "
                  "line, with or without \"id\".");
  addOptions(*command, *arguments);
  command->callback([arguments, &chosen] { chosen = [arguments] { return predict(*arguments); }; });
}

} // namespace clew
