// Rules of times: what a scenario reports, for how long it ran, and what its numbers say of each other.
#include "suites/records/EarlyStopping.h"
#include "suites/records/RecordRules.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

namespace clew {
namespace {

using Json = RecordRules::Json;

constexpr double kRounding = 1 + 2e-5; ///< numbers are rounded to six digits
constexpr std::pair<const char *, double> kPercentiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}};

void needAbsent(RecordRules &rules, std::initializer_list<const char *> fields, std::string_view scenario) {
  for (const char *field : fields) {
    rules.need(rules.json[field].is_null() || rules.json[field] == 0, std::string("/") + field,
               fmt::format("none of an {} cell", scenario));
  }
}

void checkPercentiles(RecordRules &rules, const Json &times, const std::string &path, bool mustStand) {
  const auto queries = rules.json["queries"].get<int64_t>();
  double before = 0;
  for (const auto &[name, percentile] : kPercentiles) {
    const Json &value = times[name];
    const bool enough = queries >= minimumQueries(percentile);
    const std::string at = fmt::format("{}/{}", path, name);
    rules.need(enough || value.is_null(), at, fmt::format("null: {} queries are too few", queries), value.dump());
    rules.need(!mustStand || !enough || !value.is_null(), at, "a number", "null");
    if (value.is_number()) {
      rules.need(value.get<double>() >= before, at, fmt::format("at least {}", before), value.dump());
      before = value.get<double>();
    }
  }
}

/// One query after the other: those that were slower than a percentile took no more time than there was.
void checkSlowest(RecordRules &rules, const Json &times, const std::string &path, double seconds) {
  const auto queries = rules.json["queries"].get<int64_t>();
  for (const auto &[name, percentile] : kPercentiles) {
    if (times[name].is_number()) {
      const double least = times[name].get<double>() / 1000 * static_cast<double>(slowestToDrop(percentile, queries));
      rules.need(least <= seconds * kRounding, fmt::format("{}/{}", path, name),
                 fmt::format("times of {} queries within {} s", queries, seconds), times[name].dump());
    }
  }
}

void checkLatency(RecordRules &rules, ScenarioKind scenario) {
  const Json &latency = rules.json["latency_ms"];
  if (latency.is_null()) {
    rules.need(false, "/latency_ms", fmt::format("those of {}", nameOf(scenario)));
    return;
  }
  const Json &model = latency["model_only"];
  // A rate that was broken off has no percentiles.
  const bool mustStand = scenario == ScenarioKind::SingleStream || !rules.json["server"].is_object() ||
                         !rules.json["server"]["rate_per_s"].is_null();
  checkPercentiles(rules, latency, "/latency_ms", mustStand);
  checkPercentiles(rules, model, "/latency_ms/model_only", mustStand);
  for (const auto &[name, percentile] : kPercentiles) {
    rules.need(!latency[name].is_number() || !model[name].is_number() ||
                   model[name].get<double>() <= latency[name].get<double>() * kRounding,
               fmt::format("/latency_ms/model_only/{}", name), "no more than the whole", model[name].dump());
  }
  const double seconds = rules.number("/duration_s");
  if (scenario == ScenarioKind::SingleStream) {
    checkSlowest(rules, latency, "/latency_ms", seconds);
    checkSlowest(rules, model, "/latency_ms/model_only", seconds);
  }
}

/// What `pointer` says must be `count` in `seconds`.
void checkRate(RecordRules &rules, const char *field, double count, double seconds) {
  const Json &rate = rules.json[field];
  rules.need(rate.is_number() && seconds > 0 && aboutEqual(rate.get<double>(), count / seconds),
             std::string("/") + field, fmt::format("{:.6g}, {:.6g} in {:.6g} s", count / seconds, count, seconds));
}

void checkRates(RecordRules &rules, ScenarioKind scenario) {
  const double queries = rules.number("/queries");
  const double seconds = rules.number("/duration_s");
  checkRate(rules, "rows_per_s", queries, seconds);
  for (const char *field : {"rows_per_s", "tokens_per_s", "model_only_rows_per_s", "model_only_tokens_per_s"}) {
    if (!rules.json[field].is_number() || rules.json[field].get<double>() <= 0) {
      rules.need(false, std::string("/") + field, "a rate");
      return;
    }
  }
  const double rows = rules.number("/rows_per_s");
  const double tokensOfRow = rows > 0 ? rules.number("/tokens_per_s") / rows : 0;
  const double modelRows = rules.number("/model_only_rows_per_s");
  rules.need(aboutEqual(rules.number("/model_only_tokens_per_s"), modelRows * tokensOfRow), "/model_only_tokens_per_s",
             fmt::format("{:.6g}, as many tokens a row as text to label", modelRows * tokensOfRow));
  rules.need(scenario == ScenarioKind::Offline || modelRows * kRounding >= rows, "/model_only_rows_per_s",
             "at least rows_per_s");
  const auto length = static_cast<double>(rules.json["length"].get<int64_t>());
  rules.need(length == 0 || aboutEqual(tokensOfRow, length), "/tokens_per_s",
             fmt::format("{} tokens a row, found {:.6g}: tokens_per_s", length, tokensOfRow));
}

