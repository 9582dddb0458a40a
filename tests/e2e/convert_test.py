#!/usr/bin/env python3
# `clew convert` from outside: what is written is read again by NumPy, by Python's zip and pickle, and by Clew, with the same numbers; what
# belongs to weights goes along; and BERT's weights in TensorFlow's names and layout answer as Transformers does.
import io
import json
import pickle
import unittest
import zipfile
from pathlib import Path

import bert_folder
import door
import numpy
import safetensors_file

GOLDEN = json.loads((Path(__file__).parent / "golden" / "config_changes.json").read_text())
MODEL = ["--model", "bert/sample", "--task", "sample-classify"]


class Unpickler(pickle.Unpickler):
    """Reads what torch.save writes, with NumPy's arrays for storages."""

    def __init__(self, archive):
        self.archive = archive
        super().__init__(io.BytesIO(archive.read("archive/data.pkl")))

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return dict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, shape, strides, *rest: numpy.lib.stride_tricks.as_strided(
                storage[offset:], shape, [stride * storage.itemsize for stride in strides])  # fmt: skip
        return {"FloatStorage": "<f4", "HalfStorage": "<f2", "LongStorage": "<i8"}[name]

    def persistent_load(self, identity):
        kind, dtype, key, place, count = identity
        assert (kind, place) == ("storage", "cpu")
        array = numpy.frombuffer(self.archive.read(f"archive/data/{key}"), dtype)
        assert len(array) == count
        return array


