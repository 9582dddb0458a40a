#!/usr/bin/env python3
# Every task of CLUE and GLUE on small sets in the official forms: scores against judges that were written from the definitions, and
# submissions against validators that were written from the boards' descriptions.
import json
import random
import re
import sys
import unittest
import zipfile

import record_seal
import report_records
import small_sets
from door import BIN, SOURCE, Door

sys.path.insert(0, str(SOURCE / "tests" / "suites" / "metrics"))
import check_tasks  # noqa: E402
import reference_bootstrap  # noqa: E402

CLUE_NAMES = {  # CLUE 1.1: <task>_predict.json, the version in the names of four
    "afqmc": "afqmc_predict.json", "tnews": "tnews11_predict.json", "iflytek": "iflytek_predict.json", "cmnli": "cmnli_predict.json",
    "ocnli": "ocnli_50k_predict.json", "cluewsc2020": "cluewsc11_predict.json", "csl": "csl_predict.json", "cmrc2018": "cmrc2018_predict.json",
    "drcd": "drcd_predict.json", "chid": "chid11_predict.json", "c3": "c311_predict.json", "cluener": "cluener_predict.json",
    "diagnostics": "diagnostics_predict.json",
}  # fmt: skip
GLUE_NAMES = {
    "cola": "CoLA.tsv", "sst-2": "SST-2.tsv", "mrpc": "MRPC.tsv", "sts-b": "STS-B.tsv", "qqp": "QQP.tsv", "mnli-m": "MNLI-m.tsv",
    "mnli-mm": "MNLI-mm.tsv", "qnli": "QNLI.tsv", "rte": "RTE.tsv", "wnli": "WNLI.tsv", "ax": "AX.tsv",
}  # fmt: skip


CHOICES = """# A number for each choice, beside the best of its question.
model: choices
head: choice
source: test
params: {labels: 1}
sizes: {base: {}}
inputs:
  ids: {of: tokens}
  offsets: {of: tokens, in: choices}
  choice_offsets: {of: choices, in: batch}
graph:
  - words: {op: embedding, ids: ids, count: 1280, width: 8}
  - choice: {op: mean, x: words, offsets: offsets}
  - score: {op: linear, x: choice, width: $labels}
  - best: {op: max, x: score, offsets: choice_offsets}
outputs: {logits: score, best: best}
"""


