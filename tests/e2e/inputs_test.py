#!/usr/bin/env python3
# What is read may fail, never end, or be enormous: every command that reads lines or files ends in bounded memory with one line that says why. Also
# the program cache, whose entries are bound to what they were made from, and a $HOME that is no place.
import os
import resource
import shutil
import stat
import subprocess
import unittest

import numpy
import safetensors_file
from door import BIN, SOURCE, Door, batch

MODEL = "bert/sample"
TASK = "sample-classify"
PREDICT = ["predict", MODEL, "--random-weights", "--task", TASK]
LIMIT = 2 << 30  # bytes of address space; a command needs under one


class Inputs(Door):
    def limited(self, *arguments, **options):
        """Runs clew in LIMIT of memory."""
        return subprocess.run(
            [str(BIN / "clew"), *map(str, arguments)], cwd=self.folder, env=self.environment, capture_output=True, text=True,
            timeout=300, check=False, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT)), **options,
        )  # fmt: skip

    def fails(self, message, *arguments, **options):
        done = self.limited(*arguments, **options)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stderr, message)
        said = [line for line in done.stderr.splitlines() if not line.startswith("note: ")]
        self.assertEqual(len(said), 1, done.stderr)

    def readers(self):
        """Every command that reads lines or texts, with "IN" for the file."""
        return {
            "predict": [*PREDICT, "IN"],
            "score": ["score", TASK, "IN"],
            "check predictions": ["check", "--task", TASK, "IN"],
            "check yaml": ["check", "IN.yaml"],
            "report": ["report", "IN"],
            "verify": ["verify", "IN"],
            "submit": ["submit", "IN"],
            "results check": ["results", "check", "IN"],
            "results merge": ["results", "merge", "IN", "--out", "merged"],
            "results rank": ["results", "rank", "IN"],
            "results export": ["results", "export", "IN"],
            "results sign": ["results", "sign", "IN", "--key", "none", "--signer", "x"],
            "zoo show": ["zoo", "show", "IN.yaml"],
            "task": ["predict", MODEL, "--random-weights", "--task", "IN.yaml", "--text", "x"],
            "board": ["bench", "IN.yaml", "--random-weights"],
            "tokenize": ["tokenize", MODEL, "IN"],
            "convert": ["convert", "IN.safetensors", "out.npz"],
            "export": ["export", MODEL, "out.onnx", "--weights", "IN.safetensors"],
            "onnx": ["run", "IN.onnx", "--inputs", "in.safetensors", "--outputs", "o"],
            "check onnx": ["check", "IN.onnx"],
            "compile onnx": ["compile", "IN.onnx", "--emit", "nn"],
            "show onnx": ["zoo", "show", "IN.onnx"],
            "vocabulary": [*PREDICT, "--vocab", "IN", "--text", "x"],
            "inputs": ["run", MODEL, "--target", "ref", "--inputs", "IN", "--outputs", "o"],
            "recipe": ["train", "IN.yaml"],
            "augment": ["augment", MODEL, "none.txt", "--task", TASK, "--weights", "IN.safetensors", "--out", "augmented"],
            "data list": ["data", "list", "IN.yaml"],
            "data check": ["data", "check", "IN.yaml"],
            "data fetch": ["data", "fetch", "IN.yaml"],
            "weights": ["run", MODEL, "--target", "ref", "--inputs", "in.safetensors", "--weights", "IN", "--outputs", "o"],
        }

    def setUp(self):
        super().setUp()
        self.write("in.safetensors", batch([3], vocabulary=1280))

    def test_every_command_is_listed(self):
        self.assert_all_listed(self.readers().values(), without={
            "serve": "reads models and tasks as `predict` does; what it is sent: serve_test",
            "drive": "reads tasks as `predict` does; what a server sends: serve_test",
        })  # fmt: skip

    def each(self, make, message, without=()):
        """Every reader on what `make` puts under a name."""
        for name, command in self.readers().items():
            if name in without:
                continue
            with self.subTest(reader=name):
                ending = next((word for word in command if word.startswith("IN.")), "IN")[2:] or ".jsonl"
                path = self.folder / f"input{ending}"
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
                make(path)
                done = self.limited(*(path.name if word.startswith("IN") else word for word in command))
                self.assertIn(done.returncode, (1, 2), done.stderr)
                self.assertRegex(done.stderr, rf"input\{ending}(#\w*)?(:1)*: error: {message}|IN: error")
                self.assertNotIn("out of memory", done.stderr)
                self.assertEqual(done.stdout, "")

    def test_a_sparse_file_of_4_gb(self):
        def make(path):
            with open(path, "wb") as file:
                file.truncate(4 << 30)

        self.each(make, ".*")

    def test_a_document_of_many_values(self):
        self.each(lambda path: path.write_bytes(b"[" + b"[]," * (8 << 20) + b"[]]"), ".*")

    def test_a_file_of_newlines(self):
        (self.folder / "blank.jsonl").write_bytes(b"\n" * (64 << 20))
        for name in ("report", "verify", "submit", "score", "check predictions"):
            with self.subTest(reader=name):
                done = self.limited(*("blank.jsonl" if word == "IN" else word for word in self.readers()[name]))
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertNotIn("memory", done.stderr)

    def test_lines_with_a_doubled_key_are_refused(self):
        twice = '{"id": 1, "text": "a", "label": "x", "text": "b"}\n'
        for name in ("predict", "score", "check predictions", "report", "verify", "submit"):
            with self.subTest(reader=name):
                (self.folder / "twice.jsonl").write_text(twice)
                command = ["twice.jsonl" if word == "IN" else word for word in self.readers()[name]]
                self.fails(r"^twice.jsonl:1: error: the key 'text' stands twice in an object\n$", *command)
        self.fails(r"stdin:2: error: the key 'text' stands twice", *PREDICT, "-", input='{"text": "a"}\n' + twice)

    def test_empty_lines_end_the_input_of_predict_and_are_an_error_between_rows(self):
        row = '{"text": "a"}\n'
        done = self.limited(*PREDICT, "-", input=row + row + "\n \n\n")
        self.assertEqual((done.returncode, len(done.stdout.splitlines())), (0, 2), done.stderr)
        for text, line in ((row + "\n\n" + row, 2), ("\n" + row, 1)):
            done = self.limited(*PREDICT, "-", input=text)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, rf"stdin:{line}: error: expected a JSON object, found an empty line")
            self.assertEqual(len(done.stdout.splitlines()), line - 1)
            (self.folder / "rows.jsonl").write_text(text)
            self.assertRegex(self.limited(*PREDICT, "rows.jsonl").stderr, rf"rows.jsonl:{line}: error: expected a JSON object, found an")

    def test_a_folder(self):
        self.each(lambda path: path.mkdir(), ".*")

    def test_an_endless_device(self):
        def make(path):
            try:
                os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))  # our own /dev/zero
            except PermissionError:
                self.skipTest("only root makes devices")

        self.each(make, "expected .*")

    def test_a_pipe_that_nobody_writes_to(self):
        self.each(os.mkfifo, "expected .*", without=("predict", "tokenize"))  # these read pipes, and wait as any program does

    def test_a_line_without_end(self):
        for name in ("predict", "score", "check predictions", "report"):
            with self.subTest(reader=name):
                (self.folder / "long.jsonl").write_bytes(b'{"text": "' + b"x" * (40 << 20))
                command = ["long.jsonl" if word == "IN" else word for word in self.readers()[name]]
                self.assertNotEqual(self.limited(*command).returncode, 0)
        with open("/dev/zero", "rb") as zeros:
            self.fails(r"stdin:1: error: a line of more than 16 MiB", *PREDICT, "-", stdin=zeros)

    def test_standard_input_that_fails_is_not_at_its_end(self):
        done = subprocess.run(["sh", "-c", '"$@" <&-', "sh", BIN / "clew", *PREDICT, "-"], cwd=self.folder, env=self.environment,
                              capture_output=True, text=True, check=False)  # fmt: skip
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"stdin: error: cannot read: Bad file descriptor")
        folder = os.open(self.folder, os.O_RDONLY)
        self.fails(r"stdin: error: cannot read: Is a directory", *PREDICT, "-", stdin=folder)
        os.close(folder)
        with open(self.folder / "written", "wb") as writing:
            self.fails(r"stdin: error: cannot read: Bad file descriptor", *PREDICT, "-", stdin=writing)
        self.assertEqual(self.limited(*PREDICT, "-", stdin=subprocess.DEVNULL).returncode, 0)

    def test_rows_before_a_failed_read_are_answered(self):
        done = self.limited(*PREDICT, "-", input='{"text": "a"}\n{"text": "b"}\nbroken\n{"text": "c"}\n')
        self.assertEqual(done.returncode, 1)
        self.assertEqual(len(done.stdout.splitlines()), 2)
        self.assertRegex(done.stderr, r"stdin:3: error: ")

    def test_many_ids_are_refused_before_they_are_copied(self):
        header = b'{"ids":{"dtype":"I32","shape":[1000000000],"data_offsets":[0,4000000000]},"offsets":{"dtype":"I32","shape":[2],"data_offsets":[4000000000,4000000008]}}'
        with open(self.folder / "many.safetensors", "wb") as file:
            file.write(len(header).to_bytes(8, "little") + header)
            file.truncate(8 + len(header) + 4000000008)
        done = self.call("clew", "run", MODEL, "--target", "ref", "--inputs", "many.safetensors", "--outputs", "o")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"^many.safetensors: error: 'ids': expected at most .*found 1000000000\n$")

    def test_numbers_that_are_not_finite_are_noted(self):
        self.run_model(MODEL, "in.safetensors", "--target", "ref", "--save-weights", "w.safetensors")
        weights = {name: value.copy() for name, value in self.read("w.safetensors").items()}
        next(value for name, value in weights.items() if name.endswith("word_embeddings.weight"))[:] = numpy.nan
        safetensors_file.write(self.folder / "w.safetensors", weights)
        run = ["run", MODEL, "--target", "ref", "--weights", "w.safetensors", "--inputs", "in.safetensors", "--outputs", "o"]
        done = self.call("clew", *run)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"note: 'hidden' holds 192 values that are not finite, of 192\n")


