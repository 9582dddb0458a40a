# The metrics once more in plain Python, written from their definitions and not from the C++: what the C++ is held against.
# Values in per cent. Rows are labels; (text, set of (type, begin, end)) with exclusive ends; or lists of accepted answers.
import re


def ratio(a, b):
    return a / b if b else 0.0


def label_scores(labels, gold, predicted):
    """Accuracy, macro F1 over the labels that occur on either side, micro F1, and the table per class."""
    per_class = {}
    f1_of_present = []
    for name in labels:
        true_positive = sum(1 for g, p in zip(gold, predicted) if g == name == p)
        false_positive = sum(1 for g, p in zip(gold, predicted) if p == name != g)
        false_negative = sum(1 for g, p in zip(gold, predicted) if g == name != p)
        per_class[name] = table_row(true_positive, false_positive, false_negative)
        if true_positive + false_positive + false_negative:
            f1_of_present.append(per_class[name]["f1"])
    right = sum(1 for g, p in zip(gold, predicted) if g == p)
    accuracy = 100 * right / len(gold)
    return {"accuracy": accuracy, "macro_f1": sum(f1_of_present) / len(f1_of_present), "micro_f1": accuracy}, per_class


def table_row(true_positive, false_positive, false_negative):
    precision = ratio(true_positive, true_positive + false_positive)
    recall = ratio(true_positive, true_positive + false_negative)
    return {
        "precision": 100 * precision,
        "recall": 100 * recall,
        "f1": 100 * ratio(2 * precision * recall, precision + recall),
        "support": true_positive + false_negative,
    }


def set_f1(gold, predicted):
    """gold, predicted: a set a sentence."""
    both = sum(len(g & p) for g, p in zip(gold, predicted))
    precision = ratio(both, sum(map(len, predicted)))
    recall = ratio(both, sum(map(len, gold)))
    return 100 * ratio(2 * precision * recall, precision + recall)


def entity_scores(types, texts, gold, predicted):
    """gold, predicted: a list of (type, begin, end) a sentence."""
    gold = [set(map(tuple, g)) for g in gold]
    predicted = [set(map(tuple, p)) for p in predicted]
    per_class = {}
    surface_f1 = []
    for kind in types:
        of_kind = [{e for e in g if e[0] == kind} for g in gold], [{e for e in p if e[0] == kind} for p in predicted]
        both = sum(len(g & p) for g, p in zip(*of_kind))
        false_positive = sum(len(p - g) for g, p in zip(*of_kind))
        false_negative = sum(len(g - p) for g, p in zip(*of_kind))
        per_class[kind] = table_row(both, false_positive, false_negative)
        strings = [[{t[b:e] for _, b, e in one} for t, one in zip(texts, side)] for side in of_kind]
        surface_f1.append(set_f1(*strings))
    return {"entity_f1": set_f1(gold, predicted), "clue_macro_f1": sum(surface_f1) / len(types)}, per_class


# --- CMRC2018 ---------------------------------------------------------------------------------------------------------

PUNCTUATION = set("-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』")
CLITIC_AFTER = r"(?!(?:re|ve|ll|m|t|s|d|n)\b)"


def normalized(text):
    return "".join(c for c in text.lower().strip() if c not in PUNCTUATION)


def english(text):
    """Penn Treebank words, by rewriting with regular expressions in the manner of the treebank's own sed script."""
    text = re.sub("([«“‘„])", r" \1 ", text)
    text = re.sub('^"', " `` ", text)
    text = re.sub(r"([ (\[{<])(?:\"|'')", r"\1 `` ", text)
    text = re.sub(r"(?<!\w)'" + CLITIC_AFTER + r"(?=\w)", "' ", text)
    text = re.sub(r"(?<=[^.])\.(?=[\])}>\"'»”’ \s]*$)", " . ", text)
    text = re.sub(r",(\D)", r" , \1", text)
    text = re.sub(r",$", " , ", text)
    text = re.sub(r"(\.\.+)", r" \1 ", text)
    text = re.sub("([;@#$%&?!\u2012\u2013\u2014\u2015\\[\\](){}<>»”’])", r" \1 ", text)
    text = re.sub("''|\"", " '' ", text)
    text = " " + " ".join(text.split()) + " "
    text = re.sub(r"(?<=[^' ])('s|'m|'d|') ", r" \1 ", text)
    text = re.sub(r"(?<=[^' ])('ll|'re|'ve|n't) ", r" \1 ", text)
    text = re.sub(r"(?<= )(can|gim|gon|got|lem|wan)(?:(?<=can)(not)|(?<=gim)(me)|(?<=gon)(na)|(?<=got)(ta)|(?<=lem)(me)|(?<=wan)(na))(?= )",
                  lambda m: m.group(1) + " " + next(g for g in m.groups()[1:] if g), text)
    text = re.sub(r"(?<= )(more)('n)(?= )", r"\1 \2", text)
    text = re.sub(r"(?<= )('t)(is|was)(?= )", r"\1 \2", text)
    return text.split()


def segments(text):
    out = []
    for part in re.split("([\u4e00-\u9fa5])", normalized(text)):
        if part and "\u4e00" <= part[0] <= "\u9fa5":
            out.append(part)
        elif part:
            out += english(part)
    return out


def longest_common_stretch(a, b):
    for size in range(min(len(a), len(b)), 0, -1):
        pieces = {tuple(a[i : i + size]) for i in range(len(a) - size + 1)}
        if any(tuple(b[j : j + size]) in pieces for j in range(len(b) - size + 1)):
            return size
    return 0


def answer_f1(answer, prediction):
    a, p = segments(answer), segments(prediction)
    common = longest_common_stretch(a, p)
    return 2 * common / (len(a) + len(p)) if common else 0.0


def span_scores(answers, predicted):
    """answers: a list of accepted strings a row."""
    rows = span_rows(answers, predicted)
    return {"em": 100 * sum(e for e, _ in rows) / len(rows), "f1": 100 * sum(f for _, f in rows) / len(rows)}, {}


def span_rows(answers, predicted):
    return [
        (int(any(normalized(a) == normalized(p) for a in accepted)), max(answer_f1(a, p) for a in accepted))
        for accepted, p in zip(answers, predicted)
    ]
