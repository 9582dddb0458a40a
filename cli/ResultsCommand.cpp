// clew results: folders of results that many people send records to are checked, joined, ranked.
#include "cli/Command.h"
#include "cli/Exit.h"
#include "cli/Output.h"
#include "cli/Rankings.h"
#include "cli/RecordGold.h"
#include "cli/ResultsExport.h"
#include "cli/ResultsFindings.h"
#include "cli/RunProgram.h"
#include "suites/report/JoinRecords.h"
#include "suites/results/ResultsCheck.h"
#include "suites/results/ResultsMerge.h"
#include "suites/results/SignRecord.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <ctime>
#include <memory>
#include <set>

namespace clew {
namespace {

using Json = nlohmann::ordered_json;

struct ResultsArguments {
  ResultsSource source;
  std::string out;
  std::string format = "table";
  std::vector<std::string> claims;
  SigningKey key;
  BootstrapOptions bootstrap;
  bool complete = false;
  bool json = false;
};

std::string counted(int64_t count, const char *what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

/// Why records may not be ranked, and how many: of those that are right.
std::map<std::string, int64_t> unrankedOf(const ResultsFindings &found) {
  std::map<std::string, int64_t> unranked;
  for (size_t i = 0; i < found.records.size(); ++i) {
    if (const std::string why = found.checked[i].whyUnranked(found.records[i].record); !why.empty()) {
      ++unranked[found.checked[i].right() ? why : "something is wrong with it (clew results check)"];
    }
  }
  return unranked;
}

/// Who signed, and how many records; "" for those that nobody did whom we know.
std::map<std::string, int64_t> signersOf(const ResultsFindings &found) {
  std::map<std::string, int64_t> signers;
  for (const std::optional<SignatureVerdict> &signature : found.signatures) {
    const bool known = signature && signature->standing == Standing::Verified;
    ++signers[known ? signature->signer : ""];
  }
  return signers;
}

int check(const ResultsArguments &arguments) {
  Result<ResultsFindings> found = findingsAt(arguments.source);
  if (!found) {
    return report(found.error());
  }
  Json notes = Json::array();
  for (const auto &[reason, count] : found->unchecked) {
    notes.push_back(count == 1 ? reason : fmt::format("{} ({} records)", reason, count));
    say("not checked: {}\n", notes.back().get<std::string>());
  }
  if (arguments.complete && !found->unchecked.empty()) {
    found->errors.push_back({ErrorKind::BadInput,
                             "expected that everything can be checked (--complete); see what was not",
                             arguments.source.paths.front()});
  }
  Json errors = Json::array();
  for (const Error &error : found->errors) {
    report(error);
    errors.push_back({{"where", error.where}, {"message", error.message}});
  }
  std::set<std::string> machines;
  int64_t rescored = 0;
  for (size_t i = 0; i < found->records.size(); ++i) {
    machines.insert(Machine::of(found->records[i].record.json["machine"]).identity());
    rescored += found->checked[i].rescored ? 1 : 0;
  }
  const std::map<std::string, int64_t> unranked = unrankedOf(*found);
  const auto records = static_cast<int64_t>(found->records.size());
  if (arguments.json) {
    printJson(Json{{"records", records},
                   {"machines", machines.size()},
                   {"rescored", rescored},
                   {"never_ranked", unranked},
                   {"signed_by", signersOf(*found)},
                   {"errors", std::move(errors)},
                   {"not_checked", std::move(notes)}});
  } else if (found->errors.empty()) {
    printOut("{} of {} are right; the scores of {} were computed again\n", counted(records, "record"),
             counted(static_cast<int64_t>(machines.size()), "machine"), rescored);
    for (const auto &[signer, count] : signersOf(*found)) {
      if (signer.empty()) {
        printOut("unsigned, or by nobody known here: {}\n", counted(count, "record"));
      } else {
        printOut("signed by {}: {}\n", signer, counted(count, "record"));
      }
    }
    for (const auto &[why, count] : unranked) {
      printOut("never ranked: {}: {}\n", counted(count, "record"), why);
    }
  }
  return found->errors.empty() ? kDone : kFailed;
}

int merge(const ResultsArguments &arguments) {
  const Result<MergeOutcome> merged = mergeResults(arguments.out, arguments.source.paths, std::time(nullptr));
  if (!merged) {
    return report(merged.error());
  }
  for (const Error &error : merged->errors) {
    report(error);
  }
  if (!merged->errors.empty()) {
    say("nothing was written\n");
    return kFailed;
  }
  if (arguments.json) {
    printJson(Json{{"records", merged->records},
                   {"added", merged->added},
                   {"doubled", merged->doubled},
                   {"files", merged->files},
                   {"predictions", merged->predictions}});
  } else {
    printOut("{}: {}, {} of them new; {} met more than once\n", arguments.out, counted(merged->records, "record"),
             merged->added, merged->doubled);
  }
  return kDone;
}

/// Rows of the records that may be ranked; why the others may not, by record.
Result<std::vector<ReportRow>> rankedRows(const ResultsFindings &found, Json &leftOut) {
  std::vector<SourcedRecord> records;
  std::vector<RecordStanding> standings;
  for (size_t i = 0; i < found.records.size(); ++i) {
    const CheckedRecord &checked = found.checked[i];
    const std::string why = checked.whyUnranked(found.records[i].record);
    if (why.empty()) {
      records.push_back(found.records[i]);
      const std::optional<SignatureVerdict> &signature = found.signatures[i];
      const bool known = signature && signature->standing == Standing::Verified;
      standings.push_back({"", checked.rescored, false, known ? signature->signer : ""});
    } else {
      leftOut.push_back({{"where", found.records[i].where}, {"id", found.records[i].record.id()}, {"why", why}});
    }
  }
  return joinRecords(records, standings);
}

int rank(const ResultsArguments &arguments) {
  const Result<ResultsFindings> found = publishableAt(arguments.source, arguments.out);
  if (!found) {
    return report(found.error());
  }
  for (const auto &[why, count] : unrankedOf(*found)) {
    say("left out: {}: {}\n", counted(count, "record"), why);
  }
  Json leftOut = Json::array();
  const Result<std::vector<ReportRow>> rows = rankedRows(*found, leftOut);
  const Result<std::vector<Ranking>> rankings =
      rows ? rankAndTest(*rows, goldSource(arguments.source.tasks, arguments.source.data), arguments.bootstrap)
           : fail(rows);
  if (!rankings) {
    return report(rankings.error());
  }
  const Result<std::vector<Claim>> claims = claimsOf(arguments.claims);
  if (!claims) {
    return report(claims.error());
  }
  Json json = {{"rankings", rankingJson(*rankings)}, {"left_out", std::move(leftOut)}};
  if (!claims->empty()) {
    json["claims"] = claimsJson(*claims);
  }
  const std::string text = arguments.json ? json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"
                                          : renderRankings(*rankings, *claims, arguments.format == "markdown");
  return printOrWrite(text, arguments.out);
}

/// Signs each record that is not signed yet, beside its file.
int sign(const ResultsArguments &arguments) {
  const Result<std::vector<ResultsFolder>> folders = openResultsAt(arguments.source.paths);
  if (!folders) {
    return report(folders.error());
  }
  int64_t made = 0;
  int64_t before = 0;
  for (const ResultsFolder &folder : *folders) {
    for (const ResultsFile &file : folder.files) {
      const Result<RecordLines> records = readAllRecords(file.path);
      if (!records || !records->errors.empty()) {
        return report(records ? records->errors.front() : records.error());
      }
      for (const SourcedRecord &sourced : records->records) {
        const Result<bool> done = signRecord(sourced, arguments.key, std::time(nullptr));
        if (!done) {
          return report(done.error());
        }
        (*done ? made : before) += 1;
      }
    }
  }
  if (arguments.json) {
    printJson(Json{{"signed", made}, {"signed_before", before}});
  } else {
    printOut("signed {}; {} had a signature already\n", counted(made, "record"), before);
  }
  return kDone;
}

} // namespace

void addResultsCommand(CLI::App &app, Action &chosen) {
  CLI::App *command = app.add_subcommand("results", "Check, join and rank folders of records that many people send");
  command->footer("Examples:\n  clew results check results --data data\n  clew results merge --out results build/mine\n"
                  "  clew results rank results --data data\n"
                  "  clew results export results --format model-index --model bert/base");
  command->require_subcommand(1);
  const auto add = [&](const char *name, const char *what, int (*run)(const ResultsArguments &)) {
    auto arguments = std::make_shared<ResultsArguments>();
    arguments->bootstrap.threads = usableCores();
    CLI::App *one = command->add_subcommand(name, what);
    one->add_option("DIR", arguments->source.paths, "Folders with records/ or records.jsonl, or files of records")
        ->required();
    one->add_flag("--json", arguments->json, "Print JSON");
    one->callback([=, &chosen] { chosen = [=] { return run(*arguments); }; });
    return std::pair(one, arguments);
  };
  const auto [checkCommand, checked] =
      add("check", "Check records, what they name, and that each stands where it belongs", check);
  checkCommand->footer(
      "Example:\n  clew results check results --data data --complete\n\n"
      "Looks at schemas, digests, predictions, signatures; scores are computed again where the data is;\n"
      "no record twice, none in another's file, no stray file, nothing faster than its machine can be.");
  addSourceOptions(*checkCommand, checked->source);
  checkCommand->add_flag("--complete", checked->complete,
                         "What cannot be checked, as scores without the data, is an error");
  const auto [mergeCommand, merged] =
      add("merge", "Put records of many folders into one; nothing is lost or doubled", merge);
  mergeCommand->footer("Example:\n  clew results merge --out results build/mine build/theirs\n\n"
                       "In any order the outcome is the same. Nothing is written if one of the records is not right.");
  mergeCommand->add_option("--out", merged->out, "The folder that they go into; what it has stays")->required();
  const auto [signCommand, toSign] = add("sign", "Sign records with an SSH key or minisign", sign);
  signCommand->footer(
      "Example:\n  clew results sign build/mine --key ~/.ssh/id_ed25519 --signer alice@example.org\n\n"
      "Writes signatures/DIGEST.json beside the records, by ssh-keygen or minisign, which may ask for a\n"
      "password. Who checks has a list of signers: lines as ssh-keygen's allowed_signers, or 'NAME minisign KEY'.");
  signCommand->add_option("--key", toSign->key.file, "A private key of ssh-keygen or minisign")->required();
  signCommand->add_option("--signer", toSign->key.signer, "Your name in the list of signers")->required();
  addResultsExport(*command, chosen);
  const auto [rankCommand, ranked] = add("rank", "Rank programs by task, split and class of machines", rank);
  rankCommand->footer(
      "Example:\n  clew results rank results --data data --format markdown --out results/LEADERBOARD.md");
  addSourceOptions(*rankCommand, ranked->source);
  rankCommand->add_option("--format", ranked->format, "table or markdown")
      ->check(CLI::IsMember({"table", "markdown"}))
      ->capture_default_str();
  rankCommand
      ->add_option("--claims", ranked->claims,
                   "What others say: results of lm-evaluation-harness or MTEB, model cards, .eval_results, tables; "
                   "shown below, never ranked")
      ->type_name("FILE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  rankCommand->add_option("--out", ranked->out, "Write to this file instead of the terminal");
  rankCommand->add_option("--seed", ranked->bootstrap.seed, "Seed of the tests' resampling");
}

} // namespace clew
