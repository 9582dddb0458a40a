# Runs the built programs as a user would: in an empty folder, with a home of its own. CLEW_BIN names the folder of the
# programs, CLEW_SOURCE the checkout.
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy
import safetensors_file

BIN = Path(os.environ["CLEW_BIN"]).resolve()
SOURCE = Path(os.environ["CLEW_SOURCE"]).resolve()

SMALL = "bert/tinybert-4l-312"


def batch(lengths, seed=7, vocabulary=21128, segments=True):
    """A packed batch of random ids."""
    chance = numpy.random.default_rng(seed)
    offsets = numpy.concatenate([[0], numpy.cumsum(lengths)]).astype("<i4")
    tensors = {"ids": chance.integers(0, vocabulary, offsets[-1]).astype("<i4"), "offsets": offsets}
    if segments:
        tensors["segments"] = chance.integers(0, 2, offsets[-1]).astype("<i4")
    return tensors


class Door(unittest.TestCase):
    """A test in an empty folder."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="clew-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.environment = {**os.environ, "HOME": str(self.folder / "home"), "XDG_CACHE_HOME": ""}
        self.environment.pop("CLEW_HOME", None)
        if SOURCE not in BIN.parents:  # a build folder outside the checkout cannot find the zoo by itself
            self.environment["CLEW_HOME"] = str(SOURCE)
        (self.folder / "home").mkdir()

    def call(self, program, *arguments, **options):
        """The finished process; `program` in BIN unless it is a path."""
        path = program if os.sep in str(program) else BIN / str(program)
        return subprocess.run(
            [str(path), *map(str, arguments)],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            **options,
        )

    def good(self, program, *arguments):
        """stdout of a call that must succeed."""
        done = self.call(program, *arguments)
        self.assertEqual(done.returncode, 0, f"{program} {arguments}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def bad(self, code, message, program, *arguments):
        """A call that must fail with this code and say something that matches `message` on stderr, nothing on stdout."""
        done = self.call(program, *arguments)
        said = f"{program} {arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        self.assertEqual(done.returncode, code, said)
        self.assertRegex(done.stderr, message, said)
        self.assertEqual(done.stdout, "", said)
        return done.stderr

    def every_command(self):
        """Help by command, of all that `clew --help` names; those under others as "data list". Tests hold their lists against it, so that
        a new command is not forgotten."""
        found = {}

        def look(words):
            text = self.good("clew", *words, "--help")
            _, _, below = text.partition("\nSubcommands:\n")
            names = re.findall(r"^  (\S+)", below.partition("\n\n")[0], re.MULTILINE)
            if words and not re.search(r"^Usage: .* SUBCOMMAND$", text, re.MULTILINE):
                found[" ".join(words)] = text
            for name in names:
                look([*words, name])

        look([])
        self.assertGreater(len(found), 10)
        return found

    def assert_all_listed(self, commands, without=()):
        """Every command is one of `commands` (lists of words, the first being the command's), or `without` says why not: {name: reason}."""
        for name in self.every_command():
            words = name.split()
            listed = any(list(map(str, command))[: len(words)] == words for command in commands)
            self.assertTrue(listed or name in without, f"clew {name} is in no list of this test")
            self.assertFalse(listed and name in without, f"clew {name} is in the list, and named as one that is not")

    def write(self, name, tensors):
        safetensors_file.write(self.folder / name, tensors)
        return name

    def read(self, name):
        return safetensors_file.read(self.folder / name)[0]

    def run_model(self, model, inputs, *arguments, program="clew"):
        """Outputs of one `clew run` (or clew-run) by name."""
        command = ["run", model] if program == "clew" else [model]
        self.good(program, *command, "--inputs", inputs, "--outputs", "out.safetensors", *arguments)
        return self.read("out.safetensors")

    def assert_same(self, first, second):
        """Bit for bit."""
        self.assertEqual(first.keys(), second.keys())
        for name in first:
            self.assertEqual(first[name].shape, second[name].shape, name)
            self.assertEqual(first[name].tobytes(), second[name].tobytes(), name)

    def assert_near(self, first, second, tolerance):
        self.assertEqual(first.keys(), second.keys())
        for name in first:
            self.assertEqual(first[name].shape, second[name].shape, name)
            self.assertTrue(numpy.isfinite(first[name]).all(), name)
            self.assertLessEqual(float(numpy.abs(first[name] - second[name]).max()), tolerance, name)
