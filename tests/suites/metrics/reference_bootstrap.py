# The bootstrap and the paired tests once more, with numpy: the same draws as suites/metrics/Bootstrap.h promises, found independently.
import math

import numpy as np
import reference_numbers as numbers

WORD = np.uint64
SIZE, MIDDLE = 312, 156
HIGH, LOW = WORD(0xFFFFFFFF80000000), WORD(0x7FFFFFFF)


def splitmix(seed, index):
    mask = (1 << 64) - 1
    z = (seed + (index + 1) * 0x9E3779B97F4A7C15) & mask
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return z ^ (z >> 31)


class Twisters:
    """Many MT19937-64 generators side by side (Nishimura 2000), one a column."""

    def __init__(self, seeds):
        state = [np.array(seeds, dtype=WORD)]
        with np.errstate(over="ignore"):
            for i in range(1, SIZE):
                last = state[-1]
                state.append(WORD(6364136223846793005) * (last ^ (last >> WORD(62))) + WORD(i))
        self.state, self.at = state, SIZE

    def next(self):
        if self.at == SIZE:
            s = self.state
            for i in range(SIZE):
                x = (s[i] & HIGH) | (s[(i + 1) % SIZE] & LOW)
                s[i] = s[(i + MIDDLE) % SIZE] ^ (x >> WORD(1)) ^ ((x & WORD(1)) * WORD(0xB5026F5AA96619E9))
            self.at = 0
        x = self.state[self.at]
        self.at += 1
        x = x ^ ((x >> WORD(29)) & WORD(0x5555555555555555))
        x = x ^ ((x << WORD(17)) & WORD(0x71D67FFFEDA60000))
        x = x ^ ((x << WORD(37)) & WORD(0xFFF7EEE000000000))
        return x ^ (x >> WORD(43))


def draws(rows, resamples, seed):
    """[resamples, rows]: the row that each draw takes."""
    generators = Twisters([splitmix(seed, r) for r in range(resamples)])
    out = np.empty((resamples, rows), dtype=np.int64)
    n, half, low = WORD(rows), WORD(32), WORD(0xFFFFFFFF)
    for k in range(rows):
        x = generators.next()
        out[:, k] = (((x >> half) * n + (((x & low) * n) >> half)) >> half).astype(np.int64)
    return out


def times_drawn(rows, resamples, seed):
    """[resamples, rows]: how often each row is taken."""
    taken = draws(rows, resamples, seed)
    return np.stack([np.bincount(one, minlength=rows) for one in taken]).astype(float)


def interval(values):
    return float(np.quantile(values, 0.025)), float(np.quantile(values, 0.975))


def mcnemar(right_a, right_b):
    only_a = sum(1 for a, b in zip(right_a, right_b) if a and not b)
    only_b = sum(1 for a, b in zip(right_a, right_b) if b and not a)
    n = only_a + only_b
    tail = sum(math.comb(n, k) for k in range(min(only_a, only_b) + 1))
    return min(1.0, float(2 * tail / 2**n))


def bootstrap_p(differences):
    smaller = min(int(np.sum(differences <= 0)), int(np.sum(differences >= 0)))
    return min(1.0, 2 * (smaller + 1) / (len(differences) + 1))


def benjamini_hochberg(p):
    """The smallest rate at which each hypothesis would be rejected, straight from the procedure's definition."""
    ranked = sorted(p)
    steps = [value * len(p) / (i + 1) for i, value in enumerate(ranked)]
    return [min([1.0] + [steps[i] for i in range(len(p)) if ranked[i] >= value]) for value in p]


# Per-row counts -> a metric on every resample at once. counts: [rows, classes, 3] = gold, predicted, hit; drawn: [resamples, rows].

def quotient(a, b):
    return np.divide(a, b, out=np.zeros_like(a), where=b > 0)


def f1_by_class(drawn, counts):
    sums = np.tensordot(drawn, counts, axes=(1, 0))
    return 100 * quotient(2 * sums[..., 2], sums[..., 0] + sums[..., 1]), (sums[..., 0] + sums[..., 1]) > 0


def micro_f1(drawn, counts):
    return f1_by_class(drawn, counts.sum(axis=1, keepdims=True))[0][:, 0]


