// Names of scenarios and tiers.
#include "suites/run/Board.h"

#include <array>

namespace clew {
namespace {

constexpr std::array<std::string_view, 4> scenarios = {"accuracy", "single-stream", "server", "offline"};
constexpr std::array<std::string_view, 3> tiers = {"smoke", "standard", "official"};

template <typename Kind, size_t count>
std::optional<Kind> named(const std::array<std::string_view, count> &names, std::string_view name) {
  for (size_t i = 0; i < count; ++i) {
    if (names[i] == name) {
      return static_cast<Kind>(i);
    }
  }
  return std::nullopt;
}

} // namespace

std::string_view nameOf(ScenarioKind kind) { return scenarios[static_cast<size_t>(kind)]; }
std::optional<ScenarioKind> scenarioNamed(std::string_view name) { return named<ScenarioKind>(scenarios, name); }
std::vector<std::string> scenarioNames() { return {scenarios.begin(), scenarios.end()}; }

std::string_view nameOf(Tier tier) { return tiers[static_cast<size_t>(tier)]; }
std::optional<Tier> tierNamed(std::string_view name) { return named<Tier>(tiers, name); }
std::vector<std::string> tierNames() { return {tiers.begin(), tiers.end()}; }

double secondsOf(Tier tier) { return tier == Tier::Smoke ? 5 : tier == Tier::Standard ? 60 : 600; }

} // namespace clew
