#!/usr/bin/env python3
# What a command is told to write to stays what it is: a file is replaced at the end of its links, a device or pipe gets the bytes, a folder is
# refused. Every command that writes to a name is in `writers`. Devices are our own nodes: a wrong build must not break the machine's.
import functools
import http.server
import os
import random
import re
import shutil
import stat
import subprocess
import threading
import unittest
from pathlib import Path

import numpy

import report_records
from train_test import TAG_RECIPE, TAGGER
from door import BIN, SOURCE, Door, batch

MODEL = "bert/sample"
TASK = """task: handed
kind: classify
version: "1"
source: https://example.org
licence: none
headline: accuracy
longest: 16
labels: ["0", "1"]
submission: handed_predict.json
layouts:
  own: {{reader: json, id: id, first: text, label: label}}
splits:
  dev:
    - {{name: dev.json, url: "{url}/dev.json"}}
  test:
    labelled: false
    files:
      - {{name: test.json, url: "{url}/test.json"}}
"""
ROWS = "".join('{"id": %d, "text": "好", "label": "%d"}\n' % (i, i % 2) for i in range(8))


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


class Outputs(Door):
    def setUp(self):
        super().setUp()
        self.write("in.safetensors", batch([3], vocabulary=1280))
        for name in ("served", "data/handed", "tasks", "kept"):
            (self.folder / name).mkdir(parents=True)
        for name in ("served/dev.json", "served/test.json", "data/handed/dev.json", "data/handed/test.json"):
            (self.folder / name).write_text(ROWS)
        handler = functools.partial(Quiet, directory=self.folder / "served")
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        for name, text in {"tagger.yaml": TAGGER, "tag.yaml": TAG_RECIPE}.items():
            (self.folder / name).write_text(text)
        (self.folder / "crawl.txt").write_text("好\n" * 3)
        self.good("clew", "train", "tag.yaml", "--out", "teacher")
        (self.folder / "tasks/handed.yaml").write_text(TASK.format(url=f"http://127.0.0.1:{server.server_address[1]}"))
        self.good("clew", "compile", MODEL, "--target", "ref", "--emit", "program", "-o", "kept/model.clew")
        self.run_model(MODEL, "in.safetensors", "--target", "ref", "--save-weights", "kept/w.safetensors")
        self.good("clew", "export", MODEL, "kept/m.onnx")
        self.write("padded.safetensors", {name: numpy.ones((1, 3), dtype="<i8") for name in ("input_ids", "token_type_ids", "attention_mask")})
        self.good("clew", *self.bench("measured"))
        self.good("clew", "results", "merge", "measured", "--out", "first")
        (records,) = (self.folder / "first").glob("records/*/*.jsonl")
        self.merged = str(Path("merged") / records.relative_to(self.folder / "first"))
        (self.folder / "ranked").mkdir()
        record = report_records.record("bert/base", "cluener", scenario="accuracy", **report_records.scores("cluener", 79.0, random.Random(1)))
        report_records.write(self.folder / "ranked" / "records.jsonl", [record])

    def bench(self, out):
        return ["bench", "smoke", "--random-weights", "--models", MODEL, "--tasks", "tasks,handed", "--data", "data",
                "--scenarios", "accuracy", "--threads", "1", "--split", "test", "--out", out]  # fmt: skip

    def writers(self):
        """By name: the command, and the file that it writes, "OUT" standing for the name it is given."""
        run = ["run", MODEL, "--target", "ref", "--inputs", "in.safetensors"]
        artifact = ["kept/model.clew", "--inputs", "in.safetensors", "--weights", "kept/w.safetensors"]
        return {
            "run --outputs": ["clew", *run, "--outputs", "OUT"],
            "compile onnx": ["clew", "compile", "kept/m.onnx", "--emit", "program", "-o", "OUT"],
            "run onnx": ["clew", "run", "kept/m.onnx", "--inputs", "padded.safetensors", "--outputs", "OUT"],
            "run --save-weights": ["clew", *run, "--outputs", "kept/o.safetensors", "--save-weights", "OUT"],
            "clew-run --outputs": ["clew-run", *artifact, "--outputs", "OUT"],
            "clew-run --save-weights": ["clew-run", *artifact, "--outputs", "kept/o.safetensors", "--save-weights", "OUT"],
            "compile program": ["clew", "compile", MODEL, "--target", "ref", "-o", "OUT"],
            "compile nn": ["clew", "compile", MODEL, "--emit", "nn", "-o", "OUT"],
            "report": ["clew", "report", "measured", "--out", "OUT"],
            "report json": ["clew", "report", "measured", "--json", "--out", "OUT"],
            "results rank": ["clew", "results", "rank", "ranked", "--out", "OUT"],
            "results export": ["clew", "results", "export", "ranked", "--out", "OUT"],
            "convert": ["clew", "convert", "kept/w.safetensors", "OUT", "--format", "npz"],
            "export": ["clew", "export", MODEL, "OUT", "--weights", "kept/w.safetensors"],
            "report html": ["clew", "report", "measured", "--format", "html", "--out", "OUT"],
        }

    def folder_writers(self):
        """The same for commands that choose the file's name: (command, the file)."""
        fetch = ["clew", "data", "fetch", "--tasks", "tasks", "--data", "fetched", "handed"]
        predictions = sorted((self.folder / "measured/predictions").iterdir())[0].name
        submit = ["clew", "submit", "measured/records.jsonl", "--tasks", "tasks", "--data", "data", "--out", "submitted"]
        merge = ["clew", "results", "merge", "measured", "--out", "merged"]
        return {
            "results merge": (merge, self.merged),
            "data fetch": (fetch, "fetched/handed/dev.json"),
            "submit": (submit, "submitted/handed_predict.json"),
            "augment": (["clew", "augment", "tagger.yaml:base", "crawl.txt", "--task", "sample-tag", "--weights", "teacher/best.safetensors",
                         "--confidence", "0", "--out", "augmented"], "augmented/augment.json"),
            "train weights": (["clew", "train", "tag.yaml", "--set", "epochs=1", "--out", "trained"], "trained/best.safetensors"),
            "train scores": (["clew", "train", "tag.yaml", "--set", "epochs=1", "--out", "trained"], "trained/run.json"),
            "bench records": (["clew", *self.bench("again")], "again/records.jsonl"),
            "bench predictions": (["clew", *self.bench("again")], f"again/predictions/{predictions}"),
        }

    def test_every_option_that_names_an_output_is_listed(self):
        lists = [*self.writers().values(), *(command for command, _ in self.folder_writers().values())]
        for name, text in self.every_command().items():
            words = ["clew", *name.split()]
            for option in re.findall(r"(--out\w*|--save-\w+) ", text):
                listed = any(
                    command[: len(words)] == words and (option in command or option == "--output" and "-o" in command)
                    for command in lists
                )
                self.assertTrue(listed, f"clew {name} {option} is in no list of this test")

    def prepared(self, command, out):
        return [str(out) if word == "OUT" else word for word in command]

    def device(self, name, minor):
        """A character device of our own, as /dev/null (3) and /dev/full (7) are."""
        try:
            os.mknod(self.folder / name, stat.S_IFCHR | 0o666, os.makedev(1, minor))
        except PermissionError:
            self.skipTest("only root makes devices")
        return name

    def clear(self):
        for name in ("fetched", "submitted", "merged", "again", "trained", "augmented", "at"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        (self.folder / "at").mkdir()

    def test_a_file_is_replaced_at_the_end_of_its_links(self):
        for name, command in self.writers().items():
            with self.subTest(writer=name):
                self.clear()
                at = self.folder / "at"
                (at / "old").write_text("old")
                (at / "old").chmod(0o640)
                (at / "link").symlink_to("old")
                (at / "dangling").symlink_to(at / "fresh")
                self.good(*self.prepared(command, "at/link"))
                self.good(*self.prepared(command, "at/dangling"))
                self.good(*self.prepared(command, "at/plain"))
                self.assertTrue((at / "link").is_symlink() and (at / "dangling").is_symlink())
                self.assertEqual(sorted(os.listdir(at)), ["dangling", "fresh", "link", "old", "plain"])
                self.assertEqual((at / "old").stat().st_mode & 0o777, 0o640)
                self.assertGreater((at / "plain").stat().st_size, 100)
                for same in ("old", "fresh"):
                    self.assertEqual((at / same).read_bytes(), (at / "plain").read_bytes())

    def test_devices_are_written_to_and_stay(self):
        null, full = self.device("null", 3), self.device("full", 7)
        for name, command in self.writers().items():
            with self.subTest(writer=name):
                self.good(*self.prepared(command, null))
                done = self.call(*self.prepared(command, full))
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertRegex(done.stderr, r"^(note: .*\n)*full: error: cannot write: No space left on device\n$")
                for node in (null, full):
                    self.assertTrue(stat.S_ISCHR((self.folder / node).lstat().st_mode))

    def test_pipes_and_descriptors_get_what_a_file_gets(self):
        os.mkfifo(self.folder / "pipe")
        (self.folder / "out").symlink_to("/proc/self/fd/1")
        for name, command in self.writers().items():
            with self.subTest(writer=name):
                self.clear()
                self.good(*self.prepared(command, "at/plain"))
                plain = (self.folder / "at/plain").read_bytes()
                got = []
                reader = threading.Thread(target=lambda: got.append((self.folder / "pipe").read_bytes()))
                reader.start()
                self.good(*self.prepared(command, "pipe"))
                reader.join()
                self.assertEqual(got, [plain])
                for out in ("out", "/proc/self/fd/1"):
                    program, *rest = self.prepared(command, out)
                    done = subprocess.run([BIN / program, *rest], cwd=self.folder, env=self.environment,
                                          capture_output=True, check=True, timeout=300)  # fmt: skip
                    self.assertEqual(done.stdout, plain)
        self.assertTrue(stat.S_ISFIFO((self.folder / "pipe").lstat().st_mode))

    def test_a_folder_is_refused(self):
        self.clear()
        for name, command in self.writers().items():
            with self.subTest(writer=name):
                self.bad(1, r"^(note: .*\n)*at/?: error: expected the name of a file to write, found a folder\n$",
                         *self.prepared(command, "at"))  # fmt: skip
                self.assertEqual(os.listdir(self.folder / "at"), [])

    def inputs(self):
        """By the writer's name, the files that it reads."""
        kept = {"in.safetensors", "padded.safetensors", "kept/m.onnx", "kept/w.safetensors", "kept/model.clew", "kept/model.yaml", "measured/records.jsonl"}
        shutil.copy(SOURCE / "zoo/models/bert.yaml", self.folder / "kept/model.yaml")
        return {
            name: [word for word in command if word in kept] + [f"{word}/records.jsonl" for word in ("measured", "ranked") if word in command]
            for name, command in self.writers().items()
        }

    def test_what_is_read_is_never_replaced(self):
        read = self.inputs()
        for name in ("compile program", "compile nn"):
            read[name] = ["kept/model.yaml"]
        for name, command in self.writers().items():
            command = ["kept/model.yaml:sample" if word == MODEL and "compile" in command else word for word in command]
            self.assertTrue(read[name], name)
            for path in read[name]:
                with self.subTest(writer=name, path=path):
                    before = (self.folder / path).read_bytes()
                    (self.folder / "link").unlink(missing_ok=True)
                    (self.folder / "link").symlink_to(path)
                    for out in (path, self.folder / path, "link"):
                        self.bad(1, r"error: expected another file than .*, which this would replace\n$", *self.prepared(command, out))
                        self.assertEqual((self.folder / path).read_bytes(), before)

    def test_two_outputs_are_two_files(self):
        (self.folder / "link").symlink_to("fresh")
        for name in ("run --save-weights", "clew-run --save-weights"):
            command = ["OUT" if word.startswith("kept/o.") else word for word in self.writers()[name]]
            for one, other in (("fresh", "fresh"), ("fresh", "link"), ("link", "./fresh"), ("link", self.folder / "fresh")):
                with self.subTest(writer=name, names=(one, other)):
                    words = iter((one, other))
                    self.bad(1, r"error: expected another file than that of the outputs, which this would replace\n$",
                             *(next(words) if word == "OUT" else word for word in command))  # fmt: skip
                    self.assertFalse((self.folder / "fresh").exists())

    def test_files_in_folders_are_written_at_the_end_of_their_links(self):
        for name, (command, file) in self.folder_writers().items():
            with self.subTest(writer=name):
                self.clear()
                path = self.folder / file
                path.parent.mkdir(parents=True)
                path.symlink_to(self.folder / "at/fresh")
                self.good(*command)
                self.assertTrue(path.is_symlink())
                self.assertGreater((self.folder / "at/fresh").stat().st_size, 100)
                self.assertEqual([p.name for p in path.parent.iterdir() if p.name.endswith((".tmp", ".part"))], [])

    def test_devices_in_folders_stay(self):
        for name, (command, file) in self.folder_writers().items():
            with self.subTest(writer=name):
                self.clear()
                (self.folder / file).parent.mkdir(parents=True)
                self.device(file, 7)
                self.assertEqual(self.call(*command).returncode, 1)
                self.assertTrue(stat.S_ISCHR((self.folder / file).lstat().st_mode))


if __name__ == "__main__":
    unittest.main()
