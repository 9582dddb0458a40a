// One object a row, keys as in the records.
#include "suites/report/ReportJson.h"

#include "suites/report/ReportSections.h"

#include <nlohmann/json.hpp>

namespace clew {
namespace {

using Json = nlohmann::ordered_json;

Json orNull(std::optional<double> number) { return number ? Json(*number) : Json(nullptr); }
Json orNull(double number) { return number > 0 ? Json(number) : Json(nullptr); }

Json percentiles(const Percentiles &latency) {
  return {{"p50", orNull(latency.p50)}, {"p90", orNull(latency.p90)}, {"p99", orNull(latency.p99)}};
}

Json scoresOf(const ReportRow &row) {
  Json metrics = Json::object();
  for (const auto &[name, value] : row.metrics) {
    metrics[name] = {{"value", value.value}, {"lo", value.lo}, {"hi", value.hi}};
  }
  return metrics;
}

Json classesOf(const ReportRow &row) {
  Json classes = Json::object();
  for (const auto &[name, score] : row.perClass) {
    classes[name] = {
        {"precision", score.precision}, {"recall", score.recall}, {"f1", score.f1}, {"support", score.support}};
  }
  return classes;
}

Json comparisonOf(const RowComparison &comparison) {
  Json json = {{"base", comparison.isBase}, {"speed", orNull(comparison.speed)}};
  if (const std::optional<PairedTest> &test = comparison.test) {
    json.update({{"metric", test->metric},
                 {"difference", test->difference},
                 {"lo", test->lo},
                 {"hi", test->hi},
                 {"p", test->p},
                 {"p_adjusted", orNull(comparison.adjustedP)},
                 {"test", test->test}});
  } else if (!comparison.isBase) {
    json["why_not"] = comparison.whyNot;
  }
  return json;
}

Json lengthsOf(const ReportRow &row) {
  Json lengths = Json::array();
  for (const LengthPoint &point : row.lengths) {
    lengths.push_back(
        {{"tokens", point.tokens}, {"text", percentiles(point.text)}, {"model", percentiles(point.model)}});
  }
  return lengths;
}

Json rowJson(const ReportRow &row) {
  Json json = {{"model", row.model},
               {"precision", nameOf(row.precision)},
               {"scheme", row.scheme},
               {"target", nameOf(row.target)},
               {"threads", row.threads},
               {"tier", row.tier ? Json(nameOf(*row.tier)) : Json("")},
               {"task", row.task},
               {"task_version", row.taskVersion},
               {"split", row.split},
               {"rows", row.rows},
               {"parameters", row.parameters},
               {"metrics", scoresOf(row)},
               {"per_class", classesOf(row)},
               {"class_names", row.classNames},
               {"latency_ms", {{"text", percentiles(row.latency)}, {"model", percentiles(row.modelOnly)}}},
               {"timed", row.timed},
               {"queries", row.queries},
               {"rows_per_s", orNull(row.rowsPerS)},
               {"tokens_per_s", orNull(row.tokensPerS)},
               {"server_per_s", orNull(row.serverPerS)},
               {"peak_memory_bytes", orNull(static_cast<double>(row.peakMemory))},
               {"joules_per_row", orNull(row.joulesPerRow)},
               {"lengths", lengthsOf(row)},
               {"random_weights", row.randomWeights()},
               {"ranked", row.ranked()},
               {"unranked", row.unranked},
               {"pareto", row.pareto},
               {"marks", row.marks()},
               {"flags", row.flags},
               {"server_bound_ms", orNull(row.serverBound)},
               {"deterministic", row.deterministic},
               {"ids", row.ids},
               {"boards", row.boards},
               {"signers", row.signers},
               {"model_sha256", row.modelSha256},
               {"weights_sha256", row.weightsSha256},
               {"vocabulary_sha256", row.vocabularySha256},
               {"tokenizer_sha256", row.tokenizerSha256},
               {"data_sha256", row.dataSha256},
               {"seeds", row.seeds},
               {"commits", row.commits},
               {"versions", row.versions},
               {"machine", row.machine.json()},
               {"started", row.started},
               {"finished", row.finished}};
  if (row.peakMemory > 0) {
    json["peak_memory_bytes"] = row.peakMemory;
  }
  if (row.coldStart) {
    json["cold_start_ms"] = {
        {"load", row.coldStart->load}, {"compile", row.coldStart->compile}, {"first", row.coldStart->first}};
  }
  if (row.gate) {
    json["gate"] = {
        {"share", orNull(row.gate->share)}, {"kept_99", row.gate->kept99}, {"kept_99_9", row.gate->kept999}};
  }
  if (row.comparison) {
    json["comparison"] = comparisonOf(*row.comparison);
  }
  return json;
}

} // namespace

Json reportJson(std::span<const ReportRow> rows) {
  Json list = Json::array();
  for (const ReportRow &row : rows) {
    list.push_back(rowJson(row));
  }
  return {{"warnings", warnings(rows)}, {"common_flags", commonFlags(rows)}, {"rows", std::move(list)}};
}

std::string scriptSafe(const Json &json) {
  std::string safe;
  for (const char c : json.dump(-1, ' ', true, Json::error_handler_t::replace)) {
    switch (c) {
    case '<':
      safe += "\\u003c";
      break;
    case '>':
      safe += "\\u003e";
      break;
    case '&':
      safe += "\\u0026";
      break;
    default:
      safe += c;
    }
  }
  return safe;
}

} // namespace clew
