# Entries of golden.json with correlations and sets of labels, in the numbers of scikit-learn and scipy. Used by make_golden.py.
import numpy
from compare_reference import asked_case, label_set_case, number_case
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef


def number_entry(rng):
    case = number_case(rng)
    gold, given = ([row["number"] for row in case[side]] for side in ("rows", "predictions"))
    if len(set(gold)) < 2 or len(set(given)) < 2:
        return number_entry(rng)  # not defined
    return {"case": case, "metrics": {"pearson": 100 * float(pearsonr(gold, given)[0]), "spearman": 100 * float(spearmanr(gold, given)[0])}}


def asked_entry(rng):
    case = asked_case(rng)
    names = case["labels"]
    gold, given = ([names[row["label"]] for row in case[side]] for side in ("rows", "predictions"))
    values = {
        "matthews": 100 * float(matthews_corrcoef(gold, given)),
        "accuracy": 100 * accuracy_score(gold, given),
        "micro_f1": 100 * f1_score(gold, given, average="micro", zero_division=0),
    }
    if len(names) == 2:
        values["f1"] = 100 * f1_score(gold, given, pos_label=names[1], zero_division=0)
    return {"case": case, "metrics": {name: values[name] for name in case["metrics"]}}


def label_set_entry(rng):
    case = label_set_case(rng)
    gold, given = (
        numpy.array([[int(i in row["labels"]) for i in range(len(case["labels"]))] for row in case[side]]) for side in ("rows", "predictions")
    )
    f1 = {name: 100 * float(f1_score(gold, given, average=name, zero_division=0)) for name in ("micro", "macro")}
    return {"case": case, "metrics": {"micro_f1": f1["micro"], "macro_f1": f1["macro"], "accuracy": 100 * accuracy_score(gold, given)}}


def entries(rng):
    return [maker(rng) for maker in (number_entry, asked_entry, label_set_entry) for _ in range(6)]
