// clew predict: what a model says about texts, as the lines that `clew score` and `clew submit` read.
#include "cli/Command.h"
#include "cli/Exit.h"
#include "cli/Output.h"
#include "cli/Progress.h"
#include "cli/ResumableLines.h"
#include "cli/RowSource.h"
#include "cli/ShardOption.h"
#include "cli/SubjectArgument.h"
#include "cli/TaskArgument.h"
#include "runtime/base/FunctionRef.h"
#include "runtime/base/Sha256.h"
#include "suites/data/Dataset.h"
#include "suites/data/TaskIdentity.h"
#include "suites/run/Offline.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

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
  std::string into;
  Shard shard;
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

/// Of all rows that are asked about, those of other shards too.
Result<std::string> rowsSha256(const Task &task, const PredictArguments &arguments) {
  if (!arguments.texts.empty()) {
    return sha256Of(std::string_view(fmt::format("{}", fmt::join(arguments.texts, "\n"))));
  }
  if (!arguments.file.empty()) {
    return sha256OfFile(arguments.file);
  }
  const Result<std::string> folder = dataFolder(arguments.subject.data);
  const Result<Dataset> split = folder ? readSplit(task, arguments.split, *folder) : fail(folder);
  return split ? Result<std::string>(split->sha256) : fail(split);
}

/// Gives the lines of each piece to `take`, in order.
Result<void> answerAll(Subject &subject, RowSource &source, int threads,
                       FunctionRef<Result<void>(std::string_view)> take) {
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
    if (Result<void> taken = take(out); !taken) {
      return taken;
    }
  }
}

/// What the lines of a file depend on, as one line.
Result<std::string> identityOf(const Subject &subject, const PredictArguments &arguments) {
  const Result<std::string> rows = rowsSha256(subject.task(), arguments);
  if (!rows) {
    return fail(rows);
  }
  const SubjectIdentity &opened = subject.identity();
  const Program &program = subject.executable().program();
  const nlohmann::ordered_json json = {{"predictions", "clew.predict.1"},
                                       {"model", opened.modelSha256},
                                       {"weights", opened.weightsSha256},
                                       {"vocabulary", opened.vocabularySha256},
                                       {"tokenizer", opened.tokenizerSha256},
                                       {"task", taskSha256(subject.task())},
                                       {"rows", *rows},
                                       {"shard", fmt::format("{}/{}", arguments.shard.index, arguments.shard.count)},
                                       {"target", nameOf(program.target)},
                                       {"scheme", program.scheme},
                                       {"deterministic", arguments.subject.subject.deterministic}};
  return json.dump();
}

/// Into a file, from where an earlier run ended.
Result<void> answerInto(Subject &subject, RowSource &source, const PredictArguments &arguments) {
  const Result<std::string> identity = identityOf(subject, arguments);
  Result<ResumableLines> file = identity ? ResumableLines::open(arguments.into, *identity) : fail(identity);
  if (!file) {
    return fail(file);
  }
  if (file->isComplete()) {
    say("note: {} is there already, with all of its {} lines\n", arguments.into, file->lines());
    return {};
  }
  if (file->lines() > 0) {
    say("note: {} rows are there already\n", file->lines());
  }
  hintOnInterrupt("what is answered is kept; the same command again goes on");
  Result<void> done = source.skip(file->lines());
  if (done) {
    done = answerAll(subject, source, arguments.subject.subject.threads,
                     [&](std::string_view lines) { return file->append(lines); });
  }
  return done ? file->finish() : done;
}

Result<void> answer(Subject &subject, RowSource &source, const PredictArguments &arguments) {
  if (!arguments.into.empty()) {
    return answerInto(subject, source, arguments);
  }
  return answerAll(subject, source, arguments.subject.subject.threads, [](std::string_view lines) {
    printText(lines);
    return flushOutput();
  });
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
  if (!arguments.into.empty() && arguments.file == "-") {
    return report(
        {ErrorKind::Unsupported, "--into goes on where it was stopped, and standard input is read once", "-"});
  }
  Result<RowSource> source = rowsFor(*task, arguments);
  if (!source) {
    return report(source.error());
  }
  if (Result<void> kept = source->keep(arguments.shard); !kept) {
    return report(kept.error());
  }
  for (const std::string &note : source->notes()) {
    say("note: {}: {}\n", arguments.file, note);
  }
  asked.subject.inOrder = arguments.into.empty() && arguments.shard.isWhole();
  Result<Subject> subject = openSubject(*task, *model, asked);
  if (!subject) {
    return report(subject.error());
  }
  const Result<void> answered = answer(*subject, *source, arguments);
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
  command
      .add_option("--into", arguments.into,
                  "A file that the lines go into, piece by piece; run again, it goes on where it was stopped")
      ->type_name("FILE");
  addShardOption(command, arguments.shard);
}

} // namespace

void addPredictCommand(CLI::App &app, Action &chosen) {
  auto arguments = std::make_shared<PredictArguments>();
  CLI::App *command = app.add_subcommand("predict", "Say what a model predicts about texts");
  command->footer("Examples:\n  clew predict bert/base --weights tnews-model --task tnews --text 江疏影甜甜圈自拍\n"
                  "  clew predict bilstm/base --weights w.safetensors --task cluener dev.json > predictions.jsonl\n\n"
                  "FILE may hold {\"text\"}, {\"sentence1\",\"sentence2\"} or {\"context\",\"question\"}, one JSON a "
                  "line, with or without \"id\".\n"
                  "Millions of rows: --into part-3 --shard 3/100, anywhere, any time; then cat part-* in order.");
  addOptions(*command, *arguments);
  command->callback([arguments, &chosen] { chosen = [arguments] { return predict(*arguments); }; });
}

} // namespace clew
