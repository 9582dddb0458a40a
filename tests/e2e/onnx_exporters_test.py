#!/usr/bin/env python3
# clew run of what PyTorch's exporters wrote: models of Transformers and recurrent cells, at shapes other than the traced one, against ONNX
# Runtime, op by op and as the graphs of nn that they are: that none of them loses recognition is part of the test. Skipped, visibly, where no interpreter has the packages (onnx_exporters.py); CLEW_EXPORTERS_PYTHON names one. A model that an
# exporter or ONNX Runtime itself refuses is skipped, too, with its last words.
import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

import numpy
from door import SOURCE, Door

MAKER = Path(__file__).with_name("onnx_exporters.py")
MODELS = ("bert", "roberta", "albert", "distilbert", "electra", "gpt2", "minilm", "bilstm", "gru")
TOLERANCE = 1e-4
# Ops of the graph of nn, whichever exporter wrote the file.
STEPS = {"bert": 31, "roberta": 31, "albert": 32, "distilbert": 29, "electra": 32, "gpt2": 31, "minilm": 43, "bilstm": 8, "gru": 6}


def interpreter():
    for path in (os.environ.get("CLEW_EXPORTERS_PYTHON"), SOURCE / "build/exporters/bin/python"):
        if path and Path(path).exists() and subprocess.run([path, "-B", MAKER, "--packages"], capture_output=True, check=False).returncode == 0:
            return path
    return None


PYTHON = interpreter()


@unittest.skipIf(PYTHON is None, "no Python with torch, transformers, onnx and onnxruntime")
class Exporters(Door):
    compared = 0  # changed graphs that are graphs of nn

    def judge(self, way):
        for name in MODELS:
            with self.subTest(model=name):
                done = subprocess.run([PYTHON, "-B", MAKER, name, way, self.folder], capture_output=True, text=True, check=False)
                if done.returncode != 0:
                    self.skipTest(f"{name} by {way}: {done.stderr.strip().splitlines()[-1]}")
                batches = sorted(self.folder.glob(f"{name}-{way}.*.npz"))
                self.assertEqual(len(batches), 4)
                shown = json.loads(self.good("clew", "zoo", "show", f"{name}-{way}.onnx", "--json"))
                self.assertTrue(shown["recognised"], shown.get("not_recognised"))
                self.assertEqual(shown["steps"], STEPS[name])
                self.assertEqual(shown["whole_only"], "")
                for batch in batches:
                    tensors = dict(numpy.load(batch))
                    expected = tensors.pop("out")
                    self.write("in.safetensors", tensors)
                    self.assert_near_expected(self.run_model(f"{name}-{way}.onnx", "in.safetensors", "--op-by-op")["out"], expected, None, batch.name)
                    found = self.run_model(f"{name}-{way}.onnx", "in.safetensors")
                    self.assertEqual(list(found), ["out"])
                    self.assert_near_expected(found["out"], expected, tensors.get("attention_mask"), batch.name)
                self.judge_changed(f"{name}-{way}", dict(numpy.load(batches[1])))

    def judge_changed(self, stem, tensors):
        """A graph that was changed in one place is recognised as what it then is, or not at all: the evaluator is the judge."""
        tensors.pop("out")
        self.write("in.safetensors", tensors)
        for path in sorted(self.folder.glob(f"{stem}.changed-*.onnx")):
            byop = self.call("clew", "run", path.name, "--op-by-op", "--inputs", "in.safetensors", "--outputs", "byop.safetensors")
            done = self.call("clew", "run", path.name, "--target", "ref", "--inputs", "in.safetensors", "--outputs", "graph.safetensors")
            self.assertIn(done.returncode, (0, 1), done.stderr)
            if byop.returncode != 0 or done.returncode != 0:
                continue
            Exporters.compared += 1
            expected, found = self.read("byop.safetensors")["out"], self.read("graph.safetensors")["out"]
            mask = tensors.get("attention_mask")
            self.assertEqual(found.shape, expected.shape, path.name)
            if mask is not None:
                found, expected = found[mask == 1], expected[mask == 1]
            most = TOLERANCE * (1 + float(numpy.nanmax(numpy.abs(expected))))
            self.assertTrue(numpy.allclose(found, expected, rtol=0, atol=most, equal_nan=True), path.name)

    def assert_near_expected(self, found, expected, mask, what):
        """At tokens; at padding there are zeros."""
        self.assertEqual(found.shape, expected.shape)
        if mask is not None:
            self.assertFalse(found[mask == 0].any(), what)
            found, expected = found[mask == 1], expected[mask == 1]
        self.assertLessEqual(float(numpy.abs(found - expected).max()), TOLERANCE * float(numpy.abs(expected).max()), what)

    def test_torchscript(self):
        self.judge("torchscript")
        self.assertGreater(self.compared, 10)

    def test_dynamo(self):
        self.judge("dynamo")


if __name__ == "__main__":
    program = unittest.main(exit=False)
    sys.exit(1 if not program.result.wasSuccessful() else 77 if program.result.skipped else 0)
