#!/usr/bin/env python3
# clew augment from outside: a small teacher of the shipped samples labels lines; what it keeps, what it leaves out and counts, and that neither
# kills nor shares change a byte.
import hashlib
import json
import random
import shutil
import signal
import subprocess
import time
import unittest

import safetensors_file
from door import BIN, SOURCE, Door
from train_test import TAG_RECIPE, TAGGER

# The same without the random field, whose answers are no scores.
SOFTMAX = TAGGER.replace("  - crf: {op: viterbi, x: emissions, offsets: offsets}\n", "").replace(", emissions: emissions, logits: crf", ", logits: emissions")
RECIPE = TAG_RECIPE.replace("{op: crf_loss, x: emissions, weights: crf}", "{op: cross_entropy, x: logits}")
SAMPLES = SOURCE / "suites/samples/sample-tag"
COUNTS = ["kept", "unsure", "same_as_an_avoided", "holds_an_avoided", "part_of_an_avoided", "too_long", "blank", "not_text"]


def rows(split):
    return [json.loads(line) for line in (SAMPLES / f"{split}.json").read_text(encoding="utf-8").splitlines()]


class Augment(Door):
    def setUp(self):
        super().setUp()
        for name, text in {"tagger.yaml": SOFTMAX, "tag.yaml": RECIPE, "chain.yaml": TAGGER, "chain-recipe.yaml": TAG_RECIPE}.items():
            (self.folder / name).write_text(text)
        self.good("clew", "train", "tag.yaml", "--out", "teacher")
        self.chance = random.Random(11)

    def command(self, *arguments, out="kept", texts=("crawl.txt",)):
        return ["augment", "tagger.yaml:base", *texts, "--task", "sample-tag", "--weights", "teacher/best.safetensors", "--out", out, *arguments]

    def crawl(self, count):
        """Sentences of the training rows with a word changed: none is a row's, many have entities."""
        texts = [row["text"] for row in rows("train")]
        lines = []
        while len(lines) < count:
            one, other = self.chance.choice(texts), self.chance.choice(texts)
            lines.append(one[: len(one) // 2] + self.chance.choice("东西南北") + other[len(other) // 2 :])
        return lines

    def write_lines(self, name, lines):
        (self.folder / name).write_bytes(b"".join((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in lines))

    def record(self, out="kept"):
        return json.loads((self.folder / out / "augment.json").read_text(encoding="utf-8"))

    def kept(self, out="kept"):
        return (self.folder / out / "kept.jsonl").read_bytes()

    def test_what_is_kept_is_what_the_teacher_says_and_is_sure_of(self):
        lines = self.crawl(700)
        self.write_lines("crawl.txt", lines)
        done = self.call("clew", *self.command("--parts", 2, "--confidence", 0.6))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"the teacher tagger/base has entity_f1 [\d.]+ on 'dev'; always the same answer has 0.00")
        record, kept = self.record(), [json.loads(line) for line in self.kept().decode().splitlines()]
        self.assertEqual(list(record["counts"]), COUNTS)
        self.assertEqual(sum(record["counts"].values()), 700)
        self.assertEqual(record["counts"]["kept"], len(kept))
        self.assertGreater(len(kept), 20)
        self.assertGreater(record["counts"]["unsure"], 20)
        self.assertTrue(record["complete"])
        self.assertEqual(record["kept_sha256"], hashlib.sha256(self.kept()).hexdigest())
        self.assertEqual(record["kept_bytes"], len(self.kept()))
        (text,) = record["setting"]["texts"]
        self.assertEqual(text, {"sha256": hashlib.sha256((self.folder / "crawl.txt").read_bytes()).hexdigest(), "lines": 700})
        self.write_lines("asked.jsonl", [json.dumps({"text": lines[row["id"]]}) for row in kept])
        said = self.good("clew", "predict", "tagger.yaml:base", "--task", "sample-tag", "--weights", "teacher/best.safetensors", "asked.jsonl", "--deterministic")
        for row, answer in zip(kept, map(json.loads, said.splitlines()), strict=True):
            self.assertEqual((row["text"], row["label"]), (lines[row["id"]], answer["label"]))
            self.assertGreaterEqual(sum(len(places) for strings in row["label"].values() for places in strings.values()), 2)
        # Surer, fewer; and those that are kept then are of those that were kept before.
        self.good("clew", *self.command("--parts", 2, "--confidence", 0.95, out="surer"))
        fewer = self.kept("surer").splitlines()
        self.assertLess(len(fewer), len(kept))
        self.assertLessEqual(set(fewer), set(self.kept().splitlines()))

    def test_sentences_by_which_something_is_judged_are_left_out(self):
        dev, test, train = rows("dev")[3]["text"], rows("test")[5]["text"], rows("train")[0]["text"]
        lines = [dev, "他说" + test + "对吗", dev[2:-2], " " + dev[:4] + " " + dev[4:], train, test.replace("，", ","), *self.crawl(30)]
        self.write_lines("crawl.txt", lines)
        self.good("clew", *self.command("--confidence", 0))
        counts = self.record()["counts"]
        self.assertEqual([counts[name] for name in COUNTS[2:5]], [4, 1, 1])
        self.assertFalse([row for row in self.kept().splitlines() if json.loads(row)["id"] < 6])
        self.good("clew", *self.command("--confidence", 0, "--avoid", "dev", out="dev"))
        counts = self.record("dev")["counts"]
        self.assertEqual([counts[name] for name in COUNTS[2:5]], [2, 0, 1])
        self.assertEqual(list(self.record("dev")["setting"]["avoided"]), ["dev"])

    def test_hostile_lines_are_counted_and_harm_nothing(self):
        good = self.crawl(5)
        hostile = [b"", b" \t\r", b"\xff\xfe\x00", "半个字".encode()[:-1], b"a\x00b", b"\xed\xa0\x80", "长" * 3000, b"x" * 70000, b"\xe2\x80\x8b", "﷽" * 100, b"\x1b[31m\"\\"]
        self.write_lines("crawl.txt", [one for pair in zip(good * 3, hostile) for one in pair] + ["末"])
        self.good("clew", *self.command("--confidence", 0))
        counts = self.record()["counts"]
        self.assertEqual((counts["blank"], counts["not_text"], counts["too_long"]), (3, 4, 2), counts)
        for line in self.kept().decode().splitlines():
            json.loads(line)
        self.write_lines("huge.txt", ["好", b"x" * (17 << 20)])
        self.bad(1, r"huge.txt:2: error: a line of more than 16 MiB", "clew", *self.command(out="huge", texts=["huge.txt"]))
        self.bad(1, r"/dev/zero: error: ", "clew", *self.command(out="huge", texts=["/dev/zero"]))

    def test_shares_are_the_bytes_of_the_whole(self):
        self.write_lines("crawl.txt", self.crawl(1500))
        self.write_lines("more.txt", self.crawl(700))
        texts = ["crawl.txt", "more.txt"]
        self.good("clew", *self.command("--confidence", 0.5, "--threads", 1, texts=texts))
        for share in range(1, 4):
            self.good("clew", *self.command("--confidence", 0.5, "--threads", share, "--shard", f"{share}/3", out=f"share{share}", texts=texts))
        self.assertEqual(b"".join(self.kept(f"share{share}") for share in range(1, 4)), self.kept())
        self.assertTrue(all(self.kept(f"share{share}") for share in range(1, 4)))
        self.assertEqual(sum(self.record(f"share{share}")["lines"] for share in range(1, 4)), 2200)
        self.good("clew", *self.command("--confidence", 0.5, "--shard", "9/9", out="last", texts=["more.txt"]))

    def test_a_killed_run_goes_on_to_the_same_bytes(self):
        self.write_lines("crawl.txt", self.crawl(6000))
        self.good("clew", *self.command("--confidence", 0.5, out="whole"))
        state = self.folder / "kept/augment.json"
        kills, middle = 0, 0
        while kills < 6:
            before = self.record()["lines"] if state.exists() else -1
            with subprocess.Popen([str(BIN / "clew"), *map(str, self.command("--confidence", 0.5, "--checkpoint-every", 0))], cwd=self.folder,
                                  env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                while process.poll() is None and not (state.exists() and self.record()["lines"] > before):
                    time.sleep(0.001)
                process.send_signal(signal.SIGKILL)
            kills += 1
            middle += not self.record()["complete"]
            if self.record()["complete"]:
                break
        self.assertGreater(middle, 0)
        # What a kill leaves behind what was said of the file is cut off.
        with open(self.folder / "kept/kept.jsonl", "ab") as file:
            file.write(b'{"id": 1, "te')
        self.good("clew", *self.command("--confidence", 0.5))
        self.assertEqual(self.kept(), self.kept("whole"))
        self.assertEqual(self.record(), self.record("whole"))

    def test_another_run_does_not_go_on_in_its_folder(self):
        self.write_lines("crawl.txt", self.crawl(20))
        self.good("clew", *self.command())
        before = self.kept()
        self.bad(1, r"kept/augment.json: error: the folder has another run: its 'confidence' is 0.9, and now it would be 0.8", "clew", *self.command("--confidence", 0.8))
        self.write_lines("crawl.txt", self.crawl(21))
        self.bad(1, r"another run: its 'texts'", "clew", *self.command())
        self.assertEqual(before, self.kept())
        (self.folder / "kept/augment.json").unlink()
        self.bad(1, r"kept/kept.jsonl: error: is there, and no augment.json", "clew", *self.command())
        (self.folder / "kept/augment.json").write_text("[]")
        self.bad(1, r"kept/augment.json: error: ", "clew", *self.command())

    def test_a_damaged_place_is_refused(self):
        self.write_lines("crawl.txt", self.crawl(20))
        self.good("clew", *self.command())
        right = self.record()
        for change in ({"lines": -1}, {"lines": 21}, {"lines": "1"}, {"kept_bytes": 1 << 40}, {"counts": {}}, {"counts": 3}, {"setting": None}):
            (self.folder / "kept/augment.json").write_text(json.dumps(right | change))
            self.bad(1, r"kept/(augment.json|kept.jsonl): error: ", "clew", *self.command())

    def test_mistakes_are_said(self):
        self.write_lines("crawl.txt", ["好"])
        self.bad(2, r"--shard", "clew", *self.command("--shard", "4/3"))
        self.bad(1, r"has no split 'devel'.*--avoid names other splits", "clew", *self.command("--avoid", "devel"))
        self.bad(1, r"absent.txt: error", "clew", *self.command(texts=["absent.txt"]))
        self.bad(2, r"--random-weights: a teacher that knows nothing", "clew", "augment", "tagger.yaml:base", "crawl.txt", "--task", "sample-tag", "--random-weights", "--out", "kept")
        self.bad(1, r"more than one text", "clew", "augment", "bert/sample", "crawl.txt", "--task", "sample-pair", "--weights", self.random("sample-pair"), "--out", "kept")
        self.bad(1, r"has entity_f1 [\d.]+ on 'dev'.*was not trained for 'sample-tag'", "clew", "augment", "bert/sample", "crawl.txt", "--task", "sample-tag",
                 "--weights", self.random("sample-tag", scale=0), "--out", "kept")
        self.good("clew", "train", "chain-recipe.yaml", "--set", "model=chain.yaml:base", "--out", "chain")
        chain = ["augment", "chain.yaml:base", "crawl.txt", "--task", "sample-tag", "--weights", "chain/best.safetensors", "--out", "kept"]
        self.bad(1, r"are the best path of a random field, 0 or 1, and no confidence: give --confidence 0", "clew", *chain)
        self.assertFalse((self.folder / "kept/kept.jsonl").exists())
        self.good("clew", *chain, "--confidence", 0)
        (self.folder / "texts").mkdir()
        self.write_lines("texts/kept.jsonl", ["好"])
        self.bad(1, r"a text that is read", "clew", *self.command(out="texts", texts=["texts/kept.jsonl"]))

    def random(self, task, scale=1):
        """A file of weights that were never trained; all zero if `scale` is 0."""
        (self.folder / "body.yaml").write_text("recipe: body\nmodel: bert/sample\ntask: sample-tag\nrows: {train: train, choose: dev}\n"
                                               "loss: {op: cross_entropy, x: logits}\noptimizer: {name: adamw, rate: 0.0}\nepochs: 1\n")
        self.good("clew", "train", "body.yaml", "--set", f"task={task}", "--out", "random")
        tensors, metadata = safetensors_file.read(self.folder / "random/best.safetensors")
        name = f"random-{task}.safetensors"
        safetensors_file.write(self.folder / name, {key: values * scale for key, values in tensors.items()}, metadata)
        shutil.rmtree(self.folder / "random")
        return name

    def test_a_student_learns_from_kept_rows_and_never_from_those_that_judge_it(self):
        dev = rows("dev")[0]
        self.write_lines("crawl.txt", self.crawl(400))
        self.good("clew", *self.command("--confidence", 0.5))
        kept = self.kept().splitlines()
        self.write_lines("extra.jsonl", [*kept, json.dumps(dev, ensure_ascii=False)])
        done = self.call("clew", "train", "tag.yaml", "--out", "student", "--set", "rows.extra=extra.jsonl", "--set", "epochs=2")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"extra.jsonl has {len(kept)} rows more to learn from; 1 are left out", done.stderr)
        run = json.loads((self.folder / "student/run.json").read_text())
        self.assertEqual(run["extra"], [{"file": "extra.jsonl", "sha256": hashlib.sha256((self.folder / "extra.jsonl").read_bytes()).hexdigest(),
                                         "rows": len(kept), "left_out": 1}])
        self.assertEqual(run["updates"], 2 * -(-(200 + len(kept)) // 16))
        self.bad(1, r"begun with another recipe, other data", "clew", "train", "tag.yaml", "--out", "student", "--set", "epochs=2", "--set", "rows.extra=kept/kept.jsonl")
        self.write_lines("wrong.jsonl", [json.dumps({"text": "好", "label": {"nothing": {"好": [[0, 0]]}}})])
        self.bad(1, r"wrong.jsonl:1: error: ", "clew", "train", "tag.yaml", "--out", "wrong", "--set", "rows.extra=wrong.jsonl")
        self.bad(1, r"absent.jsonl: error: ", "clew", "train", "tag.yaml", "--out", "wrong", "--set", "rows.extra=absent.jsonl")

    def test_labels_of_whole_texts_are_kept_too(self):
        body = "recipe: body\nmodel: bert/sample\ntask: sample-classify\nrows: {train: train, choose: dev}\nloss: {op: cross_entropy, x: logits}\ninitial: {matrices: glorot, tables: 0.1}\noptimizer: {name: adamw, rate: 3.0e-3}\nbatch: 16\nepochs: 8\n"
        (self.folder / "body.yaml").write_text(body)
        self.good("clew", "train", "body.yaml", "--out", "classifier")
        lines = [row["text"] for row in rows("train")]
        self.write_lines("crawl.txt", lines)
        self.good("clew", "augment", "bert/sample", "crawl.txt", "--task", "sample-classify", "--weights", "classifier/best.safetensors", "--out", "kept", "--confidence", 0.5)
        kept = [json.loads(line) for line in self.kept().splitlines()]
        self.assertTrue(kept)
        for row in kept:
            self.assertEqual(list(row), ["id", "text", "label", "confidence"])
            self.assertEqual(row["text"], lines[row["id"]])
            self.assertGreaterEqual(row["confidence"], 0.5)
        self.good("clew", "train", "body.yaml", "--out", "more", "--set", "rows.extra=kept/kept.jsonl", "--set", "epochs=1")


if __name__ == "__main__":
    unittest.main()
