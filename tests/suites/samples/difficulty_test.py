# The samples can be learnt, and not by the simplest rule: three such rules, trained on train, must do better than guessing on dev and
# stay away from perfect. The test prints what they reach.
import collections
import json
import math
import os
import unittest
from pathlib import Path

SOURCE = Path(os.environ.get("CLEW_SOURCE", Path(__file__).resolve().parents[3]))


def rows(task, split):
    text = (SOURCE / "suites" / "samples" / task / f"{split}.json").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def grams(text):
    return {text[i : i + n] for n in (1, 2) for i in range(len(text) - n + 1)}


def naive_bayes():
    """Accuracy of counting characters and their pairs."""
    counts = collections.defaultdict(collections.Counter)
    for row in rows("sample-classify", "train"):
        counts[row["label"]].update(grams(row["sentence"]))

    def score(label, text):
        return sum(math.log((counts[label][gram] + 0.1) / 60.2) for gram in grams(text))

    dev = rows("sample-classify", "dev")
    right = sum(max(sorted(counts), key=lambda label: score(label, r["sentence"])) == r["label"] for r in dev)
    return right / len(dev)


def overlap():
    """Accuracy of the best threshold on the share of characters that two questions have in common."""

    def right(split, threshold):
        def same(row):
            one, other = set(row["sentence1"]), set(row["sentence2"])
            return len(one & other) / len(one | other) >= threshold

        return sum(same(row) == (row["label"] == "1") for row in rows("sample-pair", split))

    best = max((step / 50 for step in range(51)), key=lambda threshold: right("train", threshold))
    return right("dev", best) / len(rows("sample-pair", "dev"))


def dictionary():
    """Entity F1 of the longest match with entities of train."""
    known = {}
    for row in rows("sample-tag", "train"):
        for kind, surfaces in row["label"].items():
            known.update((surface, kind) for surface in surfaces)
    hits = found = wanted = 0
    for row in rows("sample-tag", "dev"):
        text, at, marked = row["text"], 0, set()
        while at < len(text):
            length = next((n for n in range(10, 1, -1) if text[at : at + n] in known), 0)
            if length:
                marked.add((known[text[at : at + length]], at, at + length - 1))
            at += max(length, 1)
        gold = {(k, *place) for k, s in row["label"].items() for places in s.values() for place in places}
        hits, found, wanted = hits + len(gold & marked), found + len(marked), wanted + len(gold)
    return 2 * hits / (found + wanted)


class Difficulty(unittest.TestCase):
    def check(self, name, value, least, most):
        print(f"{name}: {100 * value:.1f} %")
        self.assertTrue(least <= value <= most, f"{name} reaches {value:.3f}, expected {least} to {most}")

    def test_topics(self):
        self.check("naive Bayes on sample-classify (guessing: 20 %)", naive_bayes(), 0.5, 0.96)

    def test_pairs(self):
        self.check("overlap on sample-pair (guessing: 50 %)", overlap(), 0.55, 0.85)

    def test_entities(self):
        self.check("dictionary on sample-tag", dictionary(), 0.4, 0.9)


if __name__ == "__main__":
    unittest.main()
