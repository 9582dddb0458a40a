#!/usr/bin/env python3
# Holds the C++ metrics against the Python references on random cases and on the numbers that scikit-learn, seqeval, scipy and NLTK gave
# (golden.json): compare_reference.py SCORE_CASES
import json
import math
import random
import subprocess
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
import reference_bootstrap as boot  # noqa: E402
import reference_metrics as ref  # noqa: E402
import reference_numbers as num  # noqa: E402

TOLERANCE = 1e-9
ALPHABET = "北京大学中国人民，。《》的了是在我ABc d1.,2%'\"()-…—"


def ask(program, cases):
    text = "".join(json.dumps(case, ensure_ascii=False) + "\n" for case in cases)
    done = subprocess.run([program], input=text, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def differs(expected, found, where=""):
    """The first place where two JSON values differ by more than the tolerance, or None."""
    if isinstance(expected, dict):
        if not isinstance(found, dict) or expected.keys() != found.keys():
            return f"{where}: expected {expected}, found {found}"
        return next(filter(None, (differs(expected[k], found[k], f"{where}/{k}") for k in expected)), None)
    if isinstance(expected, list):
        if not isinstance(found, list) or len(expected) != len(found):
            return f"{where}: expected {expected}, found {found}"
        return next(filter(None, (differs(e, f, f"{where}/{i}") for i, (e, f) in enumerate(zip(expected, found)))), None)
    if isinstance(expected, str):
        return None if expected == found else f"{where}: expected {expected}, found {found}"
    return None if math.isclose(expected, found, rel_tol=0, abs_tol=TOLERANCE) else f"{where}: expected {expected}, found {found}"


def random_text(rng, longest):
    return "".join(rng.choice(ALPHABET) for _ in range(rng.randint(1, longest)))


def random_entities(rng, types, text):
    found = []
    for _ in range(rng.randint(0, 4)):
        begin = rng.randrange(len(text))
        found.append([rng.choice(types), begin, rng.randint(begin + 1, min(len(text), begin + 4))])
    return found + found[: rng.randint(0, 1)]  # now and then one twice


def near_entities(rng, types, text, gold):
    return [e for e in gold if rng.random() < 0.7] + random_entities(rng, types, text)[:2]


def random_answer(rng, answers):
    base = rng.choice(answers)
    begin = rng.randrange(len(base))
    return rng.choice([base, base[begin:], base[:begin], " " + base.upper() + "。", random_text(rng, 8), ""])


def label_case(rng):
    labels = [str(i) for i in range(rng.randint(2, 12))]
    size, right = rng.randint(1, 60), rng.random()
    gold = [rng.randrange(len(labels)) for _ in range(size)]
    guess = lambda: [g if rng.random() < right else rng.randrange(len(labels)) for g in gold]  # noqa: E731
    return {
        "kind": "classify", "labels": labels, "rows": [{"label": g} for g in gold],
        "predictions": [{"label": p} for p in guess()], "other": [{"label": p} for p in guess()],
        "headline": rng.choice(["accuracy", "macro_f1"]),
    }  # fmt: skip


def asked_case(rng):
    """Labels with metrics that a task asks for."""
    case = label_case(rng)
    two = len(case["labels"]) == 2
    case["metrics"] = rng.choice([["matthews"], ["accuracy", "matthews"], ["matthews", "f1"] if two else ["matthews", "micro_f1"]])
    return case | {"headline": rng.choice(case["metrics"])}


def number_case(rng):
    size, near = rng.randint(1, 40), rng.random()
    gold = [rng.choice([rng.uniform(0, 5), float(rng.randint(0, 5))]) for _ in range(size)]
    guess = lambda: [round(near * g + rng.uniform(0, 2), rng.choice([0, 3])) for g in gold]  # noqa: E731
    return {"kind": "regression", "rows": [{"number": g} for g in gold], "predictions": [{"number": p} for p in guess()],
            "other": [{"number": p} for p in guess()], "headline": rng.choice(["pearson", "spearman"])}  # fmt: skip


def choice_case(rng):
    rows = [{"label": rng.randrange(4)} for _ in range(rng.randint(1, 40))]
    guess = lambda: [{"label": r["label"] if rng.random() < 0.5 else rng.randrange(4)} for r in rows]  # noqa: E731
    return {"kind": "choice", "rows": rows, "predictions": guess(), "other": guess(), "headline": "accuracy"}


def cloze_case(rng):
    rows = [{"labels": [rng.randrange(10) for _ in range(rng.randint(1, 6))]} for _ in range(rng.randint(1, 30))]
    near = lambda row: [c if rng.random() < 0.6 else rng.randrange(10) for c in row["labels"]]  # noqa: E731
    guess = lambda: [{"labels": near(row)} for row in rows]  # noqa: E731
    return {"kind": "cloze", "rows": rows, "predictions": guess(), "other": guess(), "headline": "accuracy"}


def label_set_case(rng):
    labels = [str(i) for i in range(rng.randint(2, 8))]
    some = lambda share: [i for i in range(len(labels)) if rng.random() < share]  # noqa: E731
    rows = [{"labels": some(0.3)} for _ in range(rng.randint(1, 40))]
    guess = lambda: [row if rng.random() < 0.5 else {"labels": some(0.4)} for row in rows]  # noqa: E731
    return {"kind": "multi_label", "labels": labels, "rows": rows, "predictions": guess(), "other": guess(),
            "headline": rng.choice(["micro_f1", "macro_f1", "accuracy"])}  # fmt: skip


def tag_case(rng):
    types = ["address", "name", "book", "scene"][: rng.randint(1, 4)]
    rows, sides = [], ([], [])
    for _ in range(rng.randint(1, 40)):
        text = random_text(rng, 20)
        rows.append({"text": text, "entities": random_entities(rng, types, text)})
        for side in sides:
            side.append({"entities": near_entities(rng, types, text, rows[-1]["entities"])})
    return {"kind": "tag", "labels": types, "rows": rows, "predictions": sides[0], "other": sides[1],
            "headline": rng.choice(["entity_f1", "clue_macro_f1"])}  # fmt: skip


def span_case(rng):
    rows = [{"answers": [random_text(rng, 12) for _ in range(rng.randint(1, 3))]} for _ in range(rng.randint(1, 40))]
    guess = lambda: [{"answer": random_answer(rng, row["answers"])} for row in rows]  # noqa: E731
    return {"kind": "span", "rows": rows, "predictions": guess(), "other": guess(), "headline": rng.choice(["em", "f1"])}


def sides_of(case, side):
    """gold, predicted and texts as the references take them."""
    if case["kind"] == "tag":
        return [r["entities"] for r in case["rows"]], [p["entities"] for p in case[side]], [r["text"] for r in case["rows"]]
    if case["kind"] == "span":
        return [r["answers"] for r in case["rows"]], [p["answer"] for p in case[side]], []
    if case["kind"] in ("regression", "choice", "cloze"):
        key = {"regression": "number", "choice": "label", "cloze": "labels"}[case["kind"]]
        return [r[key] for r in case["rows"]], [p[key] for p in case[side]], []
    if case["kind"] == "multi_label":
        return *([{case["labels"][i] for i in one["labels"]} for one in case[key]] for key in ("rows", side)), []
    names = case["labels"]
    return [names[r["label"]] for r in case["rows"]], [names[p["label"]] for p in case[side]], []


def expected_scores(case, side):
    gold, predicted, texts = sides_of(case, side)
    if case["kind"] == "tag":
        return ref.entity_scores(case["labels"], texts, gold, predicted)
    if case["kind"] == "span":
        return ref.span_scores(gold, predicted)
    if case["kind"] == "regression":
        return num.number_scores(gold, predicted), {}
    if case["kind"] == "choice":
        return {"accuracy": 100 * sum(g == p for g, p in zip(gold, predicted)) / len(gold)}, {}
    if case["kind"] == "cloze":
        return num.blank_scores(gold, predicted), {}
    if case["kind"] == "multi_label":
        return num.label_set_scores(case["labels"], gold, predicted)
    values, per_class = ref.label_scores(case["labels"], gold, predicted)
    if "metrics" in case:
        values |= {"matthews": num.matthews(gold, predicted), "f1": num.positive_f1(case["labels"][1], gold, predicted)}
        values = {name: values[name] for name in case["metrics"]}
    return values, per_class


def expected_answer(case):
    """What ScoreCases must print, but for the order of the metrics."""
    drawn = boot.times_drawn(len(case["rows"]), case["resamples"], case["seed"])
    values, rows_right = {}, {}
    for side in ("predictions", "other"):
        gold, predicted, texts = sides_of(case, side)
        spans = ref.span_rows(gold, predicted) if case["kind"] == "span" else None
        values[side] = boot.metric_values(case["kind"], case.get("labels"), texts, gold, predicted, drawn, spans)
        rows_right[side] = [e for e, _ in spans] if spans else [g == p for g, p in zip(gold, predicted)]
    metrics, per_class = expected_scores(case, "predictions")
    other, _ = expected_scores(case, "other")
    head = case["headline"]
    differences = np.asarray(values["other"][head]) - np.asarray(values["predictions"][head])
    exact = head in ("accuracy", "em") and case["kind"] != "cloze"
    scores = {"task": "", "split": "dev", "rows": len(case["rows"]), "metrics": {}, "per_class": per_class}
    for name, value in metrics.items():
        lo, hi = boot.interval(values["predictions"][name])
        scores["metrics"][name] = {"value": value, "lo": lo, "hi": hi}
    lo, hi = boot.interval(differences)
    paired = {"metric": head, "difference": other[head] - metrics[head], "lo": lo, "hi": hi,
              "test": "mcnemar" if exact else "paired bootstrap"}  # fmt: skip
    # The p of a bootstrap hangs on the signs of tiny differences: it is compared where rounding cannot flip one.
    if exact:
        paired["p"] = boot.mcnemar(rows_right["predictions"], rows_right["other"])
    elif all(abs(d) > 1e-6 for d in differences):
        paired["p"] = boot.bootstrap_p(differences)
    return {"scores": scores, "paired": paired}


def check_random(program, rng, count):
    makers = [label_case, tag_case, span_case, asked_case, number_case, choice_case, cloze_case, label_set_case]
    cases = [makers[i % len(makers)](rng) for i in range(count)]
    for case in cases:
        case.update(seed=rng.getrandbits(64), resamples=rng.choice([40, 101]), threads=rng.choice([1, 2]))
    compared = 0
    for number, (case, found) in enumerate(zip(cases, ask(program, cases))):
        expected = expected_answer(case)
        if "paired" in found and "p" not in expected["paired"]:
            del found["paired"]["p"]
        compared += "p" in expected["paired"]
        wrong = differs(expected, found)
        if not wrong and next(iter(found["scores"]["metrics"])) != case["headline"]:
            wrong = "the headline does not come first"
        if wrong:
            return [f"random case {number} ({case['kind']}): {wrong}"]
    print(f"{count} random cases, {sum(len(c['rows']) for c in cases)} rows, {compared} of them with a p-value")
    return []


def check_discoveries(program, rng):
    cases = [{"p": [round(rng.random(), rng.choice([1, 6])) for _ in range(rng.randint(1, 30))]} for _ in range(200)]
    wrong = [differs(boot.benjamini_hochberg(c["p"]), found) for c, found in zip(cases, ask(program, cases))]
    return [w for w in wrong if w]


def check_words(program, rng):
    cases = [{"words": random_text(rng, 30)} for _ in range(5000)]
    cases += [{"words": "".join(rng.choice("ab.,'\" s(1t") for _ in range(rng.randint(1, 12)))} for _ in range(5000)]
    wrong = [(c["words"], ref.segments(c["words"]), found) for c, found in zip(cases, ask(program, cases))]
    wrong = [f"{t!r}: expected {e}, found {f}" for t, e, f in wrong if e != f]
    print(f"{len(cases)} random texts cut into words, {len(wrong)} differently")
    return wrong[:5]  # enough to see what is wrong


def check_golden(program):
    golden = json.loads((Path(__file__).resolve().parent / "golden.json").read_text(encoding="utf-8"))
    wrong = []
    for number, (entry, found) in enumerate(zip(golden["scores"], ask(program, [e["case"] for e in golden["scores"]]))):
        values = {name: one["value"] for name, one in found["scores"]["metrics"].items() if name in entry["metrics"]}
        wrong.append(differs(entry["metrics"], values, f"golden {number}"))
        if "per_class" in entry:
            wrong.append(differs(entry["per_class"], found["scores"]["per_class"], f"golden {number}"))
        if "mcnemar_p" in entry:
            wrong.append(differs(entry["mcnemar_p"], found["paired"]["p"], f"golden {number} McNemar"))
    for entry, found in zip(golden["discoveries"], ask(program, [{"p": e["p"]} for e in golden["discoveries"]])):
        wrong.append(differs(entry["adjusted"], found, "golden BH"))
    for entry, found in zip(golden["words"], ask(program, [{"words": e["text"]} for e in golden["words"]])):
        wrong.append(None if entry["words"] == found else f"golden words {entry}: found {found}")
    print(f"golden: {len(golden['scores'])} scores, {len(golden['discoveries'])} lists of p, {len(golden['words'])} texts")
    return [w for w in wrong if w]


def main():
    program = sys.argv[1]
    rng = random.Random(20200113)
    wrong = check_random(program, rng, 800) + check_discoveries(program, rng) + check_words(program, rng) + check_golden(program)
    for one in wrong:
        print(one)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
