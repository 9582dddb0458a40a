// Written out in full: what a record looks like.
#include "tests/suites/records/SampleRecord.h"

#include "suites/records/Flags.h"

namespace clew {
namespace {

constexpr int64_t kQueries = 100;

/// The rates, sums and bins of queries of so many tokens.
void setTokens(nlohmann::ordered_json &json, int64_t length) {
  const double tokens = length > 0 ? static_cast<double>(length) : 20;
  const double seconds = 5.01;
  const double alone = 4.5;
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

Record sampleRecord(int64_t length) {
  Record record{nlohmann::ordered_json::parse(R"({
    "schema": "clew.record.2", "id": "0000000000000000", "digest": "", "model": "bert/sample", "parameters": 1234,
    "model_sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "weights_sha256": "random:1",
    "vocabulary_sha256": "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
    "tokenizer_sha256": "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
    "random_weights": true, "task": "sample-classify", "task_version": "1",
    "task_sha256": "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "split": "dev",
    "data_sha256": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "data_official": true, "rows": 100,
    "target": "cpu", "precision": "int8", "scheme": "s8",
    "execution": {"cpu": null, "bf16": "auto", "products": "auto", "environment": {}, "facts": {"code": "x86-64"}}, "threads": 2, "deterministic": false,
    "metrics": {"accuracy": {"value": 20.5, "lo": 12, "hi": 29.25}}, "headline": "accuracy",
    "per_class": {"体育": {"precision": 20, "recall": 20, "f1": 20, "support": 20}},
    "predictions": {"path": "predictions/x.jsonl", "sha256": "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"},
    "gate": {"metric": "accuracy", "f32": 21, "share": 0.97619, "kept_99": false, "kept_99_9": false, "meaningful": false},
    "scenario": "single-stream", "tier": "smoke", "length": 0, "queries": 100, "warmup_queries": 10, "duration_s": 5.01,
    "latency_ms": {"p50": 1.5, "p90": 2.5, "p99": null, "model_only": {"p50": 1, "p90": 2, "p99": null}},
    "rows_per_s": 0, "tokens_per_s": 0, "model_only_rows_per_s": 0, "model_only_tokens_per_s": 0, "server": null,
    "cold_start_ms": {"load": 1, "compile": 2, "first": 3}, "peak_memory_bytes": 1000000, "lengths": {},
    "seeds": {"weights": 1, "queries": 1, "arrivals": 2, "bootstrap": 1}, "commit": "unknown", "dirty": true,
    "versions": {"clew": "0.1.0"},
    "machine": {"cpu": "x", "cores": 2, "features": ["avx2"], "governor": null, "turbo": null, "smt": true, "aslr": true,
      "kernel": "6.1", "memory_bytes": 4000000, "host": null, "load_at_start": 0.01},
    "flags": [], "started": "2026-01-01T00:00:00Z", "finished": "2026-01-01T00:00:06Z"})")};
  record.json["length"] = length;
  setTokens(record.json, length);
  record.json["flags"] = flagsOf(record.json);
  record.seal();
  return record;
}

} // namespace clew
