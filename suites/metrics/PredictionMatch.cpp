// Brings predictions into the order of the rows they are about, or says which do not belong together.
#include "suites/metrics/Prediction.h"

#include "runtime/base/Excerpt.h"

#include <fmt/format.h>

#include <optional>
#include <unordered_map>

namespace clew {
namespace {

/// The ids that have one fault; the first ten are kept for the message.
struct Offenders {
  int64_t count = 0;
  std::string names;

  void add(const std::string &id) {
    constexpr int64_t most = 10;
    if (++count <= most) {
      names += (count > 1 ? ", " : "") + excerpt(id);
    } else if (count == most + 1) {
      names += ", ...";
    }
  }
  std::string describe(std::string_view what) const {
    return count == 0 ? "" : fmt::format("{} {} ids: {}; ", count, what, names);
  }
};

/// Which prediction is about which row.
struct Matching {
  std::vector<std::optional<size_t>> chosen; ///< [rows]: index of the row's prediction
  int64_t ofSkipped = 0;                     ///< predictions about rows that are not judged
  std::string faults;                        ///< "" or what is missing, doubled, unknown
};

Result<Matching> matchIds(std::span<const Row> rows, std::span<const RowId> skipped,
                          std::span<const Prediction> predictions) {
  std::unordered_map<std::string, size_t> places; // rows, then skipped ones
  places.reserve(rows.size() + skipped.size());
  for (size_t i = 0; i < rows.size() + skipped.size(); ++i) {
    const RowId &id = i < rows.size() ? rows[i].id : skipped[i - rows.size()];
    if (!places.emplace(render(id), i).second) {
      return fail(ErrorKind::BadInput, fmt::format("two rows have the id {}", excerpt(render(id))));
    }
  }
  Matching matching;
  matching.chosen.resize(places.size());
  Offenders missing;
  Offenders doubled;
  Offenders unknown;
  for (size_t i = 0; i < predictions.size(); ++i) {
    const std::string id = render(predictions[i].id);
    const auto place = places.find(id);
    if (place == places.end()) {
      unknown.add(id);
    } else if (matching.chosen[place->second]) {
      doubled.add(id);
    } else {
      matching.chosen[place->second] = i;
      matching.ofSkipped += place->second >= rows.size() ? 1 : 0;
    }
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!matching.chosen[i]) {
      missing.add(render(rows[i].id));
    }
  }
  matching.faults = missing.describe("missing") + doubled.describe("doubled") + unknown.describe("unknown");
  matching.chosen.resize(rows.size());
  return matching;
}

} // namespace

Result<MatchedPredictions> matchPredictions(const Task &task, std::span<const Row> rows, std::span<const RowId> skipped,
                                            std::vector<Prediction> predictions, const std::string &path) {
  task.kind->gather(rows, predictions);
  Result<Matching> matching = matchIds(rows, skipped, predictions);
  if (!matching) {
    return fail(matching);
  }
  if (std::string &faults = matching->faults; !faults.empty()) {
    faults.resize(faults.size() - 2);
    const std::string others = skipped.empty() ? "" : fmt::format("; {} skipped rows may have one", skipped.size());
    return fail(ErrorKind::BadInput, fmt::format("{} (expected each of {} rows once{})", faults, rows.size(), others),
                path);
  }
  MatchedPredictions matched;
  matched.ofSkipped = matching->ofSkipped;
  matched.predictions.reserve(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    Prediction &prediction = predictions[*matching->chosen[i]];
    if (const Result<void> fits = task.kind->checkAnswer(rows[i], prediction.answer); !fits) {
      return fail(ErrorKind::BadInput, fmt::format("id {}: {}", excerpt(render(rows[i].id)), fits.error().message),
                  path);
    }
    matched.predictions.push_back(std::move(prediction));
  }
  return matched;
}

} // namespace clew