class Convert(door.Door):
    def setUp(self):
        super().setUp()
        self.model = bert_folder.write(self.folder / "model")
        self.tensors, _ = safetensors_file.read(self.model / "model.safetensors")
        self.write("in.safetensors", bert_folder.BATCH)

    def convert(self, *arguments):
        done = self.call("clew", "convert", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def assert_same(self, found, wanted=None):
        wanted = self.tensors if wanted is None else wanted
        self.assertEqual(sorted(found), sorted(wanted))
        for name, array in wanted.items():
            self.assertEqual(found[name].dtype, array.dtype)
            numpy.testing.assert_array_equal(found[name], array, name)

    def assert_answers(self, weights):
        done = self.call("clew", "run", "bert/sample", "--task", "sample-classify", "--weights", weights, "--inputs",
                         "in.safetensors", "--outputs", "out.safetensors")  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)
        difference = numpy.abs(self.read("out.safetensors")["logits"] - numpy.array(GOLDEN["logits"], "<f4")).max()
        self.assertLess(difference, 2e-5)
        return done.stderr

    def test_every_format_and_back(self):
        self.convert("model", "w.npz")
        with numpy.load(self.folder / "w.npz") as archive:
            self.assert_same(dict(archive))
        for ending in ("bin", "pt", "pth"):
            self.convert("w.npz", f"w.{ending}")
            with zipfile.ZipFile(self.folder / f"w.{ending}") as archive:
                self.assertIsNone(archive.testzip())
                self.assert_same(Unpickler(archive).load())
            self.convert(f"w.{ending}", "again.safetensors")
            self.assert_same(safetensors_file.read(self.folder / "again.safetensors")[0])

    def test_narrower_types_are_rounded_and_counted(self):
        done = self.convert("model", "half.npz", "--dtype", "f16", "--json")
        with numpy.load(self.folder / "half.npz") as archive:
            halves = dict(archive)
        self.assert_same(halves, {name: array.astype("<f2") for name, array in self.tensors.items()})
        changed = sum(int((array.astype("<f2").astype("<f4") != array).sum()) for array in self.tensors.values())
        self.assertEqual(json.loads(done.stdout)["changed"], changed)
        self.assertIn(f"note: {changed} values changed by the conversion to f16", done.stderr)
        self.assertNotIn("changed", self.convert("half.npz", "wide.safetensors", "--dtype", "f32").stderr)
        self.assert_same(safetensors_file.read(self.folder / "wide.safetensors")[0],
                         {name: array.astype("<f2").astype("<f4") for name, array in self.tensors.items()})  # fmt: skip
        self.convert("model", "b.safetensors", "--dtype", "bf16")
        self.bad(1, r"a type that NumPy has, found tensor .* of BF16", "clew", "convert", "b.safetensors", "b.npz")

    def test_what_belongs_to_weights_goes_along(self):
        (self.model / "vocab.txt").write_text("[PAD]\n[UNK]\n")
        (self.model / "notes.md").write_text("not this")
        (self.model / "tokenizer_config.json").symlink_to("vocab.txt")
        done = self.convert("model", "new/folder", "--json")
        self.assertEqual(json.loads(done.stdout)["copied"], ["config.json", "tokenizer_config.json", "vocab.txt"])
        self.assertEqual((self.folder / "new/folder/config.json").read_bytes(), (self.model / "config.json").read_bytes())
        self.assertFalse((self.folder / "new/folder/tokenizer_config.json").is_symlink())
        self.assertEqual(sorted(path.name for path in (self.folder / "new/folder").iterdir()),
                         ["config.json", "model.safetensors", "tokenizer_config.json", "vocab.txt"])  # fmt: skip
        self.assertNotIn("note", self.assert_answers("new/folder"))
        self.assertRegex(self.convert("model", "w.npz").stderr, "note: config.json, .* stay behind; convert to a folder")
        self.bad(1, "expected a new or empty folder", "clew", "convert", "model", "new/folder")
        (self.folder / "some.txt").write_text("x")
        self.bad(1, "expected a new or empty folder", "clew", "convert", "model", "some.txt")
        (self.model / "tokenizer_config.json").unlink()
        (self.model / "tokenizer_config.json").symlink_to("/etc/passwd")
        self.bad(1, r"tokenizer_config\.json", "clew", "convert", "model", "other")

    def test_names_and_layout_of_tensorflow(self):
        self.convert("model", "tf.safetensors", *MODEL, "--names", "tensorflow")
        found, metadata = safetensors_file.read(self.folder / "tf.safetensors")
        self.assertEqual(metadata["clew.model"], "bert/sample")
        at = "bert/encoder/layer_1/"
        numpy.testing.assert_array_equal(found[at + "intermediate/dense/kernel"],
                                         self.tensors["bert.encoder.layer.1.intermediate.dense.weight"].T)  # fmt: skip
        numpy.testing.assert_array_equal(found[at + "output/LayerNorm/gamma"],
                                         self.tensors["bert.encoder.layer.1.output.LayerNorm.weight"])  # fmt: skip
        self.assertIn("output_weights", found)
        slots = {name + ending: array for name, array in found.items() for ending in ("/adam_m", "/adam_v")
                 if name.startswith("bert/")}  # fmt: skip
        self.write("saved.safetensors", {**found, **slots, "global_step": numpy.array(7, "<i8")})
        folder = self.folder / "published"
        folder.mkdir()
        (self.folder / "saved.safetensors").rename(folder / "model.safetensors")
        config = {key: bert_folder.CONFIG[key] for key in ("hidden_size", "num_hidden_layers", "num_attention_heads",
                  "intermediate_size", "hidden_act", "vocab_size", "max_position_embeddings", "type_vocab_size")}  # fmt: skip
        (folder / "bert_config.json").write_text(json.dumps(config))
        self.assert_answers("published")
        done = self.convert("published", "back", *MODEL)
        self.assertRegex(done.stderr, r"note: \d+ tensors are none of bert/sample's and stay behind: ")
        self.assert_same(safetensors_file.read(self.folder / "back/model.safetensors")[0])
        self.assert_answers("back")
        (folder / "bert_config.json").write_text(json.dumps({**config, "num_attention_heads": 2}))
        self.bad(1, r"bert_config\.json:\d+: error: .*num_attention_heads: expected 4, found 2", "clew", "convert",
                 "published", "never", *MODEL)  # fmt: skip
        self.bad(2, r"has no way of naming 'flax': there is huggingface, tensorflow", "clew", "convert", "model",
                 "x.npz", *MODEL, "--names", "flax")  # fmt: skip

    def test_bad_usage(self):
        self.bad(2, "--names", "clew", "convert", "model", "x.npz", "--names", "huggingface")
        self.bad(2, "--dtype", "clew", "convert", "model", "x.npz", "--dtype", "int8")
        self.bad(1, "expected a weights file or a folder", "clew", "convert", "nowhere", "x.npz")
        self.assertFalse((self.folder / "x.npz").exists())


if __name__ == "__main__":
    unittest.main()