class Cache(Door):
    def test_an_entry_of_another_model_is_not_run(self):
        self.write("in.safetensors", batch([3], vocabulary=1280))
        cache = self.folder / "home/.cache/clew/programs"
        first = self.run_model(MODEL, "in.safetensors")
        (entry,) = cache.iterdir()
        longer = self.run_model(MODEL, "in.safetensors", "--layers")
        (other,) = set(cache.iterdir()) - {entry}
        shutil.copy(entry, other)
        self.assert_same(self.run_model(MODEL, "in.safetensors", "--layers"), longer)
        self.assertNotEqual(entry.read_bytes(), other.read_bytes())
        self.assert_same(self.run_model(MODEL, "in.safetensors"), first)

    def test_a_relative_home_is_no_place(self):
        self.write("in.safetensors", batch([3], vocabulary=1280))
        self.environment.pop("CLEW_DATA", None)
        self.environment["HOME"] = "here"
        before = sorted(os.listdir(self.folder))
        done = self.call("clew", "run", MODEL, "--inputs", "in.safetensors", "--outputs", "o.safetensors")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"^note: expected \$HOME to be an absolute path, found 'here'; no program is kept\n")
        self.bad(1, r"here: error: expected \$HOME to be an absolute path; give --data DIR", "clew", "data", "list")
        self.assertEqual(sorted(os.listdir(self.folder)), sorted([*before, "o.safetensors"]))

    def test_names_that_hide_are_shown(self):
        evil = "a\u202eb"
        (self.folder / f"{evil}.yaml").write_text(f"model: {evil}\n")
        said = self.bad(1, r"a\\u\{202E\}b", "clew", "check", f"{evil}.yaml")
        self.assertNotIn("\u202e", said)
        self.assertNotIn("\u202e", self.bad(2, r"a\\u\{202E\}b", "clew", "zoo", "show", evil))


if __name__ == "__main__":
    unittest.main()
