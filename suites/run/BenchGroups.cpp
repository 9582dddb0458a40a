// See BenchGroups.h and Shard.h.
#include "suites/run/BenchGroups.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <charconv>

namespace clew {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kMostShards = 1'000'000;

std::optional<int64_t> wholeNumber(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

bool together(const CellKey &a, const CellKey &b) {
  return a.model == b.model && a.modelSha256 == b.modelSha256 && a.weightsSha256 == b.weightsSha256 && a.task == b.task;
}

Json cellOf(const CellKey &key) {
  return {{"target", nameOf(key.target)},     {"precision", nameOf(key.precision)}, {"threads", key.threads},
          {"scenario", nameOf(key.scenario)}, {"tier", nameOf(key.tier)},           {"length", key.length}};
}

/// Of the timed part; a server tries several rates, two at least.
double leastSeconds(const CellKey &key) {
  switch (key.scenario) {
  case ScenarioKind::Accuracy:
    return 0;
  case ScenarioKind::Server:
    return 2 * secondsOf(key.tier);
  case ScenarioKind::SingleStream:
  case ScenarioKind::Offline:
    return secondsOf(key.tier);
  }
  return 0;
}

} // namespace

Result<Shard> parseShard(std::string_view text) {
  const size_t slash = text.find('/');
  const std::optional<int64_t> index = wholeNumber(text.substr(0, slash));
  const std::optional<int64_t> count =
      slash == std::string_view::npos ? std::nullopt : wholeNumber(text.substr(slash + 1));
  if (!index || !count || *count < 1 || *count > kMostShards || *index < 1 || *index > *count) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected a shard i/n with 1 <= i <= n <= {}, found '{}'", kMostShards, text));
  }
  return Shard{*index, *count};
}

std::vector<std::span<const Configuration>> groupsOf(const BenchPlan &plan) {
  const std::vector<Configuration> &all = plan.configurations;
  std::vector<std::span<const Configuration>> groups;
  for (size_t first = 0; first < all.size();) {
    size_t last = first + 1;
    while (last < all.size() && together(all[first].key, all[last].key)) {
      ++last;
    }
    groups.emplace_back(all.data() + first, last - first);
    first = last;
  }
  return groups;
}

void keepShard(BenchPlan &plan, const Shard &shard) {
  std::vector<Configuration> kept;
  int64_t number = 0;
  for (const std::span<const Configuration> group : groupsOf(plan)) {
    if (number++ % shard.count == shard.index - 1) {
      kept.insert(kept.end(), group.begin(), group.end());
    }
  }
  plan.configurations = std::move(kept);
  if (shard.index > 1) {
    plan.leftOut.clear();
  }
}

std::vector<Json> planLines(const BenchPlan &plan) {
  const std::vector<std::span<const Configuration>> groups = groupsOf(plan);
  std::vector<Json> lines;
  for (const std::span<const Configuration> group : groups) {
    const CellKey &key = group.front().key;
    double seconds = 0;
    Json cells = Json::array();
    for (const Configuration &configuration : group) {
      for (const CellKey &cell : configuration.cells) {
        seconds += leastSeconds(cell);
        cells.push_back(cellOf(cell));
      }
    }
    lines.push_back({{"shard", fmt::format("{}/{}", lines.size() + 1, groups.size())},
                     {"board", plan.board.name},
                     {"model", key.model},
                     {"task", key.task},
                     {"split", key.split},
                     {"rows", group.front().data->rows.size()},
                     {"weights", group.front().weights.empty() ? Json() : Json(group.front().weights)},
                     {"weights_sha256", key.weightsSha256},
                     {"seconds", seconds},
                     {"cells", std::move(cells)}});
  }
  return lines;
}

} // namespace clew
