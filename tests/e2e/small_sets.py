# Small data sets in the official forms of CLUE's and GLUE's files, written by their descriptions, with what is right beside them: the real
# ones are no part of this project. A set is {kind, split, metrics, rows}: rows are (id, what is right, text or blanks).
import json
import random

TEXTS = ["今天天气很好", "他说的话\t没有人信", "“洋人”站在大众之间", "a \"quoted\" word", "鱼没有伤口。", "it is 3,5 o'clock", "末"]
CLASSES = {
    "afqmc": ["0", "1"], "tnews": ["100", "102", "116"], "iflytek": ["0", "17", "118"], "csl": ["0", "1"],
    "cmnli": ["neutral", "entailment", "contradiction"], "ocnli": ["neutral", "entailment", "contradiction"],
    "cluewsc2020": ["true", "false"],
}  # fmt: skip


class Folder:
    """Files of a task below the data folder."""

    def __init__(self, root, name):
        self.path = root / name
        self.path.mkdir(parents=True, exist_ok=True)

    def write(self, name, text):
        (self.path / name).write_text(text, encoding="utf-8", newline="")

    def lines(self, name, rows, end="\n"):
        self.write(name, "".join(json.dumps(row, ensure_ascii=False) + end for row in rows))

    def table(self, name, rows, header=None, mark=""):
        lines = ([header] if header else []) + rows
        self.write(name, mark + "".join("\t".join(map(str, line)) + "\n" for line in lines))


def text(rng, table=False):
    chosen = rng.choice(TEXTS) + str(rng.randrange(1000))
    return chosen.replace("\t", " ") if table else chosen


def clue_labels(root, rng):
    """One label a row: a JSON object a line, test without labels."""
    sets, tests = {}, {}
    texts = {"afqmc": ["sentence1", "sentence2"], "cmnli": ["sentence1", "sentence2"], "ocnli": ["sentence1", "sentence2"],
             "tnews": ["sentence"], "iflytek": ["sentence"]}  # fmt: skip
    for task, keys in texts.items():
        folder = Folder(root, task)
        labels = [rng.choice(CLASSES[task]) for _ in range(40)]
        dev = [{key: text(rng) for key in keys} | {"label": label} for label in labels]
        folder.lines("dev.json", dev, end="\r\n" if task == "afqmc" else "\n")
        folder.lines("test.json", [{"id": i} | {key: text(rng) for key in keys} for i in range(9)])
        sets[task] = ("classify", "dev", None, [(i, label, None) for i, label in enumerate(labels)])
        tests[task] = [(i, CLASSES[task]) for i in range(9)]
    folder = Folder(root, "csl")
    labels = [rng.choice("01") for _ in range(30)]
    row = lambda: {"abst": text(rng), "keyword": [text(rng) for _ in range(3)]}  # noqa: E731
    folder.lines("dev.json", [{"id": 100 + i, "label": label} | row() for i, label in enumerate(labels)])
    folder.lines("test.json", [{"id": 7 * i} | row() for i in range(9)])
    sets["csl"] = ("keywords", "dev", None, [(100 + i, label, None) for i, label in enumerate(labels)])
    tests["csl"] = [(7 * i, ["0", "1"]) for i in range(9)]
    folder = Folder(root, "cluewsc")
    wsc = {"text": "裂开的伤口涂满鱼肝油，它好在没有恶化", "target": {"span1_text": "伤口", "span1_index": 3, "span2_text": "它", "span2_index": 11}}
    labels = [rng.choice(["true", "false"]) for _ in range(30)]
    folder.lines("dev.json", [{"idx": i, "label": label} | wsc for i, label in enumerate(labels)])
    folder.lines("test1.1.json", [{"id": i} | wsc for i in range(9)])
    sets["cluewsc2020"] = ("pronoun", "dev", None, [(i, label, None) for i, label in enumerate(labels)])
    tests["cluewsc2020"] = [(i, ["true", "false"]) for i in range(9)]
    Folder(root, "diagnostics").lines("diagnostics_test.json", [
        {"index": i, "premise": text(rng), "hypothesis": text(rng)} for i in range(9)])  # fmt: skip
    tests["diagnostics"] = [(i, CLASSES["cmnli"]) for i in range(9)]
    return sets, tests


