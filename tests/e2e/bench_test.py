# clew bench from outside: records that hold, runs that are killed and go on, two runs at once, what is refused.
# CLEW_KILLS=N kills N times, with timed cells; 3 times without by default.
import json
import os
import random
import shutil
import signal
import subprocess
import time
import unittest

import door
import record_seal

BOARD = """board: tiny
models: [bert/sample, bilstm/sample]
tasks: [sample-classify, sample-pair, sample-tag]
scenarios: [{scenarios}]
precisions: [f32, bf16, int8]
threads: [1]
tier: smoke
"""
# What a run measures anew, and what follows from it.
TIMES = {"started", "finished", "cold_start_ms", "peak_memory_bytes", "queries", "warmup_queries", "duration_s", "latency_ms", "energy",
         "rows_per_s", "tokens_per_s", "model_only_rows_per_s", "model_only_tokens_per_s", "lengths", "flags", "digest"}


class Bench(door.Door):
    def setUp(self):
        super().setUp()
        self.environment.pop("CLEW_DATA", None)  # the samples that come along
        self.board("accuracy")

    def board(self, scenarios):
        (self.folder / "tiny.yaml").write_text(BOARD.format(scenarios=scenarios))

    def arguments(self, out, *more):
        return ["bench", "tiny.yaml", "--random-weights", "--deterministic", "--out", out, *more]

    def start(self, out):
        return subprocess.Popen([str(door.BIN / "clew"), *self.arguments(out)], cwd=self.folder, env=self.environment,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def records(self, out):
        """By id; every line is whole, no id stands twice."""
        lines = (self.folder / out / "records.jsonl").read_text().splitlines()
        records = {record["id"]: record for record in map(json.loads, lines)}
        self.assertEqual(len(records), len(lines))
        return records

    def without_times(self, out):
        records = self.records(out)
        for record in records.values():
            record["machine"].pop("load_at_start")
            for field in TIMES:
                record.pop(field)
        return records

    def assert_same_run(self, first, second):
        self.assertEqual(self.without_times(first), self.without_times(second))
        predictions = [{path.name: path.read_bytes() for path in (self.folder / out / "predictions").glob("*.jsonl")}
                       for out in (first, second)]
        self.assertEqual(*predictions)

    def test_a_record_says_what_was_measured(self):
        self.board("single-stream")
        only = ["--models", "bert/sample", "--tasks", "sample-classify", "--precision", "f32"]
        printed = json.loads(self.good("clew", *self.arguments("out", *only, "--json")))
        (record,) = self.records("out").values()
        self.assertEqual(printed["records"], [record])
        self.assertGreater(record["queries"], 100)
        self.assertGreaterEqual(record["latency_ms"]["p50"], record["latency_ms"]["model_only"]["p50"])
        self.assertLessEqual(record["latency_ms"]["p50"], record["latency_ms"]["p90"])
        self.assertEqual(sum(record["lengths"].values()), record["queries"])
        self.assertGreater(record["warmup_queries"], 0)
        self.assertTrue(any("random weights" in flag for flag in record["flags"]))
        # The score is that of the predictions file, by the judge alone.
        path = self.folder / "out" / record["predictions"]["path"]
        judged = json.loads(self.good("clew", "score", "sample-classify", path, "--json"))
        self.assertEqual(judged["metrics"], record["metrics"])
        # It runs once.
        before = (self.folder / "out" / "records.jsonl").read_bytes()
        done = self.call("clew", *self.arguments("out", *only))
        self.assertIn("1 of 1 cells had their record already", done.stderr)
        self.assertEqual((self.folder / "out" / "records.jsonl").read_bytes(), before)

    def test_a_killed_run_goes_on_where_it_was(self):
        kills = int(os.environ.get("CLEW_KILLS", "0"))
        if kills:
            self.board("accuracy, single-stream")
        begin = time.monotonic()
        self.good("clew", *self.arguments("whole"))
        seconds = time.monotonic() - begin
        chance = random.Random(7)
        for _ in range(kills or 3):
            run = self.start("killed")
            time.sleep(chance.uniform(0, seconds / (kills or 3)))
            run.send_signal(signal.SIGKILL)
            run.wait()
        self.good("clew", *self.arguments("killed"))
        self.assert_same_run("whole", "killed")

    def test_a_torn_record_is_mended(self):
        self.good("clew", *self.arguments("whole"))
        text = (self.folder / "whole" / "records.jsonl").read_bytes()
        shutil.copytree(self.folder / "whole", self.folder / "torn")
        (self.folder / "torn" / "records.jsonl").write_bytes(text[: len(text) * 2 // 3])
        self.good("clew", *self.arguments("torn"))
        self.assert_same_run("whole", "torn")

    def test_two_at_once(self):
        runs = [self.start("both"), self.start("both")]
        self.assertEqual([run.wait(timeout=300) for run in runs], [0, 0])
        self.good("clew", *self.arguments("alone"))
        self.assert_same_run("alone", "both")

    def test_verify(self):
        self.good("clew", *self.arguments("out", "--tasks", "sample-tag", "--precision", "f32"))
        records = self.folder / "out" / "records.jsonl"
        verified = json.loads(self.good("clew", "verify", records, "--json"))
        self.assertTrue(verified["holds"])
        self.assertEqual(verified["records"][0]["parts"], {part: "holds" for part in ("record", "program", "predictions", "scores")})
        right = json.loads(records.read_text().splitlines()[0])

        def verify(careful, **changes):
            record = {**right, **changes}
            (self.folder / "out" / "typed.jsonl").write_text(json.dumps(record_seal.seal(record) if careful else record, ensure_ascii=False) + "\n")
            done = self.call("clew", "verify", "out/typed.jsonl", "--json")
            self.assertIn(done.returncode, (0, 1), done.stderr)
            self.assertEqual(done.returncode, 0 if json.loads(done.stdout)["holds"] else 1)
            return json.loads(done.stdout)["records"][0]["parts"]

        # What was typed is found out, whatever tolerance it allows itself, with its digest or without.
        typed = {**right["metrics"], "entity_f1": {"value": 99, "lo": 0, "hi": 100}}
        self.assertEqual(verify(False, metrics=typed)["record"], "does not hold")
        self.assertEqual(verify(True, metrics=typed)["predictions"], "does not hold")
        nowhere = {"path": record_seal.prediction_path("0" * 64), "sha256": "0" * 64}
        parts = verify(True, metrics=typed, predictions=nowhere)
        self.assertEqual((parts["predictions"], parts["scores"]), ("not verified", "does not hold"))
        classes = {name: {"precision": 99, "recall": 99, "f1": 99, "support": one["support"]} for name, one in right["per_class"].items()}
        self.assertEqual(verify(True, per_class=classes, predictions=nowhere)["scores"], "does not hold")
        # Predictions that are not there are not verified; a path never leads out of the folder.
        self.assertEqual(verify(True, predictions=nowhere)["predictions"], "not verified")
        (self.folder / "outside.jsonl").write_text("secret\n")
        for path in ("../outside.jsonl", str(self.folder / "outside.jsonl"), "/etc/passwd"):
            self.assertEqual(verify(True, predictions={"path": path, "sha256": right["predictions"]["sha256"]})["record"], "does not hold")

    def test_the_smoke_tier_says_that_it_has_no_server_cells(self):
        only = ["--models", "bert/sample", "--tasks", "sample-classify", "--precision", "f32"]
        printed = json.loads(self.good("clew", *self.arguments("out", *only, "--scenarios", "accuracy,server", "--json")))
        self.assertEqual([record["scenario"] for record in printed["records"]], ["accuracy"])
        self.assertEqual([left["what"] for left in printed["left_out"]], ["scenario server"])

    def test_interrupted(self):
        self.board("single-stream")
        run = self.start("out")
        time.sleep(1.5)
        run.send_signal(signal.SIGINT)
        self.assertEqual(run.wait(timeout=60), 130)

    def test_refusals(self):
        self.bad(2, "did you mean 'smoke'", "clew", "bench", "smok")
        self.bad(2, "unknown model", "clew", *self.arguments("out", "--models", "bart/sample"))
        self.bad(2, "--tier", "clew", *self.arguments("out", "--tier", "long"))
        done = self.call("clew", "bench", "tiny.yaml", "--out", "out")
        self.assertEqual(done.returncode, 1)
        self.assertIn("give --weights DIR or --random-weights", done.stderr)
        (self.folder / "bad.yaml").write_text("board: bad\nmodels: [bert/sample]\ntasks: [x]\nscenarios: [offlin]\ntier: smoke\n")
        self.bad(1, r"bad.yaml:4:13: error: .*did you mean 'offline'", "clew", "bench", "bad.yaml")


if __name__ == "__main__":
    unittest.main()
