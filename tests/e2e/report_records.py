# Made-up records for the tests of reports: valid by the schema, of models and tasks that look like real ones. No number in them was measured.
import functools
import json
import os
import random
import re
import subprocess

import door
import record_seal
from record_seal import sha256 as sha

MODELS = [  # name, parameters, score, milliseconds at f32
    ("bert/base", 102_267_648, 79.1, 41.0),
    ("bert/large", 325_522_432, 80.6, 137.0),
    ("bert/minirbt-h256", 10_390_000, 71.9, 3.6),
    ("bert/rbt3", 38_476_032, 75.4, 11.2),
    ("bert/tinybert-4l-312", 11_470_000, 69.2, 2.9),
    ("bilstm/base", 9_663_457, 67.4, 5.8),
]
PRECISIONS = [("f32", 1.0, 0.0), ("bf16", 0.93, -0.05), ("int8", 0.52, -0.6)]
TYPES = {
    "address": -17, "book": 0, "company": 3, "game": 7, "government": 7, "movie": 6, "name": 12, "organization": 1, "position": 1, "scene": -12
}
TOPICS = {"100": -12, "101": -4, "102": -2, "103": 11, "104": 2, "106": 5, "107": 9, "108": 4, "109": 1, "110": 7, "112": -3, "113": 0, "114": -9, "115": 6, "116": 8}
TASKS = {  # classes, metrics, rows, shift of scores
    "cluener": (TYPES, ["entity_f1", "clue_macro_f1"], 1343, 0.0),
    "tnews": (TOPICS, ["accuracy", "macro_f1", "micro_f1"], 10000, -22.0),
}
GRID = [8, 16, 32, 64, 128, 256, 512]


SCHEMES = {
    "f32": "f32",
    "bf16": "linear bf16, sums f32; heads f32; all else f32",
    "int8": "linear s8 (weights per output channel, activations dynamic per token), sums i32; heads f32; all else f32",
}
PRODUCTS = {"f32": "own f32", "bf16": "own bf16 widened to f32, own f32", "int8": "own f32, own int8"}
VERSIONS = {
    "clew": "0.1.0", "compiler": "Clang 22.1.8", "LLVM": "22.1.8", "yaml-cpp": "0.7.0", "nlohmann-json": "3.11.2", "fmt": "9.1.0", "CLI11": "2.1.2",
    "OpenSSL": "3.0.17", "oneDNN": "2.6.3"
}


@functools.cache
def task_hashes():
    """The sha256 of the definition of each task that is known here."""
    home = {} if door.SOURCE in door.BIN.parents else {"CLEW_HOME": str(door.SOURCE)}
    done = subprocess.run([str(door.BIN / "clew"), "data", "list", "--json"], capture_output=True, text=True, check=True, env={**os.environ, **home})
    return {row["task"]: row["task_sha256"] for row in json.loads(done.stdout)}


@functools.cache
def official(task):
    """Version and sha256 of the dev file, as the task states them."""
    path = door.SOURCE / "suites" / "tasks" / f"{task}.yaml"
    if not path.exists():
        return "1", sha(task)
    text = path.read_text(encoding="utf-8")
    dev = text[text.index("  dev:"):]
    return re.search(r'^version: "?([^"\n]+)"?', text, re.M).group(1), re.search(r"sha256: ([0-9a-f]{64})", dev).group(1)


def predictions(task, rows):
    """Text of a file that has a line for each row: nobody reads more of it where the data is not."""
    return f'{{"task": "{task}"}}\n' * rows


def clipped(value):
    return round(min(100.0, max(0.0, value)), 4)


def record(model="bert/base", task="cluener", precision="f32", scenario="single-stream", **changes):
    """One valid record; `changes` replace fields. What follows from the others (id, digest, flags, rates) is computed."""
    version, data = official(task)
    fields = {
        "schema": "clew.record.4", "id": "", "digest": "", "board": "made-up", "model": model, "parameters": 102_267_648, "model_sha256": sha(model),
        "weights_sha256": sha(model + task), "vocabulary_sha256": sha("vocab"), "tokenizer_sha256": sha("tokenizer"),
        "random_weights": False, "task": task, "task_version": version, "task_sha256": task_hashes().get(task, sha(task)), "split": "dev", "data_sha256": data, "data_official": True, "rows": 1343, "target": "cpu",
        "precision": precision, "scheme": SCHEMES[precision],
        "execution": {
            "cpu": None, "bf16": "auto", "products": "auto", "environment": {},
            "facts": {"cpu": "sapphirerapids", "products": PRODUCTS[precision], "library": "oneDNN 2.6.3", "library_isa": "avx512_core_bf16"},
        }, "threads": 2, "deterministic": False, "metrics": {}, "headline": "", "per_class": {}, "predictions": None, "gate": None,
        "scenario": scenario, "tier": "standard", "length": 0, "queries": 0, "warmup_queries": 0, "duration_s": 60.0, "latency_ms": None,
        "rows_per_s": None, "tokens_per_s": None, "model_only_rows_per_s": None, "model_only_tokens_per_s": None, "server": None, "energy": None,
        "cold_start_ms": {"load": 210.0, "compile": 640.0, "first": 48.0}, "peak_memory_bytes": 1 << 29, "lengths": {"16": 10, "32": 900, "64": 433},
        "seeds": {"weights": None, "queries": 1, "arrivals": 2, "bootstrap": 1}, "commit": "5e5045a0" * 5, "dirty": False,
        "versions": dict(VERSIONS),
        "machine": {
            "cpu": "Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz", "cores": 2, "features": ["avx2", "avx512f"], "governor": None, "turbo": None,
            "smt": True, "aslr": None, "kernel": "6.1.0-28-amd64", "memory_bytes": 1 << 34, "host": None, "load_at_start": 0.1,
        },
        "flags": [], "started": "2026-11-22T04:00:00Z", "finished": "2026-11-22T04:30:00Z",
    }
    fields.update(changes)
    fields["seeds"]["weights"] = int(fields["weights_sha256"][7:]) if fields["random_weights"] else None
    if fields["metrics"] and not fields["predictions"]:
        digest = sha(predictions(task, fields["rows"]))
        fields["predictions"] = {"path": record_seal.prediction_path(digest), "sha256": digest}
    if "queries" not in changes:
        record_seal.fill_times(fields, (fields["latency_ms"] or {}).get("p50") or 10.0)
    if scenario != "accuracy" and not fields["energy"]:
        joules = {"package-0": round(65 * fields["duration_s"], 3), "dram-0": round(4.5 * fields["duration_s"], 3)}
        fields["energy"] = {"joules_per_row": round(sum(joules.values()) / fields["queries"], 8), "joules": joules, "missing": None}
    return record_seal.seal(fields)


