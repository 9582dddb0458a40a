// All that was measured, as a table and as Google Benchmark writes its times (docs/user_guide.md of that project: JSON).
#include "suites/results/ExportScores.h"

#include <fmt/format.h>

#include <optional>
#include <set>

namespace clew {
namespace {

using Json = nlohmann::ordered_json;

/// A cell of RFC 4180: in quotes where it must be.
std::string cell(const std::string &text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) {
    return text;
  }
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  }
  return quoted + "\"";
}

std::string shown(const Json &value) {
  return value.is_null()     ? ""
         : value.is_string() ? value.get<std::string>()
                             : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Columns that are fields, by their place in the record.
constexpr const char *kFields[] = {"/id",
                                   "/digest",
                                   "/board",
                                   "/model",
                                   "/weights_sha256",
                                   "/task",
                                   "/split",
                                   "/data_sha256",
                                   "/target",
                                   "/precision",
                                   "/threads",
                                   "/scenario",
                                   "/tier",
                                   "/length",
                                   "/headline",
                                   "/queries",
                                   "/latency_ms/p50",
                                   "/latency_ms/p90",
                                   "/latency_ms/p99",
                                   "/latency_ms/model_only/p50",
                                   "/rows_per_s",
                                   "/tokens_per_s",
                                   "/server/rate_per_s",
                                   "/energy/joules_per_row",
                                   "/peak_memory_bytes",
                                   "/machine/cpu",
                                   "/machine/cores",
                                   "/machine/host",
                                   "/commit",
                                   "/started",
                                   "/finished"};

Json fieldAt(const Json &json, const char *pointer) {
  const Json::json_pointer place(pointer);
  return json.contains(place) ? json.at(place) : Json();
}

} // namespace

Exported exportCsv(std::span<const ExportRecord> records) {
  std::string csv;
  for (const char *field : kFields) {
    std::string name = field + 1;
    for (char &c : name) {
      c = c == '/' ? '.' : c;
    }
    csv += name + ",";
  }
  csv += "score,score_low,score_high,flags,not_ranked_because\r\n";
  for (const ExportRecord &one : records) {
    const Json &json = one.record.json;
    for (const char *field : kFields) {
      csv += cell(shown(fieldAt(json, field))) + ",";
    }
    const auto headline = json["headline"].get<std::string>();
    const Json score = headline.empty() ? Json() : json["metrics"][headline];
    for (const char *part : {"value", "lo", "hi"}) {
      csv += (score.is_object() ? shown(score[part]) : "") + ",";
    }
    std::string flags;
    for (const Json &flag : json["flags"]) {
      flags += (flags.empty() ? "" : "; ") + flag.get<std::string>();
    }
    csv += cell(flags) + "," + cell(one.unranked) + "\r\n";
  }
  return {{{"", csv}}, {}};
}

Result<Exported> exportBenchmark(std::span<const ExportRecord> records) {
  Exported exported;
  Json lines = Json::array();
  std::set<std::string> machines;
  const Json *machine = nullptr;
  std::string date;
  for (const ExportRecord &one : records) {
    const Json &json = one.record.json;
    if (!json["latency_ms"].is_object()) {
      continue;
    }
    machine = &json["machine"];
    machines.insert(Machine::of(*machine).identity());
    date = std::max(date, json["finished"].get<std::string>());
    const std::string length = json["length"] == 0 ? "" : fmt::format("/tokens:{}", json["length"].get<int64_t>());
    const std::string name =
        fmt::format("{}/{}/{}/{}/{}{}/threads:{}", shown(json["task"]), shown(json["model"]), shown(json["target"]),
                    shown(json["precision"]), shown(json["scenario"]), length, json["threads"].get<int64_t>());
    for (const char *percentile : {"p50", "p90", "p99"}) {
      const Json &whole = json["latency_ms"][percentile];
      const Json &model = json["latency_ms"]["model_only"][percentile];
      if (!whole.is_number() || !model.is_number()) {
        continue;
      }
      lines.push_back({{"name", name + "_" + percentile},
                       {"run_name", name},
                       {"run_type", "aggregate"},
                       {"aggregate_name", percentile},
                       {"aggregate_unit", "time"},
                       {"repetitions", json["queries"]},
                       {"threads", json["threads"]},
                       {"iterations", json["queries"]},
                       {"real_time", whole},
                       {"cpu_time", model},
                       {"time_unit", "ms"},
                       {"items_per_second", json["rows_per_s"]},
                       {"label", one.record.digest()}});
    }
  }
  if (machines.size() != 1) {
    return fail(
        ErrorKind::BadInput,
        fmt::format("expected latencies of one machine, which is what such a file is of; found {}", machines.size()));
  }
  const Json context = {
      {"date", date},
      {"host_name", shown((*machine)["host"])},
      {"executable", "clew bench"},
      {"num_cpus", (*machine)["cores"]},
      {"mhz_per_cpu", 0},
      {"cpu_scaling_enabled", (*machine)["governor"].is_string() && (*machine)["governor"] != "performance"},
      {"caches", Json::array()},
      {"load_avg", Json::array({(*machine)["load_at_start"]})},
      {"library_build_type", "release"},
      {"cpu", (*machine)["cpu"]},
      {"cpu_time_is", "the program alone, on the same tokens; real_time is text to label"}};
  exported.files = {{"", Json{{"context", context}, {"benchmarks", std::move(lines)}}.dump(
                             2, ' ', false, Json::error_handler_t::replace) +
                             "\n"}};
  return exported;
}

} // namespace clew
