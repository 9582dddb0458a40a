// Records for the tests of reports: the smallest that say what they are, without the facts that reports only repeat.
#pragma once

#include "suites/report/JoinRecords.h"

namespace clew {

/// A record of bert/base on cluener; `changes` replace fields.
inline SourcedRecord sampleRecord(const std::string &scenario, const nlohmann::ordered_json &changes = {}) {
  nlohmann::ordered_json json = {{"id", "00000000000000" + std::to_string(scenario.size())},
                                 {"model", "bert/base"},
                                 {"parameters", 102267648},
                                 {"model_sha256", std::string(64, 'a')},
                                 {"weights_sha256", std::string(64, 'b')},
                                 {"task", "cluener"},
                                 {"task_version", "2020"},
                                 {"split", "dev"},
                                 {"data_sha256", std::string(64, 'c')},
                                 {"data_official", true},
                                 {"rows", 1343},
                                 {"target", "cpu"},
                                 {"precision", "f32"},
                                 {"scheme", "f32"},
                                 {"threads", 2},
                                 {"metrics", nlohmann::ordered_json::object()},
                                 {"scenario", scenario},
                                 {"tier", "official"},
                                 {"length", 0},
                                 {"machine", {{"cpu", "CPU"}, {"cores", 2}, {"kernel", "6.1"}}},
                                 {"finished", "2026-11-22T04:00:00Z"}};
  for (const auto &[key, value] : changes.items()) {
    json[key] = value;
  }
  return {Record{std::move(json)}, "."};
}

/// The fields of an accuracy run whose headline is entity_f1.
inline nlohmann::ordered_json scored(double value) {
  return {{"metrics",
           {{"clue_macro_f1", {{"value", value - 1}, {"lo", value - 2}, {"hi", value}}},
            {"entity_f1", {{"value", value}, {"lo", value - 1}, {"hi", value + 1}}}}},
          {"headline", "entity_f1"}};
}

/// The fields of a single-stream run; a p99 below zero stands for too few samples.
inline nlohmann::ordered_json timed(double p50, double p99 = -1) {
  const nlohmann::ordered_json last = p99 < 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(p99);
  return {{"queries", 100},
          {"latency_ms",
           {{"p50", p50},
            {"p90", p50 * 1.5},
            {"p99", last},
            {"model_only", {{"p50", p50 * 0.9}, {"p90", p50 * 1.2}, {"p99", last}}}}}};
}

inline nlohmann::ordered_json with(nlohmann::ordered_json fields, const nlohmann::ordered_json &more) {
  for (const auto &[key, value] : more.items()) {
    fields[key] = value;
  }
  return fields;
}

/// The rows of records that must join.
inline std::vector<ReportRow> joined(const std::vector<SourcedRecord> &records) {
  Result<std::vector<ReportRow>> rows = joinRecords(records);
  return rows ? std::move(*rows) : std::vector<ReportRow>{};
}

} // namespace clew
