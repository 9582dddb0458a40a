#!/usr/bin/env python3
# clew export: every model of the zoo, made small, as ONNX files that the package onnx accepts and ONNX Runtime computes alike. What needs
# those packages is skipped, visibly, where there is no interpreter with them (tests/bench/peers/setup_venv.sh makes one).
import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

import numpy
from door import SOURCE, Door
from onnx_models import HEADS, LONGEST, architectures, packed, padded, small, unpadded

JUDGE = Path(__file__).with_name("onnx_judge.py")
SAMPLE = "bert/sample"
TOLERANCE = 1e-4 # of the largest number of an output

REST = """model: rest
source: test
sizes: {base: {}}
inputs:
  ids: {of: tokens}
  offsets: {of: tokens, in: choices}
  choice_offsets: {of: choices, in: batch}
graph:
  - words: {op: embedding, ids: ids, count: 9, width: 8, start: 2}
  - windowed: {op: attention, q: words, k: words, v: words, offsets: offsets, heads: 2, window: 2, causal: true}
  - table: {op: table, count: 8, width: 2}
  - biases: {op: buckets, x: table, furthest: 6}
  - biased: {op: attention, q: words, k: words, v: words, offsets: offsets, relative_biases: biases, heads: 2, scale: 0.3}
  - reset: {op: gru, x: words, offsets: offsets, hidden: 5, reset: before, update: new, reverse: true}
  - begun: {op: lstm, x: words, offsets: offsets, hidden: 6, initial: true}
  - clipped: {op: lstm, x: words, offsets: offsets, hidden: 6, projection: 3, cell_clip: 0.1, initial: true, reverse: true}
  - whole: {op: window, x: words, offsets: offsets, size: 3, before: 1, whole: true}
  - plain: {op: window, x: words, offsets: offsets, size: 4, before: 2}
  - normed: {op: l2_normalize, x: {op: silu, x: {op: scale, x: biased, factor: 1.5}}}
  - mixed: {op: subtract, x: {op: slice, x: whole, begin: 4, width: 8}, y: {op: softmax, x: normed}}
  - ends: {op: concat, x: {op: last, x: begun, offsets: offsets}, y: {op: first, x: reset, offsets: offsets}}
  - most: {op: concat, x: {op: max, x: mixed, offsets: offsets}, y: {op: mean, x: plain, offsets: offsets}}
  - score: {op: linear, x: {op: concat, x: ends, y: most}, width: 4}
  - seen: {op: attention, q: score, k: score, v: score, offsets: choice_offsets, heads: 2}
  - best: {op: max, x: seen, offsets: choice_offsets}
  - latest: {op: last, x: seen, offsets: choice_offsets}
outputs: {windowed: windowed, biased: biased, reset: reset, begun: begun, clipped: clipped, whole: whole, plain: plain, mixed: mixed,
          hidden: score, seen: seen, pooled: best, latest: latest}
"""


def interpreter():
    """A Python with onnx and onnxruntime, or None."""
    for path in (os.environ.get("CLEW_PEERS_PYTHON"), SOURCE / "build/peers/bin/python", sys.executable):
        if path and Path(path).exists() and subprocess.run([path, "-B", JUDGE, "--packages"], capture_output=True, check=False).returncode == 0:
            return path
    return None


PYTHON = interpreter()


