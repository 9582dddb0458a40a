// Rules of scores: what a record may say of them without its predictions being looked at.
#include "suites/records/RecordRules.h"

#include <fmt/format.h>

#include <cmath>

namespace clew {
namespace {

using Json = RecordRules::Json;

void checkClasses(RecordRules &rules) {
  for (const auto &[name, score] : rules.json["per_class"].items()) {
    const double precision = score["precision"].get<double>();
    const double recall = score["recall"].get<double>();
    const double f1 = precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
    rules.need(std::fabs(f1 - score["f1"].get<double>()) < 1e-6, fmt::format("/per_class/{}/f1", name),
               fmt::format("{:.4f} of precision and recall", f1), score["f1"].dump());
  }
}

void checkGate(RecordRules &rules) {
  const Json &gate = rules.json["gate"];
  if (gate.is_null()) {
    return;
  }
  const std::string headline = rules.text("/headline");
  rules.need(rules.text("/precision") != nameOf(Precision::F32), "/gate", "none for f32");
  rules.need(gate["metric"] == headline, "/gate/metric", "the headline");
  if (!rules.json["metrics"].contains(headline)) {
    rules.need(false, "/gate", "none without a score");
    return;
  }
  const double value = rules.json["metrics"][headline]["value"].get<double>();
  const double f32 = gate["f32"].get<double>();
  const bool meaningful = f32 > 0 && !rules.json["random_weights"].get<bool>();
  rules.need(gate["share"].is_null() == (f32 <= 0) &&
                 (gate["share"].is_null() || aboutEqual(gate["share"].get<double>(), value / f32)),
             "/gate/share", "the score's share of the f32 score");
  rules.need(gate["kept_99"] == (value >= 0.99 * f32), "/gate/kept_99", "what scores say");
  rules.need(gate["kept_99_9"] == (value >= 0.999 * f32), "/gate/kept_99_9", "what scores say");
  rules.need(gate["meaningful"] == meaningful, "/gate/meaningful", fmt::format("{}", meaningful));
}

} // namespace

void checkScores(RecordRules &rules) {
  const Json &metrics = rules.json["metrics"];
  const std::string headline = rules.text("/headline");
  rules.need(metrics.empty() || !rules.isNull("/predictions"), "/metrics", "none without predictions", "scores");
  rules.need(metrics.empty() ? headline.empty() : metrics.contains(headline), "/headline",
             metrics.empty() ? "none without scores" : "one of the metrics");
  rules.need(!metrics.empty() || rules.json["per_class"].empty(), "/per_class", "none without scores", "scores");
  for (const auto &[name, metric] : metrics.items()) {
    rules.need(metric["lo"].get<double>() <= metric["hi"].get<double>(), fmt::format("/metrics/{}/lo", name),
               "no more than hi", metric["lo"].dump());
  }
  checkClasses(rules);
  checkGate(rules);
}

} // namespace clew