def macro_of_present(drawn, counts):
    f1, present = f1_by_class(drawn, counts)
    return (f1 * present).sum(axis=1) / present.sum(axis=1)


def macro_of_all(drawn, counts):
    return f1_by_class(drawn, counts)[0].mean(axis=1)


def mean_of_rows(drawn, values):
    return 100 * (drawn @ np.asarray(values, dtype=float)) / drawn.shape[1]


def label_counts(labels, gold, predicted):
    counts = np.zeros((len(gold), len(labels), 3))
    place = {name: i for i, name in enumerate(labels)}
    for row, (g, p) in enumerate(zip(gold, predicted)):
        counts[row, place[g], 0] += 1
        counts[row, place[p], 1] += 1
        counts[row, place[g], 2] += g == p
    return counts


def set_counts(types, gold, predicted):
    """gold, predicted: a set of (type, ...) a row."""
    counts = np.zeros((len(gold), len(types), 3))
    place = {name: i for i, name in enumerate(types)}
    for row, sides in enumerate(zip(gold, predicted)):
        for slot, side in enumerate((*sides, sides[0] & sides[1])):
            for entity in side:
                counts[row, place[entity[0]], slot] += 1
    return counts


def matthews_values(drawn, counts):
    sums = np.tensordot(drawn, counts, axes=(1, 0))  # [resamples, classes, 3]
    rows = sums[..., 0].sum(axis=1)
    hit = sums[..., 2].sum(axis=1)
    both = (sums[..., 0] * sums[..., 1]).sum(axis=1)
    spread = (rows**2 - (sums[..., 0] ** 2).sum(axis=1)) * (rows**2 - (sums[..., 1] ** 2).sum(axis=1))
    return np.where(spread > 0, 100 * (hit * rows - both) / np.sqrt(np.where(spread > 0, spread, 1)), 0)


def other_values(kind, labels, gold, predicted, drawn):
    """Of the kinds whose rows are no labels, entities or texts."""
    if kind == "regression":
        return numbers.resampled(numbers.number_scores, drawn, gold, predicted)
    if kind == "choice":
        return {"accuracy": mean_of_rows(drawn, [g == p for g, p in zip(gold, predicted)])}
    if kind == "cloze":
        right = np.array([sum(g == p for g, p in zip(*pair)) for pair in zip(gold, predicted)], dtype=float)
        asked = np.array([len(g) for g in gold], dtype=float)
        return {"accuracy": 100 * (drawn @ right) / (drawn @ asked)}
    counts = set_counts(labels, *([{(name,) for name in one} for one in side] for side in (gold, predicted)))
    exact = [set(g) == set(p) for g, p in zip(gold, predicted)]
    return {"micro_f1": micro_f1(drawn, counts), "macro_f1": macro_of_all(drawn, counts), "accuracy": mean_of_rows(drawn, exact)}


def metric_values(kind, labels, texts, gold, predicted, drawn, span_rows=None):
    """Every metric of a kind on every resample: {name: [resamples]}."""
    if kind in ("regression", "choice", "cloze", "multi_label"):
        return other_values(kind, labels, gold, predicted, drawn)
    if kind == "tag":
        places = [[set(map(tuple, one)) for one in side] for side in (gold, predicted)]
        strings = [[{(k, t[b:e]) for k, b, e in one} for t, one in zip(texts, side)] for side in places]
        return {
            "entity_f1": micro_f1(drawn, set_counts(labels, *places)),
            "clue_macro_f1": macro_of_all(drawn, set_counts(labels, *strings)),
        }
    if kind == "span":
        return {"em": mean_of_rows(drawn, [e for e, _ in span_rows]), "f1": mean_of_rows(drawn, [f for _, f in span_rows])}
    counts = label_counts(labels, gold, predicted)
    accuracy = mean_of_rows(drawn, [g == p for g, p in zip(gold, predicted)])
    values = {"accuracy": accuracy, "macro_f1": macro_of_present(drawn, counts), "micro_f1": accuracy}
    values["matthews"] = matthews_values(drawn, counts)
    if len(labels) == 2:
        values["f1"] = f1_by_class(drawn, counts)[0][:, 1]
    return values