class Exported(Door):
    def setUp(self):
        super().setUp()
        self.jobs = []
        if PYTHON is None:
            self.skipTest("no Python with the packages onnx and onnxruntime")

    def export(self, model, *arguments, name="model.onnx"):
        self.good("clew", "export", model, name, *arguments)
        return name

    def both(self, path, tensors, name, *arguments):
        """What `clew run` gives of a batch, and the file NAME.onnx, with weights that are large enough to bend every function."""
        inputs = self.write("in.safetensors", tensors)
        self.run_model(path, inputs, "--target", "ref", *arguments, "--save-weights", "small.safetensors")
        weights = {key: values * 12 if values.ndim > 1 else values * 3 if key.endswith("bias") else values
                   for key, values in self.read("small.safetensors").items()}  # fmt: skip
        arguments = [*arguments, "--weights", self.write("weights.safetensors", weights)]
        self.export(path, *arguments, name=f"{name}.onnx")
        return self.run_model(path, inputs, "--target", "ref", *arguments)

    def plan(self, model, inputs, name):
        """Adds a job; its number."""
        numpy.savez(self.folder / f"{name}.in.npz", **inputs)
        self.jobs.append({"model": model, "inputs": f"{name}.in.npz", "outputs": f"{name}.out.npz"})
        return len(self.jobs) - 1

    def judged(self):
        """What the judge saw of each job, and the outputs of each."""
        (self.folder / "jobs.json").write_text(json.dumps(self.jobs))
        done = subprocess.run([PYTHON, "-B", JUDGE, "jobs.json"], cwd=self.folder, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        return json.loads(done.stdout), [dict(numpy.load(self.folder / job["outputs"])) for job in self.jobs]

    def assert_alike(self, ours, theirs, tensors, what):
        self.assertEqual(ours.keys(), theirs.keys(), what)
        for name, values in ours.items():
            real, padding = unpadded(theirs[name], tensors, name)
            self.assertEqual(real.shape, values.shape, (what, name))
            most = float(numpy.abs(values).max())
            self.assertGreater(most, 1e-3, (what, name))
            self.assertLessEqual(float(numpy.abs(real - values).max()), TOLERANCE * most, (what, name))
            self.assertFalse(padding.any(), (what, name))


class Zoo(Exported):
    def test_every_model_with_every_head(self):
        """Rows of several lengths, one of them a single token, with more places than the longest has."""
        cases = []
        for architecture in architectures():
            path = small(architecture, self.folder)
            for head in ("", *HEADS.get(architecture, [])):
                name = f"{architecture}-{head.replace(':', '-')}"
                longest = LONGEST.get(architecture, 9)
                tensors = packed(architecture, head, [4, 1, longest, 2])
                task = ["--task", head] if head else []
                ours = self.both(path, tensors, name, "--layers", *task)
                cases.append((name, ours, tensors, self.plan(f"{name}.onnx", padded(tensors, longest + 2), name)))
        seen, outputs = self.judged()
        for name, ours, tensors, job in cases:
            with self.subTest(model=name):
                self.assertEqual(seen[job]["opsets"], {"": 17})
                self.assert_alike(ours, outputs[job], tensors, name)

    def test_a_single_place(self):
        """Where nothing is padded and every axis but the columns is 1."""
        cases = []
        for architecture in ("bert", "xlnet", "nezha", "bilstm-crf", "elmo", "lac", "textcnn"):
            path = small(architecture, self.folder)
            tensors = packed(architecture, "", [1])
            ours = self.both(path, tensors, architecture)
            cases.append((architecture, ours, tensors, self.plan(f"{architecture}.onnx", padded(tensors, 1), architecture)))
        _, outputs = self.judged()
        for name, ours, tensors, job in cases:
            with self.subTest(model=name):
                self.assert_alike(ours, outputs[job], tensors, name)


class Ops(Exported):
    def test_ops_and_levels_of_no_zoo_model(self):
        """Choices of questions, whose tokens are two levels down, and what no model of the zoo says."""
        (self.folder / "rest.yaml").write_text(REST)
        tensors = {
            "offsets": numpy.array([0, 3, 4, 9, 11], dtype="<i4"),
            "choice_offsets": numpy.array([0, 1, 4], dtype="<i4"),
            "ids": numpy.arange(11, dtype="<i4") % 7,
        }
        ours = self.both("rest.yaml:base", tensors, "rest")
        lengths = numpy.array([[3, 0, 0], [1, 5, 2]])
        ids = numpy.zeros((2, 3, 6), dtype="<i8")
        mask = numpy.arange(6) < lengths[:, :, None]
        ids[mask] = tensors["ids"]
        self.plan("rest.onnx", {"input_ids": ids, "attention_mask": mask.astype("<i8"), "choice_lengths": numpy.array([1, 3])}, "rest")
        (seen,), (theirs,) = self.judged()
        self.assertEqual(seen["inputs"]["input_ids"], ["batch", "choices", "sequence"])
        self.assertEqual(seen["outputs"]["windowed"], ["batch", "choices", "sequence", 8])
        real = {3: lengths > 0, 4: mask}
        for name, values in ours.items():
            given = theirs[name] if theirs[name].ndim == 2 else theirs[name][real[theirs[name].ndim]]
            most = float(numpy.abs(values).max())
            self.assertGreater(most, 1e-3, name)
            self.assertLessEqual(float(numpy.abs(given - values).max()), TOLERANCE * most, name)


class Files(Exported):
    def test_weights_in_a_file_beside(self):
        tensors = packed("bert", "", [4, 2])
        path = small("bert", self.folder)
        self.export(path, name="one.onnx")
        self.export(path, "--external-data", name="two.onnx")
        self.assertFalse((self.folder / "one.onnx.data").exists())
        self.assertLess((self.folder / "two.onnx").stat().st_size, (self.folder / "one.onnx").stat().st_size / 2)
        for name in ("one", "two"):
            self.plan(f"{name}.onnx", padded(tensors, 4), name)
        seen, (one, two) = self.judged()
        self.assertEqual([job["external"] for job in seen], [[], ["two.onnx.data"]])
        self.assert_same(one, two)

    def test_what_a_file_says_of_itself(self):
        inputs = self.write("in.safetensors", packed("bert", "", [3]))
        (self.folder / "folder").mkdir()
        self.run_model(SAMPLE, inputs, "--task", "sample-classify", "--save-weights", "folder/model.safetensors")
        (self.folder / "folder/vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n")
        self.export(SAMPLE, "--task", "sample-classify", "--weights", "folder")
        self.plan("model.onnx", padded(packed("bert", "", [3]), 3), "model")
        metadata = self.judged()[0][0]["metadata"]
        self.assertEqual(metadata["clew.model"], SAMPLE)
        self.assertEqual(metadata["clew.source"], "arXiv:1810.04805")
        self.assertEqual(metadata["clew.task"], "sample-classify")
        self.assertEqual(metadata["clew.head"], "classify")
        self.assertRegex(metadata["clew.weights"], r"^[0-9a-f]{64}$")
        self.assertEqual(json.loads(metadata["clew.text"])["single"], "[CLS] A [SEP]")
        self.assertEqual(list(json.loads(metadata["clew.files"])), ["vocab.txt"])
        labels = json.loads(self.good("clew", "export", SAMPLE, "o.onnx", "--task", "sample-classify", "--json"))["metadata"]["clew.labels"]
        self.assertEqual(metadata["clew.labels"], labels)


class Conditions(Exported):
    def test_sequences_that_break_the_condition_are_nan_and_others_are_not(self):
        """Padding before a token, and no token at all: NaN, never a number that means something else."""
        path = small("bert", self.folder)
        self.export(path)
        inputs = padded(packed("bert", "", [4, 4, 4, 4]), 5)
        inputs["attention_mask"][1] = [0, 1, 1, 1, 0]
        inputs["attention_mask"][2] = 0
        inputs["attention_mask"][3] = [1, 1, 0, 1, 1]
        self.plan("model.onnx", inputs, "model")
        (hidden, pooled), = [(outputs["hidden"], outputs["pooled"]) for outputs in self.judged()[1]]
        for values in (hidden, pooled):
            self.assertTrue(numpy.isfinite(values[0]).all())
            self.assertTrue(numpy.isnan(values[1:]).all())


class Refusals(Door):
    def test_wrong_calls(self):
        self.bad(2, "OUT is required", "clew", "export", SAMPLE)
        self.bad(2, "did you mean", "clew", "export", "bret/base", "o.onnx")
        self.bad(1, "none.safetensors", "clew", "export", SAMPLE, "o.onnx", "--weights", "none.safetensors")
        self.bad(1, r"o.onnx: error: ", "clew", "export", SAMPLE, "no/such/folder/o.onnx")
        self.assertEqual([path.name for path in self.folder.iterdir()], ["home"])

    def test_nothing_that_is_read_is_replaced(self):
        path = small("bert", self.folder)
        self.good("clew", "run", path, "--inputs", self.write("in.safetensors", packed("bert", "", [3])), "--outputs",
                  "o.safetensors", "--save-weights", "w.onnx.data")  # fmt: skip
        before = (self.folder / "w.onnx.data").read_bytes()
        self.bad(1, "error: ", "clew", "export", path, path)
        self.bad(1, "error: ", "clew", "export", path, "w.onnx", "--weights", "w.onnx.data", "--external-data")
        self.assertEqual((self.folder / "w.onnx.data").read_bytes(), before)

    def test_weights_beside_a_link_or_a_stream(self):
        (self.folder / "link.onnx").symlink_to("elsewhere.onnx")
        for out in ("link.onnx", "/dev/stdout"):
            self.bad(1, "expected the name of a regular file", "clew", "export", SAMPLE, out, "--external-data")
        self.assertFalse((self.folder / "link.onnx.data").exists())


if __name__ == "__main__":
    program = unittest.main(exit=False)
    skipped = len(program.result.skipped)
    sys.exit(1 if not program.result.wasSuccessful() else 77 if skipped else 0)
