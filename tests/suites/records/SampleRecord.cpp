// Written out in full: what a record looks like.
#include "tests/suites/records/SampleRecord.h"

#include "suites/records/Flags.h"

namespace clew {
namespace {

constexpr int64_t kQueries = 100;

/// The rates, sums and bins of queries of so many tokens.
void setTokens(nlohmann::ordered_json &json, int64_t length, double seconds) {
  const double tokens = length > 0 ? static_cast<double>(length) : 20;
  const double alone = seconds - 0.51;
  json["duration_s"] = seconds;
  json["rows_per_s"] = kQueries / seconds;
  json["tokens_per_s"] = kQueries * tokens / seconds;
  json["model_only_rows_per_s"] = kQueries / alone;
  json["model_only_tokens_per_s"] = kQueries * tokens / alone;
  int64_t bin = 8;
  while (bin < length) {
    bin *= 2;
  }
  json["lengths"] = length > 0 ? nlohmann::ordered_json{{std::to_string(bin), kQueries}}
                               : nlohmann::ordered_json{{"16", 40}, {"32", 60}};
}

} // namespace

Record sampleRecord(int64_t length, Tier tier) {
  Record record{nlohmann::ordered_json::parse(R"({
    "schema": "clew.record.4", "id": "0000000000000000", "digest": "", "board": "smoke", "model": "bert/sample", "parameters": 1234,
    "model_sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "weights_sha256": "random:1",
    "vocabulary_sha256": "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
    "tokenizer_sha256": "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
    "random_weights": true, "task": "sample-classify", "task_version": "1",
    "task_sha256": "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "split": "dev",
    "data_sha256": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "data_official": true, "rows": 100,
    "target": "cpu", "precision": "int8", "scheme": "linear s8 (weights per output channel, activations dynamic per token), sums i32; heads f32; all else f32",
    "execution": {"cpu": null, "bf16": "auto", "products": "auto", "environment": {}, "facts": {"cpu": "haswell",
      "products": "oneDNN int8 widened to f32, own f32", "library": "oneDNN 2.6.3", "library_isa": "avx2"}}, "threads": 2, "deterministic": false,
    "metrics": {"accuracy": {"value": 20.5, "lo": 12, "hi": 29.25}}, "headline": "accuracy",
    "per_class": {"体育": {"precision": 20, "recall": 20, "f1": 20, "support": 20}},
    "predictions": {"path": "predictions/cccccccccccccccc.jsonl", "sha256": "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"},
    "gate": {"metric": "accuracy", "f32": 21, "share": 0.97619, "kept_99": false, "kept_99_9": false, "meaningful": false},
    "scenario": "single-stream", "tier": "smoke", "length": 0, "queries": 100, "warmup_queries": 10, "duration_s": 5.01,
    "latency_ms": {"p50": 1.5, "p90": 2.5, "p99": null, "model_only": {"p50": 1, "p90": 2, "p99": null}},
    "rows_per_s": 0, "tokens_per_s": 0, "model_only_rows_per_s": 0, "model_only_tokens_per_s": 0, "server": null,
    "energy": {"joules_per_row": null, "joules": {}, "missing": "the system shows no counters of energy (RAPL), as most virtual machines"},
    "cold_start_ms": {"load": 1, "compile": 2, "first": 3}, "peak_memory_bytes": 104857600, "lengths": {},
    "seeds": {"weights": 1, "queries": 1, "arrivals": 2, "bootstrap": 1}, "commit": "unknown", "dirty": true,
    "versions": {"clew": "0.1.0", "compiler": "Clang 22.1.8", "LLVM": "22.1.8", "yaml-cpp": "0.7.0", "nlohmann-json": "3.11.2",
      "fmt": "9.1.0", "CLI11": "2.1.2", "OpenSSL": "3.0.17", "oneDNN": "2.6.3"},
    "machine": {"cpu": "x", "cores": 2, "features": ["avx2"], "governor": null, "turbo": null, "smt": true, "aslr": true,
      "kernel": "6.1", "memory_bytes": 4194304000, "host": null, "load_at_start": 0.01},
    "flags": [], "started": "2026-01-01T00:00:00Z", "finished": "2026-01-01T00:00:06Z"})")};
  record.json["length"] = length;
  record.json["tier"] = nameOf(tier);
  setTokens(record.json, length, secondsOf(tier) + 0.01);
  if (tier != Tier::Smoke) {
    record.json["finished"] = tier == Tier::Standard ? "2026-01-01T00:01:01Z" : "2026-01-01T00:10:01Z";
  }
  record.json["flags"] = flagsOf(record.json);
  record.seal();
  return record;
}

} // namespace clew
