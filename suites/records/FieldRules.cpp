// Rules of single fields: names, counts, the machine. What a field may be by itself, and what of it another field says.
#include "suites/records/FieldForms.h"
#include "suites/records/PredictionFile.h"
#include "suites/records/RecordRules.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <set>

namespace clew {
namespace {

using Json = RecordRules::Json;

/// Linux's governors (Documentation/admin-guide/pm/cpufreq.rst), and intel_pstate's.
constexpr auto kGovernors =
    std::to_array<std::string_view>({"performance", "powersave", "userspace", "ondemand", "conservative", "schedutil"});

/// "6.1.0-28-amd64"
bool isKernel(std::string_view text) {
  const size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  return text.size() <= 100 && digits >= 3 && text.substr(0, digits).find('.') != text.npos && text.front() != '.' &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; }) &&
         (digits == text.size() || text[digits] == '-' || text[digits] == '+' || text[digits] == '_');
}

bool isFeature(std::string_view text) {
  return !text.empty() && text.size() <= 40 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.") == text.npos;
}

void checkNames(RecordRules &rules) {
  const std::string model = rules.text("/model");
  const size_t slash = std::min(model.find('/'), model.size());
  rules.need(isName(model.substr(0, slash)) && slash < model.size() && isName(model.substr(slash + 1)), "/model",
             "architecture/size");
  rules.need(rules.isNull("/board") || isName(rules.text("/board")), "/board", "null, or a board's name");
  for (const char *path : {"/task", "/split"}) {
    rules.need(isName(rules.text(path)), path, "a name");
  }
  const std::string version = rules.text("/task_version");
  rules.need(version.empty() || isName(version), "/task_version", "a version, or none");
  for (const auto &[name, metric] : rules.json["metrics"].items()) {
    rules.need(isName(name), "/metrics", "names", fmt::format("'{}'", name));
  }
}

void checkCounts(RecordRules &rules) {
  constexpr int64_t mostParameters = 1'000'000'000'000;
  constexpr int64_t mostRows = 1'000'000'000;
  constexpr int64_t kib = 1024;
  const auto parameters = rules.json["parameters"].get<int64_t>();
  rules.need(parameters > 0 && parameters <= mostParameters, "/parameters", "more than none");
  rules.need(rules.json["rows"].get<int64_t>() > 0 && rules.json["rows"].get<int64_t>() <= mostRows, "/rows",
             "more than none");
  // Linux counts memory in KiB.
  const auto peak = rules.json["peak_memory_bytes"].get<int64_t>();
  rules.need(peak >= kib * kib && peak % kib == 0, "/peak_memory_bytes", "a number of KiB, and a process's at least");
  constexpr double mostMilliseconds = 1e8;
  for (const char *part : {"load", "compile", "first"}) {
    const double took = rules.json["cold_start_ms"][part].get<double>();
    rules.need(took > 0 && took <= mostMilliseconds, fmt::format("/cold_start_ms/{}", part), "more than no time");
  }
}

void checkPredictionPath(RecordRules &rules) {
  if (!rules.isNull("/predictions")) {
    const std::string expected = predictionPath(rules.text("/predictions/sha256"));
    rules.need(rules.text("/predictions/path") == expected, "/predictions/path",
               fmt::format("{}, which the content names", expected));
  }
}

void checkFeatures(RecordRules &rules) {
  std::set<std::string> seen;
  for (const Json &feature : rules.json["machine"]["features"]) {
    const auto name = feature.get<std::string>();
    rules.need(isFeature(name), "/machine/features", "names of features", fmt::format("'{}'", name));
    rules.need(seen.insert(name).second, "/machine/features", "each once", fmt::format("'{}' twice", name));
  }
  rules.need(!seen.empty(), "/machine/features", "those of the CPU", "none");
}

} // namespace

void checkFields(RecordRules &rules) {
  checkNames(rules);
  checkCounts(rules);
  checkPredictionPath(rules);
  checkFeatures(rules);
  const Json &machine = rules.json["machine"];
  rules.need(isPlainLine(rules.text("/machine/cpu")), "/machine/cpu", "the CPU's name");
  rules.need(isKernel(rules.text("/machine/kernel")), "/machine/kernel", "a kernel's release");
  rules.need(machine["governor"].is_null() ||
                 std::ranges::find(kGovernors, machine["governor"].get<std::string>()) != kGovernors.end(),
             "/machine/governor", "null, or a governor of Linux");
  constexpr int64_t leastMemory = int64_t{16} << 20;
  constexpr int64_t mostMemory = int64_t{1} << 50;
  const auto memory = machine["memory_bytes"].get<int64_t>();
  rules.need(memory >= leastMemory && memory <= mostMemory && memory % 1024 == 0, "/machine/memory_bytes",
             "a number of KiB that a machine may have");
  // /proc/loadavg has two digits.
  const double load = 100 * machine["load_at_start"].get<double>();
  rules.need(std::fabs(load - std::round(load)) < 1e-6 * std::max(1.0, load), "/machine/load_at_start",
             "a load average of two digits");
}

/// How long a timing may take beyond its tier, and how many queries warm it up: a twentieth of its time, at the pace of queries one by one.
void checkPace(RecordRules &rules, ScenarioKind scenario, double tierSeconds) {
  const double seconds = rules.number("/duration_s");
  const auto queries = static_cast<double>(rules.json["queries"].get<int64_t>());
  const auto warmup = static_cast<double>(rules.json["warmup_queries"].get<int64_t>());
  const double perQuery = queries > 0 ? seconds / queries : seconds;
  // One stream ends with the query under way; an offline run may have been guessed too long; a server answers what waits.
  const double most = scenario == ScenarioKind::SingleStream ? tierSeconds + std::max(10.0, 100 * perQuery)
                                                             : 10 * tierSeconds + 100 * perQuery;
  rules.need(seconds <= most, "/duration_s", fmt::format("at most {:.6g} s of the tier", most));
  constexpr double spread = 10;
  constexpr double share = 0.05;
  const double pace = share * tierSeconds / std::max(perQuery, 1e-9);
  rules.need(scenario == ScenarioKind::Server || warmup <= 2 * spread * pace + 8, "/warmup_queries",
             fmt::format("a twentieth of the time's, about {:.0f}", pace));
  rules.need(scenario != ScenarioKind::SingleStream || warmup * spread + 8 >= pace, "/warmup_queries",
             fmt::format("a twentieth of the time's, about {:.0f}", pace));
}

} // namespace clew
