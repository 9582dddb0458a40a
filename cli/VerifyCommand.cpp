// clew verify: runs a record again and says whether it holds.
#include "cli/BuildFacts.h"
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
  std::string tier;
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

std::string_view verdictOf(const VerifiedField &field) {
  return field.advisory ? (field.holds ? "holds (advisory)" : "differs (advisory)")
         : field.holds  ? "holds"
                        : "does not hold";
}

void show(const Record &record, const std::vector<VerifiedField> &fields) {
  Table table({{"field"}, {"recorded", Align::Right}, {"found", Align::Right}, {"asked"}, {"verdict"}});
  for (const VerifiedField &field : fields) {
    table.add({field.field, field.recorded, field.found, field.rule, std::string(verdictOf(field))});
  }
  printOut("{}record {} {}\n", table.render(), record.id(), allHold(fields) ? "holds" : "does not hold");
}

nlohmann::ordered_json jsonOf(const Record &record, const std::vector<VerifiedField> &fields) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const VerifiedField &field : fields) {
    list.push_back({{"field", field.field},
                    {"recorded", field.recorded},
                    {"found", field.found},
                    {"asked", field.rule},
                    {"holds", field.holds},
                    {"advisory", field.advisory}});
  }
  return {{"id", record.id()}, {"holds", allHold(fields)}, {"fields", std::move(list)}};
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
  arguments.options.tier = tierNamed(arguments.tier);
  const std::string path = arguments.record.substr(0, arguments.record.rfind('#'));
  bool all = true;
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  Progress progress("running again", static_cast<int64_t>(file->records.size()));
  for (const Record &record : file->records) {
    const auto fields = verifyRecord(record, path, arguments.options, buildFacts());
    if (!fields) {
      return report(fields.error());
    }
    all = all && allHold(*fields);
    if (arguments.json) {
      list.push_back(jsonOf(record, *fields));
    } else {
      show(record, *fields);
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
      "Hashes must be the same, scores lie in the recorded intervals, times near the recorded ones (p50 within\n"
      "15 %, p90 25 %, p99 50 %, rates 15 %); on another machine or a busy one times are advisory.");
  command->add_option("RECORD", arguments->record, "FILE.jsonl#ID, or FILE.jsonl for all of its records")->required();
  BenchOptions &options = arguments->options.bench;
  command->add_option("--weights", options.weights, "Folder with <architecture>/<size>/<task>/")->type_name("DIR");
  command->add_option("--vocab", options.vocabulary, "vocab.txt; searched by default")->type_name("FILE");
  addDataOption(*command, options.data);
  addZooOption(*command, options.zoo);
  command->add_option("--tasks", options.taskFolders, "A further folder of tasks")
      ->type_name("DIR")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_option("--tier", arguments->tier, "Another than the record's: smoke, standard, official")
      ->check(CLI::IsMember(tierNames()))
      ->type_name("NAME");
  command->add_flag("--json", arguments->json, "Print the verdicts as JSON");
  command->callback([arguments, &chosen] { chosen = [arguments] { return verify(*arguments); }; });
}

} // namespace clew
