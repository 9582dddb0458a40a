// Every field of the key makes the id and no other does; a record that was edited with care, id and digest computed anew, still contradicts
// itself.
#include "suites/records/Flags.h"
#include "tests/suites/records/SampleRecord.h"

#include <doctest/doctest.h>

#include <set>

namespace clew {
namespace {

using Json = nlohmann::ordered_json;

/// The fields that a cell depends on, and another value of each.
const std::vector<std::pair<std::string, Json>> kKeyFields = {
    {"/model", "bert/other"},
    {"/model_sha256", std::string(64, '1')},
    {"/weights_sha256", std::string(64, '1')},
    {"/vocabulary_sha256", std::string(64, '1')},
    {"/tokenizer_sha256", std::string(64, '1')},
    {"/task", "other"},
    {"/task_version", "2"},
    {"/task_sha256", std::string(64, '1')},
    {"/split", "test"},
    {"/data_sha256", std::string(64, '1')},
    {"/target", "ref"},
    {"/precision", "bf16"},
    {"/execution/cpu", "x86-64-v3"},
    {"/execution/bf16", "widen"},
    {"/execution/products", "library"},
    {"/execution/environment", {{"ONEDNN_MAX_CPU_ISA", "AVX2"}}},
    {"/deterministic", true},
    {"/scenario", "offline"},
    {"/tier", "official"},
    {"/threads", 3},
    {"/length", 8},
    {"/seeds/queries", 7},
    {"/server", {{"bound_ms", 20}, {"batch", 1}}},
    {"/machine/cpu", "y"},
    {"/machine/cores", 3},
    {"/machine/features", {"avx512f"}},
    {"/machine/governor", "performance"},
    {"/machine/turbo", true},
    {"/machine/smt", false},
    {"/machine/aslr", false},
    {"/machine/kernel", "6.12"},
    {"/machine/host", "0123456789abcdef"},
};
/// Those of them that the answers do not depend on.
const std::set<std::string> kTimingFields = {"/scenario", "/tier", "/threads", "/length", "/seeds/queries", "/server"};

/// Of the machine, what may change from run to run.
const std::set<std::string> kPassing = {"load_at_start", "memory_bytes"};

Record with(const std::string &pointer, const Json &value) {
  Record record = sampleRecord();
  record.json[Json::json_pointer(pointer)] = value;
  return record;
}

/// What is found in a record after `edit`, by who has computed id and digest again, and the flags if `flags`.
std::vector<std::string> foundIn(Record record, bool flags = true) {
  if (flags) {
    record.json["flags"] = flagsOf(record.json);
  }
  record.seal();
  return record.faults(kSampleNow);
}

/// Some fault names `path`.
bool names(const std::vector<std::string> &faults, const std::string &path) {
  return std::ranges::any_of(faults, [&](const std::string &fault) { return fault.starts_with(path + ": expected "); });
}

} // namespace

TEST_CASE("the sample has no faults, for any length") {
  for (const int64_t length : {0, 8, 16, 100}) {
    for (const std::string &fault : sampleRecord(length).faults(kSampleNow)) {
      FAIL_CHECK(fault);
    }
  }
}

TEST_CASE("each field of the key changes the id; those that answers depend on, the configuration's") {
  const CellKey key = *sampleRecord().key();
  std::set<std::string> ids = {key.id()};
  for (const auto &[pointer, value] : kKeyFields) {
    CAPTURE(pointer);
    const Result<CellKey> other = with(pointer, value).key();
    REQUIRE(other);
    CHECK(ids.insert(other->id()).second);
    CHECK((other->configurationId() == key.configurationId()) == kTimingFields.contains(pointer));
  }
  CellKey other = key;
  other.boundMs = 7;
  CHECK(ids.insert(other.id()).second);
  other.serverBatch = 7;
  CHECK(ids.insert(other.id()).second);
  CHECK(key.configurationIdAt(Precision::F32) != key.configurationId());
  CHECK(key.configurationIdAt(key.precision) == key.configurationId());
  CHECK(key.id().size() == 16);
}

TEST_CASE("no other field changes the id, and every field the digest") {
  const Record right = sampleRecord();
  for (const auto &[name, value] : right.json.items()) {
    if (name == "digest" || name == "schema") {
      continue;
    }
    CAPTURE(name);
    Record other = right;
    other.json[name] = value.is_null() ? Json(1) : Json();
    CHECK(other.digest() != right.digest());
    const bool isKey = std::ranges::any_of(kKeyFields, [&](const auto &field) {
      return field.first == "/" + name || field.first.starts_with("/" + name + "/");
    });
    if (!isKey) {
      CHECK(other.key()->id() == right.id());
    }
  }
  for (const auto &[name, value] : right.json["machine"].items()) {
    CAPTURE(name);
    const bool isKey =
        std::ranges::any_of(kKeyFields, [&](const auto &field) { return field.first == "/machine/" + name; });
    CHECK(isKey != kPassing.contains(name));
  }
}

TEST_CASE("the digest is of the fields, not of their order or form") {
  const Record right = sampleRecord();
  Record other;
  std::vector<std::pair<std::string, Json>> fields;
  for (const auto &[name, value] : right.json.items()) {
    fields.emplace_back(name, value);
  }
  std::ranges::reverse(fields);
  for (const auto &[name, value] : fields) {
    other.json[name] = value;
  }
  CHECK(other.digest() == right.digest());
}

TEST_CASE("who edits without care has another digest") {
  for (const auto &[pointer, value] : std::vector<std::pair<std::string, Json>>{{"/metrics/accuracy/value", 99},
                                                                                {"/latency_ms/p50", 0.1},
                                                                                {"/commit", std::string(40, 'a')},
                                                                                {"/parameters", 7}}) {
    CAPTURE(pointer);
    CHECK(names(with(pointer, value).faults(kSampleNow), "/digest"));
  }
}

TEST_CASE("who edits with care contradicts what else the record says") {
  // What is edited, and the field at which it is found.
  struct Edit {
    std::string pointer;
    Json value;
    std::string found;
  };
  const std::vector<Edit> edits = {
      {"/random_weights", false, "/random_weights"},
      {"/weights_sha256", std::string(64, '1'), "/random_weights"},
      {"/weights_sha256", "random:2", "/seeds/weights"},
      {"/seeds/weights", nullptr, "/seeds/weights"},
      {"/seeds/arrivals", 5, "/seeds/arrivals"},
      {"/seeds/bootstrap", 2, "/seeds/bootstrap"},
      {"/parameters", 0, "/parameters"},
      {"/rows", 0, "/rows"},
      {"/versions", Json::object(), "/versions"},
      {"/metrics/accuracy/lo", 99, "/metrics/accuracy/lo"},
      {"/metrics/accuracy/value", 99, "/gate/share"},
      {"/headline", "f1", "/headline"},
      {"/headline", "", "/headline"},
      {"/metrics", Json::object(), "/headline"},
      {"/predictions", nullptr, "/metrics"},
      {"/per_class/体育/f1", 99, "/per_class/体育/f1"},
      {"/gate/f32", 20, "/gate/share"},
      {"/gate/kept_99", true, "/gate/kept_99"},
      {"/gate/kept_99_9", true, "/gate/kept_99_9"},
      {"/gate/meaningful", true, "/gate/meaningful"},
      {"/gate/metric", "f1", "/gate/metric"},
      {"/precision", "f32", "/gate"},
      {"/tier", "standard", "/duration_s"},
      {"/tier", "official", "/duration_s"},
      {"/scenario", "accuracy", "/queries"},
      {"/scenario", "offline", "/latency_ms"},
      {"/scenario", "server", "/server"},
      {"/server", {{"bound_ms", 20}, {"batch", 1}, {"rate_per_s", nullptr}, {"rates", Json::array()}}, "/server"},
      {"/length", 40, "/tokens_per_s"},
      {"/queries", 1000, "/rows_per_s"},
      {"/queries", 5, "/latency_ms/p50"},
      {"/warmup_queries", 0, "/warmup_queries"},
      {"/duration_s", 50, "/rows_per_s"},
      {"/duration_s", 1, "/duration_s"},
      {"/latency_ms", nullptr, "/latency_ms"},
      {"/latency_ms/p50", nullptr, "/latency_ms/p50"},
      {"/latency_ms/p50", 3, "/latency_ms/p90"},
      {"/latency_ms/p90", 2000, "/latency_ms/p90"},
      {"/latency_ms/p99", 9, "/latency_ms/p99"},
      {"/latency_ms/p50", 0.5, "/latency_ms/model_only/p50"},
      {"/rows_per_s", 1e6, "/rows_per_s"},
      {"/rows_per_s", nullptr, "/rows_per_s"},
      {"/tokens_per_s", 1e6, "/tokens_per_s"},
      {"/model_only_rows_per_s", 1, "/model_only_rows_per_s"},
      {"/model_only_tokens_per_s", 1, "/model_only_tokens_per_s"},
      {"/lengths/16", 41, "/lengths"},
      {"/lengths", {{"17", 100}}, "/lengths"},
      {"/lengths", {{"1024", 100}}, "/tokens_per_s"},
      {"/started", "2026-01-01T00:00:09Z", "/finished"},
      {"/started", "2026-02-30T00:00:00Z", "/started"},
      {"/started", "1999-01-01T00:00:00Z", "/started"},
      {"/finished", "2099-01-01T00:00:00Z", "/finished"},
      {"/finished", "2026-01-01T00:00:01Z", "/finished"},
      {"/finished", "2026-01-01T25:00:00Z", "/finished"},
      {"/energy", nullptr, "/energy"},
      {"/energy/missing", nullptr, "/energy/missing"},
      {"/energy/missing", "", "/energy/missing"},
      {"/energy/joules_per_row", 1.5, "/energy/joules_per_row"},
      {"/energy/joules", {{"core-0", 10}}, "/energy/joules"},
      {"/energy/joules", {{"package-", 10}}, "/energy/joules"},
      {"/energy",
       {{"joules_per_row", 1}, {"joules", {{"package-0", 10}}}, {"missing", nullptr}},
       "/energy/joules_per_row"},
      {"/energy", {{"joules_per_row", 1e7}, {"joules", {{"gpu-0", 1e9}}}, {"missing", nullptr}}, "/energy/joules"},
      {"/peak_memory_bytes", 8388608000, "/peak_memory_bytes"},
      {"/peak_memory_bytes", 1048577, "/peak_memory_bytes"},
      {"/board", "a b", "/board"},
      {"/model", "bert", "/model"},
      {"/model", "bert/a/b", "/model"},
      {"/task", "../t", "/task"},
      {"/split", "", "/split"},
      {"/task_version", "1 2", "/task_version"},
      {"/scheme", "f32x", "/scheme"},
      {"/scheme", "heads f32; linear bf16, sums f32; all else f32", "/scheme"},
      {"/execution/cpu", "x86-64-v9", "/execution/cpu"},
      {"/execution/cpu", "x86-64-v4", "/execution/facts/cpu"},
      {"/execution/facts/cpu", "nehalem", "/execution/facts/cpu"},
      {"/execution/facts", Json::object(), "/execution/facts"},
      {"/execution/facts/more", "x", "/execution/facts"},
      {"/execution/facts/products", "own f32, oneDNN f32", "/execution/facts/products"},
      {"/execution/facts/products", "own f64", "/execution/facts/products"},
      {"/execution/facts/library", "oneDNN x", "/execution/facts/library"},
      {"/execution/facts/library_isa", "avx512_core", "/execution/facts/library_isa"},
      {"/execution/products", "library", "/execution/facts/products"},
      {"/execution/bf16", "native", "/execution/bf16"},
      {"/execution/environment", {{"LD_PRELOAD", "x"}}, "/execution/environment"},
      {"/execution/environment", {{"ONEDNN_MAX_CPU_ISA", "AVX2"}}, "/execution/facts"},
      {"/target", "ref", "/execution/facts"},
      {"/deterministic", true, "/deterministic"},
      {"/predictions/path", "predictions/x.jsonl", "/predictions/path"},
      {"/warmup_queries", 5000, "/warmup_queries"},
      {"/cold_start_ms/load", 0, "/cold_start_ms/load"},
      {"/seeds/queries", 4294967296, "/seeds/queries"},
      {"/versions/LLVM", "22", "/versions"},
      {"/versions/compiler", "tcc 1.0", "/versions"},
      {"/versions/more", "1.0", "/versions"},
      {"/machine/cpu", "", "/machine/cpu"},
      {"/machine/features", Json::array(), "/machine/features"},
      {"/machine/features", {"avx2", "avx2"}, "/machine/features"},
      {"/machine/features", {"sse2"}, "/machine/features"},
      {"/machine/governor", "fast", "/machine/governor"},
      {"/machine/kernel", "x", "/machine/kernel"},
      {"/machine/memory_bytes", 4194304001, "/machine/memory_bytes"},
      {"/machine/load_at_start", 0.015, "/machine/load_at_start"},
      {"/machine/cores", 1000000, "/machine/cores"},
      {"/machine/load_at_start", 1e9, "/machine/load_at_start"},
  };
  for (const Edit &edit : edits) {
    CAPTURE(edit.pointer);
    CAPTURE(edit.value.dump());
    const std::vector<std::string> faults = foundIn(with(edit.pointer, edit.value));
    CHECK_MESSAGE(names(faults, edit.found), (faults.empty() ? "nothing was found" : faults.front()));
  }
  Record maker = with("/machine/cpu", "AMD EPYC");
  maker.json["machine"]["features"] = {"avx2", "vmx"};
  CHECK(names(foundIn(maker), "/machine/features"));
}

TEST_CASE("of the target cuda a record says which GPU, and none is of a stand-in for one") {
  Record right = with("/target", "cuda");
  right.json["execution"]["cpu"] = nullptr;
  right.json["execution"]["environment"] = {{"CUDA_VISIBLE_DEVICES", "0"}};
  right.json["execution"]["facts"] = {{"device", "NVIDIA H100 80GB HBM3"},
                                      {"chip", "sm_90"},
                                      {"driver", "CUDA 13.0"},
                                      {"kernels", "PTX for sm_80 and newer, compiled by the driver"},
                                      {"library", "cuBLASLt 13.0.2"},
                                      {"CUDA_VISIBLE_DEVICES", "0"}};
  const auto faultsAt = [&](const std::string &pointer, const Json &value) {
    Record record = right;
    if (!pointer.empty()) {
      record.json[Json::json_pointer(pointer)] = value;
    }
    std::vector<std::string> found = foundIn(record);
    std::erase_if(found, [](const std::string &fault) { return fault.find("/execution") == std::string::npos; });
    return found;
  };
  CHECK(faultsAt("", nullptr).empty());
  CHECK(faultsAt("/execution/facts/kernels", "cubin for sm_90a").empty());
  CHECK(faultsAt("/execution/cpu", "sm_90").empty());
  for (const auto &[pointer, value] :
       std::vector<std::pair<std::string, Json>>{{"/execution/facts/device", "Clew's stand-in for a GPU"},
                                                 {"/execution/facts/device", ""},
                                                 {"/execution/facts/chip", "sm_x"},
                                                 {"/execution/facts/driver", "13.0"},
                                                 {"/execution/facts/kernels", "emulated on the CPU"},
                                                 {"/execution/facts/library", "oneDNN 3.7"},
                                                 {"/execution/facts/library_isa", "avx2"},
                                                 {"/execution/cpu", "x86-64-v3"},
                                                 {"/execution/environment", {{"ONEDNN_MAX_CPU_ISA", "AVX2"}}}}) {
    CAPTURE(value.dump());
    CHECK_FALSE(faultsAt(pointer, value).empty());
  }
  CHECK(names(foundIn([&] {
                Record record = right;
                record.json["deterministic"] = true;
                return record;
              }()),
              "/deterministic"));
}

TEST_CASE("flags follow from the other fields: none may be missing, none made up") {
  for (const auto &[pointer, value] : std::vector<std::pair<std::string, Json>>{{"/tier", "official"},
                                                                                {"/data_official", false},
                                                                                {"/machine/smt", false},
                                                                                {"/machine/turbo", true},
                                                                                {"/machine/governor", "performance"},
                                                                                {"/machine/load_at_start", 1.5},
                                                                                {"/dirty", false},
                                                                                {"/flags", Json::array()},
                                                                                {"/flags", {"the fastest"}}}) {
    CAPTURE(pointer);
    CHECK(names(foundIn(with(pointer, value), /*flags=*/false), "/flags"));
  }
}

TEST_CASE("server: the rates, the one that is reported, the bound") {
  Record right = sampleRecord();
  Json &json = right.json;
  json["scenario"] = "server";
  json["tier"] = "standard";
  json["queries"] = 1200;
  json["duration_s"] = 60;
  json["rows_per_s"] = 20;
  json["tokens_per_s"] = 400;
  json["model_only_rows_per_s"] = 40;
  json["model_only_tokens_per_s"] = 800;
  json["lengths"] = {{"16", 400}, {"32", 800}};
  json["latency_ms"] = {{"p50", 5}, {"p90", 9}, {"p99", 19}, {"model_only", {{"p50", 4}, {"p90", 6}, {"p99", 8}}}};
  json["server"] = {{"bound_ms", 20},
                    {"batch", 8},
                    {"rate_per_s", 20},
                    {"rates",
                     {{{"rate_per_s", 20}, {"queries", 1200}, {"p99_ms", 19}, {"held", true}},
                      {{"rate_per_s", 40}, {"queries", 300}, {"p99_ms", nullptr}, {"held", false}}}}};
  json["finished"] = "2026-01-01T00:05:00Z";
  for (const std::string &fault : foundIn(right)) {
    FAIL_CHECK(fault);
  }
  const auto found = [&](const std::string &pointer, const Json &value, const std::string &path) {
    Record record = right;
    record.json[Json::json_pointer(pointer)] = value;
    CAPTURE(pointer);
    CHECK(names(foundIn(record), path));
  };
  found("/tier", "smoke", "/tier");
  found("/server/rate_per_s", 40, "/server/rate_per_s");
  found("/server/rates/0/p99_ms", 25, "/server/rates");
  found("/server/rates/0/queries", 9000, "/server/rates");
  found("/server/rates/1/held", true, "/server/rates");
  found("/server/rates", Json::array(), "/server/rates");
  found("/queries", 1100, "/queries");
  found("/latency_ms/p99", 12, "/latency_ms/p99");
  found("/duration_s", 12, "/duration_s");
}

TEST_CASE("records of schemas before are read, and only what they have is looked at") {
  Record third = sampleRecord();
  third.json.erase("energy");
  CHECK_FALSE(third.violations().empty());
  third.json["schema"] = recordSchemasBefore[2];
  third.seal();
  CHECK(third.violations().empty());
  CHECK((third.isOld() && third.faults(kSampleNow).empty()));
  Record second = third;
  second.json.erase("board");
  second.json["schema"] = recordSchemasBefore[1];
  second.json["scheme"] = "in words of then";
  second.seal();
  CHECK(second.violations().empty());
  CHECK(second.isOld());
  CHECK(second.faults(kSampleNow).empty());
  second.json["rows"] = 7;
  CHECK(names(second.faults(kSampleNow), "/digest"));
  Record first = sampleRecord();
  for (const char *field : {"digest", "board", "energy", "tokenizer_sha256", "task_sha256", "execution"}) {
    first.json.erase(field);
  }
  first.json["machine"].erase("host");
  first.json["schema"] = recordSchemasBefore[0];
  CHECK(first.violations().empty());
  CHECK((first.isOld() && first.isFirst()));
  CHECK(!first.key());
  CHECK(names(first.faults(kSampleNow), "/id"));
  first.json["schema"] = "clew.record.9";
  CHECK(!first.violations().empty());
}

TEST_CASE("what is never ranked, and why") {
  Record record = sampleRecord(0, Tier::Standard);
  Json &json = record.json;
  json["random_weights"] = false;
  json["dirty"] = false;
  json["commit"] = std::string(40, 'a');
  json["task"] = "tnews";
  CHECK(neverRanked(json).empty());
  for (const auto &[pointer, value] : std::vector<std::pair<std::string, Json>>{{"/random_weights", true},
                                                                                {"/tier", "smoke"},
                                                                                {"/dirty", true},
                                                                                {"/commit", "unknown"},
                                                                                {"/task", "sample-tag"}}) {
    Json other = json;
    other[Json::json_pointer(pointer)] = value;
    CAPTURE(pointer);
    CHECK_FALSE(neverRanked(other).empty());
  }
}

} // namespace clew
