#!/usr/bin/env python3
# Records in the forms of other places, and others' results beside ours: each form is read again, by a reader of its own where an interpreter has
# one (huggingface_hub, yaml), and its numbers are those of the records.
import copy
import csv
import io
import json
import os
import random
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

import published
import record_seal
import report_records
from door import SOURCE

LM_EVAL = {
    "results": {
        "arc_easy": {"alias": "arc_easy", "acc,none": 0.5942, "acc_stderr,none": 0.01007, "acc_norm,none": 0.54, "acc_norm_stderr,none": "N/A"},
        "gsm8k": {"exact_match,strict-match": 0.25, "exact_match_stderr,strict-match": 0.02, "sample_len": 1319},
    },
    "config": {"model": "hf", "model_args": "pretrained=EleutherAI/pythia-1b,dtype=float"},
    "lm_eval_version": "0.4.9",
}
MTEB = {
    "dataset_revision": "abc", "task_name": "TNews", "mteb_version": "1.38.0", "evaluation_time": 1.0, "kg_co2_emissions": None,
    "scores": {"validation": [{"accuracy": 0.5, "main_score": 0.5123, "hf_subset": "default", "languages": ["cmn-Hans"]}]},
}  # fmt: skip


def reader():
    """An interpreter with huggingface_hub and yaml, or none."""
    for python in (os.environ.get("CLEW_HUB_PYTHON"), SOURCE / "build/peers/bin/python", sys.executable):
        if python and Path(python).exists():
            found = subprocess.run([str(python), "-c", "import huggingface_hub, yaml"], capture_output=True, check=False)
            if found.returncode == 0:
                return str(python)
    return None


