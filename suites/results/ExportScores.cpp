// YAML of the Hub and JSON of MTEB. Scalars are written as JSON, which YAML 1.2 reads as the same; so no text of a record can be anything else.
#include "suites/results/ExportScores.h"

#include <fmt/format.h>

#include <map>
#include <set>

namespace clew {
namespace {

using Json = nlohmann::ordered_json;

std::string scalar(const Json &value) { return value.dump(-1, ' ', true, Json::error_handler_t::replace); }

std::string text(const Record &record, const char *key) { return record.json.at(key).get<std::string>(); }

/// "accuracy" in f32; with its precision otherwise.
std::string metricName(const Record &record, const std::string &metric) {
  const std::string precision = text(record, "precision");
  return precision == "f32" ? metric : metric + ", " + precision;
}

/// What a reader must know of the number, in one line.
std::string noteOf(const Record &record) {
  return fmt::format("Clew record {} (digest {}), {} {}, weights {}, data {}; computed from predictions {}",
                     record.id(), record.digest(), text(record, "target"), text(record, "precision"),
                     text(record, "weights_sha256"), text(record, "data_sha256"),
                     record.json["predictions"].is_object() ? record.json["predictions"]["sha256"].get<std::string>()
                                                            : "none");
}

std::string sourceOf(const ExportOptions &options, const std::string &indent) {
  return options.source.empty()
             ? ""
             : fmt::format("{0}source:\n{0}  name: \"Clew\"\n{0}  url: {1}\n", indent, scalar(options.source));
}

std::string safeName(std::string name) {
  for (char &c : name) {
    const bool plain =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
    c = plain ? c : '_';
  }
  return name.starts_with('.') ? "_" + name : name;
}

} // namespace

Exported exportModelIndex(std::span<const Record *const> records, const ExportOptions &options) {
  std::string yaml = fmt::format("model-index:\n- name: {}\n  results:\n", scalar(text(*records.front(), "model")));
  for (const Record *record : records) {
    const std::string task = text(*record, "task");
    const HubTask hub = options.hubTask(task);
    yaml += fmt::format("  - task:\n      type: {}\n    dataset:\n      name: {}\n      type: {}\n", scalar(hub.type),
                        scalar(task), scalar(hub.dataset.empty() ? task : hub.dataset));
    yaml += hub.config.empty() ? "" : fmt::format("      config: {}\n", scalar(hub.config));
    yaml += fmt::format("      split: {}\n    metrics:\n", scalar(record->json["split"]));
    for (const auto &[metric, value] : record->json["metrics"].items()) {
      yaml += fmt::format("    - type: {}\n      name: {}\n      value: {}\n", scalar(metric),
                          scalar(metricName(*record, metric)), scalar(value["value"]));
    }
    yaml += sourceOf(options, "    ");
  }
  return {{{"", yaml}}, {}};
}

Exported exportEvalResults(std::span<const Record *const> records, const ExportOptions &options) {
  Exported exported;
  std::string yaml;
  for (const Record *record : records) {
    const std::string task = text(*record, "task");
    const HubTask hub = options.hubTask(task);
    if (hub.dataset.empty()) {
      exported.notes.push_back(
          fmt::format("{}: no data set of the Hub is named for it (--hub {}=OWNER/NAME)", task, task));
      continue;
    }
    yaml += fmt::format("- dataset:\n    id: {}\n    task_id: {}\n  value: {}\n  date: {}\n", scalar(hub.dataset),
                        scalar(hub.config.empty() ? "default" : hub.config),
                        scalar(record->json["metrics"][text(*record, "headline")]["value"]),
                        scalar(text(*record, "finished")));
    yaml += sourceOf(options, "  ");
    yaml += fmt::format("  notes: {}\n", scalar(fmt::format("{} on {}, per cent; {}", text(*record, "headline"),
                                                            text(*record, "split"), noteOf(*record))));
  }
  exported.files = {{"", yaml.empty() ? "[]\n" : yaml}};
  return exported;
}

Exported exportMteb(std::span<const Record *const> records, const ExportOptions &options) {
  Exported exported;
  const Record &first = *records.front();
  const std::string model = text(first, "model");
  const size_t slash = model.find('/');
  const std::string folder =
      safeName(model.substr(0, slash)) + (slash == std::string::npos ? "" : "__" + safeName(model.substr(slash + 1)));
  std::map<std::string, Json> tasks; // by path; of several precisions the first, f32 where it is there, stands
  std::set<std::string> revisions;   // of weights: each task may have its own
  for (const Record *record : records) {
    const std::string task = text(*record, "task");
    const HubTask hub = options.hubTask(task);
    Json scores = {{"hf_subset", hub.config.empty() ? "default" : hub.config}, {"languages", Json::array()}};
    for (const auto &[metric, value] : record->json["metrics"].items()) {
      scores[metric] = value["value"].get<double>() / 100;
    }
    scores["main_score"] = scores[text(*record, "headline")];
    const std::string revision = safeName(text(*record, "weights_sha256").substr(0, 40));
    revisions.insert(revision);
    Json &file = tasks[folder + "/" + revision + "/" + safeName(task) + ".json"];
    if (file.is_null()) {
      file = {{"dataset_revision", text(*record, "data_sha256").substr(0, 40)},
              {"task_name", task},
              {"mteb_version", nullptr},
              {"scores", Json::object()},
              {"evaluation_time", nullptr},
              {"kg_co2_emissions", nullptr},
              {"clew_record", record->digest()}};
    }
    Json &splits = file["scores"];
    if (!splits.contains(text(*record, "split"))) {
      splits[text(*record, "split")] = Json::array({std::move(scores)});
    } else {
      exported.notes.push_back(
          fmt::format("{} at {}: this form has one score for a task and a split", task, text(*record, "precision")));
    }
  }
  for (const auto &[path, file] : tasks) {
    exported.files.push_back({path, file.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"});
  }
  for (const std::string &revision : revisions) {
    const Json meta = {{"name", model},
                       {"revision", revision},
                       {"n_parameters", first.json["parameters"]},
                       {"framework", Json::array({"Clew"})}};
    exported.files.push_back({folder + "/" + revision + "/model_meta.json", meta.dump(2) + "\n"});
  }
  return exported;
}

} // namespace clew
