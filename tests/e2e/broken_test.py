#!/usr/bin/env python3
# One broken YAML among others: every command that reads the folder goes on with the rest and says what is wrong; it fails where the broken
# one itself is asked for.
import json
import unittest

from door import SMALL, SOURCE, Door

SAMPLE = SOURCE / "suites" / "tasks" / "sample-classify.yaml"


class Broken(Door):
    def setUp(self):
        super().setUp()
        tasks = self.folder / "tasks"
        tasks.mkdir()
        (tasks / "mine.yaml").write_text(SAMPLE.read_text().replace("task: sample-classify", "task: mine\nfolder: sample-classify"))
        (tasks / "broken.yaml").write_text("task: broken\nkind: [\n")
        (tasks / "otherwise.yaml").write_text(SAMPLE.read_text().replace("task: sample-classify", "task: hidden") + "surplus: 1\n")
        zoo = self.folder / "zoo" / "models"
        zoo.mkdir(parents=True)
        model = (SOURCE / "zoo" / "models" / "bert.yaml").read_text()
        (zoo / "mine.yaml").write_text(model.replace("\nmodel: bert\n", "\nmodel: mine\n", 1))
        (zoo / "broken.yaml").write_text("model: broken\nsizes: [\n")

    def labels(self):
        rows = json.loads("[" + ",".join((SOURCE / "suites/samples/sample-classify/dev.json").read_text().splitlines()) + "]")
        lines = [json.dumps({"id": row.get("id", i), "label": row["label"]}) for i, row in enumerate(rows)]
        (self.folder / "p.jsonl").write_text("\n".join(lines) + "\n")

    def commands(self, task):
        """Every command that takes --tasks and a task, and can do without weights of one's own."""
        self.labels()
        return [
            ["score", task, "p.jsonl"],
            ["check", "--task", task, "p.jsonl"],
            ["predict", "bert/sample", "--random-weights", "--task", task, "--text", "明天有雨"],
            ["compile", "bert/sample", "--task", task, "--emit", "nn"],
            ["data", "list", task],
            ["data", "check", task],
        ]

    def test_other_tasks_work_and_the_broken_ones_are_told(self):
        for task in ("mine", "sample-classify"):
            for command in self.commands(task):
                done = self.call("clew", *command, "--tasks", "tasks")
                self.assertEqual(done.returncode, 0, f"{command}: {done.stderr}")
                self.assertRegex(done.stderr, r"note: tasks/broken.yaml:\d+:\d+: ", command)
                self.assertRegex(done.stderr, r"note: tasks/otherwise.yaml:\d+:1: unknown key 'surplus'", command)
        self.assertIn("mine", self.good("clew", "data", "list", "--tasks", "tasks"))

    def test_a_broken_task_that_is_asked_for_is_an_error(self):
        for task, where in (("broken", "tasks/broken.yaml"), ("hidden", "tasks/otherwise.yaml")):
            for command in self.commands(task):
                self.bad(1, rf"(?m)^{where}:\d+:\d+: error: ", "clew", *command, "--tasks", "tasks")

    def test_the_same_for_models(self):
        done = self.call("clew", "zoo", "--zoo", "zoo")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("mine/base", done.stdout)
        self.assertRegex(done.stderr, r"note: zoo/models/broken.yaml:\d+:\d+: ")
        for model in (SMALL, "mine/tinybert-4l-312"):
            for command in (["zoo", "show", model], ["compile", model, "--emit", "nn"]):
                done = self.call("clew", *command, "--zoo", "zoo")
                self.assertEqual(done.returncode, 0, f"{command}: {done.stderr}")
                self.assertRegex(done.stderr, r"note: zoo/models/broken.yaml:\d+:\d+: ")
        self.bad(1, r"(?m)^zoo/models/broken.yaml:\d+:\d+: error: ", "clew", "zoo", "show", "broken", "--zoo", "zoo")


class Rows(Door):
    """Row numbers, as people see them."""

    def test_predictions_for_skipped_rows_are_counted_in_words(self):
        data = self.folder / "data" / "ocnli"
        data.mkdir(parents=True)
        labels = ["-", "neutral", "-", "entailment"]
        rows = [json.dumps({"sentence1": "天黑了", "sentence2": "灯亮着", "label": label}, ensure_ascii=False) for label in labels]
        (data / "dev.json").write_text("\n".join(rows) + "\n", encoding="utf-8")

        def score(ids):
            lines = [json.dumps({"id": i, "label": labels[i] if labels[i] != "-" else "neutral"}) for i in ids]
            (self.folder / "p.jsonl").write_text("\n".join(lines))
            return self.call("clew", "score", "ocnli", "p.jsonl", "--data", "data", "--json")

        for ids, extra in (([0, 1, 2, 3], 2), ([1, 3], 0), ([3, 2, 1], 1)):
            done = score(ids)
            self.assertEqual(done.returncode, 0, done.stderr)
            out = json.loads(done.stdout)
            self.assertEqual((out["rows"], out["metrics"]["accuracy"]["value"]), (2, 100))
            self.assertEqual(out.get("skipped"), {"rows": 2, "predictions": extra} if extra else None)
            self.assertIn("2 rows are skipped", done.stderr)
            self.assertEqual("not judged" in done.stderr, extra > 0, done.stderr)
        self.assertRegex(score([0, 1]).stderr, r"1 missing ids: 3 \(expected each of 2 rows once; 2 skipped rows may have one\)")
        self.assertRegex(score([1, 1, 3]).stderr, r"1 doubled ids: 1")
        said = self.call("clew", "predict", "bert/sample", "--random-weights", "--task", "ocnli", "--data", "data")
        self.assertEqual([json.loads(line)["id"] for line in said.stdout.splitlines()], [1, 3], said.stderr)
        self.assertIn("2 rows are skipped", said.stderr)


if __name__ == "__main__":
    unittest.main()
