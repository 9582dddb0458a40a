# The embedded samples are what they say: well-formed, without leaks between splits, with offsets that slice, every label present, and
# a vocabulary that fits them and the zoo's `sample` sizes.
import collections
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(os.environ.get("CLEW_SOURCE", Path(__file__).resolve().parents[3]))
SAMPLES = SOURCE / "suites" / "samples"
SPLITS = ("train", "dev", "test")
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
UNKNOWN = 0.08  # share of the characters of dev and test that training never saw, as with any new text


def text_of(task, split):
    return (SAMPLES / task / f"{split}.json").read_text(encoding="utf-8")


def rows(task, split):
    return [json.loads(line) for line in text_of(task, split).splitlines()]


def paragraphs(split):
    return [p for document in json.loads(text_of("sample-span", split))["data"] for p in document["paragraphs"]]


def vocabulary():
    return (SAMPLES / "vocab.txt").read_text(encoding="utf-8").split("\n")[:-1]


def sentences(task, split):
    """All texts that a model reads."""
    if task == "sample-span":
        return [t for p in paragraphs(split) for t in [p["context"], *(q["question"] for q in p["qas"])]]
    keys = ("sentence", "sentence1", "sentence2", "text")
    return [row[key] for row in rows(task, split) for key in keys if key in row]


TASKS = ("sample-classify", "sample-pair", "sample-tag", "sample-span")


class Rows(unittest.TestCase):
    def test_classify(self):
        counts = {split: len(rows("sample-classify", split)) for split in SPLITS}
        self.assertEqual(counts, {"train": 300, "dev": 100, "test": 40})
        for split, each in (("train", 60), ("dev", 20)):
            labels = collections.Counter((r["label"], r["label_desc"]) for r in rows("sample-classify", split))
            self.assertEqual(sorted(labels.values()), [each] * 5)
        for number, row in enumerate(rows("sample-classify", "test")):
            self.assertEqual(list(row), ["id", "sentence"])
            self.assertEqual(row["id"], number)

    def test_pair(self):
        counts = {split: len(rows("sample-pair", split)) for split in SPLITS}
        self.assertEqual(counts, {"train": 200, "dev": 80, "test": 40})
        for split in ("train", "dev"):
            labels = collections.Counter(row["label"] for row in rows("sample-pair", split))
            self.assertEqual(labels["0"], labels["1"])
            for row in rows("sample-pair", split):
                self.assertNotEqual(row["sentence1"], row["sentence2"])
        self.assertEqual([row["id"] for row in rows("sample-pair", "test")], list(range(40)))
        self.assertTrue(all("label" not in row for row in rows("sample-pair", "test")))

    def test_tag(self):
        counts = {split: len(rows("sample-tag", split)) for split in SPLITS}
        self.assertEqual(counts, {"train": 200, "dev": 80, "test": 40})
        for split in ("train", "dev"):
            types = collections.Counter()
            for row in rows("sample-tag", split):
                taken = set()
                for kind, surfaces in row["label"].items():
                    for surface, places in surfaces.items():
                        for begin, last in places:
                            self.assertEqual(row["text"][begin : last + 1], surface)
                            self.assertFalse(taken & set(range(begin, last + 1)), row)
                            taken |= set(range(begin, last + 1))
                            types[kind] += 1
                self.assertFalse(set("[]{}") & set(row["text"]), row["text"])
            self.assertEqual(set(types), {"name", "place", "organization", "product"})
            self.assertGreaterEqual(min(types.values()), 20, types)
            self.assertTrue(any(not row["label"] for row in rows("sample-tag", split)), "no sentence without entities")
        self.assertEqual([row["id"] for row in rows("sample-tag", "test")], list(range(40)))
        self.assertTrue(all("label" not in row for row in rows("sample-tag", "test")))

    def test_span(self):
        self.assertEqual({split: len(paragraphs(split)) for split in SPLITS}, {"train": 40, "dev": 20, "test": 5})
        ids = collections.Counter()
        for split, questions in (("train", 3), ("dev", 2), ("test", 2)):
            for paragraph in paragraphs(split):
                self.assertEqual(len(paragraph["qas"]), questions)
                self.assertFalse(set("[]{}") & set(paragraph["context"]), paragraph["context"])
                for entry in paragraph["qas"]:
                    ids[entry["id"]] += 1
                    self.assertEqual("answers" in entry, split != "test")
                    for answer in entry.get("answers", []):
                        begin, text = answer["answer_start"], answer["text"]
                        self.assertEqual(paragraph["context"][begin : begin + len(text)], text)
                        self.assertNotIn(text, entry["question"])
        self.assertEqual(set(ids.values()), {1})

    def test_no_text_is_in_two_splits(self):
        for task in TASKS:
            for one, other in (("train", "dev"), ("train", "test"), ("dev", "test")):
                if task == "sample-span":  # some questions are asked of several paragraphs, as in any such set
                    shared = {p["context"] for p in paragraphs(one)} & {p["context"] for p in paragraphs(other)}
                else:
                    shared = set(sentences(task, one)) & set(sentences(task, other))
                self.assertFalse(shared, f"{task}: {one} and {other}")

    def test_no_row_is_there_twice(self):
        for task in ("sample-classify", "sample-tag"):
            for split in SPLITS:
                self.assertEqual(max(collections.Counter(sentences(task, split)).values()), 1, f"{task} {split}")
        pairs = [(r["sentence1"], r["sentence2"]) for split in SPLITS for r in rows("sample-pair", split)]
        self.assertEqual(len(set(pairs)), len(pairs))

    def test_task_files_state_rows_and_sha256(self):
        for task in TASKS:
            yaml = (SOURCE / "suites" / "tasks" / f"{task}.yaml").read_text(encoding="utf-8")
            for split in SPLITS:
                data = (SAMPLES / task / f"{split}.json").read_bytes()
                count = data.count(b'"question"') if task == "sample-span" else data.count(b"\n")
                line = f"name: {split}.json, rows: {count}, sha256: {hashlib.sha256(data).hexdigest()}"
                self.assertIn(line, yaml, "run suites/samples/make_samples.py")


