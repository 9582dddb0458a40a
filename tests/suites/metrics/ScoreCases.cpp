// The metrics without files: one JSON case a line in, one answer a line out, so that the Python references can try thousands of random cases.
//   {kind, labels, headline, rows, predictions, other, seed, resamples, threads} -> {scores, paired}
//   {p: [...]} -> [adjusted]     {words: text} -> [segments]
#include "suites/metrics/CmrcWords.h"
#include "suites/metrics/Score.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unicode/unistr.h>

#include <iostream>

namespace clew {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

std::vector<Entity> entitiesOf(const json &given) {
  std::vector<Entity> entities;
  for (const json &one : given.value("entities", json::array())) {
    entities.push_back({one[0].get<std::string>(), one[1].get<int32_t>(), one[2].get<int32_t>()});
  }
  return entities;
}

std::vector<Row> rowsOf(const std::string &kind, const json &given) {
  std::vector<Row> rows;
  for (const json &one : given) {
    Row row;
    row.id = static_cast<int64_t>(rows.size());
    row.fields = {one.value("text", "")};
    if (kind == "tag") {
      row.gold = entitiesOf(one);
    } else if (kind == "span") {
      row.gold = one.value("answers", std::vector<std::string>());
    } else if (kind == "regression") {
      row.gold = one.value("number", 0.0);
    } else if (kind == "multi_label" || kind == "cloze") {
      row.gold = one.value("labels", std::vector<int32_t>());
    } else {
      row.gold = one.value("label", -1);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<Prediction> predictionsOf(const std::string &kind, const json &given) {
  std::vector<Prediction> predictions;
  for (const json &one : given) {
    Prediction prediction;
    prediction.id = static_cast<int64_t>(predictions.size());
    if (kind == "tag") {
      prediction.answer = EntityAnswer{entitiesOf(one), {}, {}};
    } else if (kind == "span") {
      prediction.answer = TextAnswer{one.value("answer", ""), -1};
    } else if (kind == "regression") {
      prediction.answer = NumberAnswer{one.value("number", 0.0)};
    } else if (kind == "multi_label" || kind == "cloze") {
      prediction.answer = LabelsAnswer{one.value("labels", std::vector<int32_t>()), {}, {}};
    } else {
      prediction.answer = LabelAnswer{one.value("label", -1), {}};
    }
    predictions.push_back(std::move(prediction));
  }
  return predictions;
}

ordered_json scoreCase(const json &given) {
  Task task;
  const std::string kind = given["kind"];
  task.kind = findTaskKind(kind);
  task.labels = given.value("labels", std::vector<std::string>());
  task.headline = given.value("headline", "");
  task.metrics = given.value("metrics", std::vector<std::string>());
  const std::vector<Row> rows = rowsOf(kind, given["rows"]);
  const std::vector<Prediction> predictions = predictionsOf(kind, given["predictions"]);
  const BootstrapOptions options{given.value("resamples", 0), given.value("seed", uint64_t{1}),
                                 given.value("threads", 1)};
  const Result<Scores> scores = score(task, rows, predictions, options);
  if (!scores) {
    return {{"error", scores.error().message}};
  }
  ordered_json out = {{"scores", toJson(task, "dev", *scores)}};
  if (given.contains("other")) {
    const Result<PairedTest> test =
        comparePaired(task, rows, predictions, predictionsOf(kind, given["other"]), options);
    if (!test) {
      return {{"error", test.error().message}};
    }
    out["paired"] = {{"metric", test->metric}, {"difference", test->difference},
                     {"lo", test->lo},         {"hi", test->hi},
                     {"p", test->p},           {"test", test->test}};
  }
  return out;
}

ordered_json wordsOf(const std::string &text) {
  ordered_json out = ordered_json::array();
  for (const std::u32string &segment : cmrcSegments(cmrcNormalized(text))) {
    std::string utf8;
    icu::UnicodeString::fromUTF32(reinterpret_cast<const UChar32 *>(segment.data()),
                                  static_cast<int32_t>(segment.size()))
        .toUTF8String(utf8);
    out.push_back(utf8);
  }
  return out;
}

} // namespace
} // namespace clew

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    const nlohmann::json given = nlohmann::json::parse(line);
    nlohmann::ordered_json out;
    if (given.contains("p")) {
      out = clew::adjustedForDiscoveries(given["p"].get<std::vector<double>>());
    } else if (given.contains("words")) {
      out = clew::wordsOf(given["words"]);
    } else {
      out = clew::scoreCase(given);
    }
    fmt::print("{}\n", out.dump());
  }
  return 0;
}