/// Bins are named by their largest length, powers of two from 8 on.
void checkHistogram(RecordRules &rules, bool timed) {
  double least = 0;
  double most = 0;
  int64_t sum = 0;
  for (const auto &[name, count] : rules.json["lengths"].items()) {
    const int64_t bin = std::strtoll(name.c_str(), nullptr, 10);
    const bool known = bin >= 8 && (bin & (bin - 1)) == 0 && name == std::to_string(bin) && bin <= (int64_t{1} << 40);
    rules.need(known, "/lengths", "bins 8, 16, 32, ...", "'" + name + "'");
    const auto number = count.get<double>();
    least += number * (bin == 8 ? 1 : static_cast<double>(bin / 2 + 1));
    most += number * static_cast<double>(bin);
    sum += count.get<int64_t>();
  }
  const int64_t expected = rules.json[timed ? "queries" : "rows"].get<int64_t>();
  rules.need(sum == expected, "/lengths", fmt::format("{} in all, as {} says", expected, timed ? "queries" : "rows"),
             std::to_string(sum));
  if (timed && rules.json["tokens_per_s"].is_number()) {
    const double tokens = rules.number("/tokens_per_s") * rules.number("/duration_s");
    rules.need(tokens * kRounding >= least && tokens <= most * kRounding, "/tokens_per_s",
               fmt::format("tokens as lengths say, {:.6g} to {:.6g}", least, most), fmt::format("{:.6g}", tokens));
  }
}

/// Joules of all counters, over queries; no machine takes a megawatt.
void checkEnergy(RecordRules &rules, bool timed) {
  const Json &energy = rules.json["energy"];
  rules.need(energy.is_object() == timed, "/energy",
             timed ? "what counters say, or why there are none" : "null: nothing was timed");
  if (!energy.is_object() || !timed) {
    return;
  }
  constexpr double mostWatts = 1e6;
  double sum = 0;
  for (const auto &[counter, joules] : energy["joules"].items()) {
    rules.need(isEnergyCounter(counter), "/energy/joules", "package-N, dram-N or gpu-N", "'" + counter + "'");
    sum += joules.get<double>();
  }
  const bool counted = !energy["joules"].empty();
  rules.need(energy["missing"].is_string() != counted && (counted || !rules.text("/energy/missing").empty()),
             "/energy/missing", counted ? "null, since there are counters" : "why there are no counters");
  rules.need(energy["joules_per_row"].is_number() == counted, "/energy/joules_per_row",
             counted ? "a number, since there are counters" : "null, since there are no counters");
  if (counted && energy["joules_per_row"].is_number()) {
    const double queries = rules.number("/queries");
    rules.need(queries > 0 && sum > 0 && aboutEqual(energy["joules_per_row"].get<double>(), sum / queries),
               "/energy/joules_per_row", fmt::format("{:.6g} J over {} queries", sum, queries));
    rules.need(sum <= mostWatts * rules.number("/duration_s"), "/energy/joules", "the power of a machine",
               fmt::format("{:.6g} J in {} s", sum, rules.number("/duration_s")));
  }
}

} // namespace

bool isEnergyCounter(std::string_view name) {
  const size_t dash = name.find('-');
  const std::string_view kind = name.substr(0, dash);
  const std::string_view number = dash == std::string_view::npos ? "" : name.substr(dash + 1);
  return (kind == "package" || kind == "dram" || kind == "gpu") && !number.empty() && number.size() <= 3 &&
         number.find_first_not_of("0123456789") == std::string_view::npos;
}

