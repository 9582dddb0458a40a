// What a record's fields say: its id, its key, whether the schema allows it.
#include "suites/records/Record.h"

#include "runtime/base/Sha256.h"
#include "suites/records/JsonSchema.h"
#include "suites/records/RecordSchema.inc"

namespace clew {
namespace {

const nlohmann::json &schema() {
  static const nlohmann::json parsed = nlohmann::json::parse(recordSchemaText);
  return parsed;
}

std::string textOf(const nlohmann::ordered_json &json, const char *field) {
  return json.is_object() && json.contains(field) && json[field].is_string() ? json[field].get<std::string>() : "";
}

template <typename T> T numberOf(const nlohmann::ordered_json &json, const char *field) {
  return json.is_object() && json.contains(field) && json[field].is_number() ? json[field].get<T>() : T{};
}

} // namespace

std::string CellKey::id() const {
  // As JSON, so that no two keys are written alike.
  const nlohmann::ordered_json fields = {recordSchema, model,       modelSha256, weightsSha256, vocabularySha256,
                                         task,         taskVersion, split,       dataSha256,    target,
                                         precision,    scenario,    tier,        threads,       deterministic,
                                         length,       seed};
  const std::string text = fields.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  const Result<std::string> digest = sha256Of(std::string_view(text));
  return digest ? digest->substr(0, 16) : std::string();
}

std::string Record::id() const { return textOf(json, "id"); }

CellKey Record::key() const {
  CellKey key;
  key.model = textOf(json, "model");
  key.modelSha256 = textOf(json, "model_sha256");
  key.weightsSha256 = textOf(json, "weights_sha256");
  key.vocabularySha256 = textOf(json, "vocabulary_sha256");
  key.task = textOf(json, "task");
  key.taskVersion = textOf(json, "task_version");
  key.split = textOf(json, "split");
  key.dataSha256 = textOf(json, "data_sha256");
  key.target = textOf(json, "target");
  key.precision = textOf(json, "precision");
  key.scenario = textOf(json, "scenario");
  key.tier = textOf(json, "tier");
  key.threads = numberOf<int>(json, "threads");
  key.deterministic = json.is_object() && json.value("deterministic", false);
  key.length = numberOf<int64_t>(json, "length");
  key.seed = json.is_object() && json.contains("seeds") ? numberOf<uint64_t>(json["seeds"], "queries") : 0;
  return key;
}

std::vector<std::string> Record::violations() const { return schemaViolations(schema(), json); }

} // namespace clew
