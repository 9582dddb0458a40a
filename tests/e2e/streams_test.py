#!/usr/bin/env python3
# Standard streams that are full, closed or broken, for every command that prints: what cannot be written is said and exits with 1; what
# cannot be said never ends a job. Also what Ctrl-C says, and that names that are unknown exit alike.
import json
import os
import random
import signal
import subprocess
import unittest

import report_records
from train_test import TAG_RECIPE, TAGGER
from door import BIN, SOURCE, Door, batch

SMALL = "bert/sample"
SAMPLE = "sample-classify"


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
  own: {reader: json, id: id, first: text, label: label}
splits:
  test: {labelled: false, files: [{name: test.json, url: "http://127.0.0.1:9/test.json"}]}
"""


class Streams(Door):
    def commands(self):
        """One call of every command and of every form that it prints; each prints something and is quick."""
        self.write("in.safetensors", batch([3], vocabulary=1280))
        self.good("clew", "compile", SMALL, "--emit", "program", "-o", "model.clew", "--target", "ref")
        self.run_model(SMALL, "in.safetensors", "--target", "ref", "--save-weights", "w.safetensors")
        cells = ["bench", "smoke", "--random-weights", "--models", SMALL, "--tasks", SAMPLE, "--scenarios", "accuracy",
                 "--precision", "f32", "--threads", "1", "--out", "measured"]  # fmt: skip
        self.good("clew", *cells)
        predictions = sorted((self.folder / "measured/predictions").iterdir())[0]
        for name in ("tasks", "data/handed"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "tasks/handed.yaml").write_text(TASK)
        (self.folder / "data/handed/test.json").write_text('{"id": 0, "text": "好"}\n')
        handed = ["--tasks", "tasks", "--data", "data"]
        self.good("clew", "bench", "smoke", "--random-weights", "--models", SMALL, "--tasks", "tasks,handed", "--data", "data",
                  "--scenarios", "accuracy", "--threads", "1", "--split", "test", "--out", "tested")  # fmt: skip
        self.rankable("ranked")
        self.rankable("signed")  # signed before, so that no key is needed
        record = json.loads((self.folder / "signed/records.jsonl").read_text())
        (self.folder / "signed/signatures").mkdir()
        (self.folder / f"signed/signatures/{record['digest']}.json").write_text("{}\n")
        numeric = ["--inputs", "in.safetensors", "--outputs", "o.safetensors"]
        clew = [
            ["--version"],
            ["--version", "--json"],
            ["--help"],
            ["zoo"],
            ["zoo", "--json"],
            ["zoo", "show", SMALL],
            ["zoo", "show", SMALL, "--json"],
            ["check", SOURCE / "zoo/models"],
            ["check", SOURCE / "zoo/models", "--json"],
            *([["compile", SMALL, "--emit", stage] for stage in ("nn", "fused", "kernel", "llvm", "asm", "program")]),
            ["run", SMALL, "--target", "ref", *numeric],
            ["run", SMALL, "--target", "ref", *numeric, "--json"],
            ["predict", SMALL, "--random-weights", "--task", SAMPLE, "--text", "好"],
            ["score", SAMPLE, predictions],
            ["score", SAMPLE, predictions, "--json"],
            cells,
            [*cells, "--json"],
            ["report", "measured"],
            ["report", "measured", "--json"],
            ["report", "measured", "--format", "markdown"],
            ["report", "measured", "--format", "html"],
            ["verify", "measured/records.jsonl"],
            ["results", "check", "measured"],
            ["results", "check", "measured", "--json"],
            ["results", "merge", "measured", "--out", "merged"],
            ["results", "merge", "measured", "--out", "merged", "--json"],
            ["results", "sign", "signed", "--key", "none", "--signer", "x"],
            ["results", "sign", "signed", "--key", "none", "--signer", "x", "--json"],
            ["results", "rank", "ranked", "--tasks", "tasks"],
            ["results", "rank", "ranked", "--tasks", "tasks", "--json"],
            ["results", "export", "ranked"],
            ["results", "export", "ranked", "--format", "model-index"],
            ["convert", "w.safetensors", "c.npz"],
            ["convert", "w.safetensors", "c.pt", "--json"],
            ["export", SMALL, "e.onnx"],
            ["export", SMALL, "e.onnx", "--json"],
            ["check", "e.onnx"],
            ["compile", "e.onnx", "--emit", "nn"],
            ["zoo", "show", "e.onnx"],
            ["zoo", "show", "e.onnx", "--json"],
            ["data", "list"],
            ["data", "list", "--json"],
            ["data", "check", SAMPLE],
            ["tokenize", SMALL, "--text", "好"],
            ["tokenize", SMALL, "--text", "好", "--json"],
            ["data", "fetch", "handed", *handed],
            ["data", "fetch", "handed", *handed, "--json"],
            ["submit", "tested/records.jsonl", *handed, "--out", "submitted"],
        ]
        for name, text in {"tagger.yaml": TAGGER, "tag.yaml": TAG_RECIPE}.items():
            (self.folder / name).write_text(text)
        clew.append(["train", "tag.yaml", "--out", "trained", "--set", "epochs=1"])
        self.good("clew", "train", "tag.yaml", "--out", "teacher")
        (self.folder / "crawl.txt").write_text("好\n" * 3)
        clew.append(["augment", "tagger.yaml:base", "crawl.txt", "--task", "sample-tag", "--weights", "teacher/best.safetensors",
                     "--confidence", "0", "--out", "augmented"])  # fmt: skip
        self.assert_all_listed(clew, {"serve": "goes on until it is stopped: serve_test", "drive": "needs a server: serve_test"})
        return [[BIN / "clew", *command] for command in clew] + [
            [BIN / "clew-run", "model.clew", "--weights", "w.safetensors", *numeric]
        ]

    def rankable(self, out):
        """A record that may be ranked; nobody measured it."""
        (self.folder / out).mkdir()
        record = report_records.record("bert/base", "cluener", scenario="accuracy", **report_records.scores("cluener", 79.0, random.Random(1)))
        report_records.write(self.folder / out / "records.jsonl", [record])

    def start(self, command, **streams):
        return subprocess.run(
            list(map(str, command)), cwd=self.folder, env=self.environment, timeout=300, check=False, **streams
        )

    def shell(self, command, redirection):
        """With a redirection that only a shell can do: a closed stream."""
        return subprocess.run(
            ["sh", "-c", f'"$@" {redirection}', "sh", *map(str, command)],
            cwd=self.folder, env=self.environment, timeout=300, check=False, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def test_every_command_on_every_broken_stream(self):
        for command in self.commands():
            with self.subTest(command=command[1:]):
                plain = self.start(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
                self.assertTrue(plain.stdout or command[0].name == "clew-run", "prints nothing")
                with open("/dev/full", "wb") as full:
                    done = self.start(command, stdout=full, stderr=subprocess.PIPE)
                    self.assertEqual(done.returncode, 1)
                    self.assertRegex(done.stderr.decode(), r"standard output: error: cannot write: ")
                    self.assertEqual(self.start(command, stdout=subprocess.DEVNULL, stderr=full).returncode, plain.returncode)
                done = self.shell(command, ">&-")
                self.assertEqual(done.returncode, 1)
                self.assertRegex(done.stderr, r"standard output: error: cannot write: ")
                self.assertEqual(self.shell(command, "2>&- >/dev/null").returncode, plain.returncode)
                reader, writer = os.pipe()
                os.close(reader)
                done = self.start(command, stdout=writer, stderr=subprocess.PIPE)
                os.close(writer)
                self.assertEqual(done.returncode, 1, "killed by the broken pipe")

    def test_files_never_get_the_numbers_of_closed_streams(self):
        self.write("in.safetensors", batch([3], vocabulary=1280))
        run = [BIN / "clew", "run", SMALL, "--target", "ref", "--inputs", "in.safetensors", "--outputs", "o.safetensors"]
        for closed in ("<&- >&- 2>&-", ">&- 2>&-", "<&- 2>&-"):
            (self.folder / "o.safetensors").unlink(missing_ok=True)
            done = self.shell(run, closed)
            self.assertEqual(done.returncode, 0 if ">&- " not in closed else 1, closed)
            self.read("o.safetensors")  # whole, with nothing printed into it


class Exits(Door):
    def test_unknown_names_exit_with_2(self):
        (self.folder / "p.jsonl").write_text("{}\n")
        random = ["--random-weights", "--text", "x"]
        for command in (
            ["run", "nope", "--inputs", "i", "--outputs", "o"],
            ["zoo", "show", "nope"],
            ["compile", "nope"],
            ["compile", SMALL, "--task", "nope"],
            ["run", SMALL, "--task", "nope", "--inputs", "i", "--outputs", "o"],
            ["predict", "nope", "--task", SAMPLE, *random],
            ["predict", SMALL, "--task", "nope", *random],
            ["score", "nope", "p.jsonl"],
            ["check", "--task", "nope", "p.jsonl"],
            ["data", "check", "nope"],
            ["tokenize", "nope", "--text", "x"],
            ["data", "fetch", "nope"],
            ["data", "list", "nope"],
            ["bench", "nope"],
            ["bench", "smoke", "--random-weights", "--tasks", "nope"],
            ["bench", "smoke", "--random-weights", "--models", "nope"],
        ):
            with self.subTest(command=command):
                self.bad(2, r"error: .*nope", "clew", *command)

    def test_ctrl_c_says_how_to_go_on(self):
        command = [BIN / "clew", "bench", "smoke", "--random-weights", "--models", SMALL, "--tasks", SAMPLE, "--out", "m"]
        with subprocess.Popen(command, cwd=self.folder, env=self.environment, stderr=subprocess.PIPE, text=True) as process:
            for line in process.stderr:
                if "records go to" in line:
                    break
            while not list(self.folder.glob("m/predictions/*.jsonl")):
                self.assertIsNone(process.poll())
            process.send_signal(signal.SIGINT)
            said = process.stderr.read()
            self.assertEqual(process.wait(timeout=60), 130)
        self.assertRegex(said, r"interrupted: .*the same command again does what is missing\n$")


if __name__ == "__main__":
    unittest.main()