class Words(unittest.TestCase):
    def test_vocabulary_fits_the_zoo(self):
        tokens = vocabulary()
        self.assertEqual(tokens[:5], SPECIAL)
        self.assertEqual(len(set(tokens)), len(tokens))
        for model in ("bert", "bilstm"):
            sizes = (SOURCE / "zoo" / "models" / f"{model}.yaml").read_text(encoding="utf-8")
            size = re.search(r"^  sample: \{.*\bvocab: (\d+)", sizes, re.MULTILINE)
            self.assertIsNotNone(size, model)
            self.assertEqual(int(size[1]), len(tokens), model)

    def test_vocabulary_covers_the_texts(self):
        known = set(vocabulary())
        for task in TASKS:
            for split in SPLITS:
                characters = [c for text in sentences(task, split) for c in text.lower() if not c.isspace()]
                unknown = [c for c in characters if c not in known]
                if split == "train":
                    self.assertEqual(unknown, [], task)
                else:
                    share = len(unknown) / len(characters)
                    print(f"{task} {split}: {len(unknown)} of {len(characters)} characters are unknown")
                    self.assertLessEqual(share, UNKNOWN, f"{task} {split}: {''.join(sorted(set(unknown)))}")

    def test_files_are_what_the_sources_give(self):
        with tempfile.TemporaryDirectory() as folder:
            scripts = (("make_samples.py", folder), ("make_vocabulary.py", Path(folder) / "vocab.txt"))
            for script, target in scripts:
                subprocess.run([sys.executable, "-B", SAMPLES / script, str(target)], check=True)
            made = sorted(p.relative_to(folder) for p in Path(folder).rglob("*") if p.is_file())
            self.assertEqual(len(made), 13)
            for name in made:
                self.assertEqual((Path(folder) / name).read_bytes(), (SAMPLES / name).read_bytes(), str(name))


if __name__ == "__main__":
    unittest.main()
