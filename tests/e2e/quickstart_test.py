#!/usr/bin/env python3
# What scripts/quickstart.sh does after the build, with nothing but the checkout: no data folder, an empty home, no network.
import json
import os
import re
import shutil
import unittest

from door import SOURCE, Door

SAMPLES = {"sample-classify", "sample-pair", "sample-tag", "sample-span"}


class Quickstart(Door):
    def setUp(self):
        super().setUp()
        self.environment.pop("CLEW_DATA", None)
        # A proxy that nobody answers: whoever asked the network would fail.
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            self.environment[name] = "http://127.0.0.1:9"

    def records(self):
        lines = (self.folder / "out" / "records.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def test_the_board_runs_on_samples_alone(self):
        for name in SAMPLES:
            self.assertIn(name, self.good("clew", "data", "list"))
        bench = ["bench", "smoke", "--random-weights", "--out", "out"]
        self.good("clew", *bench)
        records = self.records()
        self.assertTrue(records)
        self.assertLessEqual({record["task"] for record in records}, SAMPLES)
        self.assertEqual(len({record["id"] for record in records}), len(records))
        for record in records:
            path = self.folder / "out" / record["predictions"]["path"]
            self.assertTrue(path.is_file(), path)
            self.assertTrue(any("random" in str(flag) for flag in record["flags"]), record["flags"])
        # The second time there is nothing left to do.
        self.good("clew", *bench)
        self.assertEqual(self.records(), records)

        table = self.good("clew", "report", "out/records.jsonl")
        self.assertIn("sample", table)
        self.assertRegex(table.lower(), "random")
        self.good("clew", "report", "out/records.jsonl", "--format", "html", "--out", "out/report.html")
        page = (self.folder / "out" / "report.html").read_text(encoding="utf-8")
        self.assertRegex(page.lower(), "<html")
        self.assertIn("bert/sample", page)
        self.assertIsNone(re.search(r"""(src|href)=["']https?://""", page), "the page asks the network")

    def majority(self, task):
        """What always the same answer has on dev: the script states it."""
        labels = [json.loads(line)["label"] for line in (SOURCE / "suites/samples" / task / "dev.json").read_text(encoding="utf-8").splitlines()]
        return 0 if task == "sample-tag" else 100 * max(labels.count(label) for label in labels) / len(labels)

    def test_what_is_trained_beats_always_the_same_answer(self):
        script = (SOURCE / "scripts" / "quickstart.sh").read_text(encoding="utf-8")
        for model, task, metric in (("bert/sample", "sample-classify", "accuracy"), ("bilstm/sample", "sample-tag", "entity_f1")):
            self.assertIn(f"'{model} {task} {metric} {self.majority(task):.0f}'", script)
            self.good("clew", "train", task, "--out", f"trained/{task}")
            weights = self.folder / "weights" / model / task
            weights.mkdir(parents=True)
            shutil.copy(self.folder / f"trained/{task}/best.safetensors", weights / "model.safetensors")
        self.good("clew", "bench", "smoke", "--random-weights", "--weights", "weights", "--scenarios", "accuracy", "--out", "out")
        learnt = [record for record in self.records() if not record["random_weights"]]
        self.assertEqual({(record["model"], record["task"]) for record in learnt}, {("bert/sample", "sample-classify"), ("bilstm/sample", "sample-tag")})
        for record in learnt:
            task, score = record["task"], record["metrics"][record["headline"]]
            run = json.loads((self.folder / f"trained/{task}/run.json").read_text())
            self.assertEqual(score["value"], run["metrics"][record["headline"]]["value"])
            self.assertGreater(score["lo"], self.majority(task) + 20)

    def test_the_script_says_what_the_test_does(self):
        script = (SOURCE / "scripts" / "quickstart.sh").read_text(encoding="utf-8")
        for call in ("run data list", "run train", "run bench smoke --random-weights", "run report", "--format html"):
            self.assertIn(call, script)
        self.assertTrue(os.access(SOURCE / "scripts" / "quickstart.sh", os.X_OK))


if __name__ == "__main__":
    unittest.main()
