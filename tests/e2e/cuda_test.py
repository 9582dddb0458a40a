#!/usr/bin/env python3
# `--target cuda` from outside. On the stand-ins for NVIDIA's driver and cuBLASLt (tests/runtime/cuda/standin), which whoever finds them through
# LD_LIBRARY_PATH takes for a GPU: whole programs through every door equal the cpu target, and nothing is raced, leaked or freed too soon. And
# without a GPU: every door says so, in one line.
import json
import os
import unittest

from door import BIN, SMALL, SOURCE, Door, batch

STAND_IN = BIN / "tests" / "standin"
GOLDEN = SOURCE / "tests" / "golden"
# Both targets round at the same places; where a value lies on a boundary, one step of bf16 or int8 goes through all layers.
TOLERANCES = {"f32": 1e-4, "bf16": 0.1, "int8": 0.3}


class CudaDoor(Door):
    def setUp(self):
        super().setUp()
        self.environment.pop("CLEW_DATA", None)
        self.environment["CLEW_CUDA_EMULATION"] = "1"

    def write_board(self):
        (self.folder / "tiny.yaml").write_text(
            "board: tiny\nmodels: [bilstm/sample]\ntasks: [sample-tag]\nscenarios: [accuracy]\nprecisions: [f32]\n"
            "targets: [cuda]\nthreads: [1]\ntier: smoke\n"
        )


