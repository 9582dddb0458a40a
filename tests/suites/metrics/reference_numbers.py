# Correlations, choices and sets of labels once more in plain Python, written from their definitions and not from the C++. Values in per cent.
import math

from reference_metrics import ratio, table_row


def pearson(x, y):
    """0 where one side does not vary: it is not defined there."""
    n = len(x)
    if n < 2 or len(set(x)) == 1 or len(set(y)) == 1:
        return 0.0
    mean_x, mean_y = math.fsum(x) / n, math.fsum(y) / n
    dx, dy = [a - mean_x for a in x], [b - mean_y for b in y]
    return 100 * math.fsum(a * b for a, b in zip(dx, dy)) / math.sqrt(math.fsum(a * a for a in dx) * math.fsum(b * b for b in dy))


def ranks(values):
    """From 1; equal values share the mean of their places."""
    places = {}
    for place, value in enumerate(sorted(values), 1):
        places.setdefault(value, []).append(place)
    return [sum(places[v]) / len(places[v]) for v in values]


def spearman(x, y):
    return pearson(ranks(x), ranks(y))


def matthews(gold, predicted):
    """Gorodkin's form for any number of labels: the correlation of the two indicator matrices."""
    labels = sorted(set(gold) | set(predicted))
    n = len(gold)

    def covariance(a, b):
        total = 0.0
        for name in labels:
            x, y = [float(v == name) for v in a], [float(v == name) for v in b]
            mean_x, mean_y = sum(x) / n, sum(y) / n
            total += math.fsum((p - mean_x) * (q - mean_y) for p, q in zip(x, y))
        return total

    spread = covariance(gold, gold) * covariance(predicted, predicted)
    return 100 * covariance(gold, predicted) / math.sqrt(spread) if spread > 1e-12 else 0.0


def positive_f1(positive, gold, predicted):
    both = sum(g == p == positive for g, p in zip(gold, predicted))
    return 100 * ratio(2 * both, gold.count(positive) + predicted.count(positive))


def number_scores(gold, predicted):
    return {"pearson": pearson(gold, predicted), "spearman": spearman(gold, predicted)}


def blank_scores(gold, predicted):
    """gold, predicted: a list of choices a row, one for each blank."""
    pairs = [pair for g, p in zip(gold, predicted) for pair in zip(g, p)]
    return {"accuracy": 100 * sum(g == p for g, p in pairs) / len(pairs)}


def label_set_scores(labels, gold, predicted):
    """gold, predicted: a set of labels a row."""
    per_class = {}
    for name in labels:
        both = sum(name in g and name in p for g, p in zip(gold, predicted))
        per_class[name] = table_row(both, sum(name in p and name not in g for g, p in zip(gold, predicted)),
                                    sum(name in g and name not in p for g, p in zip(gold, predicted)))
    both = sum(len(g & p) for g, p in zip(gold, predicted))
    values = {
        "micro_f1": 100 * ratio(2 * both, sum(map(len, gold)) + sum(map(len, predicted))),
        "macro_f1": sum(row["f1"] for row in per_class.values()) / len(labels),
        "accuracy": 100 * sum(g == p for g, p in zip(gold, predicted)) / len(gold),
    }
    return values, per_class


def resampled(score, drawn, *sides):
    """score(sides) on every resample: each row as often as it was drawn. {name: [values]}"""
    found = {}
    for times in drawn:
        picked = [[value for value, n in zip(side, times) for _ in range(int(n))] for side in sides]
        for name, value in score(*picked).items():
            found.setdefault(name, []).append(value)
    return found
