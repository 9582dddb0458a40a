// Makes a board of one cell from the record and runs it as any other.
#include "suites/run/Verify.h"

#include "runtime/base/Sha256.h"
#include "suites/run/Bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

namespace clew {
namespace {

namespace fs = std::filesystem;

/// The board that has the record's cell.
Result<Board> boardOf(const Record &record, const std::optional<Tier> &tier) {
  const CellKey key = record.key();
  const Result<Target> target = targetNamed(key.target);
  const Result<Precision> precision = precisionNamed(key.precision);
  if (!target || !precision) {
    return target ? fail(precision) : fail(target);
  }
  Board board;
  board.name = "verify";
  board.models = {key.model};
  board.tasks = {{key.task, ""}};
  board.scenarios = {scenarioNamed(key.scenario).value_or(ScenarioKind::Accuracy)};
  board.precisions = {*precision};
  board.targets = {*target};
  board.threads = {key.threads};
  board.tier = tier.value_or(tierNamed(key.tier).value_or(Tier::Smoke));
  board.split = key.split;
  if (key.length > 0) {
    board.lengths = {key.length};
  }
  if (record.json["server"].is_object()) {
    board.boundMs = record.json["server"]["bound_ms"].get<double>();
    board.serverBatch = record.json["server"]["batch"].get<int64_t>();
  }
  return board;
}

VerifiedField sameText(const std::string &name, const std::string &recorded, const std::string &found) {
  return {name, recorded.substr(0, 24), found.substr(0, 24), "the same", recorded == found, false};
}

void compareKeys(const CellKey &then, const CellKey &now, std::vector<VerifiedField> &fields) {
  fields.push_back(sameText("model_sha256", then.modelSha256, now.modelSha256));
  fields.push_back(sameText("weights_sha256", then.weightsSha256, now.weightsSha256));
  fields.push_back(sameText("vocabulary_sha256", then.vocabularySha256, now.vocabularySha256));
  fields.push_back(sameText("task_version", then.taskVersion, now.taskVersion));
  fields.push_back(sameText("data_sha256", then.dataSha256, now.dataSha256));
}

/// The recorded predictions, where they are beside the record: are they what the record says, and is the score theirs?
void checkRecorded(const Record &record, const std::string &recordFile, const BenchProgram &program,
                   std::vector<VerifiedField> &fields) {
  if (!record.json["predictions"].is_object()) {
    return;
  }
  const std::string sha256 = record.json["predictions"]["sha256"].get<std::string>();
  const fs::path relative = record.json["predictions"]["path"].get<std::string>();
  const fs::path folder = fs::path(recordFile).parent_path();
  const Result<std::string> hash = sha256OfFile((folder / relative).string());
  if (!hash) {
    fields.push_back({"recorded predictions", sha256.substr(0, 24), "not there", "the same bytes", true, true});
    return;
  }
  fields.push_back(sameText("recorded predictions", sha256, *hash));
  // scorePredictions looks for its own names; the record's file may be anywhere below its folder.
  const Result<CellAccuracy> judged =
      scorePredictions(program, relative.stem().string(), folder.empty() ? "." : folder.string());
  if (!judged || !judged->scores || relative.string() != judged->path) {
    return;
  }
  for (const auto &[name, interval] : judged->scores->metrics) {
    if (record.json["metrics"].contains(name)) {
      const double recorded = record.json["metrics"][name]["value"].get<double>();
      fields.push_back({"recorded metrics/" + name, fmt::format("{:.4f}", recorded),
                        fmt::format("{:.4f}", interval.value), "the score of the recorded predictions",
                        std::abs(recorded - interval.value) < 1e-6, false});
    }
  }
}

/// The seed of "random:SEED".
std::optional<uint64_t> randomSeed(const std::string &weights) {
  uint64_t seed = 0;
  if (!weights.starts_with("random:")) {
    return std::nullopt;
  }
  const auto [end, error] = std::from_chars(weights.data() + 7, weights.data() + weights.size(), seed);
  return error == std::errc() ? std::optional<uint64_t>(seed) : std::nullopt;
}

Result<Record> measure(const BenchPlan &plan, const BenchProgram &program, const BenchCell &cell,
                       const BenchOptions &options, const BuildFacts &build) {
  const Machine machine = readMachine();
  Result<Subject> subject = openSubject(plan, program, options);
  return subject ? measureCell(plan, program, cell, *subject, options, machine, build) : fail(subject);
}

} // namespace

Result<std::vector<VerifiedField>> verifyRecord(const Record &record, const std::string &recordFile,
                                                const VerifyOptions &options, const BuildFacts &build) {
  const CellKey key = record.key();
  BenchOptions bench = options.bench;
  bench.seed = randomSeed(key.weightsSha256).value_or(key.seed);
  bench.randomWeights = key.weightsSha256.starts_with("random:");
  bench.deterministic = key.deterministic;
  Result<Board> board = boardOf(record, options.tier);
  if (!board) {
    return fail(board);
  }
  const Result<BenchPlan> plan = planBench(std::move(*board), bench);
  if (!plan) {
    return fail(plan);
  }
  if (plan->programs.empty()) {
    return fail(ErrorKind::Io, plan->leftOut.empty() ? "nothing to run" : plan->leftOut.front().why);
  }
  const BenchProgram &program = plan->programs.front();
  const auto cell =
      std::ranges::find_if(program.cells, [&](const BenchCell &each) { return each.key.length == key.length; });
  if (cell == program.cells.end()) {
    return fail(ErrorKind::BadInput,
                fmt::format("{} cannot run a {} cell of {} tokens at this tier", key.model, key.scenario, key.length));
  }
  std::vector<VerifiedField> fields;
  fields.push_back(sameText("id", record.id(), key.id()));
  compareKeys(key, cell->key, fields);
  if (!allHold(fields)) {
    return fields; // another program or other data: its numbers say nothing about this record
  }
  checkRecorded(record, recordFile, program, fields);
  const Result<Record> now = measure(*plan, program, *cell, bench, build);
  if (!now) {
    return fail(now);
  }
  const std::vector<VerifiedField> measured = compareRecords(record, *now);
  fields.insert(fields.end(), measured.begin(), measured.end());
  return fields;
}

} // namespace clew
