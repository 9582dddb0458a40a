#!/usr/bin/env python3
# scripts/gpu_check.sh, which nobody can try out on the day when there is a GPU: dry runs, parts that fail, hang or lack something, and parts that
# run to their end on the stand-ins for NVIDIA's libraries.
import os
import subprocess
import unittest

from door import BIN, SOURCE, Door

SCRIPT = SOURCE / "scripts" / "gpu_check.sh"


class GpuCheck(Door):
    def check(self, *arguments, **environment):
        variables = self.environment | {"CLEW_BIN": str(BIN)} | environment
        return subprocess.run([str(SCRIPT), *arguments], cwd=self.folder, env=variables, capture_output=True, text=True, timeout=280, check=False)

    def summary(self, folder):
        lines = (self.folder / folder / "summary.tsv").read_text().splitlines()
        return {part: (outcome, said) for part, outcome, _, said in (line.split("\t") for line in lines)}

    def parts(self):
        return self.check("parts").stdout.split()

    def test_a_dry_run_goes_through_all_parts_and_runs_nothing(self):
        done = self.check("run", "--dry-run", "--out", "dry")
        found = self.summary("dry")
        self.assertEqual(list(found), self.parts())
        self.assertLessEqual({outcome for outcome, _ in found.values()}, {"ok", "skipped"}, done.stdout)
        self.assertEqual(done.returncode, 0)
        logs = "".join((self.folder / "dry" / "logs" / f"{part}.log").read_text() for part in found)
        for word in ("DeviceTest", "ZooDeviceTest", "--target cuda --precision int8", "clew-bench-door", "bench"):
            self.assertIn(word, logs)
        self.assertNotIn("Unavailable", logs)

    def test_a_part_that_fails_stops_no_other(self):
        done = self.check("run", "--out", "bad", CLEW_BIN=str(self.folder / "nowhere"))
        found = self.summary("bad")
        self.assertEqual((list(found), done.returncode), (self.parts(), 1))
        self.assertEqual(found["conformance"][0], "failed")
        self.assertIn("missing: ", found["conformance"][1])
        self.assertIn("everything is in ", done.stdout)

    def test_a_part_that_hangs_is_ended(self):
        (self.folder / "bin").mkdir()
        for name in ("clew", "clew-run"):
            (self.folder / "bin" / name).write_text("#!/bin/sh\nsleep 100\n")
            os.chmod(self.folder / "bin" / name, 0o755)
        done = self.check("run", "--only", "doors,machine", "--out", "slow", CLEW_BIN=str(self.folder / "bin"), CLEW_PART_SECONDS="2")
        self.assertEqual({part: outcome for part, (outcome, _) in self.summary("slow").items()}, {"machine": "timeout", "doors": "timeout"})
        self.assertEqual(done.returncode, 1)

    def test_what_is_asked_wrongly_is_said(self):
        self.assertEqual(self.check("run", "--only", "nothing").returncode, 2)
        self.assertIn("pack FOLDER", self.check().stdout)
        self.assertEqual(self.check("dance").returncode, 2)

    def test_parts_run_to_their_end_on_the_stand_in(self):
        stand_in = {"LD_LIBRARY_PATH": str(BIN / "tests" / "standin"), "CLEW_CUDA_EMULATION": "1", "CLEW_CHECK_MODELS": "bilstm/sample"}
        done = self.check("run", "--only", "machine,doors", "--out", "run", **stand_in)
        self.assertEqual(done.returncode, 0, done.stdout + (self.folder / "run" / "logs" / "doors.log").read_text())
        without = self.check("run", "--only", "doors", "--out", "none")
        if not os.path.exists("/dev/nvidia0"):
            self.assertEqual(without.returncode, 1)
            self.assertIn("Unavailable: ", self.summary("none")["doors"][1])


if __name__ == "__main__":
    unittest.main()