def latency(p50, chance):
    text = {"p50": round(p50 * 1.03, 4), "p90": round(p50 * 1.4, 4), "p99": round(p50 * chance.uniform(1.7, 2.2), 4)}
    model = {key: value and round(value * 0.96, 4) for key, value in text.items()}
    return {**text, "model_only": model}


def scores(task, score, chance):
    classes, metrics, _, _ = TASKS[task]
    values = {name: score + (0 if i == 0 else -1.3 * i) for i, name in enumerate(metrics)}
    per_class = {}
    for name, shift in classes.items():
        f1 = clipped(score + shift + chance.uniform(-2, 2))
        precision, recall = clipped(f1 + 1.1), clipped(f1 - 1.0)
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0
        per_class[name] = {"precision": precision, "recall": recall, "f1": f1, "support": chance.randint(40, 460)}
    return {
        "metrics": {name: {"value": clipped(v), "lo": clipped(v - 1.4), "hi": clipped(v + 1.4)} for name, v in values.items()},
        "headline": metrics[0],
        "per_class": per_class,
    }


def cell(model, task, precision, chance, tier="standard", random_weights=False):
    """All records of one model on one task at one precision."""
    name, parameters, score, base = model
    _, speed, loss = {p: (p, s, l) for p, s, l in PRECISIONS}[precision]
    shift, rows = TASKS[task][3], TASKS[task][2]
    of = {"parameters": parameters, "rows": rows, "tier": tier}
    if random_weights:
        of |= {"weights_sha256": "random:1", "random_weights": True}
        score, shift = 4.2, 0.0
    judged = scores(task, score + shift + loss + chance.uniform(-0.2, 0.2), chance)
    p50 = base * speed * chance.uniform(0.97, 1.03)
    memory = int(parameters * {"f32": 4, "bf16": 2, "int8": 1}[precision] + 60e6) // 1024 * 1024
    timed = {"peak_memory_bytes": memory, "cold_start_ms": {"load": memory / 4e6, "compile": 380.0, "first": p50 * 1.6}}
    yield record(name, task, precision, "accuracy", **of, **judged)
    yield record(name, task, precision, "single-stream", **of, **timed, latency_ms=latency(p50, chance))
    yield record(name, task, precision, "offline", **of, **timed)
    if task == "cluener":
        for length in GRID:
            at = p50 * (0.25 + 0.75 * length / 40 + (length / 300) ** 2)
            yield record(name, task, precision, "single-stream", **of, **timed, length=length, latency_ms=latency(at, chance))


def board(seed=7):
    """Records of six models on two tasks at three precisions, one of them with random weights, one without an accuracy run."""
    chance = random.Random(seed)
    records = []
    for task in TASKS:
        for model in MODELS:
            if task == "tnews" and model[0] == "bilstm/base":
                continue
            for precision, _, _ in PRECISIONS:
                records += cell(model, task, precision, chance, "official" if model[0] == "bert/base" else "standard")
    records += cell(("bert/rbt6", 59_740_416, 0, 21.0), "cluener", "f32", chance, random_weights=True)
    lost = list(cell(("bert/rbt4-h312", 11_400_000, 0, 4.4), "cluener", "f32", chance))
    records += lost[1:]
    for one in records[3:6]:
        one["machine"]["load_at_start"] = 1.22
        record_seal.seal(one)
    return records


@functools.cache
def made_up(task, rows):
    text = predictions(task, rows)
    return sha(text), text


def write(path, records):
    """The records, and the predictions of those that have none of their own."""
    written = set()
    for one in records:
        named = one.get("predictions")
        digest, text = made_up(one["task"], one["rows"]) if named else ("", "")
        if named and named["sha256"] == digest and digest not in written:
            written.add(digest)
            (path.parent / "predictions").mkdir(exist_ok=True)
            (path.parent / named["path"]).write_text(text)
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records), encoding="utf-8")
