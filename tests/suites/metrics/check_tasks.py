#!/usr/bin/env python3
# Holds `clew score` against the Python references on every official set that is here: gold labels, the majority class, shuffled and damaged
# labels, and files that must be refused. The references read the official files themselves.
#
#   check_tasks.py CLEW [TASK...]      official sets: $CLEW_DATA, else ../shared/data beside the checkout
#   check_tasks.py CLEW --samples      the sets that are shipped with Clew
#
# Exit 77 (skipped) if none of the data are there.
import json
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import official_rows  # noqa: E402
import reference_bootstrap as boot  # noqa: E402
import reference_metrics as ref  # noqa: E402
import reference_numbers as num  # noqa: E402
from compare_reference import differs  # noqa: E402

SKIP, RESAMPLES, SEED = 77, 1000, 1
USUAL = ["accuracy", "macro_f1", "micro_f1"]  # of tasks with one label a row that ask for no others


def run(clew, task, data, lines, split):
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.write("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
        file.flush()
        command = [clew, "score", task, file.name, "--split", split, "--data", str(data), "--json"]
        return subprocess.run(command, capture_output=True, text=True, check=False)


def prediction_line(kind, row_id, text, predicted):
    if kind == "cloze":
        return {"id": row_id, "label": dict(zip(text, predicted))}
    if kind == "multi_label":
        return {"id": row_id, "label": sorted(predicted)}
    if kind == "tag":
        label = {}
        for name, begin, end in predicted:
            label.setdefault(name, {}).setdefault(text[begin:end], []).append([begin, end - 1])
        return {"id": row_id, "text": text, "label": label}
    if kind == "span":
        return {"id": row_id, "answer": predicted, "start": -1}
    return {"id": row_id, "label": predicted}


def systems(kind, golds, rng):
    """Name -> one prediction a row."""
    shuffled = list(golds)
    rng.shuffle(shuffled)
    if kind == "tag":
        types = sorted({e[0] for gold in golds for e in gold})
        damaged = [[[rng.choice(types) if rng.random() < 0.3 else k, b, e] for k, b, e in g if rng.random() < 0.8] for g in golds]
        cut = [[[k, b, max(b + 1, e - 1)] for k, b, e in g] for g in golds]
        return {"gold": golds, "none": [[] for _ in golds], "damaged": damaged, "cut short": cut}
    if kind == "span":
        cut = [g[0][: max(1, len(g[0]) - 2)] for g in golds]
        last = [g[-1] + "。" for g in golds]
        return {"gold": [g[0] for g in golds], "shuffled": [g[0] for g in shuffled], "cut short": cut, "last": last}
    if kind == "regression":
        mean = sum(golds) / len(golds)
        noisy = [round(g + rng.gauss(0, 1), 3) for g in golds]
        return {"gold": golds, "constant": [mean] * len(golds), "shuffled": shuffled, "noisy": noisy}
    if kind == "choice":  # rows have two choices at least, and not equally many
        return {"gold": golds, "first": [0] * len(golds), "damaged": [g if rng.random() < 0.5 else (g + 1) % 2 for g in golds]}
    if kind in ("cloze", "multi_label"):
        shorter = [g[: len(g) // 2] for g in golds] if kind == "multi_label" else [[(c + (rng.random() < 0.3)) % 2 for c in g] for g in golds]
        same = len({len(g) for g in golds}) == 1 or kind == "multi_label"
        return {"gold": golds, "damaged": shorter} | ({"shuffled": shuffled} if same else {})
    majority = Counter(golds).most_common(1)[0][0]
    return {"gold": golds, "majority": [majority] * len(golds), "shuffled": shuffled}


def expected(kind, golds, texts, predicted, drawn, asked=None):
    names = sorted({e[0] for g in golds for e in g}) if kind == "tag" else []
    if kind == "multi_label":
        names = sorted({name for side in (golds, predicted) for one in side for name in one})
    elif kind not in ("tag", "span", "cloze", "regression"):
        names = sorted(set(golds) | set(predicted))
    spans = ref.span_rows(golds, predicted) if kind == "span" else None
    if kind == "tag":
        values, per_class = ref.entity_scores(names, texts, golds, predicted)
    elif kind == "span":
        values = {"em": 100 * sum(e for e, _ in spans) / len(spans), "f1": 100 * sum(f for _, f in spans) / len(spans)}
        per_class = {}
    elif kind == "regression":
        values, per_class = num.number_scores(golds, predicted), {}
    elif kind == "cloze":
        values, per_class = num.blank_scores(golds, predicted), {}
    elif kind == "choice":
        values, per_class = {"accuracy": 100 * sum(g == p for g, p in zip(golds, predicted)) / len(golds)}, {}
    elif kind == "multi_label":
        values, per_class = num.label_set_scores(names, [set(g) for g in golds], [set(p) for p in predicted])
    else:
        values, per_class = ref.label_scores(names, golds, predicted)
        if len(names) == 2:
            values["f1"] = num.positive_f1(names[1], golds, predicted)
        values["matthews"] = num.matthews(golds, predicted)
        values = {name: values[name] for name in asked or USUAL}
    resampled = boot.metric_values(kind, names, texts, golds, predicted, drawn, spans)
    metrics = {}
    for name, value in values.items():
        lo, hi = boot.interval(resampled[name])
        metrics[name] = {"value": value, "lo": lo, "hi": hi}
    return metrics, per_class


def check_system(clew, task, data, name, predicted, rows, kind, split, drawn, asked=None):
    ids, golds, texts = zip(*rows)
    lines = [prediction_line(kind, *one) for one in zip(ids, texts, predicted)]
    random.Random(3).shuffle(lines)  # the order of a file does not matter
    done = run(clew, task, data, lines, split)
    if done.returncode != 0:
        return f"{name}: exit {done.returncode}: {done.stderr.strip()}"
    found = json.loads(done.stdout)
    metrics, per_class = expected(kind, list(golds), list(texts), predicted, drawn, asked)
    # Classes of the task that no row has, the reference does not know: they must be empty.
    for absent in found["per_class"].keys() - per_class.keys():
        per_class[absent] = {"precision": 0, "recall": 0, "f1": 0, "support": 0}
    per_class = {key: per_class[key] for key in found["per_class"]}
    print(f"  {name}: " + ", ".join(f"{k} {v['value']:.2f} [{v['lo']:.2f}, {v['hi']:.2f}]" for k, v in metrics.items()))
    if name == "gold" and any(abs(one["value"] - 100) > 1e-9 for one in metrics.values()):
        return "gold labels do not score 100"
    wanted = {"task": task, "split": split, "rows": len(rows), "metrics": metrics, "per_class": per_class}
    wrong = differs(wanted, found)
    return f"{name}: {wrong}" if wrong else None


def check_refusals(clew, task, data, rows, kind, split, gold):
    """A missing, a doubled and an unknown id: exit 1 and the id in the message."""
    lines = [prediction_line(kind, i, text, one) for (i, _, text), one in zip(rows, gold)]
    cases = {
        "missing": (lines[1:], rows[0][0]),
        "doubled": (lines + lines[-1:], rows[-1][0]),
        "unknown": (lines[:-1] + [lines[-1] | {"id": "no-such-row"}], "no-such-row"),
    }
    for name, (wrong, culprit) in cases.items():
        done = run(clew, task, data, wrong, split)
        if done.returncode != 1 or name not in done.stderr or str(culprit) not in done.stderr or done.stdout:
            return f"{name} id: exit {done.returncode}, stderr {done.stderr[:200]!r}"
    return None


def check_task(clew, task, data):
    """Faults as texts, or None if the task's data are not here."""
    kind, split, files = (official_rows.TASKS | official_rows.SAMPLES)[task]
    present = [(data / name, reader) for name, reader in files if (data / name).is_file()]
    if not present:
        return None
    data = data / "samples" if present[0][0].relative_to(data).parts[0] == "samples" else data
    rows = present[0][1](present[0][0])
    golds = [gold for _, gold, _ in rows]
    print(f"{task} {split}: {len(rows)} rows of {present[0][0].name}")
    drawn = boot.times_drawn(len(rows), RESAMPLES, SEED)
    tried = systems(kind, golds, random.Random(task))
    faults = [check_system(clew, task, data, n, list(p), rows, kind, split, drawn) for n, p in tried.items()]
    faults.append(check_refusals(clew, task, data, rows, kind, split, list(tried["gold"])))
    return [f"{task}: {fault}" for fault in faults if fault]


def main():
    clew = sys.argv[1]
    root = HERE.parents[2]
    data = Path(os.environ.get("CLEW_DATA") or root.parent / "shared" / "data")
    tasks = sys.argv[2:] or list(official_rows.TASKS)
    if tasks == ["--samples"]:
        data, tasks = root / "suites" / "samples", list(official_rows.SAMPLES)
    faults, done = [], 0
    for task in tasks:
        found = check_task(clew, task, data)
        if found is None:
            print(f"skipped: no official file of {task} below {data}")
            continue
        done += 1
        faults += found
    for fault in faults:
        print(fault)
    print(f"{done} tasks checked, {len(faults)} faults")
    return 1 if faults else SKIP if done == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
