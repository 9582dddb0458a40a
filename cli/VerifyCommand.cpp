// clew verify: runs a record again and says whether it holds.
#include "cli/BuildFacts.h"
#include "cli/ChoiceOption.h"
#include "cli/Command.h"
#include "cli/Exit.h"
#include "cli/ModelArgument.h"
#include "cli/Output.h"
#include "cli/Progress.h"
#include "cli/Table.h"
#include "suites/run/Verify.h"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <filesystem>
#include <memory>

namespace clew {
namespace {

namespace fs = std::filesystem;

struct VerifyArguments {
  std::string record;
  VerifyOptions options;
  bool json = false;
};

/// A folder for what is measured now, gone at the end.
struct ScratchFolder {
  ScratchFolder() {
    path = (fs::temp_directory_path() / "clew-verify-XXXXXX").string();
    made = mkdtemp(path.data()) != nullptr;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  ScratchFolder(const ScratchFolder &) = delete;
  ScratchFolder &operator=(const ScratchFolder &) = delete;

  std::string path;
  bool made = false;
};

/// "holds: record, program, predictions and scores are verified; times are not verified".
std::string sentenceOf(const std::vector<VerifiedField> &fields) {
  std::string text = allHold(fields) ? "holds" : "does not hold";
  for (const VerifiedPart part : kVerifiedParts) {
    if (std::ranges::find(fields, part, &VerifiedField::part) != fields.end()) {
      const Verdict verdict = verdictOf(part, fields);
      text += fmt::format("{} {} {}", text.find(':') == text.npos ? ":" : ",", nameOf(part),
                          verdict == Verdict::Holds ? "verified" : std::string(nameOf(verdict)));
    }
  }
  return text;
}

void show(const Record &record, const std::vector<VerifiedField> &fields) {
  Table table({{"part"}, {"field"}, {"recorded", Align::Right}, {"found", Align::Right}, {"asked"}, {"verdict"}});
  for (const VerifiedField &field : fields) {
    table.add({std::string(nameOf(field.part)), field.field, field.recorded, field.found, field.rule,
               std::string(nameOf(field.verdict))});
  }
  printText(table.render());
  printOut("record {} {}\n", record.id(), sentenceOf(fields));
}

nlohmann::ordered_json jsonOf(const Record &record, const std::vector<VerifiedField> &fields) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  nlohmann::ordered_json parts = nlohmann::ordered_json::object();
  for (const VerifiedField &field : fields) {
    list.push_back({{"part", nameOf(field.part)},
                    {"field", field.field},
                    {"recorded", field.recorded},
                    {"found", field.found},
                    {"asked", field.rule},
                    {"verdict", nameOf(field.verdict)}});
    parts[std::string(nameOf(field.part))] = nameOf(verdictOf(field.part, fields));
  }
  return {{"id", record.id()}, {"holds", allHold(fields)}, {"parts", std::move(parts)}, {"fields", std::move(list)}};
}

int verify(VerifyArguments &arguments) {
  const Result<RecordFile> file = readRecords(arguments.record);
  if (!file) {
    return report(file.error());
  }
  if (file->records.empty()) {
    return report({ErrorKind::BadInput, "holds no record", arguments.record});
  }
  // One folder for all: records of one program share its accuracy run.
  const ScratchFolder scratch;
  if (!scratch.made) {
    return report({ErrorKind::Io, "cannot make a folder", scratch.path});
  }
  arguments.options.bench.out = scratch.path;
  AnswerShelf shelf(scratch.path);
  bool all = true;
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  Progress progress("running again", static_cast<int64_t>(file->records.size()));
  for (const SourcedRecord &sourced : file->records) {
    const auto fields = verifyRecord(sourced, arguments.options, buildFacts(), shelf);
    if (!fields) {
      return report(fields.error());
    }
    all = all && allHold(*fields);
    if (arguments.json) {
      list.push_back(jsonOf(sourced.record, *fields));
    } else {
      show(sourced.record, *fields);
    }
    progress.advance();
  }
  if (arguments.json) {
    printJson(nlohmann::ordered_json{{"holds", all}, {"records", std::move(list)}});
  }
  return all ? kDone : kFailed;
}

} // namespace

void addVerifyCommand(CLI::App &app, Action &chosen) {
  auto arguments = std::make_shared<VerifyArguments>();
  CLI::App *command = app.add_subcommand("verify", "Run a record again and say whether it holds");
  command->footer(
      "Example:\n  clew verify results/records/cluener.jsonl#0123456789abcdef --weights weights\n\n"
      "Hashes must be the same, recorded scores those of the recorded predictions and within the intervals of\n"
      "now, times near those of now (p50 within 15 %, p90 25 %, p99 50 %, rates 15 %). What cannot be told, as\n"
      "times on another machine or under load, is said to be not verified.");
  command->add_option("RECORD", arguments->record, "FILE.jsonl#ID, or FILE.jsonl for all of its records")->required();
  BenchOptions &options = arguments->options.bench;
  command->add_option("--weights", options.weights, "Folder with <architecture>/<size>/<task>/")->type_name("DIR");
  command->add_option("--vocab", options.vocabulary, "vocab.txt, or a folder of tokenizer files; searched by default")
      ->type_name("PATH");
  addDataOption(*command, options.data);
  addZooOption(*command, options.zoo);
  addTasksOption(*command, options.taskFolders);
  addChoice(*command, "--tier", arguments->options.tier, kTiers,
            "Another than the record's: smoke, standard, official");
  command->add_flag("--json", arguments->json, "Print the verdicts as JSON");
  command->callback([arguments, &chosen] { chosen = [arguments] { return verify(*arguments); }; });
}

} // namespace clew