void checkTimes(RecordRules &rules) {
  const Result<ScenarioKind> scenario = scenarioNamed(rules.text("/scenario"));
  const Result<Tier> tier = tierNamed(rules.text("/tier"));
  if (!scenario || !tier) {
    return; // the schema says it
  }
  const bool timed = *scenario != ScenarioKind::Accuracy;
  const bool perQuery = *scenario == ScenarioKind::SingleStream || *scenario == ScenarioKind::Server;
  rules.need(rules.json["length"] == 0 || *scenario == ScenarioKind::SingleStream, "/length",
             "0: lengths are timed as single streams");
  rules.need(rules.isNull("/server") == (*scenario != ScenarioKind::Server), "/server",
             *scenario == ScenarioKind::Server ? "the rates that were tried" : "none but of the scenario server");
  checkHistogram(rules, timed);
  checkEnergy(rules, timed);
  if (!timed) {
    needAbsent(rules,
               {"queries", "warmup_queries", "duration_s", "latency_ms", "rows_per_s", "tokens_per_s",
                "model_only_rows_per_s", "model_only_tokens_per_s"},
               nameOf(*scenario));
    return;
  }
  constexpr int64_t leastWarmup = 4;
  // No query may come at a rate that is low enough.
  const bool nobodyCame = *scenario == ScenarioKind::Server && rules.json["queries"] == 0;
  rules.need(nobodyCame || rules.json["queries"].get<int64_t>() > 0, "/queries", "more than none");
  rules.need(rules.json["warmup_queries"].get<int64_t>() >= leastWarmup, "/warmup_queries",
             fmt::format("at least {}", leastWarmup));
  if (*scenario != ScenarioKind::Server) {
    rules.need(rules.number("/duration_s") * kRounding >= secondsOf(*tier), "/duration_s",
               fmt::format("at least the {} s of the tier {}", secondsOf(*tier), nameOf(*tier)));
  }
  if (perQuery) {
    checkLatency(rules, *scenario);
  } else {
    needAbsent(rules, {"latency_ms"}, nameOf(*scenario));
  }
  if (!nobodyCame) {
    checkRates(rules, *scenario);
    checkPace(rules, *scenario, secondsOf(*tier));
  }
}

void checkServer(RecordRules &rules) {
  const Json &server = rules.json["server"];
  const Result<Tier> tier = tierNamed(rules.text("/tier"));
  if (!server.is_object() || !tier || rules.text("/scenario") != nameOf(ScenarioKind::Server)) {
    return;
  }
  rules.need(*tier != Tier::Smoke, "/tier", "one that is long enough to find a rate");
  rules.need(!server["rates"].empty(), "/server/rates", "at least one");
  const double bound = server["bound_ms"].get<double>();
  const double seconds = secondsOf(*tier);
  const Json *highest = nullptr; // that held
  const Json *lowest = nullptr;
  for (const Json &tried : server["rates"]) {
    const double rate = tried["rate_per_s"].get<double>();
    const auto queries = tried["queries"].get<int64_t>();
    const bool held = tried["held"].get<bool>();
    rules.need(held == tried["p99_ms"].is_number(), "/server/rates", "a p99 of each rate that held, and of no other",
               tried.dump());
    if (!held) {
      lowest = !lowest || rate < (*lowest)["rate_per_s"].get<double>() ? &tried : lowest;
      continue;
    }
    rules.need(tried["p99_ms"].is_number() && tried["p99_ms"].get<double>() <= bound * kRounding, "/server/rates",
               fmt::format("a p99 within {} ms of what held", bound), tried.dump());
    // Poisson arrivals: six standard deviations.
    rules.need(queries >= minimumQueries(0.99) &&
                   std::fabs(static_cast<double>(queries) - rate * seconds) <= 6 * std::sqrt(rate * seconds) + 1,
               "/server/rates", fmt::format("about {:.0f} queries in {} s", rate * seconds, seconds), tried.dump());
    highest = !highest || rate > (*highest)["rate_per_s"].get<double>() ? &tried : highest;
  }
  const Json *reported = highest ? highest : lowest;
  if (!reported) {
    return;
  }
  rules.need(server["rate_per_s"] == (highest ? (*highest)["rate_per_s"] : Json()), "/server/rate_per_s",
             "the highest rate that held");
  rules.need(rules.json["queries"] == (*reported)["queries"], "/queries",
             fmt::format("{}, of the rate that is reported", (*reported)["queries"].dump()));
  if (highest) {
    const double rate = (*highest)["rate_per_s"].get<double>();
    rules.need(rules.number("/duration_s") + 20 / rate >= seconds, "/duration_s",
               fmt::format("about the {} s of the tier {}", seconds, nameOf(*tier)));
    rules.need(rules.json["latency_ms"].is_object() && rules.json["latency_ms"]["p99"] == (*highest)["p99_ms"],
               "/latency_ms/p99", fmt::format("{}, of the rate that is reported", (*highest)["p99_ms"].dump()));
  }
}

} // namespace clew
