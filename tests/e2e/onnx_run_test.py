#!/usr/bin/env python3
# clew run FILE.onnx: every model of the zoo with every head that it takes, made small, through `clew export` and back, equals itself, whole and
# in rows of several lengths; what `clew check` and `clew zoo show` say of ONNX files; refusals. Needs no package that is not there: what others'
# exporters write is judged elsewhere.
import json
import unittest

import numpy
from door import Door
from onnx_models import HEADS, LONGEST, architectures, packed, padded, small, unpadded

TOLERANCE = 1e-4 # of the largest number of an output


class RoundTrip(Door):
    def both(self, architecture, head, lengths, room):
        """(what `clew run` gives of the model, what it gives of the exported file), by name; and the batch."""
        path = small(architecture, self.folder)
        tensors = packed(architecture, head, lengths)
        task = ["--task", head] if head else []
        inputs = self.write("in.safetensors", tensors)
        self.run_model(path, inputs, "--target", "ref", *task, "--save-weights", "small.safetensors")
        # Large enough to bend every function.
        weights = {key: values * 12 if values.ndim > 1 else values * 3 if key.endswith("bias") else values
                   for key, values in self.read("small.safetensors").items()}  # fmt: skip
        task = [*task, "--weights", self.write("weights.safetensors", weights)]
        self.good("clew", "export", path, "m.onnx", *task, "--layers")
        ours = self.run_model(path, inputs, "--target", "ref", *task, "--layers")
        self.write("padded.safetensors", padded(tensors, room))
        return ours, self.run_model("m.onnx", "padded.safetensors"), tensors

    def assert_alike(self, ours, theirs, tensors):
        self.assertEqual(ours.keys(), theirs.keys())
        for name, values in ours.items():
            real, padding = unpadded(theirs[name], tensors, name)
            self.assertEqual(real.shape, values.shape, name)
            most = float(numpy.abs(values).max())
            self.assertGreater(most, 1e-3, name)
            self.assertLessEqual(float(numpy.abs(real - values).max()), TOLERANCE * most, name)
            self.assertFalse(padding.any(), name)

    def test_every_model_with_every_head(self):
        for architecture in architectures():
            for head in ("", *HEADS.get(architecture, [])):
                with self.subTest(model=architecture, head=head):
                    longest = LONGEST.get(architecture, 9)
                    self.assert_alike(*self.both(architecture, head, [4, 1, longest, 2], longest + 2))

    def test_a_single_place(self):
        for architecture in ("bert", "xlnet", "bilstm-crf", "elmo"):
            with self.subTest(model=architecture):
                self.assert_alike(*self.both(architecture, "", [1], 1))


class Files(Door):
    def setUp(self):
        super().setUp()
        path = small("bert", self.folder)
        self.good("clew", "export", path, "m.onnx", "--external-data")
        self.tensors = padded(packed("bert", "", [4, 2]), 5)
        self.write("in.safetensors", self.tensors)

    def run_file(self, *arguments, tensors=None):
        self.write("given.safetensors", self.tensors if tensors is None else tensors)
        return ["clew", "run", "m.onnx", "--inputs", "given.safetensors", "--outputs", "out.safetensors", *arguments]

    def test_check_and_show(self):
        self.assertEqual(self.good("clew", "check", "m.onnx"), "1 file is right\n")
        text = self.good("clew", "zoo", "show", "m.onnx")
        for part in ("opset 17", "input_ids", "int64 [batch, sequence]", "MatMul", "clew.model: bert/base"):
            self.assertIn(part, text)
        shown = json.loads(self.good("clew", "zoo", "show", "m.onnx", "--json"))
        self.assertTrue(shown["runs"])
        self.assertEqual({value["name"] for value in shown["outputs"]}, {"hidden", "pooled"})
        self.assertGreater(shown["parameters"], 1000)

    def test_threads_and_types_of_integers_change_nothing(self):
        self.good(*self.run_file("--threads", "1"))
        one = self.read("out.safetensors")
        self.good(*self.run_file("--threads", "3", tensors={name: values.astype("<i4") for name, values in self.tensors.items()}))
        self.assert_same(one, self.read("out.safetensors"))
        printed = json.loads(self.good(*self.run_file("--json")))
        self.assertEqual([output["shape"] for output in printed["outputs"] if output["name"] == "hidden"], [[2, 5, 24]])

    def test_refusals(self):
        missing = {name: values for name, values in self.tensors.items() if name != "attention_mask"}
        self.bad(1, r'm.onnx: error: input "attention_mask" is missing', *self.run_file(tensors=missing))
        self.bad(1, r'given.safetensors: error: tensor "more" is no input of the model', *self.run_file(tensors={**self.tensors, "more": self.tensors["input_ids"]}))
        other = {**self.tensors, "attention_mask": self.tensors["attention_mask"][:, :3]}
        self.bad(1, r'm.onnx: error: input "attention_mask": expected int64 \[batch, sequence\], found int64 \[2, 3\], but "sequence" is 5', *self.run_file(tensors=other))
        real = {**self.tensors, "input_ids": self.tensors["input_ids"].astype("<f4")}
        self.bad(1, r'm.onnx: error: input "input_ids": expected int64', *self.run_file(tensors=real))
        far = {**self.tensors, "input_ids": self.tensors["input_ids"] + 10**6}
        self.bad(1, r'm.onnx: error: node ".*" \("Gather"\): expected places below 60', *self.run_file(tensors=far))
        self.bad(1, "--weights is for models of the zoo", *self.run_file("--weights", "w.safetensors"))
        self.bad(1, "are for models of the zoo", *self.run_file("--task", "tag:3"))
        self.bad(1, "--op-by-op has one way to compute", *self.run_file("--op-by-op", "--target", "ref"))
        self.bad(1, "--op-by-op is for ONNX files", "clew", "run", "bert/sample", "--op-by-op", "--inputs", "in.safetensors", "--outputs", "out.safetensors")
        self.bad(1, r"none.onnx: error: ", "clew", "run", "none.onnx", "--inputs", "in.safetensors", "--outputs", "out.safetensors")
        for out in ("m.onnx", "m.onnx.data", "given.safetensors"):
            self.bad(1, "error: expected another file than", *self.run_file()[:-2], "--outputs", out)

    def test_damaged_files_and_weights_beside(self):
        (self.folder / "m.onnx.data").write_bytes((self.folder / "m.onnx.data").read_bytes()[:-8])
        self.bad(1, r'm.onnx: error: initializer ".*": expected \d+ bytes for float .* within the \d+ of "m.onnx.data"', "clew", "check", "m.onnx")
        (self.folder / "m.onnx.data").unlink()
        self.bad(1, r"m.onnx.data: error: initializer", "clew", "check", "m.onnx")
        (self.folder / "m.onnx").write_bytes((self.folder / "m.onnx").read_bytes()[:-1])
        self.bad(1, "m.onnx: error: expected a model, found bytes that are cut short", "clew", "check", "m.onnx")


if __name__ == "__main__":
    unittest.main()