class Exports(published.Published):
    def load(self):
        """Our records, f32 first, and the folder "mine" that holds them."""
        records = [json.loads(line) for line in (self.home.folder / "out/records.jsonl").read_text("utf-8").splitlines()]
        self.records = records
        if not (self.folder / "mine").exists():
            (self.folder / "mine").symlink_to(self.home.folder / "out")
        self.record = next(record for record in records if record["precision"] == "f32")

    def export(self, form, *more):
        return self.good("clew", "results", "export", "mine", *self.where(), "--format", form, *more)

    def scores(self):
        return {name: value["value"] for name, value in self.record["metrics"].items()}

    def judge(self, program, text):
        """What a reader of the form's own finds."""
        python = reader()
        if not python:
            self.skipTest("no interpreter has huggingface_hub and yaml")
        done = subprocess.run([python, "-c", program], input=text, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    def test_model_index(self):
        self.load()
        text = self.export("model-index", "--hub", f"{published.TASK}=clue/clue:tnews", "--source", "https://example.org/results")
        found = self.judge(
            "import json, sys, yaml; from huggingface_hub.repocard_data import model_index_to_eval_results as read\n"
            "name, results = read(yaml.safe_load(sys.stdin)['model-index'])\n"
            "print(json.dumps([name, [vars(one) for one in results]]))",
            text,
        )
        name, results = found
        self.assertEqual(name, self.record["model"])
        self.assertEqual({one["metric_type"]: one["metric_value"] for one in results if one["metric_name"] == one["metric_type"]}, self.scores())
        self.assertEqual(len(results), sum(len(record["metrics"]) for record in self.records))
        self.assertTrue(all(one["metric_name"] in (one["metric_type"], one["metric_type"] + ", int8") for one in results))
        for one in results:
            self.assertEqual((one["dataset_type"], one["dataset_config"], one["dataset_split"]), ("clue/clue", "tnews", self.record["split"]))
            self.assertEqual((one["source_url"], one["verified"]), ("https://example.org/results", None))

    def test_eval_results(self):
        self.load()
        text = self.export("eval-results", "--hub", f"{published.TASK}=clue/clue:tnews", "--source", "https://example.org/results")
        found = self.judge(
            "import json, sys, yaml; from huggingface_hub._eval_results import parse_eval_result_entries as read\n"
            "print(json.dumps([vars(one) for one in read(yaml.safe_load(sys.stdin))]))",
            text,
        )
        one, other = found
        self.assertIn(" int8, weights ", other["notes"])
        self.assertEqual((one["dataset_id"], one["task_id"], one["value"]), ("clue/clue", "tnews", self.scores()[self.record["headline"]]))
        self.assertEqual((one["verify_token"], one["date"], one["source_url"]), (None, self.record["finished"], "https://example.org/results"))
        self.assertIn(self.record["digest"], one["notes"])
        self.assertEqual(self.export("eval-results"), "[]\n")  # nobody said what the Hub calls it

    def test_mteb(self):
        self.load()
        self.export("mteb", "--out", "mteb")
        folder = self.folder / "mteb" / self.record["model"].replace("/", "__") / self.record["weights_sha256"][:40]
        found = json.loads((folder / f"{published.TASK}.json").read_text("utf-8"))
        (scores,) = found["scores"][self.record["split"]]
        for name, value in self.scores().items():
            self.assertAlmostEqual(scores[name] * 100, value)
        self.assertEqual(scores["main_score"], scores[self.record["headline"]])
        self.assertEqual(json.loads((folder / "model_meta.json").read_text("utf-8"))["name"], self.record["model"])
        self.bad(2, "name it with --out", "clew", "results", "export", "mine", *self.where(), "--format", "mteb")
        # What we write is read as a claim.
        said = json.loads(self.good("clew", "results", "rank", "mine", *self.where(), "--claims", folder / f"{published.TASK}.json", "--json"))
        self.assertEqual([claim["value"] for claim in said["claims"]], [scores["main_score"]])

    def test_csv(self):
        self.load()
        rows = list(csv.DictReader(io.StringIO(self.export("csv"))))
        self.assertEqual(len(rows), len(self.records))
        for row, record in zip(rows, self.records):
            self.assertEqual((row["id"], row["model"], row["machine.cpu"]), (record["id"], record["model"], record["machine"]["cpu"]))
            self.assertEqual(float(row["score"]), record["metrics"][record["headline"]]["value"])
            self.assertEqual(row["latency_ms.p50"], "")  # accuracy alone
            self.assertEqual(row["flags"], "; ".join(record["flags"]))

    def test_google_benchmark(self):
        self.load()
        self.bad(1, "expected latencies of one machine", "clew", "results", "export", "mine", *self.where(), "--format", "benchmark")
        (self.folder / "timed").mkdir()
        made_up = list(report_records.cell(report_records.MODELS[0], "cluener", "f32", random.Random(1)))
        report_records.write(self.folder / "timed/records.jsonl", made_up)
        found = json.loads(self.good("clew", "results", "export", "timed", "--format", "benchmark"))
        self.assertEqual(found["context"]["num_cpus"], 2)
        self.assertEqual(len({line["name"] for line in found["benchmarks"]}), len(found["benchmarks"]))
        wanted = {}
        for record in made_up:
            for percentile in ("p50", "p90", "p99"):
                if record["latency_ms"] and record["latency_ms"][percentile] is not None:
                    wanted[record["digest"], percentile] = record["latency_ms"][percentile]
        self.assertEqual({(line["label"], line["aggregate_name"]): line["real_time"] for line in found["benchmarks"]}, wanted)
        for line in found["benchmarks"]:
            self.assertEqual((line["run_type"], line["time_unit"]), ("aggregate", "ms"))
            self.assertGreaterEqual(line["real_time"], line["cpu_time"])

    def test_what_may_not_be_ranked_goes_out_as_no_score(self):
        self.load()
        folder = self.folder / "dirty"
        folder.mkdir()
        shutil.copytree(self.home.folder / "out/predictions", folder / "predictions")
        lines = []
        for record in self.records:
            changed = copy.deepcopy(record) | {"dirty": True}
            lines.append(json.dumps(record_seal.seal(changed), ensure_ascii=False) + "\n")
        (folder / "records.jsonl").write_text("".join(lines), "utf-8")
        for form in ("model-index", "eval-results", "mteb"):
            self.bad(1, "no record with scores that may be ranked", "clew", "results", "export", "dirty", *self.where(), "--format", form)
        rows = list(csv.DictReader(io.StringIO(self.good("clew", "results", "export", "dirty", *self.where()))))
        self.assertTrue(all(row["not_ranked_because"] for row in rows), rows)
        self.bad(1, "no record with scores", "clew", "results", "export", "mine", *self.where(), "--format", "mteb", "--model", "nope/base")
        self.bad(1, "^x=: error: expected TASK=OWNER/NAME", "clew", "results", "export", "mine", *self.where(), "--hub", "x=")

    def test_what_goes_out_comes_back_as_claims(self):
        self.load()
        rank = ["clew", "results", "rank", "mine", *self.where(), "--json"]
        without = json.loads(self.good(*rank))

        def claims(path):
            said = json.loads(self.good(*rank, "--claims", path))
            self.assertEqual(said["rankings"], without["rankings"])
            self.assertTrue(all(one["computed_again"] is False for one in said["claims"]))
            return [(one["model"], one["task"], one["split"], one["metric"], one["value"]) for one in said["claims"]]

        hub = ("--hub", f"{published.TASK}=clue/clue:tnews")
        model, split, headline = self.record["model"], self.record["split"], self.record["headline"]
        (self.folder / "README.md").write_text(f"---\nlicense: mit\n{self.export('model-index', *hub)}---\n# A card\n---\n")
        found = claims("README.md")
        self.assertEqual(len(found), sum(len(record["metrics"]) for record in self.records))
        for name, value in self.scores().items():
            self.assertIn((model, "clue/clue (tnews)", split, name, value), found)
        folder = self.folder / "bert-of-mine" / ".eval_results"
        folder.mkdir(parents=True)
        (folder / "clew.yaml").write_text(self.export("eval-results", *hub))
        values = [record["metrics"][headline]["value"] for record in self.records]
        found = claims(folder / "clew.yaml")
        self.assertEqual([one[:4] for one in found], [("bert-of-mine", "clue/clue (tnews)", None, "value")] * len(values))
        self.assertEqual(sorted(one[4] for one in found), sorted(values))
        (self.folder / "table.csv").write_text(self.export("csv"), newline="")
        names = {"f32": headline}
        self.assertEqual(claims("table.csv"), [
            (model, published.TASK, split, names.get(record["precision"], f"{headline} ({record['precision']})"), record["metrics"][headline]["value"])
            for record in self.records
        ])  # fmt: skip

        wrong = {
            "none.md": ("# A card\n", "expected a model card with a model-index that has numbers, found no score"),
            "open.md": ("---\nmodel-index: []\n", "found no score"),
            "list.md": ("---\nmodel-index:\n- name: m\n  results:\n  - metrics:\n    - {type: f1, value: '85'}\n---\n", "found no score"),
            "anchor.yaml": ("- &a {value: 1}\n- *a\n", r"anchor.yaml:1(:\d+)?: error: "),
            "none.yaml": ("[]\n", "expected a list of results"),
            "short.csv": ("model,task\n", "short.csv:1: error: expected a header line with a column 'split'"),
            "cells.csv": ("model,task,split,precision,headline,score\nm,t,dev,f32,acc\n", "cells.csv:2: error: expected 6 columns, found 5"),
            "text.csv": ("model,task,split,precision,headline,score\nm,t,dev,f32,acc,high\n", "text.csv:2: error: expected a number as score, found 'high'"),
        }
        for name, (content, error) in wrong.items():
            (self.folder / name).write_text(content)
            self.bad(1, error, *rank, "--claims", name)

    def test_claims_of_others_are_shown_and_not_ranked(self):
        self.load()
        (self.folder / "lm.json").write_text(json.dumps(LM_EVAL))
        path = self.folder / "intfloat__e5" / "rev" / "TNews.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(MTEB))
        rank = ["clew", "results", "rank", "mine", *self.where()]
        without = json.loads(self.good(*rank, "--json"))
        said = json.loads(self.good(*rank, "--claims", "lm.json", "--claims", path, "--json"))
        self.assertEqual(said["rankings"], without["rankings"])
        self.assertEqual(
            [(one["model"], one["task"], one["split"], one["metric"], one["value"], one["standard_error"], one["harness"]) for one in said["claims"]],
            [
                ("EleutherAI/pythia-1b", "arc_easy", None, "acc", 0.5942, 0.01007, "lm-evaluation-harness 0.4.9"),
                ("EleutherAI/pythia-1b", "arc_easy", None, "acc_norm", 0.54, None, "lm-evaluation-harness 0.4.9"),
                ("EleutherAI/pythia-1b", "gsm8k", None, "exact_match (strict-match)", 0.25, 0.02, "lm-evaluation-harness 0.4.9"),
                ("intfloat__e5", "TNews", "validation", "main_score", 0.5123, None, "MTEB 1.38.0"),
            ],
        )
        self.assertTrue(all(one["computed_again"] is False for one in said["claims"]))
        for form in ("table", "markdown"):
            text = self.good(*rank, "--claims", "lm.json", "--format", form)
            self.assertRegex(text, r"(?s)Claimed elsewhere\n.*Nothing of it was computed again here.*pythia-1b.*0\.5942")
        for content in ("{}", "[]", '{"results": {"a": {"alias": "a"}}}', '{"results": {"a": {"acc,none": "x"}}}', "{"):
            (self.folder / "wrong.json").write_text(content)
            self.bad(1, "wrong.json(:1)?: error: ", *rank, "--claims", "wrong.json")


if __name__ == "__main__":
    unittest.main()