def unique(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError("a key stands twice")
    return dict(pairs)


def wrong_lines(text, asked):
    """CLUE: a JSON object a line, in the order of the test file, with its label. asked: (id, labels that there are)."""
    lines = text.split("\n")
    if lines.pop() != "" or len(lines) != len(asked):
        return f"{len(lines)} lines for {len(asked)} rows"
    for line, (row, labels) in zip(lines, asked):
        one = json.loads(line, object_pairs_hook=unique)
        if one["id"] != row or one["label"] not in labels:
            return f"{line}: expected the row {row} and one of {labels}"
    return None


def wrong_answers(text, asked):
    """CLUE's reading tasks: the whole file is one JSON object, with all questions and a text for each."""
    one = json.loads(text, object_pairs_hook=unique)
    return None if one.keys() == set(asked) and all(isinstance(v, str) for v in one.values()) else "not all questions have a text"


def wrong_blanks(text, asked):
    """CHID: one JSON object, each blank with the number of one of its ten idioms."""
    one = json.loads(text, object_pairs_hook=unique)
    right = all(isinstance(v, int) and 0 <= v <= 9 for v in one.values())
    return None if one.keys() == set(asked) and right else "not all blanks have a number from 0 to 9"


def wrong_entities(text, asked):
    """CLUENER: {"text", "label": {type: {string: [[first, last]]}}} a line, ends inclusive."""
    lines = text.split("\n")
    if lines.pop() != "" or len(lines) != len(asked):
        return f"{len(lines)} lines for {len(asked)} rows"
    for line, (row, (said, _)) in zip(lines, asked.items()):
        one = json.loads(line, object_pairs_hook=unique)
        if one["id"] != row or one["text"] != said:
            return f"{line}: expected the row {row}, {said}"
        for strings in one["label"].values():
            for string, places in strings.items():
                if not places or any(said[b: e + 1] != string for b, e in places):
                    return f"{line}: {string} does not stand there"
    return None


def wrong_table(text, asked):
    """GLUE: a header, then the index and the prediction of each row of test.tsv in order."""
    size, labels = asked
    lines = text.split("\n")
    if lines.pop() != "" or lines.pop(0) != "index\tprediction" or len(lines) != size:
        return f"a header and {size} rows are expected"
    for i, line in enumerate(lines):
        index, _, prediction = line.partition("\t")
        right = prediction in labels if labels else re.fullmatch(r"-?\d+\.\d{3}", prediction)
        if index != str(i) or not right:
            return f"row {i}: {line!r}"
    return None


def gold_test(task, asked, rng):
    """Predictions for the test file, a line each."""
    if task in GLUE_NAMES:
        size, labels = asked
        return [{"id": i, "label": rng.choice(labels) if labels else round(rng.uniform(-0.1, 5.2), 5)} for i in range(size)]
    if task == "chid":
        return [json.dumps({blank: rng.randrange(10) for blank in asked}, indent=2)]
    if task == "c3":
        return [{"id": i, "label": rng.randrange(2)} for i in range(asked)]
    if task in ("cmrc2018", "drcd"):
        return [{"id": i, "answer": a, "start": -1} for i, a in asked.items()]
    if task == "cluener":
        return [{"id": i, "text": said, "label": label} for i, (said, label) in asked.items()]
    return [{"id": i, "label": rng.choice(labels)} for i, labels in asked]


class Tasks(Door):
    @classmethod
    def validator(cls, task):
        special = {"cmrc2018": wrong_answers, "drcd": wrong_answers, "chid": wrong_blanks, "cluener": wrong_entities}
        return wrong_table if task in GLUE_NAMES else special.get(task, wrong_lines)

    def setUp(self):
        super().setUp()
        self.data = self.folder / "data"
        self.sets, self.tests = small_sets.make(self.data)

    def test_every_task_of_both_boards_is_tried(self):
        self.assertEqual(self.tests.keys(), CLUE_NAMES.keys() | GLUE_NAMES.keys())
        self.assertEqual(self.tests.keys() - self.sets.keys(), {"diagnostics", "ax"})  # they have no labels

    def test_scores_are_those_of_the_judges(self):
        for task, (kind, split, metrics, rows) in self.sets.items():
            with self.subTest(task=task):
                golds = [gold for _, gold, _ in rows]
                drawn = reference_bootstrap.times_drawn(len(rows), check_tasks.RESAMPLES, check_tasks.SEED)
                systems = check_tasks.systems(kind, golds, random.Random(task))
                self.assertGreaterEqual(len(systems), 2)
                for name, predicted in systems.items():
                    wrong = check_tasks.check_system(str(BIN / "clew"), task, self.data, name, list(predicted), rows, kind, split, drawn, metrics)
                    self.assertIsNone(wrong)
                self.assertIsNone(check_tasks.check_refusals(str(BIN / "clew"), task, self.data, rows, kind, split, list(systems["gold"])))

    def record_of(self, task, lines):
        """A record of the predictions, as bench writes one."""
        text = "".join(line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        path = record_seal.prediction_path(record_seal.sha256(text))
        (self.folder / path).parent.mkdir(exist_ok=True)
        (self.folder / path).write_text(text, encoding="utf-8", newline="")
        record = report_records.record(task="tnews", scenario="accuracy")
        record |= {"task": task, "split": "test", "data_sha256": self.sha256_of_test(task),
                   "predictions": {"path": path, "sha256": record_seal.sha256(text)}}  # fmt: skip
        (self.folder / "r.jsonl").write_text(json.dumps(record_seal.seal(record), ensure_ascii=False) + "\n", encoding="utf-8")
        return "r.jsonl"

    def sha256_of_test(self, task):
        names = {"c3": "c3/test1.1.json", "chid": "chid/test1.1.json", "cluewsc2020": "cluewsc/test1.1.json",
                 "diagnostics": "diagnostics/diagnostics_test.json"}  # fmt: skip
        name = names.get(task) or (f"glue/{small_sets.GLUE[task][0]}/{small_sets.GLUE[task][2]}" if task in GLUE_NAMES else f"{task}/test.json")
        return record_seal.sha256((self.data / name).read_bytes())

    def test_gold_submissions_are_what_the_boards_describe(self):
        rng = random.Random(3)
        for task, asked in self.tests.items():
            with self.subTest(task=task):
                lines = gold_test(task, asked, rng)
                rng.shuffle(lines)
                self.good("clew", "submit", self.record_of(task, lines), "--data", self.data, "--out", "out")
                path = self.folder / "out" / (CLUE_NAMES | GLUE_NAMES)[task]
                text = path.read_bytes().decode("utf-8")
                if task == "c3":
                    asked = [(i, range(4)) for i in range(asked)]
                self.assertIsNone(self.validator(task)(text, asked))
                # What a board takes is read as predictions too: of the same test file it makes the same file again.
                self.good("clew", "submit", self.record_of(task, [text]), "--data", self.data, "--out", "again")
                self.assertEqual((self.folder / "again" / path.name).read_bytes().decode("utf-8"), text)

    def test_zips_hold_what_the_boards_describe(self):
        for board in (CLUE_NAMES, GLUE_NAMES):
            rng, names, records = random.Random(4), [], []
            for task in sorted(board.keys() & self.tests.keys()):
                lines = gold_test(task, self.tests[task], rng)
                path = self.folder / self.record_of(task, lines)
                records.append(path.rename(self.folder / f"{task}.jsonl").name)
                names.append(board[task])
            self.good("clew", "submit", *records, "--data", self.data, "--zip", "all.zip")
            self.good("clew", "submit", *records, "--data", self.data, "--zip", "again.zip")
            self.good("clew", "submit", *records, "--data", self.data, "--out", "files")
            self.assertEqual((self.folder / "all.zip").read_bytes(), (self.folder / "again.zip").read_bytes())
            with zipfile.ZipFile(self.folder / "all.zip") as archive:
                self.assertIsNone(archive.testzip())
                self.assertEqual(archive.namelist(), names)  # no folder around them: boards look for these names
                for task, name in zip(sorted(board.keys() & self.tests.keys()), names):
                    text = archive.read(name)
                    self.assertEqual(text, (self.folder / "files" / name).read_bytes())
                    asked = [(i, range(4)) for i in range(self.tests[task])] if task == "c3" else self.tests[task]
                    self.assertIsNone(self.validator(task)(text.decode("utf-8"), asked))
        self.bad(1, "two records make the file ", "clew", "submit", records[0], records[0], "--data", self.data, "--zip", "x.zip")
        self.bad(1, f"{records[0]}.* would be replaced|.*that of the record", "clew", "submit", records[0], "--data", self.data, "--zip", records[0])
        self.assertFalse((self.folder / "x.zip").exists())

    def test_a_dev_record_is_refused(self):
        for task in self.tests:
            with self.subTest(task=task):
                record = report_records.record(task="tnews", scenario="accuracy") | {"task": task, "split": "dev"}
                (self.folder / "dev.jsonl").write_text(json.dumps(record_seal.seal(record), ensure_ascii=False) + "\n", encoding="utf-8")
                self.bad(1, "this record is of the split 'dev'; boards take test", "clew", "submit", "dev.jsonl", "--data", self.data)

    def predict(self, model, task, *arguments):
        """Predictions as lines, which the judge takes."""
        text = self.good("clew", "predict", model, "--task", task, "--random-weights", "--data", self.data, *arguments)
        (self.folder / "p.jsonl").write_text(text, encoding="utf-8")
        tasks = arguments[:2] if arguments[:1] == ("--tasks",) else ()
        self.good("clew", "score", task, "p.jsonl", "--data", self.data, *tasks)
        return [json.loads(line) for line in text.splitlines()]

    def test_models_answer_every_kind(self):
        (self.folder / "tasks").mkdir()
        common = 'version: "1"\nsource: here\nlicence: none\nlayouts: {lines: {reader: json, first: t, label: l}}\nsplits: {dev: [{name: dev}]}\n'
        folder = small_sets.Folder(self.data, "long")
        folder.lines("dev", [{"t": "甲乙丙丁" * n, "l": str(n % 2)} for n in (1, 9, 60)])
        (self.folder / "tasks" / "long.yaml").write_text(
            f'task: long\nkind: document\nheadline: accuracy\nlongest: 32\nstride: 8\nlabels: ["0", "1"]\n{common}')
        folder = small_sets.Folder(self.data, "many")
        folder.lines("dev", [{"t": "甲乙", "l": ["a", "c"]}, {"t": "丙", "l": []}])
        (self.folder / "tasks" / "many.yaml").write_text(
            f"task: many\nkind: multi_label\nheadline: micro_f1\nlongest: 32\nlabels: [a, b, c]\n{common}")
        for task, keys in (("cluewsc2020", {"id", "label", "probs"}), ("csl", {"id", "label", "probs"}), ("sts-b", {"id", "label"}),
                           ("c3", {"id", "label", "probs"}), ("chid", {"id", "label"}), ("long", {"id", "label", "probs"}),
                           ("many", {"id", "label", "probs"})):  # fmt: skip
            with self.subTest(task=task):
                tasks = ["--tasks", "tasks"] if task in ("long", "many") else []
                found = self.predict("bert/sample", task, *tasks)
                again = self.predict("bert/sample", task, *tasks, "--threads", 1)
                self.assertEqual(len(found), len(self.sets[task][3]) if task in self.sets else 3 if task == "long" else 2)
                for row, same in zip(found, again):
                    self.assertEqual(row.keys(), keys)
                    self.assertEqual(row["id"], same["id"])
                if task == "c3":
                    for row in found:
                        self.assertAlmostEqual(sum(row["probs"]), 1, places=5)
                        self.assertEqual(row["label"], row["probs"].index(max(row["probs"])))
                if task == "chid":  # no idiom twice in a row
                    self.assertTrue(all(len(set(row["label"].values())) == len(row["label"]) for row in found))

    def test_a_model_with_a_level_of_choices_is_fed_by_texts(self):
        (self.folder / "choices.yaml").write_text(CHOICES)
        found = self.predict("choices.yaml:base", "c3", "--vocab", str(SOURCE / "suites" / "samples" / "vocab.txt"))
        self.assertEqual(len(found), len(self.sets["c3"][3]))
        lines = [json.dumps({"context": "男：好。", "question": "谁？", "choices": choices}, ensure_ascii=False)
                 for choices in (["男", "女"], ["女", "男", "人"])]  # fmt: skip
        (self.folder / "rows.jsonl").write_text("\n".join(lines), encoding="utf-8")
        arguments = ["--random-weights", "--vocab", SOURCE / "suites" / "samples" / "vocab.txt"]
        both = self.good("clew", "predict", "choices.yaml:base", "--task", "c3", *arguments, "rows.jsonl").splitlines()
        self.assertEqual([len(json.loads(line)["probs"]) for line in both], [2, 3])
        (self.folder / "one.jsonl").write_text(lines[0] + "\n", encoding="utf-8")
        alone = self.good("clew", "predict", "choices.yaml:base", "--task", "c3", *arguments, "one.jsonl")
        for a, b in zip(json.loads(alone)["probs"], json.loads(both[0])["probs"]):
            self.assertAlmostEqual(a, b, places=6)
        self.bad(1, "rows of the kind choice are more than texts", "clew", "predict", "choices.yaml:base", "--task", "c3", *arguments, "--text", "x")

    def test_files_that_are_half_right_are_refused_by_their_line(self):
        cases = {
            "sts-b": ("glue/STS-B/dev.tsv", "\t".join(small_sets.GLUE["sts-b"][3]) + "\n" + "\t".join("0 g f y 0 s t a b 5.5".split()) + "\n",
                      r"dev.tsv:2: error: expected a number from 0 to 5, found '5.5'"),
            "rte": ("glue/RTE/dev.tsv", "index\tsentence1\tsentence2\tlabel\n0\ta \"b\tc\"\td\tentailment\n", r"dev.tsv:2: error: expected 4 columns, found 5"),
            "chid": ("chid/dev_answer.json", "{\"#idiom000000#\": 10}", r"dev.json:1: error: "),
            "c3": ("c3/m-dev.json", "[[[\"x\"], [{\"question\": \"q\", \"choice\": [\"a\", \"b\"], \"answer\": \"c\"}], \"1\"]]",
                   r"m-dev.json:1: error: the answer 'c' is none of the choices"),
            "cluewsc2020": ("cluewsc/dev.json", "\n{}\n", r"dev.json:1: error: expected a JSON object, found an empty line"),
            "tnews": ("tnews/dev.json", "{\"sentence\": \"甲\", \"label\": \"100\"}\n{\"sentence\": \"\ud55c", r"dev.json:2: error: "),
        }  # fmt: skip
        (self.folder / "p.jsonl").write_text("{\"id\": 0, \"label\": \"0\"}\n")
        for task, (name, text, said) in cases.items():
            with self.subTest(task=task):
                (self.data / name).write_text(text, encoding="utf-8")
                self.bad(1, said, "clew", "score", task, "p.jsonl", "--data", self.data)
        (self.data / "afqmc" / "dev.json").write_bytes("{\"sentence1\": \"甲乙丙丁\"}".encode("gbk"))
        self.bad(1, r"dev.json:1: error: expected UTF-8; it looks like GBK", "clew", "score", "afqmc", "p.jsonl", "--data", self.data)


if __name__ == "__main__":
    unittest.main()