def clue_reading(root, rng):
    sets, tests = {}, {}
    for task, names in {"cmrc2018": ("dev.json", "test.json"), "drcd": ("dev.json", "test.json")}.items():
        folder = Folder(root, task)
        contexts = ["小明在1998年出生于北京。" + text(rng) for _ in range(12)]
        answers = [c[rng.randrange(4): rng.randint(5, len(c))] for c in contexts]
        for name, split in zip(names, ("DEV", "TEST")):
            paragraphs = [
                {"context": c, "id": f"{split}_{i}", "qas": [{"question": "何时？", "id": f"{split}_{i}_QUERY_0",
                                                             "answers": [{"text": a, "answer_start": c.find(a)}]}]}
                for i, (c, a) in enumerate(zip(contexts, answers))
            ]  # fmt: skip
            folder.write(name, json.dumps({"version": "1", "data": [{"title": "t", "paragraphs": paragraphs}]}, ensure_ascii=False, indent=1))
        sets[task] = ("span", "dev", None, [(f"DEV_{i}_QUERY_0", [a], None) for i, a in enumerate(answers)])
        tests[task] = {f"TEST_{i}_QUERY_0": answers[i] for i in range(12)}
    folder = Folder(root, "c3")
    gold, asked = [], 0
    for name, split in (("d-dev.json", True), ("m-dev.json", True), ("test1.1.json", False)):
        passages = []
        for i in range(8):
            questions = []
            for _ in range(rng.randint(1, 3)):
                choices = [f"{text(rng)}{k}" for k in range(rng.randint(2, 4))]
                right = rng.randrange(len(choices))
                question = {"question": text(rng), "choice": choices}
                if split:
                    gold.append((len(gold), right, None))
                    question["answer"] = choices[right]
                else:
                    question["id"] = asked
                    asked += 1
                questions.append(question)
            passages.append([["男：" + text(rng), "女：好。"], questions, f"{i}-1"])
        folder.write(name, json.dumps(passages, ensure_ascii=False, indent=1))
    sets["c3"] = ("choice", "dev", None, gold)
    tests["c3"] = asked
    folder = Folder(root, "chid")
    number, gold, names = 0, [], []
    for name in ("dev", "test1.1"):
        lines, answers = [], {}
        for row in range(8):
            content, blanks = [], []
            for _ in range(rng.randint(1, 4)):
                blanks.append(f"#idiom{number:06}#")
                content.append(text(rng) + blanks[-1] + text(rng))
                number += 1
            lines.append({"content": content, "candidates": [f"成语{rng.randrange(10**6)}" for _ in range(10)]})
            right = [rng.randrange(10) for _ in blanks]
            answers |= dict(zip(blanks, right))
            if name == "dev":
                gold.append((row, right, blanks))
            else:
                names += blanks
        folder.lines(name + ".json", lines)
        if name == "dev":
            folder.write("dev_answer.json", json.dumps(answers))
    sets["chid"] = ("cloze", "dev", None, gold)
    tests["chid"] = names
    return sets, tests


def cluener(root, rng):
    folder, rows = Folder(root, "cluener"), []
    types = {"name": "彭小军", "address": "台湾", "book": "《诗》", "company": "某公司", "game": "棋赛", "government": "外交部", "movie": "《桥》",
             "organization": "球队", "position": "教练", "scene": "长城"}  # fmt: skip
    texts = ["彭小军在台湾带着《诗》看《桥》，见了外交部的人", "某公司和球队的教练在长城说棋赛", "在台湾的彭小军见了彭小军", "无"]
    for i in range(40):
        one = texts[i % 4]
        marks = [[kind, one.find(s), one.find(s) + len(s)] for kind, s in types.items() if s in one]
        rows.append((i, [m for m in marks if i < 4 or rng.random() < 0.8], one))
    label = lambda gold, one: {k: {one[b:e]: [[b, e - 1]]} for k, b, e in gold}  # noqa: E731
    folder.lines("dev.json", [{"text": one, "label": label(gold, one)} for _, gold, one in rows])
    folder.lines("test.json", [{"id": i, "text": one} for i, _, one in rows])
    return {"cluener": ("tag", "dev", None, rows)}, {"cluener": {i: (one, label(gold, one)) for i, gold, one in rows}}


