#!/usr/bin/env python3
# clew train with a teacher, from outside: what a student learns from its teacher's outputs alone, what is saved, and the mistakes that must end
# with an error before anything is learnt.
import json
import math
import signal
import subprocess
import time
import unittest

import safetensors_file
from door import BIN, SOURCE, Door
from train_test import CLASSIFY_RECIPE, ENCODER

STUDENT = """# Half as wide, without attention.
model: student
source: test
params: {vocab: 1280, width: 24, hidden: 16, dropout: 0.0}
sizes: {base: {}}
inputs: [ids, offsets]
graph:
  - embedding: {op: embedding, ids: ids, count: $vocab, width: $width}
  - cell: {op: linear, x: {op: dropout, x: embedding, rate: $dropout}, width: $hidden}
  - pooled: {op: mean, x: cell, offsets: offsets}
outputs: {hidden: cell, pooled: pooled}
"""
DISTIL = """recipe: distil
model: student.yaml:base
task: sample-classify
teacher: {model: encoder.yaml:base, weights: teacher/best.safetensors}
rows: {train: train, choose: dev, report: dev}
loss:
  - {op: soft_cross_entropy, x: logits, y: teacher.logits, temperature: 2.0}
  - {op: mean_square, x: hidden, y: teacher.hidden, project: {width: 32}, factor: 0.2}
initial: {matrices: glorot, tables: 0.1}
optimizer: {name: adamw, rate: 1.0e-2}
batch: 16
epochs: 8
"""


