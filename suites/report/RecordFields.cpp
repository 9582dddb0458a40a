// Fields by name, with the type that the schema gives them.
#include "suites/report/RecordFields.h"

#include "runtime/base/VisibleText.h"

#include <algorithm>
#include <cmath>

namespace clew {
namespace {

using Json = nlohmann::ordered_json;

/// Adds what is not yet there.
template <typename T> void addOnce(std::vector<T> &all, T value) {
  if (std::ranges::find(all, value) == all.end()) {
    all.push_back(std::move(value));
  }
}

Interval intervalOf(const Json &json) {
  const double value = numberIn(json, "value").value_or(0);
  return {value, numberIn(json, "lo").value_or(value), numberIn(json, "hi").value_or(value)};
}

ClassScore classScoreOf(const Json &json) {
  return {numberIn(json, "precision").value_or(0), numberIn(json, "recall").value_or(0),
          numberIn(json, "f1").value_or(0), wholeIn(json, "support")};
}

} // namespace

const Json &fieldAt(const Json &json, std::initializer_list<const char *> path) {
  static const Json absent;
  const Json *at = &json;
  for (const char *key : path) {
    const auto found = at->is_object() ? at->find(key) : at->end();
    if (!at->is_object() || found == at->end()) {
      return absent;
    }
    at = &*found;
  }
  return *at;
}

std::string textIn(const Json &json, const char *key) {
  const Json &field = fieldAt(json, {key});
  return field.is_string() ? visibleText(field.get_ref<const std::string &>()) : std::string(); // into tables and pages
}

std::optional<double> numberIn(const Json &json, const char *key) {
  const Json &field = fieldAt(json, {key});
  if (!field.is_number()) {
    return std::nullopt;
  }
  const double number = field.get<double>();
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

bool boolIn(const Json &json, const char *key) {
  const Json &field = fieldAt(json, {key});
  return field.is_boolean() && field.get<bool>();
}

int64_t wholeIn(const Json &json, const char *key) {
  const double number = numberIn(json, key).value_or(0);
  return std::abs(number) < 9e15 ? static_cast<int64_t>(number) : 0;
}

Percentiles percentilesOf(const Json &json) {
  return {numberIn(json, "p50"), numberIn(json, "p90"), numberIn(json, "p99")};
}

Result<void> readConfiguration(const Json &json, ReportRow &row) {
  const Result<Target> target = targetNamed(textIn(json, "target"));
  const Result<Precision> precision = precisionNamed(textIn(json, "precision"));
  if (!target || !precision) {
    return !target ? fail(target) : fail(precision);
  }
  row.target = *target;
  row.precision = *precision;
  row.model = textIn(json, "model");
  row.modelSha256 = textIn(json, "model_sha256");
  row.weightsSha256 = textIn(json, "weights_sha256");
  row.task = textIn(json, "task");
  row.taskVersion = textIn(json, "task_version");
  row.split = textIn(json, "split");
  row.dataSha256 = textIn(json, "data_sha256");
  row.taskSha256 = textIn(json, "task_sha256");
  row.tokenizerSha256 = textIn(json, "tokenizer_sha256");
  row.execution = fieldAt(json, {"execution"}).dump();
  row.scheme = textIn(json, "scheme");
  row.vocabularySha256 = textIn(json, "vocabulary_sha256");
  row.deterministic = boolIn(json, "deterministic");
  row.dataOfficial = boolIn(json, "data_official");
  row.parameters = wholeIn(json, "parameters");
  row.rows = wholeIn(json, "rows");
  return {};
}

void readScores(const Json &json, ReportRow &row) {
  row.metrics.clear();
  row.perClass.clear();
  for (const auto &[name, metric] : fieldAt(json, {"metrics"}).items()) {
    if (numberIn(metric, "value")) {
      row.metrics.emplace_back(visibleText(name), intervalOf(metric));
    }
  }
  for (const auto &[name, scores] : fieldAt(json, {"per_class"}).items()) {
    if (scores.is_object()) {
      row.perClass.emplace_back(visibleText(name), classScoreOf(scores));
    }
  }
  const std::string headline = textIn(json, "headline");
  const auto first = std::ranges::find(row.metrics, headline, &std::pair<std::string, Interval>::first);
  if (first != row.metrics.end()) {
    std::rotate(row.metrics.begin(), first, first + 1);
  }
  if (const Json &gate = fieldAt(json, {"gate"}); gate.is_object() && boolIn(gate, "meaningful")) {
    row.gate = {numberIn(gate, "share"), boolIn(gate, "kept_99"), boolIn(gate, "kept_99_9")};
  }
  row.predictions = textIn(fieldAt(json, {"predictions"}), "path");
  row.predictionsSha256 = textIn(fieldAt(json, {"predictions"}), "sha256");
}

void readTiming(const Json &json, ReportRow &row) {
  const Percentiles text = percentilesOf(fieldAt(json, {"latency_ms"}));
  const Percentiles model = percentilesOf(fieldAt(json, {"latency_ms", "model_only"}));
  const std::string scenario = textIn(json, "scenario");
  if (const int64_t length = wholeIn(json, "length"); length > 0) {
    if (scenario == "single-stream") {
      row.lengths.push_back({length, text, model});
    }
    return;
  }
  if (scenario == "single-stream") {
    row.timed = true;
    row.latency = text;
    row.modelOnly = model;
    row.queries = wholeIn(json, "queries");
    row.joulesPerRow = numberIn(fieldAt(json, {"energy"}), "joules_per_row").value_or(row.joulesPerRow);
  } else if (scenario == "offline") {
    row.joulesPerRow =
        row.joulesPerRow > 0 ? row.joulesPerRow : numberIn(fieldAt(json, {"energy"}), "joules_per_row").value_or(0);
    row.rowsPerS = numberIn(json, "rows_per_s").value_or(0);
    row.tokensPerS = numberIn(json, "tokens_per_s").value_or(0);
  } else if (scenario == "server") {
    row.serverPerS = numberIn(fieldAt(json, {"server"}), "rate_per_s").value_or(0);
    row.serverBound = numberIn(fieldAt(json, {"server"}), "bound_ms").value_or(0);
  }
  row.peakMemory = std::max(row.peakMemory, wholeIn(json, "peak_memory_bytes"));
  if (const Json &cold = fieldAt(json, {"cold_start_ms"}); !row.coldStart && cold.is_object()) {
    row.coldStart = {numberIn(cold, "load").value_or(0), numberIn(cold, "compile").value_or(0),
                     numberIn(cold, "first").value_or(0)};
  }
}

void readOrigin(const Json &json, ReportRow &row) {
  addOnce(row.ids, textIn(json, "id"));
  if (const std::string board = textIn(json, "board"); !board.empty()) {
    addOnce(row.boards, board);
  }
  for (const Json &flag : fieldAt(json, {"flags"})) {
    if (flag.is_string()) {
      addOnce(row.flags, visibleText(flag.get_ref<const std::string &>()));
    }
  }
  for (const auto &[name, seed] : fieldAt(json, {"seeds"}).items()) {
    if (seed.is_number_integer()) {
      row.seeds[visibleText(name)] = seed.get<int64_t>();
    }
  }
  addOnce(row.commits, textIn(json, "commit") + (boolIn(json, "dirty") ? "+" : ""));
  for (const auto &[library, version] : fieldAt(json, {"versions"}).items()) {
    if (version.is_string()) {
      row.versions[visibleText(library)] = visibleText(version.get_ref<const std::string &>());
    }
  }
  if (const std::string started = textIn(json, "started"); row.started.empty() || started < row.started) {
    row.started = started;
  }
  row.finished = std::max(row.finished, textIn(json, "finished"));
}

} // namespace clew