GLUE = {  # folder, dev, test, header of dev (None: none) and test, label's column, labels or None for numbers, metrics
    "cola": ("CoLA", "dev.tsv", "test.tsv", ["source", "label", "star", "sentence"], ["index", "sentence"], "label", ["0", "1"],
             ["matthews", "accuracy"]),
    "sst-2": ("SST-2", "dev.tsv", "test.tsv", ["sentence", "label"], ["index", "sentence"], "label", ["0", "1"], None),
    "mrpc": ("MRPC", "dev.tsv", "test.tsv", ["Quality", "#1 ID", "#2 ID", "#1 String", "#2 String"],
             ["index", "#1 ID", "#2 ID", "#1 String", "#2 String"], "Quality", ["0", "1"], ["f1", "accuracy"]),
    "sts-b": ("STS-B", "dev.tsv", "test.tsv",
              ["index", "genre", "filename", "year", "old_index", "source1", "source2", "sentence1", "sentence2", "score"],
              ["index", "genre", "filename", "year", "old_index", "source1", "source2", "sentence1", "sentence2"], "score", None, None),
    "qqp": ("QQP", "dev.tsv", "test.tsv", ["id", "qid1", "qid2", "question1", "question2", "is_duplicate"], ["id", "question1", "question2"],
            "is_duplicate", ["0", "1"], ["f1", "accuracy"]),
    "mnli-m": ("MNLI", "dev_matched.tsv", "test_matched.tsv", ["index", "promptID", "pairID", "genre", "sentence1", "sentence2", "label1", "gold_label"],
               ["index", "promptID", "pairID", "genre", "sentence1", "sentence2"], "gold_label", CLASSES["cmnli"], None),
    "mnli-mm": ("MNLI", "dev_mismatched.tsv", "test_mismatched.tsv", ["index", "promptID", "pairID", "genre", "sentence1", "sentence2", "label1", "gold_label"],
                ["index", "promptID", "pairID", "genre", "sentence1", "sentence2"], "gold_label", CLASSES["cmnli"], None),
    "qnli": ("QNLI", "dev.tsv", "test.tsv", ["index", "question", "sentence", "label"], ["index", "question", "sentence"], "label",
             ["entailment", "not_entailment"], None),
    "rte": ("RTE", "dev.tsv", "test.tsv", ["index", "sentence1", "sentence2", "label"], ["index", "sentence1", "sentence2"], "label",
            ["entailment", "not_entailment"], None),
    "wnli": ("WNLI", "dev.tsv", "test.tsv", ["index", "sentence1", "sentence2", "label"], ["index", "sentence1", "sentence2"], "label", ["0", "1"], None),
    "ax": ("AX", None, "AX.tsv", None, ["index", "sentence1", "sentence2"], None, CLASSES["cmnli"], None),
}  # fmt: skip


def glue(root, rng):
    sets, tests = {}, {}
    for task, (name, dev, test, header, test_header, label, labels, metrics) in GLUE.items():
        folder = Folder(root, "glue/" + name)
        size = 11
        folder.table(test, [[i if key in ("index", "id") else text(rng, True) for key in test_header] for i in range(size)], test_header)
        tests[task] = (size, labels)
        if not dev:
            continue
        gold = [rng.choice(labels) if labels else round(rng.uniform(0, 5), 3) for _ in range(40)]
        rows = [[g if key == label else i if key in ("index", "id") else text(rng, True) for key in header] for i, g in enumerate(gold)]
        # CoLA has no header, MRPC a byte order mark.
        folder.table(dev, rows, None if task == "cola" else header, "\ufeff" if task == "mrpc" else "")
        kind = "pair" if labels else "regression"
        sets[task] = (kind, "dev", metrics, [(i, g, None) for i, g in enumerate(gold)])
    return sets, tests


def make(root):
    """All sets below `root`: {task: set}, {task: what its test asks for}."""
    rng = random.Random(13)
    sets, tests = {}, {}
    for maker in (clue_labels, clue_reading, cluener, glue):
        more_sets, more_tests = maker(root, rng)
        sets |= more_sets
        tests |= more_tests
    return sets, tests
