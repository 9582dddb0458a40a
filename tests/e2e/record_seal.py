# What a record's fields make of it: flags, id and digest, as docs/measuring.md and suites/records say. For made-up records, and for forgers who
# work with care.
import hashlib
import json

SECONDS = {"smoke": 5, "standard": 60, "official": 600}
LEAST = {"p50": 11, "p90": 64, "p99": 662}  # queries for an estimate


def sha256(text):
    return hashlib.sha256(text if isinstance(text, bytes) else text.encode()).hexdigest()


def prediction_path(digest):
    """Where predictions of this sha256 lie beside their records."""
    return f"predictions/{digest[:16]}.jsonl"


def compact(value, **more):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), **more)


def machine_flags(machine):
    flags = []
    if machine["load_at_start"] > 0.2 * machine["cores"]:
        flags.append(f"load {machine['load_at_start']:.2f} at start, over 0.2 a core: others were working")
    if machine["governor"] != "performance":
        flags.append(f"governor {machine['governor']}, not performance" if machine["governor"] else "governor unknown")
    if machine["turbo"]:
        flags.append("turbo is on: the clock rate depends on heat and on the other cores")
    if machine["smt"]:
        flags.append("SMT is on: a core may be shared")
    if machine["aslr"]:
        flags.append("ASLR is on: addresses differ from run to run")
    return flags


def flags(record):
    found = []
    if record["random_weights"]:
        found.append("random weights: scores and gates mean nothing; enters no leaderboard")
    if record["tier"] != "official":
        found.append(f"tier {record['tier']}: not official")
    if not record["data_official"]:
        found.append("the data is not the official file that the task names")
    if not record["metrics"]:
        found.append("the split has no labels: no scores")
    elif record["precision"] != "f32" and record["gate"] is None:
        found.append("no f32 score in this folder to hold the precision against")
    elif record["precision"] != "f32" and record["gate"]["meaningful"] and not record["gate"]["kept_99"]:
        found.append("keeps less than 99 % of the f32 score: does not count")
    if record["server"] and record["server"]["rate_per_s"] is None:
        found.append("no rate that was tried held the bound with samples enough")
    elif record["latency_ms"] and record["latency_ms"]["p99"] is None:
        found.append(f"p99: not enough samples ({record['queries']} of 662)")
    if record["dirty"]:
        found.append("sources differ from the commit: enters no leaderboard")
    elif record["commit"] == "unknown":
        found.append("the commit is not known: enters no leaderboard")
    return found + machine_flags(record["machine"])


def machine_identity(machine):
    return sha256(compact({key: value for key, value in machine.items() if key not in ("load_at_start", "memory_bytes")}))


def record_id(record):
    execution = record["execution"]
    program = [
        record["model"], record["model_sha256"], record["weights_sha256"], record["vocabulary_sha256"], record["tokenizer_sha256"], record["task"],
        record["task_version"], record["task_sha256"], record["split"], record["data_sha256"], record["target"], record["precision"],
        execution["cpu"] or "", execution["bf16"], execution["products"], [list(pair) for pair in execution["environment"].items()], record["deterministic"], machine_identity(record["machine"]),
    ]
    server = record["server"] or {"bound_ms": 0.0, "batch": 0}
    cell = [
        record["scenario"], record["tier"], record["threads"], record["length"], record["seeds"]["queries"], float(server["bound_ms"]), server["batch"]
    ]
    return sha256(compact(["clew.cell.2", program, cell]))[:16]


def seal(record):
    """Flags, id and digest of the other fields; returns the record."""
    record["flags"] = flags(record)
    record["id"] = record_id(record)
    record["digest"] = digest(record)
    return record


def digest(record):
    return sha256(compact({key: value for key, value in record.items() if key != "digest"}, sort_keys=True))


def fill_times(record, p50=10.0):
    """What a scenario's times must say of each other, for queries of about `p50` milliseconds."""
    scenario, tokens = record["scenario"], record["length"] or 20
    bin_ = 8
    while bin_ < tokens:
        bin_ *= 2
    timed = scenario != "accuracy"
    seconds = SECONDS[record["tier"]] + 0.5 if timed else 0
    queries = max(LEAST["p50"], int(seconds * 1000 / (p50 * 1.1))) if timed else 0
    record.update(duration_s=seconds, queries=queries, warmup_queries=max(4, queries // 20) if timed else 0, lengths={str(bin_): queries if timed else record["rows"]})
    for name, rows in (("", 1.0), ("model_only_", 1 / 0.96)):
        rate = queries / seconds * rows if timed else None
        record[name + "rows_per_s"] = rate
        record[name + "tokens_per_s"] = rate * tokens if timed else None
    for times in (record["latency_ms"], (record["latency_ms"] or {}).get("model_only")):
        for name, least in LEAST.items():
            if times and queries < least:
                times[name] = None
    return record
