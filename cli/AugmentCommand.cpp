// clew augment: a teacher labels unlabelled text, and what it is sure of becomes rows for a student.
#include "cli/Command.h"
#include "cli/Exit.h"
#include "cli/Output.h"
#include "cli/Progress.h"
#include "cli/ShardOption.h"
#include "cli/SubjectArgument.h"
#include "cli/Table.h"
#include "suites/data/Dataset.h"
#include "training/FilterRun.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace clew {
namespace {

struct AugmentArguments {
  SubjectArgument teacher;
  FilterOptions options;
  std::string avoid; ///< split,split
};

void readAvoid(const std::string &text, std::vector<std::string> &splits) {
  for (size_t at = 0; !text.empty() && at <= text.size();) {
    const size_t comma = std::min(text.find(',', at), text.size());
    splits.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
}

void showCounts(const FilterRun &run) {
  Table table({{"lines"}, {"", Align::Right}, {"%", Align::Right}});
  const auto all = static_cast<double>(std::max<int64_t>(run.counts().lines(), 1));
  for (const auto &[name, member] : countNames()) {
    std::string said = name;
    std::ranges::replace(said, '_', ' ');
    const int64_t count = run.counts().*member;
    table.add({said, grouped(count), fmt::format("{:.2f}", 100 * static_cast<double>(count) / all)});
  }
  printText(table.render());
}

Result<void> filter(Subject &teacher, const Model &model, AugmentArguments &arguments) {
  arguments.options.dataFolder = arguments.teacher.subject.dataFolder;
  arguments.options.threads = arguments.teacher.subject.threads;
  Result<std::unique_ptr<FilterRun>> opened = [&] {
    const Progress progress("reading texts");
    return FilterRun::open(teacher, model, arguments.options);
  }();
  if (!opened) {
    return fail(opened);
  }
  FilterRun &run = **opened;
  for (const std::string &note : run.notes()) {
    say("note: {}\n", note);
  }
  if (run.linesDone() > 0) {
    say("going on after line {} of {}\n", run.linesDone(), run.linesOfShare());
  }
  hintOnInterrupt("the same command goes on from the last saving");
  {
    Progress progress("augmenting", run.linesOfShare());
    progress.advance(run.linesDone());
    const Result<void> done = run.run([&](int64_t lines) {
      progress.advance(lines);
      progress.note(fmt::format("{} kept", grouped(run.counts().kept)));
    });
    if (!done) {
      return done;
    }
  }
  showCounts(run);
  say("kept rows in {}\n", run.keptPath());
  return {};
}

int augment(AugmentArguments &arguments) {
  SubjectArgument &asked = arguments.teacher;
  if (asked.randomWeights) {
    return report({ErrorKind::BadInput, "--random-weights: a teacher that knows nothing has nothing to teach", ""},
                  kUsage);
  }
  readAvoid(arguments.avoid, arguments.options.avoid);
  const Result<Task> task = findTask(asked.model.tasks, asked.model.task);
  const Result<Model> model = task ? loadModelFor(*task, asked.model) : fail(task);
  if (!model) {
    return report(model.error(), codeOf(model.error()));
  }
  asked.subject.deterministic = true;
  Result<Subject> teacher = openSubject(*task, *model, asked);
  if (!teacher) {
    return report(teacher.error());
  }
  const Result<void> done = filter(*teacher, *model, arguments);
  return done ? kDone : report(done.error());
}

void addOptions(CLI::App &command, AugmentArguments &arguments) {
  FilterOptions &options = arguments.options;
  addSubjectOptions(command, arguments.teacher);
  command.add_option("TEXT", options.texts, "Files of text, a sentence a line")->required()->type_name("TEXT");
  command.add_option("--out", options.out, "Folder that gets kept.jsonl and augment.json")
      ->required()
      ->type_name("DIR");
  command
      .add_option("--parts", options.rules.parts, "Entities that the teacher must be sure of, at least; 1 by default")
      ->check(CLI::Range(1, 1000))
      ->type_name("N");
  command.add_option("--confidence", options.rules.confidence, "What is sure: a probability; 0.9 by default")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("P");
  command.add_option("--avoid", arguments.avoid, "Splits of the task whose sentences are left out; by default all")
      ->type_name("SPLIT,..");
  command
      .add_option("--judge-by", options.judgeBy, "Split on which the teacher must beat the majority; dev by default")
      ->type_name("NAME");
  addShardOption(command, options.shard);
  command.add_option("--checkpoint-every", options.saveEvery, "Seconds between savings; 10 by default")
      ->check(CLI::Range(0.0, 1e6))
      ->type_name("S");
}

} // namespace

void addAugmentCommand(CLI::App &app, Action &chosen) {
  auto arguments = std::make_shared<AugmentArguments>();
  CLI::App *command = app.add_subcommand("augment", "Let a teacher make rows for a student from unlabelled text");
  command->footer(
      "Examples:\n  clew augment bert/base --task cluener --weights teacher crawl.txt --out kept --parts 3\n"
      "  clew augment bert/base --task cluener --weights teacher crawl.txt --out kept2 --shard 2/8\n"
      "  clew train cluener-bilstm-distilled --set rows.extra=kept/kept.jsonl\n\n"
      "Lines that are a sentence of an avoided split, hold one or are part of one are left out. The same "
      "command goes on after\nCtrl-C; the kept.jsonl of all shares, one after the other, are that of the whole.");
  addOptions(*command, *arguments);
  command->callback([arguments, &chosen] { chosen = [arguments] { return augment(*arguments); }; });
}

} // namespace clew
