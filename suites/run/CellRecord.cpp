// Field by field, in the order of the schema.
#include "suites/run/CellRecord.h"

#include "suites/records/Flags.h"
#include "suites/run/Bench.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <numeric>

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

Json jsonOf(const ExecutionFacts &facts) {
  Json json = Json::object();
  for (const auto &[name, value] : facts) {
    json[name] = value;
  }
  return json;
}

std::string timeOf(int64_t seconds) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<time_t>(seconds)));
}

void addScores(Json &json, const Task &task, const ConfigurationAnswers &answers) {
  json["metrics"] = Json::object();
  json["headline"] = answers.scores ? task.headline : "";
  json["per_class"] = Json::object();
  if (answers.scores) {
    for (const auto &[name, interval] : answers.scores->metrics) {
      json["metrics"][name] = {{"value", interval.value}, {"lo", interval.lo}, {"hi", interval.hi}};
    }
    for (const auto &[name, score] : answers.scores->perClass) {
      json["per_class"][name] = {
          {"precision", score.precision}, {"recall", score.recall}, {"f1", score.f1}, {"support", score.support}};
    }
  }
  json["predictions"] = {{"path", answers.path}, {"sha256", answers.sha256}};
}

/// Measuring rule 6: a lower precision counts only if it keeps 99 % of the f32 score.
Json gateOf(const Task &task, const CellMeasured &measured, bool random) {
  const std::optional<Interval> now = measured.answers->headline(task);
  if (!measured.f32 || !now) {
    return nullptr;
  }
  const double f32 = measured.f32->value;
  const bool zero = f32 <= 0;
  return {{"metric", task.headline},
          {"f32", f32},
          {"share", zero ? Json() : Json(rounded(now->value / f32))},
          {"kept_99", now->value >= 0.99 * f32},
          {"kept_99_9", now->value >= 0.999 * f32},
          {"meaningful", !random && !zero}};
}

void addServer(Json &json, const CellKey &key, const std::optional<ScenarioResult> &timing) {
  json["server"] = nullptr;
  if (key.scenario != ScenarioKind::Server || !timing) {
    return;
  }
  Json rates = Json::array();
  for (const RateTried &tried : timing->rates) {
    rates.push_back({{"rate_per_s", rounded(tried.rate)},
                     {"queries", tried.queries},
                     {"p99_ms", orNull(tried.p99)},
                     {"held", tried.held}});
  }
  json["server"] = {{"bound_ms", key.boundMs},
                    {"batch", key.serverBatch},
                    {"rate_per_s", orNull(timing->rate)},
                    {"rates", std::move(rates)}};
}

void addTimes(Json &json, const CellKey &key, const std::optional<ScenarioResult> &timing) {
  json["queries"] = timing ? timing->queries : 0;
  json["warmup_queries"] = timing ? timing->warmupQueries : 0;
  json["duration_s"] = timing ? rounded(timing->seconds) : 0;
  json["latency_ms"] = nullptr;
  const bool perQuery = key.scenario == ScenarioKind::SingleStream || key.scenario == ScenarioKind::Server;
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

/// Of timed cells: joules by counter, and for a row those of all counters together.
void addEnergy(Json &json, const CellMeasured &measured) {
  json["energy"] = nullptr;
  if (!measured.timing) {
    return;
  }
  const ScenarioResult &timing = *measured.timing;
  double sum = 0;
  Json joules = Json::object();
  for (const auto &[counter, value] : timing.joules) {
    joules[counter] = rounded(value);
    sum += value;
  }
  const bool counted = sum > 0 && timing.queries > 0;
  json["energy"] = {{"joules_per_row", counted ? Json(rounded(sum / static_cast<double>(timing.queries))) : Json()},
                    {"joules", counted ? joules : Json::object()},
                    {"missing", counted                     ? Json()
                                : measured.noEnergy.empty() ? Json("the counters did not move")
                                                            : Json(measured.noEnergy)}};
}

/// What was measured: the cell's key and what it stands for.
void addIdentity(Json &json, const OpenCell &cell, const std::string &board) {
  const CellKey &key = cell.key;
  json["schema"] = recordSchema;
  json["id"] = "";
  json["digest"] = "";
  json["board"] = board.empty() ? Json() : Json(board);
  json["model"] = key.model;
  json["parameters"] = cell.subject.parameters();
  json["model_sha256"] = key.modelSha256;
  json["weights_sha256"] = key.weightsSha256;
  json["vocabulary_sha256"] = key.vocabularySha256;
  json["tokenizer_sha256"] = key.tokenizerSha256;
  json["random_weights"] = cell.subject.hasRandomWeights();
  json["task"] = key.task;
  json["task_version"] = key.taskVersion;
  json["task_sha256"] = key.taskSha256;
  json["split"] = key.split;
  json["data_sha256"] = key.dataSha256;
  json["data_official"] = cell.configuration.data->official;
  json["rows"] = cell.configuration.data->rows.size();
  json["target"] = nameOf(key.target);
  json["precision"] = nameOf(key.precision);
  json["scheme"] = cell.subject.executable().program().scheme;
  json["execution"] = {{"cpu", key.cpu.empty() ? Json() : Json(key.cpu)},
                       {"bf16", nameOf(key.execution.bf16)},
                       {"products", nameOf(key.execution.products)},
                       {"environment", jsonOf(key.environment)},
                       {"facts", jsonOf(cell.subject.executable().facts())}};
  json["threads"] = key.threads;
  json["deterministic"] = key.deterministic;
}

void addOrigin(Json &json, const BenchRun &run, bool random) {
  const Seeds seeds = seedsOf(run.plan.seed);
  json["seeds"] = {{"weights", random ? Json(run.plan.seed) : Json()},
                   {"queries", seeds.queries},
                   {"arrivals", seeds.arrivals},
                   {"bootstrap", BootstrapOptions().seed}};
  json["commit"] = run.build.commit;
  json["dirty"] = run.build.dirty;
  json["versions"] = Json::object();
  for (const auto &[name, version] : run.build.versions) {
    json["versions"][name] = version;
  }
  json["machine"] = run.plan.machine.json();
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

Record recordOf(const BenchRun &run, const OpenCell &cell, const CellMeasured &measured) {
  const bool random = cell.subject.hasRandomWeights();
  Record record;
  Json &json = record.json;
  addIdentity(json, cell, run.plan.board.name);
  addScores(json, cell.configuration.task, *measured.answers);
  json["gate"] = gateOf(cell.configuration.task, measured, random);
  json["scenario"] = nameOf(cell.key.scenario);
  json["tier"] = nameOf(cell.key.tier);
  json["length"] = cell.key.length;
  addTimes(json, cell.key, measured.timing);
  addServer(json, cell.key, measured.timing);
  addEnergy(json, measured);
  const ColdStart &cold = cell.subject.coldStart();
  json["cold_start_ms"] = {
      {"load", rounded(cold.load)}, {"compile", rounded(cold.compile)}, {"first", rounded(cold.first)}};
  json["peak_memory_bytes"] = measured.peakMemoryBytes;
  std::vector<int32_t> every(measured.timing ? 0 : measured.lengths.size());
  std::iota(every.begin(), every.end(), 0);
  json["lengths"] = histogramOf(measured.lengths, measured.timing ? measured.timing->asked : every);
  addOrigin(json, run, random);
  json["flags"] = flagsOf(json);
  json["started"] = timeOf(measured.started);
  json["finished"] = timeOf(measured.finished);
  record.seal();
  return record;
}

} // namespace clew
