// Brings predictions into the order of the rows they are about, or says which do not belong together.
#include "suites/metrics/Prediction.h"

#include "suites/metrics/EntityCheck.h"
#include "suites/metrics/Surface.h"

#include <fmt/format.h>

#include <unordered_map>

namespace clew {

Result<void> checkEntities(const Prediction &prediction, std::string_view text) {
  const Surface surface(text);
  for (size_t i = 0; i < prediction.entities.size(); ++i) {
    const Entity &entity = prediction.entities[i];
    if (entity.begin < 0 || entity.begin >= entity.end || entity.end > surface.length()) {
      return fail(ErrorKind::BadInput, fmt::format("[{}, {}] lies outside a text of {} characters", entity.begin,
                                                   entity.end - 1, surface.length()));
    }
    const std::string_view found = surface.slice(entity.begin, entity.end);
    if (i < prediction.surfaces.size() && prediction.surfaces[i] != found) {
      return fail(ErrorKind::BadInput, fmt::format("[{}, {}] is '{}' in the text, not '{}' (ends are inclusive)",
                                                   entity.begin, entity.end - 1, found, prediction.surfaces[i]));
    }
  }
  return {};
}

namespace {

/// The ids that have one fault; the first ten are kept for the message.
struct Offenders {
  int64_t count = 0;
  std::string names;

  void add(const std::string &id) {
    constexpr int64_t most = 10;
    if (++count <= most) {
      names += (count > 1 ? ", " : "") + id.substr(0, 100);
    } else if (count == most + 1) {
      names += ", ...";
    }
  }
  std::string describe(std::string_view what) const {
    return count == 0 ? "" : fmt::format("{} {} ids: {}; ", count, what, names);
  }
};

} // namespace

Result<std::vector<Prediction>> matchPredictions(std::span<const Row> rows, std::vector<Prediction> predictions,
                                                 const std::string &path) {
  std::unordered_map<std::string, size_t> places;
  places.reserve(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!places.emplace(render(rows[i].id), i).second) {
      return fail(ErrorKind::BadInput, fmt::format("two rows have the id {}", render(rows[i].id)));
    }
  }
  constexpr size_t none = static_cast<size_t>(-1);
  std::vector<size_t> chosen(rows.size(), none);
  Offenders missing;
  Offenders doubled;
  Offenders unknown;
  for (size_t i = 0; i < predictions.size(); ++i) {
    const std::string id = render(predictions[i].id);
    const auto place = places.find(id);
    if (place == places.end()) {
      unknown.add(id);
    } else if (chosen[place->second] != none) {
      doubled.add(id);
    } else {
      chosen[place->second] = i;
    }
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    if (chosen[i] == none) {
      missing.add(render(rows[i].id));
    }
  }
  std::string faults = missing.describe("missing") + doubled.describe("doubled") + unknown.describe("unknown");
  if (!faults.empty()) {
    faults.resize(faults.size() - 2);
    return fail(ErrorKind::BadInput, fmt::format("{} (expected each of {} rows once)", faults, rows.size()), path);
  }
  std::vector<Prediction> matched;
  matched.reserve(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    Prediction &prediction = predictions[chosen[i]];
    const std::string id = render(rows[i].id);
    if (!prediction.text.empty() && prediction.text != rows[i].first) {
      return fail(ErrorKind::BadInput, fmt::format("id {}: its text is not that of the row", id), path);
    }
    if (const Result<void> inside = checkEntities(prediction, rows[i].first); !inside) {
      return fail(ErrorKind::BadInput, fmt::format("id {}: {}", id, inside.error().message), path);
    }
    matched.push_back(std::move(prediction));
  }
  return matched;
}

} // namespace clew
