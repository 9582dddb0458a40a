// Rules of identity, machine and dates, and how all rules are said.
#include "suites/records/RecordRules.h"

#include "suites/records/Flags.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

namespace clew {
namespace {

using Json = RecordRules::Json;

void checkWeights(RecordRules &rules) {
  const std::string weights = rules.text("/weights_sha256");
  const bool random = weights.starts_with("random:");
  rules.need(rules.json["random_weights"] == random, "/random_weights",
             fmt::format("{}, since weights_sha256 is {}", random, weights));
  const std::string seed = rules.json["seeds"]["weights"].dump();
  rules.need(seed == (random ? weights.substr(7) : "null"), "/seeds/weights",
             random ? weights.substr(7) : "null for weights of a file");
  const auto queries = rules.json["seeds"]["queries"].get<uint64_t>();
  rules.need(queries < (uint64_t{1} << 32), "/seeds/queries", "a seed of mt19937");
  rules.need(!rules.json["seeds"]["weights"].is_number() ||
                 rules.json["seeds"]["weights"].get<uint64_t>() % (uint64_t{1} << 32) == queries,
             "/seeds/weights", "the seed of queries: one was given for both");
  rules.need(rules.json["seeds"]["arrivals"] == (queries + 1) % (uint64_t{1} << 32), "/seeds/arrivals",
             fmt::format("{}, one more than of queries", (queries + 1) % (uint64_t{1} << 32)));
  rules.need(rules.json["seeds"]["bootstrap"] == 1, "/seeds/bootstrap", "1: intervals are not chosen");
}

/// Features that only one maker's CPUs have.
void checkMachine(RecordRules &rules) {
  const Machine machine = Machine::of(rules.json["machine"]);
  const auto has = [&](std::initializer_list<const char *> features) {
    return std::ranges::any_of(features, [&](const char *feature) {
      return std::ranges::find(machine.features, feature) != machine.features.end();
    });
  };
  const bool wrongMaker = (machine.cpu.find("Intel") != std::string::npos && has({"svm", "sse4a"})) ||
                          (machine.cpu.find("AMD") != std::string::npos && has({"vmx", "amx_tile"}));
  rules.need(!wrongMaker, "/machine/features", fmt::format("those of '{}'", machine.cpu), "another maker's");
  constexpr int64_t mostCores = 65536;
  rules.need(machine.cores <= mostCores, "/machine/cores", fmt::format("at most {}", mostCores));
  const auto peak = rules.json["peak_memory_bytes"].get<int64_t>();
  rules.need(machine.memoryBytes == 0 || peak <= machine.memoryBytes, "/peak_memory_bytes",
             fmt::format("at most the machine's {}", machine.memoryBytes));
  constexpr double mostLoad = 1e6;
  rules.need(machine.load <= mostLoad, "/machine/load_at_start", "a load average");
}

void checkFlags(RecordRules &rules) {
  const std::vector<std::string> expected = flagsOf(rules.json);
  const auto said = rules.json["flags"].get<std::vector<std::string>>();
  for (const std::string &flag : expected) {
    rules.need(std::ranges::find(said, flag) != said.end(), "/flags", fmt::format("'{}' among them", flag),
               said.empty() ? "none" : fmt::format("'{}'", fmt::join(said, "', '")));
  }
  for (const std::string &flag : said) {
    rules.need(std::ranges::find(expected, flag) != expected.end(), "/flags", "what follows from the other fields",
               fmt::format("'{}'", flag));
  }
  rules.need(said.size() <= expected.size(), "/flags", "each flag once");
}

/// Seconds since 1970 of "2026-11-22T04:00:00Z"; nothing for a day or hour that there is not.
std::optional<int64_t> secondsOf(const std::string &time) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (std::sscanf(time.c_str(), "%4d-%2u-%2uT%2d:%2d:%2dZ", &year, &month, &day, &hour, &minute, &second) != 6) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) {
    return std::nullopt;
  }
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return ((days * 24 + hour) * 60 + minute) * 60 + second;
}

} // namespace

void RecordRules::need(bool holds, const std::string &path, const std::string &expected, const std::string &what) {
  if (!holds) {
    found.push_back(fmt::format("{}: expected {}, found {}", path, expected, what));
  }
}

void RecordRules::need(bool holds, const std::string &path, const std::string &expected) {
  if (!holds) {
    need(false, path, expected, json.at(Json::json_pointer(path)).dump(-1, ' ', false, Json::error_handler_t::replace));
  }
}

bool aboutEqual(double a, double b) { return std::fabs(a - b) <= 2e-5 * std::max(std::fabs(a), std::fabs(b)); }

void checkDates(RecordRules &rules, int64_t now) {
  const std::optional<int64_t> started = secondsOf(rules.text("/started"));
  const std::optional<int64_t> finished = secondsOf(rules.text("/finished"));
  rules.need(started.has_value(), "/started", "a date that there is");
  rules.need(finished.has_value(), "/finished", "a date that there is");
  if (!started || !finished) {
    return;
  }
  constexpr int64_t firstDay = 1704067200; // 2024-01-01: Clew is younger
  constexpr int64_t clocksDiffer = 300;
  rules.need(*started >= firstDay, "/started", "a date since there is Clew");
  rules.need(*finished <= now + clocksDiffer, "/finished", "a date that is not in the future");
  rules.need(*started <= *finished, "/finished", "no date before " + rules.text("/started"));
  // Both are whole seconds.
  const double took = static_cast<double>(*finished - *started + 1);
  rules.need(took >= rules.number("/duration_s"), "/finished",
             fmt::format("at least the {} s after {} that the timing took", rules.json["duration_s"].dump(),
                         rules.text("/started")));
}

std::vector<std::string> contradictions(const Record &record, int64_t now) {
  RecordRules rules(record.json);
  checkFields(rules);
  checkExecution(rules);
  checkVersions(rules);
  checkWeights(rules);
  checkMachine(rules);
  checkScores(rules);
  checkTimes(rules);
  checkServer(rules);
  checkFlags(rules);
  checkDates(rules, now);
  return std::move(rules.found);
}

} // namespace clew
