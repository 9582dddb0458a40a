// Field by field, in the order of the schema.
#include "suites/run/CellRecord.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cmath>
#include <map>

namespace clew {
namespace {

using Json = nlohmann::ordered_json;

/// Four significant digits more than anyone can measure, and no binary tails in the file.
double rounded(double value) {
  if (value == 0 || !std::isfinite(value)) {
    return 0;
  }
  const double scale = std::pow(10, 6 - std::ceil(std::log10(std::fabs(value))));
  return std::round(value * scale) / scale;
}

Json orNull(const std::optional<double> &value) { return value ? Json(rounded(*value)) : Json(); }

Json jsonOf(const Percentiles &percentiles) {
  return {{"p50", orNull(percentiles.p50)}, {"p90", orNull(percentiles.p90)}, {"p99", orNull(percentiles.p99)}};
}

std::string timeOf(int64_t seconds) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<time_t>(seconds)));
}

const Interval *headlineOf(const BenchProgram &program, const std::optional<Scores> &scores) {
  if (scores) {
    for (const auto &[name, interval] : scores->metrics) {
      if (name == program.task.headline) {
        return &interval;
      }
    }
  }
  return nullptr;
}

void addScores(Json &json, const BenchProgram &program, const CellAccuracy &accuracy) {
  json["metrics"] = Json::object();
  json["headline"] = accuracy.scores ? program.task.headline : "";
  json["per_class"] = Json::object();
  if (accuracy.scores) {
    for (const auto &[name, interval] : accuracy.scores->metrics) {
      json["metrics"][name] = {{"value", interval.value}, {"lo", interval.lo}, {"hi", interval.hi}};
    }
    for (const auto &[name, score] : accuracy.scores->perClass) {
      json["per_class"][name] = {
          {"precision", score.precision}, {"recall", score.recall}, {"f1", score.f1}, {"support", score.support}};
    }
  }
  json["predictions"] = {{"path", accuracy.path}, {"sha256", accuracy.sha256}};
}

/// Measuring rule 6: a lower precision counts only if it keeps 99 % of the f32 score.
Json gateOf(const BenchProgram &program, const CellMeasured &measured, bool random) {
  const Interval *now = headlineOf(program, measured.accuracy.scores);
  if (!measured.f32 || !now) {
    return nullptr;
  }
  const double f32 = measured.f32->value;
  const bool zero = f32 <= 0;
  return {{"metric", program.task.headline},
          {"f32", f32},
          {"share", zero ? Json() : Json(rounded(now->value / f32))},
          {"kept_99", now->value >= 0.99 * f32},
          {"kept_99_9", now->value >= 0.999 * f32},
          {"meaningful", !random && !zero}};
}

void addServer(Json &json, const BenchPlan &plan, const BenchCell &cell, const std::optional<ScenarioResult> &timing) {
  json["server"] = nullptr;
  if (cell.scenario != ScenarioKind::Server || !timing) {
    return;
  }
  Json rates = Json::array();
  for (const RateTried &tried : timing->rates) {
    rates.push_back({{"rate_per_s", rounded(tried.rate)},
                     {"queries", tried.queries},
                     {"p99_ms", orNull(tried.p99)},
                     {"held", tried.held}});
  }
  json["server"] = {{"bound_ms", plan.board.boundMs},
                    {"batch", plan.board.serverBatch},
                    {"rate_per_s", orNull(timing->rate)},
                    {"rates", std::move(rates)}};
}

void addTimes(Json &json, const BenchCell &cell, const std::optional<ScenarioResult> &timing) {
  json["queries"] = timing ? timing->queries : 0;
  json["warmup_queries"] = timing ? timing->warmupQueries : 0;
  json["duration_s"] = timing ? rounded(timing->seconds) : 0;
  json["latency_ms"] = nullptr;
  const bool perQuery = cell.scenario == ScenarioKind::SingleStream || cell.scenario == ScenarioKind::Server;
  if (timing && perQuery) {
    json["latency_ms"] = jsonOf(timing->textToLabel);
    json["latency_ms"]["model_only"] = jsonOf(timing->modelOnly);
  }
  const auto rate = [](double count, double seconds) { return seconds > 0 ? Json(rounded(count / seconds)) : Json(); };
  const auto queries = timing ? static_cast<double>(timing->queries) : 0;
  const auto tokens = timing ? static_cast<double>(timing->tokens) : 0;
  const double seconds = timing ? timing->seconds : 0;
  const double alone = timing ? timing->modelSeconds : 0;
  json["rows_per_s"] = rate(queries, seconds);
  json["tokens_per_s"] = rate(tokens, seconds);
  json["model_only_rows_per_s"] = rate(queries, alone);
  json["model_only_tokens_per_s"] = rate(tokens, alone);
}

