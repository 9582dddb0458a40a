// What a record's fields say: its id, its key, its digest, whether the schema allows it.
#include "suites/records/Record.h"

#include "runtime/base/NamedValues.h"
#include "runtime/base/Sha256.h"
#include "suites/records/JsonSchema.h"
#include "suites/records/RecordRules.h"
#include "suites/records/RecordSchema.inc"

#include <fmt/format.h>

#include <algorithm>

namespace clew {
namespace {

using Json = nlohmann::ordered_json;

std::string textOf(const Json &json, const char *field) {
  return json.is_object() && json.contains(field) && json[field].is_string() ? json[field].get<std::string>() : "";
}

const nlohmann::json &schemaOf(const Record &record) {
  static const nlohmann::json now = nlohmann::json::parse(recordSchemaText);
  static const std::array<nlohmann::json, recordSchemasBefore.size()> before = {
      nlohmann::json::parse(recordSchema1Text), nlohmann::json::parse(recordSchema2Text),
      nlohmann::json::parse(recordSchema3Text)};
  const auto found = std::ranges::find(recordSchemasBefore, textOf(record.json, "schema"));
  return found == recordSchemasBefore.end() ? now : before[static_cast<size_t>(found - recordSchemasBefore.begin())];
}

/// Records of the first schema had their id of fewer fields.
std::string firstId(const Json &json) {
  Json fields = Json::array();
  for (const char *name :
       {"schema", "model", "model_sha256", "weights_sha256", "vocabulary_sha256", "task", "task_version", "split",
        "data_sha256", "target", "precision", "scenario", "tier", "threads", "deterministic", "length"}) {
    fields.push_back(json[name]);
  }
  fields.push_back(json["seeds"]["queries"]);
  const std::string text = fields.dump(-1, ' ', false, Json::error_handler_t::replace);
  return sha256Of(std::string_view(text)).value_or("").substr(0, 16);
}

CellKey readKey(const Json &json) {
  CellKey key;
  key.model = json["model"].get<std::string>();
  key.modelSha256 = json["model_sha256"].get<std::string>();
  key.weightsSha256 = json["weights_sha256"].get<std::string>();
  key.vocabularySha256 = json["vocabulary_sha256"].get<std::string>();
  key.tokenizerSha256 = json["tokenizer_sha256"].get<std::string>();
  key.task = json["task"].get<std::string>();
  key.taskVersion = json["task_version"].get<std::string>();
  key.taskSha256 = json["task_sha256"].get<std::string>();
  key.split = json["split"].get<std::string>();
  key.dataSha256 = json["data_sha256"].get<std::string>();
  key.cpu = json["execution"]["cpu"].is_null() ? "" : json["execution"]["cpu"].get<std::string>();
  for (const auto &[name, value] : json["execution"]["environment"].items()) {
    key.environment.emplace_back(name, value.get<std::string>());
  }
  key.threads = json["threads"].get<int>();
  key.deterministic = json["deterministic"].get<bool>();
  key.length = json["length"].get<int64_t>();
  key.seed = json["seeds"]["queries"].get<uint64_t>();
  if (json["server"].is_object()) {
    key.boundMs = json["server"]["bound_ms"].get<double>();
    key.serverBatch = json["server"]["batch"].get<int64_t>();
  }
  key.machine = Machine::of(json["machine"]).identity();
  return key;
}

} // namespace

std::string Record::id() const { return textOf(json, "id"); }

bool Record::isOld() const {
  return std::ranges::find(recordSchemasBefore, textOf(json, "schema")) != recordSchemasBefore.end();
}

bool Record::isFirst() const { return textOf(json, "schema") == recordSchemasBefore.front(); }

Result<CellKey> Record::key() const {
  if (isFirst()) {
    return fail(ErrorKind::BadInput, "a record of the schema clew.record.1 does not say all that its cell depends on; "
                                     "run the board again for one that does");
  }
  CellKey key = readKey(json);
  const Result<Target> target = targetNamed(textOf(json, "target"));
  const Result<Precision> precision = precisionNamed(textOf(json, "precision"));
  const Result<ScenarioKind> scenario = scenarioNamed(textOf(json, "scenario"));
  const Result<Tier> tier = tierNamed(textOf(json, "tier"));
  const Result<Bf16Products> bf16 = valueNamed(kBf16Products, "bf16", textOf(json["execution"], "bf16"));
  const Result<Products> products = valueNamed(kProducts, "products", textOf(json["execution"], "products"));
  if (!target || !precision) {
    return !target ? fail(target) : fail(precision);
  }
  if (!bf16 || !products) {
    return !bf16 ? fail(bf16) : fail(products);
  }
  if (!scenario || !tier) {
    return !scenario ? fail(scenario) : fail(tier);
  }
  key.target = *target;
  key.precision = *precision;
  key.execution = {*bf16, *products};
  key.scenario = *scenario;
  key.tier = *tier;
  return key;
}

std::string Record::digest() const {
  nlohmann::json fields = json; // sorts the keys
  fields.erase("digest");
  const std::string text = fields.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return sha256Of(std::string_view(text)).value_or("");
}

void Record::seal() {
  const Result<CellKey> cell = key();
  json["id"] = cell ? cell->id() : std::string(16, '0');
  json["digest"] = digest();
}

std::vector<std::string> Record::violations() const { return schemaViolations(schemaOf(*this), json); }

std::vector<std::string> Record::faults(int64_t now) const {
  std::vector<std::string> found = violations();
  if (!found.empty()) {
    return found;
  }
  const Result<CellKey> cell = isFirst() ? Result<CellKey>() : key();
  if (!cell) {
    return {cell.error().message};
  }
  if (const std::string made = isFirst() ? firstId(json) : cell->id(); made != id()) {
    found.push_back(
        fmt::format("/id: expected {}, which its fields make, found {}: somebody edited the record", made, id()));
  }
  if (isFirst()) {
    return found;
  }
  if (const std::string made = digest(); made != textOf(json, "digest")) {
    found.push_back(fmt::format("/digest: expected {}, which its fields make, found {}: somebody edited the record",
                                made, textOf(json, "digest")));
  }
  if (isOld()) {
    return found;
  }
  for (std::string &contradiction : contradictions(*this, now)) {
    found.push_back(std::move(contradiction));
  }
  return found;
}

NamedFile predictionsOf(const Record &record) {
  if (!record.json.is_object() || !record.json.contains("predictions")) {
    return {};
  }
  const Json &named = record.json["predictions"];
  return {textOf(named, "path"), textOf(named, "sha256")};
}

} // namespace clew
