#!/usr/bin/env python3
# `clew predict` from outside, on the samples that are shipped and the small models that fit them: every kind of task, every way of giving
# rows, lines that come while the program runs, and what is refused.
import json
import os
import subprocess
import unittest

from door import BIN, SOURCE, Door

SAMPLES = SOURCE / "suites" / "samples"
BERT, BILSTM = "bert/sample", "bilstm/sample"


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


class Predict(Door):
    def setUp(self):
        super().setUp()
        self.environment.pop("CLEW_DATA", None)

    def predict(self, model, task, *arguments, random=True):
        weights = ["--random-weights"] if random else []
        return lines(self.good("clew", "predict", model, "--task", task, *weights, *arguments))

    def refuse(self, code, message, task, *arguments, model=BERT):
        return self.bad(code, message, "clew", "predict", model, "--task", task, "--random-weights", *arguments)

    def save(self, name, *rows):
        text = "".join((row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)) + "\n" for row in rows)
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def test_every_kind_predicts_its_split(self):
        for kind in ("classify", "pair", "tag", "span"):
            with self.subTest(kind):
                found = self.predict(BERT, f"sample-{kind}")
                again = self.predict(BERT, f"sample-{kind}", "--threads", 1, "--deterministic")
                wanted = {"classify": {"id", "label", "probs"}, "pair": {"id", "label", "probs"}}
                wanted |= {"tag": {"id", "text", "label"}, "span": {"id", "answer", "start"}}
                self.assertGreater(len(found), 30)
                self.assertEqual(len({row["id"] for row in found}), len(found))
                self.assertEqual([row["id"] for row in found], [row["id"] for row in again])
                for row in found:
                    self.assertEqual(set(row), wanted[kind])
                    if "probs" in row:
                        self.assertAlmostEqual(sum(row["probs"].values()), 1, places=5)
                        self.assertEqual(row["label"], max(row["probs"], key=row["probs"].get))

    def test_entities_and_answers_slice_to_their_text(self):
        for row in self.predict(BILSTM, "sample-tag"):
            for surfaces in row["label"].values():
                for surface, spans in surfaces.items():
                    for first, last in spans:
                        self.assertEqual(row["text"][first : last + 1], surface)
        context = "桥修好了🙂，平澜大学在河边。"
        for row in self.predict(BERT, "sample-span", "--text", context, "--text", "大学在哪里？"):
            self.assertEqual(context[row["start"] :][: len(row["answer"])], row["answer"])

    def test_a_file_gives_what_its_split_gives(self):
        split = self.predict(BERT, "sample-classify", "--deterministic")
        file = SAMPLES / "sample-classify" / "dev.json"
        self.assertEqual(self.predict(BERT, "sample-classify", file, "--deterministic"), split)
        self.assertEqual(self.predict(BERT, "sample-span", SAMPLES / "sample-span" / "dev.json"), self.predict(BERT, "sample-span"))
        copy = self.save("other-name.json", file.read_text(encoding="utf-8").rstrip("\n"))
        self.assertEqual(self.predict(BERT, "sample-classify", copy, "--deterministic"), split)

    def test_our_own_lines(self):
        rows = self.save("rows.jsonl", {"id": "a", "text": "石桥"}, {"text": ""}, {"id": 7, "text": "x" * 5000, "more": 1}, "")
        self.assertEqual([row["id"] for row in self.predict(BERT, "sample-classify", rows)], ["a", 1, 7])
        self.assertEqual([row["id"] for row in self.predict(BILSTM, "sample-tag", rows)], ["a", 1, 7])
        pairs = self.save("pairs.jsonl", {"sentence1": "石桥", "sentence2": "木桥"})
        self.assertEqual(len(self.predict(BERT, "sample-pair", pairs)), 1)
        spans = self.save("spans.jsonl", {"context": "石桥" * 3000, "question": "什么桥？"})
        self.assertEqual(len(self.predict(BERT, "sample-span", spans)), 1)

    def test_a_row_does_not_depend_on_its_neighbours(self):
        every = self.predict(BERT, "sample-classify", "--deterministic")
        file = SAMPLES / "sample-classify" / "dev.json"
        few = self.save("few.json", *file.read_text(encoding="utf-8").splitlines()[:3])
        found = self.predict(BERT, "sample-classify", few, "--deterministic", "--threads", 1)
        self.assertEqual([row["probs"] for row in found], [row["probs"] for row in every[:3]])

    def test_lines_are_answered_while_they_come(self):
        command = [BIN / "clew", "predict", BERT, "--task", "sample-classify", "--random-weights", "-"]
        process = subprocess.Popen(
            list(map(str, command)), cwd=self.folder, env=self.environment, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for number in range(3):
            process.stdin.write(json.dumps({"text": f"石桥{number}"}) + "\n")
            process.stdin.flush()
            self.assertEqual(json.loads(process.stdout.readline())["id"], number)
        process.stdin.write('{"text": 5}\n')
        process.stdin.close()
        self.assertEqual(process.stdout.read(), "")
        self.assertRegex(process.stderr.read(), r'stdin:4: error: "text": expected a text')
        self.assertEqual(process.wait(), 1)
        process.stdout.close()
        process.stderr.close()

    def test_saved_weights_give_the_same(self):
        tensors = {"ids": [1, 2], "offsets": [0, 2]}
        import numpy

        batch = self.write("in.safetensors", {name: numpy.array(values, "<i4") for name, values in tensors.items()})
        arguments = ["--task", "sample-classify", "--seed", 5, "--save-weights", "w.safetensors"]
        self.run_model(BERT, batch, *arguments)
        found = self.predict(BERT, "sample-classify", "--weights", "w.safetensors", "--deterministic", random=False)
        self.assertEqual(found, self.predict(BERT, "sample-classify", "--seed", 5, "--deterministic"))

    def test_what_is_refused(self):
        self.bad(2, "error: .*--weights", "clew", "predict", BERT, "--task", "sample-classify")
        self.refuse(2, "error: .*bort.*did you mean 'bert'", "sample-classify", model="bort/sample")
        self.refuse(2, "error: unknown task 'sample-clasify'", "sample-clasify")
        self.refuse(1, "takes 2 --text, found 1", "sample-pair", "--text", "a")
        self.refuse(1, "cannot do 'classify'", "sample-classify", model=BILSTM)
        self.refuse(1, "nowhere.json: error: cannot open: No such file", "sample-classify", "nowhere.json")
        self.refuse(1, "no vocabulary of 21128 tokens", "sample-classify", "--text", "a", model="bert/minirbt-h256")
        bad = self.save("bad.json", {"text": "a"}, '{"text": "b"')
        done = self.call("clew", "predict", BERT, "--task", "sample-classify", "--random-weights", bad)
        self.assertEqual((done.returncode, len(lines(done.stdout))), (1, 1))
        self.assertRegex(done.stderr, "bad.json:2: error: ")
        (self.folder / "gbk.json").write_bytes('{"text": "石桥"}\n'.encode("gbk"))
        self.refuse(1, "gbk.json", "sample-classify", "gbk.json")
        self.assertFalse(os.listdir(self.folder / "home") == [])


if __name__ == "__main__":
    unittest.main()
