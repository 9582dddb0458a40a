// From fields to words.
#include "suites/records/Flags.h"

#include "suites/records/Cell.h"
#include "suites/records/EarlyStopping.h"

#include <fmt/format.h>

namespace clew {
namespace {

using Json = nlohmann::ordered_json;

void addPrecision(const Json &record, std::vector<std::string> &flags) {
  if (record["precision"] == nameOf(Precision::F32) || record["metrics"].empty()) {
    return;
  }
  const Json &gate = record["gate"];
  if (gate.is_null()) {
    flags.emplace_back("no f32 score in this folder to hold the precision against");
  } else if (gate["meaningful"].get<bool>() && !gate["kept_99"].get<bool>()) {
    flags.emplace_back("keeps less than 99 % of the f32 score: does not count");
  }
}

void addSamples(const Json &record, std::vector<std::string> &flags) {
  if (record["server"].is_object() && record["server"]["rate_per_s"].is_null()) {
    flags.emplace_back("no rate that was tried held the bound with samples enough");
  } else if (record["latency_ms"].is_object() && record["latency_ms"]["p99"].is_null()) {
    flags.push_back(
        fmt::format("p99: not enough samples ({} of {})", record["queries"].get<int64_t>(), minimumQueries(0.99)));
  }
}

void addSources(const Json &record, std::vector<std::string> &flags) {
  if (record["dirty"].get<bool>()) {
    flags.emplace_back("sources differ from the commit: enters no leaderboard");
  } else if (record["commit"] == "unknown") {
    flags.emplace_back("the commit is not known: enters no leaderboard");
  }
}

} // namespace

std::vector<std::string> flagsOf(const Json &record) {
  std::vector<std::string> flags;
  if (record["random_weights"].get<bool>()) {
    flags.emplace_back("random weights: scores and gates mean nothing; enters no leaderboard");
  }
  if (record["tier"] != nameOf(Tier::Official)) {
    flags.push_back(fmt::format("tier {}: not official", record["tier"].get<std::string>()));
  }
  if (!record["data_official"].get<bool>()) {
    flags.emplace_back("the data is not the official file that the task names");
  }
  if (record["metrics"].empty()) {
    flags.emplace_back("the split has no labels: no scores");
  }
  addPrecision(record, flags);
  addSamples(record, flags);
  addSources(record, flags);
  const std::vector<std::string> machine = Machine::of(record["machine"]).flags();
  flags.insert(flags.end(), machine.begin(), machine.end());
  return flags;
}

std::string neverRanked(const Json &record) {
  if (record["random_weights"].get<bool>()) {
    return "its weights are random";
  }
  if (record["tier"] == nameOf(Tier::Smoke)) {
    return "its tier is smoke";
  }
  if (record["dirty"].get<bool>()) {
    return "its sources differ from the commit that it names (dirty)";
  }
  if (record["commit"] == "unknown") {
    return "it names no commit";
  }
  return record["task"].get<std::string>().starts_with("sample-") ? "its data are the samples that ship with Clew" : "";
}

} // namespace clew
