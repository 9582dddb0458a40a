// Reads the fields of a record without trusting it: records come from anybody. What is absent, null or of another type is absent.
#pragma once

#include "suites/report/ReportRow.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace clew {

/// The field at a path of keys ("latency_ms", "p50"), or null.
const nlohmann::ordered_json &fieldAt(const nlohmann::ordered_json &json, std::initializer_list<const char *> path);

std::string textIn(const nlohmann::ordered_json &json, const char *key);             ///< empty if absent
std::optional<double> numberIn(const nlohmann::ordered_json &json, const char *key); ///< finite ones only
int64_t wholeIn(const nlohmann::ordered_json &json, const char *key);                ///< 0 if absent
bool boolIn(const nlohmann::ordered_json &json, const char *key);                    ///< false if absent
Percentiles percentilesOf(const nlohmann::ordered_json &json);

/// Fields of what was run: model, weights, task, data, target, precision, parameters, rows. BadInput for a target or precision that there is
/// not: a number under another name is worse than none.
Result<void> readConfiguration(const nlohmann::ordered_json &json, ReportRow &row);
/// Metrics, scores by class, predictions.
void readScores(const nlohmann::ordered_json &json, ReportRow &row);
/// Latency, throughput, memory, cold start, by the record's scenario; a point of the grid if it has a length.
void readTiming(const nlohmann::ordered_json &json, ReportRow &row);
/// Id, flags, seeds, commit, versions, times: added to what the row has.
void readOrigin(const nlohmann::ordered_json &json, ReportRow &row);

} // namespace clew
