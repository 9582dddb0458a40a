// Written out in full: what a record looks like.
#include "tests/suites/records/SampleRecord.h"

namespace clew {

Record sampleRecord(int64_t length) {
  Record record{nlohmann::ordered_json::parse(R"({
    "schema": "clew.record.1", "id": "0000000000000000", "model": "bert/sample", "parameters": 1234,
    "model_sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "weights_sha256": "random:1",
    "vocabulary_sha256": "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
    "random_weights": true, "task": "sample-classify", "task_version": "1", "split": "dev",
    "data_sha256": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "data_official": true, "rows": 100,
    "target": "cpu", "precision": "int8", "scheme": "s8", "threads": 2, "deterministic": false,
    "metrics": {"accuracy": {"value": 20.5, "lo": 12, "hi": 29.25}}, "headline": "accuracy",
    "per_class": {"体育": {"precision": 20, "recall": 20, "f1": 20, "support": 20}},
    "predictions": {"path": "predictions/x.jsonl", "sha256": "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"},
    "gate": {"metric": "accuracy", "f32": 21, "share": 0.976, "kept_99": false, "kept_99_9": false, "meaningful": false},
    "scenario": "single-stream", "tier": "smoke", "length": 0, "queries": 100, "warmup_queries": 10, "duration_s": 5.01,
    "latency_ms": {"p50": 1.5, "p90": 2.5, "p99": null, "model_only": {"p50": 1, "p90": 2, "p99": null}},
    "rows_per_s": 600, "tokens_per_s": 12000, "model_only_rows_per_s": 900, "model_only_tokens_per_s": 18000, "server": null,
    "cold_start_ms": {"load": 1, "compile": 2, "first": 3}, "peak_memory_bytes": 1000000, "lengths": {"16": 40, "32": 60},
    "seeds": {"weights": 1, "queries": 1, "arrivals": 2, "bootstrap": 1}, "commit": "unknown", "dirty": true,
    "versions": {"clew": "0.1.0"},
    "machine": {"cpu": "x", "cores": 2, "features": ["avx2"], "governor": null, "turbo": null, "smt": true, "aslr": true,
      "kernel": "6.1", "memory_bytes": 1, "load_at_start": 0.01},
    "flags": ["random weights"], "started": "2026-01-01T00:00:00Z", "finished": "2026-01-01T00:00:05Z"})")};
  record.json["length"] = length;
  record.json["id"] = record.key().id();
  return record;
}

} // namespace clew
