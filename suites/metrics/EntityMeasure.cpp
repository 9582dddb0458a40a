// The two F1s of entity tasks, never mixed: entity_f1 by exact place and type, clue_macro_f1 by type and surface string.
#include "suites/metrics/Measure.h"
#include "suites/metrics/Surface.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace clew {
namespace {

double f1OfSums(double gold, double predicted, double hit) { return classScore(gold, predicted, hit).f1; }

/// Slots: classes * 3 by place, then classes * 3 by surface.
double entityF1(std::span<const double> sums, int64_t /*rows*/) {
  double gold = 0;
  double predicted = 0;
  double hit = 0;
  for (size_t c = 0; c < sums.size() / 2; c += kPerClass) {
    gold += sums[c + kGold];
    predicted += sums[c + kPredicted];
    hit += sums[c + kHit];
  }
  return f1OfSums(gold, predicted, hit);
}

/// The official script divides by zero for a class that is never predicted or never right; here such a class has 0.
double clueMacroF1(std::span<const double> sums, int64_t /*rows*/) {
  double total = 0;
  for (size_t c = sums.size() / 2; c < sums.size(); c += kPerClass) {
    total += f1OfSums(sums[c + kGold], sums[c + kPredicted], sums[c + kHit]);
  }
  return total / static_cast<double>(sums.size() / 2 / kPerClass);
}

/// Entities of one row as two sets: what is given twice counts once.
struct EntitySets {
  std::set<std::tuple<int64_t, int32_t, int32_t>> places;
  std::set<std::pair<int64_t, std::string_view>> surfaces;
};

Result<EntitySets> makeSets(const Task &task, const Surface &surface, std::span<const Entity> entities,
                            const RowId &id) {
  EntitySets sets;
  for (const Entity &entity : entities) {
    const auto type = std::find(task.labels.begin(), task.labels.end(), entity.type);
    if (type == task.labels.end() || entity.begin < 0 || entity.begin >= entity.end || entity.end > surface.length()) {
      return fail(ErrorKind::BadInput,
                  fmt::format("row {}: no entity of this task is '{}' over [{}, {}) of {} characters", render(id),
                              entity.type, entity.begin, entity.end, surface.length()));
    }
    const int64_t index = type - task.labels.begin();
    sets.places.insert({index, entity.begin, entity.end});
    sets.surfaces.insert({index, surface.slice(entity.begin, entity.end)});
  }
  return sets;
}

template <typename Set> void count(const Set &gold, const Set &predicted, int64_t base, RowCounts &counts) {
  for (const auto &entity : gold) {
    counts.add(base + std::get<0>(entity) * kPerClass + kGold);
    if (predicted.contains(entity)) {
      counts.add(base + std::get<0>(entity) * kPerClass + kHit);
    }
  }
  for (const auto &entity : predicted) {
    counts.add(base + std::get<0>(entity) * kPerClass + kPredicted);
  }
}

} // namespace

const std::vector<Metric> &entityMetrics() {
  static const std::vector<Metric> kAll = {{"entity_f1", entityF1}, {"clue_macro_f1", clueMacroF1}};
  return kAll;
}

Result<Measure> measureEntities(const Task &task, std::span<const Row> rows, std::span<const Prediction> predictions) {
  Measure measure;
  measure.classes = static_cast<int64_t>(task.labels.size());
  const int64_t base = measure.classes * kPerClass;
  measure.counts.width = 2 * base;
  measure.metrics = entityMetrics();
  for (size_t i = 0; i < rows.size(); ++i) {
    const Surface surface(rows[i].fields[task.kind->sequence.text]);
    const Result<const std::vector<Entity> *> marked = goldOf<std::vector<Entity>>(rows[i]);
    const Result<const EntityAnswer *> answer = answerOf<EntityAnswer>(rows[i], predictions[i]);
    if (!marked || !answer) {
      return marked ? fail(answer) : fail(marked);
    }
    const Result<EntitySets> gold = makeSets(task, surface, **marked, rows[i].id);
    if (!gold) {
      return fail(gold);
    }
    const Result<EntitySets> predicted = makeSets(task, surface, (*answer)->entities, rows[i].id);
    if (!predicted) {
      return fail(predicted);
    }
    count(gold->places, predicted->places, 0, measure.counts);
    count(gold->surfaces, predicted->surfaces, base, measure.counts);
    measure.counts.endRow();
  }
  return measure;
}

} // namespace clew