class StandIn(CudaDoor):
    def setUp(self):
        super().setUp()
        self.environment["LD_LIBRARY_PATH"] = str(STAND_IN)
        self.settings("seed=11")

    def settings(self, text):
        self.environment["CLEW_STAND_IN"] = f"{text},report={self.folder / 'report.txt'}"

    def report(self):
        """What the stand-in saw: problems, what was left, how often each function was called. Of the calls so far."""
        path = self.folder / "report.txt"
        seen = {"problem": [], "leaks": [], "count": {}}
        for line in path.read_text().splitlines():
            kind, _, rest = line.partition(": ")
            if kind == "count":
                name, _, number = rest.rpartition(" ")
                seen["count"][name] = seen["count"].get(name, 0) + int(number)
            elif rest:
                seen[kind].append(rest)
        path.unlink()
        return seen

    def assert_clean(self):
        seen = self.report()
        self.assertEqual((seen["problem"], seen["leaks"]), ([], []))
        return seen["count"]

    def test_whole_programs_equal_the_cpu(self):
        models = ["bert/minirbt-h256", "bert/sample", *(GOLDEN / f"{name}.yaml" for name in ("bilstm_small", "gru_small", "lstm_projected"))]
        for model in models:
            segments = "bert" in str(model)
            inputs = self.write("in.safetensors", batch([5, 1, 3], vocabulary=200, segments=segments))
            for precision, tolerance in TOLERANCES.items():
                with self.subTest(model=str(model), precision=precision):
                    cpu = self.run_model(model, inputs, "--precision", precision)
                    cuda = self.run_model(model, inputs, "--precision", precision, "--target", "cuda")
                    self.assert_near(cuda, cpu, tolerance)
                    self.assert_clean()

    def test_an_artifact_runs_and_says_what_computed(self):
        inputs = self.write("in.safetensors", batch([4, 2], vocabulary=200))
        self.good("clew", "compile", "bert/sample", "--target", "cuda", "-o", "p.clewprog")
        again = self.run_model("p.clewprog", inputs, program="clew-run")
        self.assert_same(again, self.run_model("bert/sample", inputs, "--target", "cuda"))
        self.assert_near(again, self.run_model("bert/sample", inputs), TOLERANCES["f32"])
        said = self.good("clew-run", "p.clewprog", "--inputs", inputs, "--outputs", "out.safetensors", "--json")
        facts = json.loads(said)["execution"]
        self.assertEqual((facts["chip"], facts["kernels"]), ("sm_80", "emulated on the CPU"))
        self.assert_clean()

    def test_any_legal_order_gives_the_same(self):
        inputs = self.write("in.safetensors", batch([4, 7, 2], vocabulary=200))
        first = self.run_model("bilstm/sample", inputs, "--target", "cuda")
        for seed in (2, 3):
            self.settings(f"seed={seed}")
            self.assert_same(self.run_model("bilstm/sample", inputs, "--target", "cuda"), first)
        self.assert_clean()

    def test_predictions_equal_those_of_the_cpu(self):
        texts = ["平澜大学在河边", "桥修好了", "平安", "桥修好了", "河边的桥", "平澜大学"]
        (self.folder / "rows.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
        flags = ["predict", "bilstm/sample", "--task", "sample-tag", "--random-weights", "rows.jsonl"]
        cpu = self.good("clew", *flags)
        self.assertEqual(self.good("clew", *flags, "--target", "cuda"), cpu)
        self.assert_clean()

    def test_what_is_refused_is_refused_in_one_line(self):
        inputs = self.write("in.safetensors", batch([3], vocabulary=200))
        doors = ["clew", "run", "bert/sample", "--inputs", inputs, "--outputs", "o.safetensors", "--target", "cuda"]
        refused = {
            "devices=0": "(?m)^Unavailable: the NVIDIA driver finds no GPU$",
            "version=11040": "(?m)^Unavailable: the NVIDIA driver runs CUDA 11.4, expected 12.0 or newer$",
            "chip=75": "(?m)^Unavailable: .* is a chip of sm_75, the program needs sm_80 or newer$",
            "memory=1000": "error: .*GPU's memory.*CUDA_ERROR_OUT_OF_MEMORY.*use smaller batches",
            "fail=kernel:719:3": "(?m)^Unavailable: .*CUDA_ERROR_LAUNCH_FAILED.*the GPU is lost to this process; start it again$",
            "fail=cuMemHostAlloc:2:1": "error: .*pinned memory.*",
            "fail=cuModuleLoadDataEx:222:1": "the driver is older than the program's code; install a newer one",
        }
        for settings, message in refused.items():
            with self.subTest(settings):
                self.settings(settings)
                said = self.bad(1, message, *doors)
                self.assertEqual([line for line in said.splitlines() if not line.startswith("note: ")][1:], [])
                self.assertFalse((self.folder / "o.safetensors").exists())
        self.settings("seed=1")
        self.bad(1, "deterministic runs need the cpu or the ref target", *doors, "--deterministic")

    def test_a_record_of_it_is_none(self):
        self.write_board()
        done = self.call("clew", "bench", "tiny.yaml", "--random-weights", "--out", "out")
        records = self.folder / "out" / "records.jsonl"
        self.assertTrue(records.exists(), done.stderr)
        said = self.call("clew", "check", records)
        self.assertEqual(said.returncode, 1, said.stdout)
        self.assertIn("what is emulated is no measurement", said.stdout + said.stderr)


class NoGpu(CudaDoor):
    """The same doors on a machine without a driver."""

    def unavailable(self, program, *arguments):
        said = self.bad(1, "Unavailable: no NVIDIA driver on this machine: ", program, *arguments)
        self.assertEqual(said.count("Unavailable"), 1, said)

    def test_every_door_says_so(self):
        if self.call("/bin/sh", "-c", "ldconfig -p | grep -q libcuda.so.1").returncode == 0 or os.path.exists("/dev/nvidia0"):
            self.skipTest("there is a driver here")
        inputs = self.write("in.safetensors", batch([3], vocabulary=200))
        doors = ["--inputs", inputs, "--outputs", "o.safetensors"]
        self.unavailable("clew", "run", SMALL, *doors, "--target", "cuda")
        self.good("clew", "compile", "bert/sample", "--target", "cuda", "-o", "p.clewprog")
        self.unavailable("clew-run", "p.clewprog", *doors)
        self.unavailable("clew", "predict", "bilstm/sample", "--task", "sample-tag", "--random-weights", "--text", "桥", "--target", "cuda")
        self.write_board()
        done = self.call("clew", "bench", "tiny.yaml", "--random-weights", "--out", "out")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "(?m)^Unavailable: bilstm/sample x sample-tag, .*: no NVIDIA driver on this machine: ")
        self.assertFalse((self.folder / "out" / "records.jsonl").exists())


if __name__ == "__main__":
    unittest.main()
