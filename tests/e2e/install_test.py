#!/usr/bin/env python3
# `cmake --install` gives a prefix that works wherever it stands, without the checkout.
import os
import unittest

from door import SMALL, Door, batch


class Install(Door):
    def test_a_prefix_runs_by_itself(self):
        self.environment.pop("CLEW_HOME", None)
        prefix = self.folder / "prefix"
        self.good(os.environ["CLEW_CMAKE"], "--install", os.environ["CLEW_BUILD"], "--prefix", prefix)
        moved = self.folder / "moved"
        prefix.rename(moved)
        self.assertIn("bert/base", self.good(moved / "bin" / "clew", "zoo"))
        self.assertTrue((moved / "share" / "clew" / "zoo" / "models" / "bert.yaml").is_file())
        inputs = self.write("in.safetensors", batch([3, 5]))
        doors = ["--inputs", inputs, "--outputs", "out.safetensors"]
        self.good(moved / "bin" / "clew", "run", SMALL, *doors, "--save-weights", "w.safetensors")
        first = self.read("out.safetensors")
        self.good(moved / "bin" / "clew", "compile", SMALL, "--emit", "program", "-o", "model.clew")
        self.good(moved / "bin" / "clew-run", "model.clew", "--weights", "w.safetensors", *doors)
        self.assert_same(self.read("out.safetensors"), first)
        # The main job: tasks, boards, samples and the page's files are all in the prefix.
        clew = moved / "bin" / "clew"
        self.environment.pop("CLEW_DATA", None)
        bench = ["smoke", "--models", "bilstm/sample", "--scenarios", "accuracy", "--random-weights", "--out", "measured"]
        self.good(clew, "bench", *bench)
        self.good(clew, "report", "measured", "--format", "html", "--out", "report.html")
        self.assertGreater((self.folder / "report.html").stat().st_size, 100_000)


if __name__ == "__main__":
    unittest.main()
