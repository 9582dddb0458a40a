# A weights folder from outside: what its config.json says is obeyed or refused at every door, however the folder is named,
# in one file or in shards; and what is hostile in a folder is refused. What a changed key does is known from Transformers:
# golden/config_changes.json.
import json
import os
import shutil
import unittest
from pathlib import Path

import bert_folder
import door
import numpy
import safetensors_file
import torch_file

GOLDEN = json.loads((Path(__file__).parent / "golden" / "config_changes.json").read_text())
LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 409158597\n".format("0" * 64)
INDEX = "model.safetensors.index.json"


class Checkpoint(door.Door):
    def setUp(self):
        super().setUp()
        self.model = bert_folder.write(self.folder / "model")
        self.write("in.safetensors", bert_folder.BATCH)
        self.wanted = numpy.array(GOLDEN["logits"], "<f4")

    def arguments(self, weights):
        return ["run", "bert/sample", "--task", "sample-classify", "--weights", weights, "--inputs", "in.safetensors",
                "--outputs", "out.safetensors"]

    def assert_loads(self, weights):
        """The logits are those of Transformers. Returns what was said."""
        done = self.call("clew", *self.arguments(weights))
        self.assertEqual(done.returncode, 0, f"{weights}: {done.stderr}")
        difference = numpy.abs(self.read("out.safetensors")["logits"] - self.wanted).max()
        self.assertLess(difference, 2e-5, weights)
        return done.stderr

    def assert_refused(self, weights, message):
        (self.folder / "out.safetensors").unlink(missing_ok=True)
        said = self.bad(1, message, "clew", *self.arguments(weights))
        self.assertFalse((self.folder / "out.safetensors").exists())
        return said

    def test_every_key_of_config_json_is_obeyed_or_refused(self):
        self.assertGreater(len(GOLDEN["changes"]), 100)
        for change in GOLDEN["changes"]:
            key, value = change["key"], change["value"]
            with self.subTest(key=key, value=value):
                bert_folder.write_config(self.model, bert_folder.changed(key, value))
                if change["accepted"]:
                    self.assert_loads("model")
                else:
                    said = self.assert_refused("model", rf"config\.json\S*: error: .*\b{key.lstrip('-')}: expected .* found ")
                    self.assertEqual(said.count(", found "), said.count(f"{key.lstrip('-')}: expected"), said)

    def test_all_keys_that_differ_are_said_at_once(self):
        config = {**bert_folder.CONFIG, "hidden_act": "relu", "num_attention_heads": 2, "layer_norm_eps": 1e-5}
        bert_folder.write_config(self.model, config)
        said = self.assert_refused("model", "bert/sample computes")
        for words in ('hidden_act: expected "gelu" or "gelu_python", found "relu"', "layer_norm_eps: expected 1e-12, found 1e-05",
                      "num_attention_heads: expected 4, found 2"):
            self.assertIn(words, said)
        bert_folder.write_config(self.model, bert_folder.changed("-num_attention_heads", None))
        self.assert_refused("model", "num_attention_heads: expected 4, found none, which stands for 12")

    def test_unknown_keys_are_noted(self):
        self.assertNotIn("note", self.assert_loads("model"))
        bert_folder.write_config(self.model, {**bert_folder.CONFIG, "rope_theta": 10000, "z": ["x"]})
        self.assertRegex(self.assert_loads("model"), r'note: model/config\.json: .*not known.*"rope_theta" \(10000\), "z"')

    def test_config_json_that_is_none(self):
        config = json.dumps(bert_folder.CONFIG)
        for text in ("", "[]", "{", "null", config[:-1], config + "{}", config[:-1] + ', "hidden_act": "gelu"}',
                     config.replace("1e-12", "NaN"), config.replace("1e-12", "1e999"), "[" * 100000, '{"a":' * 1000,
                     config.replace("gelu", "ge\udcfflu"), config + "\0", LFS, " " * (17 << 20)):
            (self.model / "config.json").write_bytes(text.encode("utf-8", "surrogateescape"))
            with self.subTest(text=text[:60]):
                self.assert_refused("model", r"config\.json")

    def test_every_door_obeys(self):
        vocabulary = door.SOURCE / "suites" / "samples" / "vocab.txt"
        shutil.copy(vocabulary, self.model / "vocab.txt")
        place = self.folder / "weights" / "bert" / "sample" / "sample-classify"
        place.parent.mkdir(parents=True)
        shutil.copytree(self.model, place)
        (self.folder / "board.yaml").write_text("board: one\nmodels: [bert/sample]\ntasks: [sample-classify]\n"
                                                "scenarios: [accuracy]\nprecisions: [f32]\nthreads: [1]\ntier: smoke\n")
        self.good("clew", "compile", "bert/sample", "--task", "sample-classify", "--emit", "program", "-o", "program")
        doors = {
            "run": ["clew", *self.arguments("model")],
            "clew-run": ["clew-run", "program", "--weights", "model", "--inputs", "in.safetensors", "--outputs", "o"],
            "predict": ["clew", "predict", "bert/sample", "--weights", "model", "--task", "sample-classify", "--text", "大学"],
            "bench": ["clew", "bench", "board.yaml", "--weights", "weights", "--out", "out"],
        }
        for change in ({}, {"num_attention_heads": 2}, {"problem_type": "regression"}):
            for folder in (self.model, place):
                bert_folder.write_config(folder, {**bert_folder.CONFIG, **change})
            for name, command in doors.items():
                with self.subTest(door=name, change=change):
                    done = self.call(*command)
                    self.assertEqual(done.returncode, 1 if change else 0, done.stderr)
                    for key in change:
                        self.assertRegex(done.stdout + done.stderr, rf"config\.json.*{key}: expected")
                    shutil.rmtree(self.folder / "out", ignore_errors=True)

    def hub(self, source):
        """The folder as Hugging Face's cache holds it; the snapshot's path."""
        root = self.folder / "hub" / "models--some--model"
        snapshot = root / "snapshots" / "0123abcd"
        snapshot.mkdir(parents=True)
        (root / "blobs").mkdir()
        for number, file in enumerate(sorted(source.iterdir())):
            shutil.copy(file, root / "blobs" / f"{number:064x}")
            os.symlink(f"../../blobs/{number:064x}", snapshot / file.name)
        return snapshot

    def test_every_way_to_name_a_folder_obeys(self):
        sharded = bert_folder.write(self.folder / "sharded", shards=3)
        snapshot = self.hub(self.model)
        os.symlink("model", self.folder / "folder-link")
        os.symlink("folder-link/model.safetensors", self.folder / "file-link")
        os.symlink("file-link", self.folder / "link-to-link")
        os.symlink(snapshot, self.folder / "snapshot-link")
        os.symlink(snapshot / "model.safetensors", self.folder / "snapshot-file-link")
        ways = ["model", "model/", "./model", "model/.", self.model, "folder-link", "folder-link/", "file-link",
                "link-to-link", "model/model.safetensors", "folder-link/model.safetensors", snapshot, "snapshot-link",
                snapshot / "model.safetensors", "snapshot-file-link", "model/config.json", "sharded",
                f"sharded/{INDEX}", "sharded/model-00002-of-00003.safetensors"]
        for way in ways:
            with self.subTest(way=str(way)):
                self.assert_loads(way)
        relu = {**bert_folder.CONFIG, "hidden_act": "relu"}
        for folder in (self.model, sharded, snapshot):
            bert_folder.write_config(folder, relu)
        for way in ways:
            with self.subTest(way=str(way), config="relu"):
                self.assert_refused(way, r"config\.json.*hidden_act: expected .* found \"relu\"")

    def test_a_hub_model_is_named_by_its_snapshot(self):
        snapshot = self.hub(self.model)
        root = snapshot.parent.parent
        self.assert_refused(root, r"models--some--model: error: .*; this is a model of a Hugging Face cache; name its snapshot: snapshots/0123abcd$")
        os.symlink(root, self.folder / "hub-link")
        for name in ("b", "c", "d"):
            (root / "snapshots" / name).mkdir()
        self.assert_refused("hub-link", r"name its snapshot: snapshots/0123abcd or snapshots/b or snapshots/c or one of 1 more$")
        shutil.rmtree(root / "snapshots")
        for way in (root, f"{root}/", "hub-link"):
            self.assert_refused(way, r"this model of a Hugging Face cache has no snapshot")

    def test_old_endings_prefixes_and_what_the_head_is_not(self):
        def rewrite(rename, more=None):
            weights = {rename(name): array for name, array in bert_folder.tensors().items()}
            safetensors_file.write(self.model / "model.safetensors", {**weights, **(more or {})})

        def older(name):
            return name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")

        spare = {"bert.embeddings.position_ids": numpy.arange(512, dtype="<i8")[None],
                 "cls.predictions.bias": numpy.zeros(1280, "<f4")}
        for rename in (older, lambda name: name.removeprefix("bert."), lambda name: older(name).removeprefix("bert.")):
            rewrite(rename, spare)
            self.assert_loads("model")
        both = {"bert.embeddings.LayerNorm.gamma": numpy.ones(64, "<f4")}
        rewrite(lambda name: name, both)
        self.assert_refused("model", 'extra: "bert.embeddings.LayerNorm.gamma"')

    def test_shards_are_where_the_index_says(self):
        sharded = bert_folder.write(self.folder / "sharded", shards=2)
        index = json.loads((sharded / INDEX).read_text())
        files = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
        some = next(name for name, file in index["weight_map"].items() if file == files[0])

        def refused(weight_map, message):
            (sharded / INDEX).write_text(weight_map if isinstance(weight_map, str) else json.dumps({"weight_map": weight_map}))
            self.assert_refused("sharded", message)

        whole = index["weight_map"]
        self.assert_loads("sharded")
        refused({**whole, some: files[1]}, f'missing: "{some}" in {files[1]}; extra: "{some}" in {files[0]}')
        refused({name: file for name, file in whole.items() if name != some}, f'extra: "{some}" in {files[0]}')
        refused({**whole, "spare": files[0]}, f'missing: "spare" in {files[0]}')
        refused({**whole, "spare": "model-00003-of-00002.safetensors"}, "cannot open.*names it")
        for name in ("../model/model.safetensors", "/etc/passwd", "..", "", "a/b", str(self.model / "model.safetensors")):
            refused({**whole, some: name}, "plain name")
        for name in (INDEX, "config.json"):
            refused({**whole, some: name}, "expected")
        refused({}, "expected 1 to 4096 files, found 0")
        refused({f"t{number}": f"f{number}" for number in range(5000)}, "found 5000")
        refused({**whole, some: 1}, f'expected the file of "{some}", found the number 1')
        for text in ("", "{}", "[]", '{"weight_map": []}', '{"weight_map": {"a": "x", "a": "y"}}', LFS, "[" * 100000,
                     " " * (65 << 20)):
            refused(text, "index.json")
        (sharded / INDEX).write_text(json.dumps(index))
        (sharded / files[0]).write_text(LFS)
        self.assert_refused("sharded", f"{files[0]}.*LFS pointer")

    def test_lfs_pointers_are_named(self):
        shutil.copy(door.SOURCE / "suites" / "samples" / "vocab.txt", self.model / "vocab.txt")
        for name in ("model.safetensors", "config.json"):
            kept = (self.model / name).read_bytes()
            (self.model / name).write_text(LFS)
            said = self.assert_refused("model", "Git LFS pointer to its 409158597 bytes; fetch it with 'git lfs pull'")
            self.assertIn(name, said)
            (self.model / name).write_bytes(kept)
        self.assert_loads("model")

    def test_links_out_of_the_folder_are_not_followed(self):
        snapshot = self.hub(self.model)
        secret = self.folder / "secret"
        secret.write_text("{}")
        for folder, depth in ((self.model, 1), (snapshot, 4)):
            for file in ("config.json", "model.safetensors"):
                kept = self.folder / "kept"
                os.rename(folder / file, kept)
                for target, message in (("../" * depth + "secret", "leads out of it"), (secret, "leads out of it"),
                                        (file, "in a circle"), ("nothing", "leads nowhere"), (".", "found a folder"),
                                        ("/dev/zero", "leads out of it")):
                    os.symlink(target, folder / file)
                    with self.subTest(folder=folder.name, file=file, target=str(target)):
                        said = self.assert_refused(folder, message)
                        self.assertIn(file, said)
                    (folder / file).unlink()
                os.mkfifo(folder / file)
                self.assert_refused(folder, "found a FIFO")
                (folder / file).unlink()
                os.rename(kept, folder / file)
            self.assert_loads(folder)

    def test_formats_of_other_programs_are_read(self):
        tensors = bert_folder.tensors()
        buffer = {"bert.embeddings.position_ids": numpy.arange(512)[None]}

        def in_folder(file, write):
            """The weights in this file alone, with the config.json beside it: by folder and by file."""
            folder = self.folder / f"of-{file}"
            folder.mkdir()
            bert_folder.write_config(folder, bert_folder.CONFIG)
            write(folder / file)
            for way in (folder, folder / file):
                self.assert_loads(way)
            bert_folder.write_config(folder, bert_folder.changed("hidden_act", "relu"))
            self.assert_refused(folder / file, "hidden_act: expected")

        in_folder("pytorch_model.bin", lambda path: torch_file.write(path, tensors))
        in_folder("pytorch_model.pt", lambda path: torch_file.write(path, tensors, legacy=True))
        in_folder("pytorch_model.pth", lambda path: torch_file.write(path, tensors, lambda state: {"epoch": 3, "model": state}))
        in_folder("pytorch_model.ckpt", lambda path: torch_file.write(path, tensors, lambda state: {"state_dict": state}, legacy=True))
        in_folder("model.npz", lambda path: numpy.savez(path, **{name: numpy.asfortranarray(tensors[name]) for name in tensors}, **buffer))

    def test_shards_of_pytorch_are_where_the_index_says(self):
        sharded = self.folder / "sharded"
        sharded.mkdir()
        bert_folder.write_config(sharded, bert_folder.CONFIG)
        tensors = bert_folder.tensors()
        files = ["pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"]
        names = sorted(tensors)
        for number, file in enumerate(files):
            torch_file.write(sharded / file, {name: tensors[name] for name in names[number::2]})
        index = {name: files[number % 2] for number, name in enumerate(names)}
        (sharded / "pytorch_model.bin.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))
        for way in ("sharded", sharded / "pytorch_model.bin.index.json", sharded / files[0]):
            self.assert_loads(way)
        (sharded / files[1]).write_bytes(b"\x80\x02cos\nsystem\n.")
        self.assert_refused("sharded", rf'{files[1]}: error: .*"os\.system"; nothing was executed; .* names it')
        index[names[0]] = files[1]
        torch_file.write(sharded / files[1], {name: tensors[name] for name in names[1::2]})
        (sharded / "pytorch_model.bin.index.json").write_text(json.dumps({"weight_map": index}))
        self.assert_refused("sharded", f'missing: "{names[0]}" in {files[1]}')

    def test_pickles_execute_nothing(self):
        """What Python's pickle would run leaves no trace, at every door that takes weights."""
        trace = self.folder / "trace"
        for number, text in enumerate((f"cos\nsystem\n(S'touch {trace}'\ntR.", f"\x80\x02cos\nsystem\nU\x30touch {str(trace):<42}\x85R.")):
            for file in ("pytorch_model.bin", "pytorch_model.pt"):
                folder = self.folder / f"evil-{number}-{file}"
                folder.mkdir()
                (folder / file).write_bytes(text.encode("latin1"))
                for way in (folder, folder / file):
                    self.assert_refused(way, rf"{file}: error: byte \d+ of the pickle: .*nothing was executed")
        self.assertFalse(trace.exists())

    def test_other_formats_are_refused_with_the_way_out(self):
        for file, message in (("flax_model.msgpack", "Flax"), ("model.onnx", "ONNX")):
            folder = self.folder / file.replace(".", "-")
            folder.mkdir()
            (folder / file).write_bytes(b"x")
            for way in (folder, folder / file):
                self.assert_refused(way, rf"expected model\.safetensors, found {file}: .*{message}.*save_pretrained")
        empty = self.folder / "empty"
        empty.mkdir()
        self.assert_refused("empty", "expected a folder with model.safetensors or .*pytorch_model.bin or .*, found none")
        self.assert_refused("nowhere", "found nothing")
        (self.model / "adapter_config.json").write_text("{}")
        self.assert_refused("model", "adapter")


if __name__ == "__main__":
    unittest.main()
