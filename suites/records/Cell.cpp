// Names of scenarios and tiers, and the hashes of keys.
#include "suites/records/Cell.h"

#include "runtime/base/NamedValues.h"
#include "runtime/base/Sha256.h"

#include <nlohmann/json.hpp>

namespace clew {
namespace {

using Json = nlohmann::ordered_json;

/// As JSON, so that no two keys are written alike.
std::string hashOf(const Json &fields) {
  const std::string text = fields.dump(-1, ' ', false, Json::error_handler_t::replace);
  const Result<std::string> digest = sha256Of(std::string_view(text));
  return digest ? digest->substr(0, 16) : std::string();
}

/// What the answers depend on.
Json configurationOf(const CellKey &key) {
  return {key.model,
          key.modelSha256,
          key.weightsSha256,
          key.vocabularySha256,
          key.tokenizerSha256,
          key.task,
          key.taskVersion,
          key.taskSha256,
          key.split,
          key.dataSha256,
          nameOf(key.target),
          nameOf(key.precision),
          key.cpu,
          nameOf(key.execution.bf16),
          nameOf(key.execution.products),
          key.environment,
          key.deterministic,
          key.machine};
}

} // namespace

std::string_view nameOf(ScenarioKind kind) {
  switch (kind) {
  case ScenarioKind::Accuracy:
    return "accuracy";
  case ScenarioKind::SingleStream:
    return "single-stream";
  case ScenarioKind::Server:
    return "server";
  case ScenarioKind::Offline:
    return "offline";
  }
  return "?";
}

std::string_view nameOf(Tier tier) {
  switch (tier) {
  case Tier::Smoke:
    return "smoke";
  case Tier::Standard:
    return "standard";
  case Tier::Official:
    return "official";
  }
  return "?";
}

double secondsOf(Tier tier) {
  switch (tier) {
  case Tier::Smoke:
    return 5;
  case Tier::Standard:
    return 60;
  case Tier::Official:
    return 600;
  }
  return 600;
}

Result<ScenarioKind> scenarioNamed(std::string_view name) { return valueNamed(kScenarios, "scenario", name); }
Result<Tier> tierNamed(std::string_view name) { return valueNamed(kTiers, "tier", name); }

std::string CellKey::id() const {
  const Json cell = {nameOf(scenario), nameOf(tier), threads, length, seed, boundMs, serverBatch};
  return hashOf(Json::array({"clew.cell.2", configurationOf(*this), cell}));
}

std::string CellKey::configurationId() const { return hashOf(Json::array({"clew.program.2", configurationOf(*this)})); }

std::string CellKey::configurationIdAt(Precision other) const {
  CellKey key = *this;
  key.precision = other;
  return key.configurationId();
}

} // namespace clew