std::vector<std::string> flagsOf(const BenchPlan &plan, const BenchProgram &program, const BenchCell &cell,
                                 const CellMeasured &measured, bool random) {
  std::vector<std::string> flags;
  if (random) {
    flags.emplace_back("random weights: scores and gates mean nothing; enters no leaderboard");
  }
  if (plan.board.tier != Tier::Official) {
    flags.push_back(fmt::format("tier {}: not official", nameOf(plan.board.tier)));
  }
  if (!program.data->official) {
    flags.emplace_back("the data is not the official file that the task names");
  }
  if (!program.data->labelled) {
    flags.emplace_back("the split has no labels: no scores");
  }
  if (program.precision != Precision::F32 && program.data->labelled) {
    const Interval *now = headlineOf(program, measured.accuracy.scores);
    if (!measured.f32) {
      flags.emplace_back("no f32 score in this folder to hold the precision against");
    } else if (!random && now && now->value < 0.99 * measured.f32->value) {
      flags.emplace_back("keeps less than 99 % of the f32 score: does not count");
    }
  }
  if (measured.timing && cell.scenario == ScenarioKind::Server && !measured.timing->rate) {
    flags.emplace_back("no rate that was tried held the bound with samples enough");
  } else if (measured.timing && cell.scenario != ScenarioKind::Offline && !measured.timing->textToLabel.p99) {
    flags.push_back(fmt::format("p99: not enough samples ({} of 662)", measured.timing->queries));
  }
  return flags;
}

} // namespace

Seeds seedsOf(uint64_t seed) { return {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed + 1)}; }

Json histogramOf(std::span<const int64_t> lengths, std::span<const int32_t> asked) {
  std::map<int64_t, int64_t> bins;
  for (const int32_t row : asked) {
    int64_t bin = 8;
    while (bin < lengths[static_cast<size_t>(row)]) {
      bin *= 2;
    }
    ++bins[bin];
  }
  Json json = Json::object();
  for (const auto &[bin, count] : bins) {
    json[std::to_string(bin)] = count;
  }
  return json;
}

/// What was measured: the cell's key and what it stands for.
static void addIdentity(Json &json, const BenchProgram &program, const CellKey &key, const Subject &subject) {
  json["schema"] = recordSchema;
  json["id"] = key.id();
  json["model"] = key.model;
  json["parameters"] = subject.parameters();
  json["model_sha256"] = key.modelSha256;
  json["weights_sha256"] = key.weightsSha256;
  json["vocabulary_sha256"] = key.vocabularySha256;
  json["random_weights"] = subject.hasRandomWeights();
  json["task"] = key.task;
  json["task_version"] = key.taskVersion;
  json["split"] = key.split;
  json["data_sha256"] = key.dataSha256;
  json["data_official"] = program.data->official;
  json["rows"] = program.data->rows.size();
  json["target"] = key.target;
  json["precision"] = key.precision;
  json["scheme"] = subject.executable().program().scheme;
  json["threads"] = key.threads;
  json["deterministic"] = key.deterministic;
}

Record recordOf(const BenchPlan &plan, const BenchProgram &program, const BenchCell &cell, const Subject &subject,
                const CellMeasured &measured, const Machine &machine, const BuildFacts &build) {
  const bool random = subject.hasRandomWeights();
  Record record;
  Json &json = record.json;
  addIdentity(json, program, cell.key, subject);
  addScores(json, program, measured.accuracy);
  json["gate"] = gateOf(program, measured, random);
  json["scenario"] = cell.key.scenario;
  json["tier"] = cell.key.tier;
  json["length"] = cell.key.length;
  addTimes(json, cell, measured.timing);
  addServer(json, plan, cell, measured.timing);
  const ColdStart &cold = subject.coldStart();
  json["cold_start_ms"] = {
      {"load", rounded(cold.loadMs)}, {"compile", rounded(cold.compileMs)}, {"first", rounded(cold.firstMs)}};
  json["peak_memory_bytes"] = measured.peakMemoryBytes;
  std::vector<int32_t> every(measured.timing ? 0 : measured.lengths.size());
  for (size_t i = 0; i < every.size(); ++i) {
    every[i] = static_cast<int32_t>(i);
  }
  json["lengths"] = histogramOf(measured.lengths, measured.timing ? measured.timing->asked : every);
  const Seeds seeds = seedsOf(plan.seed);
  json["seeds"] = {{"weights", random ? Json(plan.seed) : Json()},
                   {"queries", seeds.queries},
                   {"arrivals", seeds.arrivals},
                   {"bootstrap", BootstrapOptions().seed}};
  json["commit"] = build.commit;
  json["dirty"] = build.dirty;
  json["versions"] = Json::object();
  for (const auto &[name, version] : build.versions) {
    json["versions"][name] = version;
  }
  json["machine"] = machine.json();
  std::vector<std::string> flags = flagsOf(plan, program, cell, measured, random);
  const std::vector<std::string> machineFlags = machine.flags();
  flags.insert(flags.end(), machineFlags.begin(), machineFlags.end());
  json["flags"] = flags;
  json["started"] = timeOf(measured.started);
  json["finished"] = timeOf(measured.finished);
  return record;
}

} // namespace clew