class DistilTest(Door):
    def setUp(self):
        super().setUp()
        for name, text in {"encoder.yaml": ENCODER, "classify.yaml": CLASSIFY_RECIPE, "student.yaml": STUDENT, "distil.yaml": DISTIL}.items():
            (self.folder / name).write_text(text)
        self.good("clew", "train", "classify.yaml", "--out", "teacher")

    def rewritten(self, change):
        """The teacher's weights, changed, as a file beside them."""
        tensors, metadata = safetensors_file.read(self.folder / "teacher/best.safetensors")
        change(tensors, metadata)
        safetensors_file.write(self.folder / "other.safetensors", tensors, metadata)
        return ["--set", "teacher.weights=other.safetensors"]

    def test_a_student_learns_from_its_teacher_alone(self):
        done = self.call("clew", "train", "distil.yaml", "--out", "run")
        self.assertEqual(done.returncode, 0, done.stderr)
        teachers = json.loads((self.folder / "teacher/run.json").read_text())["metrics"]["accuracy"]["value"]
        self.assertIn(f"the teacher encoder/base has accuracy {teachers:.2f} on the rows that choose", done.stderr)
        rows = [json.loads(line) for line in (SOURCE / "suites/samples/sample-classify/dev.json").read_text().splitlines()]
        labels = [row["label"] for row in rows]
        majority = 100 * max(labels.count(label) for label in set(labels)) / len(labels)
        score = json.loads((self.folder / "run/run.json").read_text())["metrics"]["accuracy"]["value"]
        self.assertGreater(teachers, majority + 30)
        self.assertGreater(score, teachers - 15)
        self.assertIn(f"always the same answer has {majority:.2f}", done.stderr)

    def test_what_is_saved_is_the_student(self):
        self.good("clew", "train", "distil.yaml", "--out", "run", "--set", "epochs=1")
        names = set(safetensors_file.read(self.folder / "run/best.safetensors")[0])
        self.assertIn("cell.weight", names)
        self.assertFalse([name for name in names if name.startswith(("teacher", "distil"))], names)
        kept = set(safetensors_file.read(self.folder / "run/training.safetensors")[0])
        self.assertIn("values.distil.projection.weight", kept)
        self.assertFalse([name for name in kept if "teacher" in name], kept)
        self.good("clew", "predict", "student.yaml:base", "--weights", "run/best.safetensors", "--task", "sample-classify", "--text", "好")

    def test_the_first_loss_is_that_of_the_teachers_and_the_students_outputs(self):
        """soft_cross_entropy by hand, from what `clew predict` says of both models."""
        text = DISTIL[: DISTIL.index("loss:")] + "loss: {op: soft_cross_entropy, x: logits, y: teacher.logits}\n" + DISTIL[DISTIL.index("initial:") :]
        (self.folder / "distil.yaml").write_text(text)
        self.good("clew", "train", "distil.yaml", "--out", "run", "--set", "epochs=1", "--set", "batch=300", "--set", "optimizer.rate=0")
        loss = json.loads((self.folder / "run/log.jsonl").read_text().splitlines()[0])["loss"]
        answers = {}
        for model, weights in {"student": "run", "encoder": "teacher"}.items():
            said = self.good("clew", "predict", f"{model}.yaml:base", "--weights", f"{weights}/best.safetensors", "--task", "sample-classify", "--split", "train")
            answers[model] = [json.loads(line)["probs"] for line in said.splitlines()]
        self.assertEqual(len(answers["student"]), 300)
        pairs = zip(answers["student"], answers["encoder"])
        expected = -sum(share * math.log(mine[label]) for mine, teachers in pairs for label, share in teachers.items())
        self.assertAlmostEqual(loss, expected / 300, delta=1e-4)

    def test_it_goes_on_where_it_was(self):
        self.good("clew", "train", "distil.yaml", "--out", "whole", "--set", "epochs=3")
        with subprocess.Popen([str(BIN / "clew"), "train", "distil.yaml", "--out", "killed", "--set", "epochs=3", "--checkpoint-every", "0"],
                              cwd=self.folder, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            while not (self.folder / "killed/training.safetensors").exists() and process.poll() is None:
                time.sleep(0.001)
            process.send_signal(signal.SIGKILL)
        self.good("clew", "train", "distil.yaml", "--out", "killed", "--set", "epochs=3")
        for name in ["best.safetensors", "training.safetensors"]:
            whole, killed = (safetensors_file.read(self.folder / run / name)[0] for run in ("whole", "killed"))
            self.assertEqual({name: values.tobytes() for name, values in whole.items()}, {name: values.tobytes() for name, values in killed.items()})
        self.bad(1, r"another recipe, other data or another model", "clew", "train", "distil.yaml", "--out", "whole", "--set", "epochs=3", *self.rewritten(
            lambda tensors, metadata: tensors.update({name: values * 1.01 for name, values in tensors.items()})))

    def test_a_teacher_that_was_never_trained_is_refused(self):
        def forget(tensors, metadata):
            for name in tensors:
                tensors[name] = tensors[name] * 0

        self.bad(1, r"the teacher 'encoder/base' has accuracy [\d.]+ on the rows that choose, and always the same answer has [\d.]+: it was not trained",
                 "clew", "train", "distil.yaml", "--out", "run", *self.rewritten(forget))
        self.assertFalse((self.folder / "run").exists())

    def test_labels_in_another_order_are_refused(self):
        def turn(tensors, metadata):
            metadata["clew.labels"] = json.dumps(json.loads(metadata["clew.labels"])[::-1])

        self.bad(1, r"label", "clew", "train", "distil.yaml", "--out", "run", *self.rewritten(turn))

    def test_a_teacher_with_other_special_tokens_is_read_at_the_students(self):
        (self.folder / "student.yaml").write_text(STUDENT.replace("inputs:", "text: {tokenizer: wordpiece, single: A}\ninputs:"))
        self.good("clew", "train", "distil.yaml", "--out", "run")
        scores = [json.loads((self.folder / run / "run.json").read_text())["metrics"]["accuracy"]["value"] for run in ("run", "teacher")]
        self.assertGreater(scores[0], scores[1] - 15)

    def test_the_shipped_recipes_at_a_small_scale(self):
        """Small models and the samples in place of what the recipes name; all else is theirs."""

        def train(recipe, out, settings):
            arguments = [argument for setting in settings for argument in ("--set", setting)]
            self.good("clew", "train", recipe, "--out", out, *arguments)
            return json.loads((self.folder / out / "run.json").read_text())["metrics"]

        (self.folder / "body.yaml").write_text("recipe: body\nmodel: bert/sample\ntask: sample-tag\nrows: {train: train, choose: dev}\n"
                                               "loss: {op: cross_entropy, x: logits}\noptimizer: {name: adamw, rate: 3.0e-3}\nepochs: 1\n")
        self.good("clew", "train", "body.yaml", "--out", "body")
        tensors, _ = safetensors_file.read(self.folder / "body/best.safetensors")
        safetensors_file.write(self.folder / "body.safetensors", {name: one for name, one in tensors.items() if not name.startswith("classifier")})
        small = ["rows.report=dev", "batch=16", "optimizer.rate=3e-3"]
        tagger = [*small, "task=sample-tag"]
        scores = train("cluener-bert", "teacher-tag", [*tagger, "model=bert/sample", "start_from=body.safetensors", "epochs=20", "optimizer.rates.classifier=1"])
        self.assertGreater(scores["entity_f1"]["value"], 30)
        students = train("cluener-bilstm-distilled", "student-tag", [
            *tagger, "model=bilstm/sample", "params.dropout=0.1", "teacher.model=bert/sample", "teacher.weights=teacher-tag/best.safetensors", "epochs=30", "optimizer.rate=1e-2"])
        self.assertGreater(students["entity_f1"]["value"], 25)

    def test_mistakes_are_said(self):
        self.bad(1, r"distil.yaml:7:\d+: error: .*no output 'teacher.logit'.*did you mean 'teacher.logits'", "clew", "train",
                 self.recipe("y: teacher.logits", "y: teacher.logit"), "--out", "run")
        self.bad(1, r"expected 'width'|'width'", "clew", "train", self.recipe("{width: 32}", "{}"), "--out", "run")
        self.bad(1, r"24|32", "clew", "train", self.recipe("{width: 32}", "{width: 24}"), "--out", "run")
        self.bad(1, r"no output 'teacher.logits'", "clew", "train", self.recipe("teacher: {model", "about: nobody #"), "--out", "run")

    def recipe(self, old, new):
        self.assertIn(old, DISTIL)
        (self.folder / "distil.yaml").write_text(DISTIL.replace(old, new))
        return "distil.yaml"


if __name__ == "__main__":
    unittest.main()
