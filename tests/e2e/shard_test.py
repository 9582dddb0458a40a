#!/usr/bin/env python3
# Jobs in parts: `clew predict --shard --into` and `clew bench --plan --shard`. Parts that are killed, lost, started twice or in any order lose
# and double nothing, and what is joined is what one run gives. tests/e2e/slurm_test.py does the same under a real Slurm.
import json
import os
import random
import signal
import subprocess
import time
import unittest

from door import BIN, Door

MODEL = "bert/sample"
TASK = "sample-classify"
PREDICT = ["predict", MODEL, "--random-weights", "--deterministic", "--task", TASK]


class Predicts(Door):
    def setUp(self):
        super().setUp()
        self.environment.pop("CLEW_DATA", None)

    def rows(self, count, name="rows.jsonl"):
        chance = random.Random(count)
        texts = ["".join(chance.choices("石桥修好了平澜大学在河边", k=chance.randint(1, 12))) for _ in range(count)]
        (self.folder / name).write_text("".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts), "utf-8")
        return name

    def start(self, *arguments):
        return subprocess.Popen(
            [str(BIN / "clew"), *map(str, arguments)], cwd=self.folder, env=self.environment, stderr=subprocess.PIPE, text=True
        )

    def text(self, name):
        return (self.folder / name).read_text("utf-8")

    def test_parts_joined_are_the_whole(self):
        rows = self.rows(1001)
        whole = self.good("clew", *PREDICT, rows)
        for count in (1, 2, 7):
            joined = "".join(self.good("clew", *PREDICT, rows, "--shard", f"{i}/{count}") for i in range(1, count + 1))
            self.assertEqual(joined, whole, count)
        split = self.good("clew", *PREDICT)
        parts = [self.good("clew", *PREDICT, "--shard", f"{i}/3") for i in (1, 2, 3)]
        self.assertEqual("".join(parts), split)
        self.assertEqual({len(part.splitlines()) for part in parts}, {len(split.splitlines()) // 3, -(-len(split.splitlines()) // 3)} )
        few = self.rows(2, "few.jsonl")
        self.assertEqual([self.good("clew", *PREDICT, few, "--shard", f"{i}/4").count("\n") for i in (1, 2, 3, 4)], [1, 1, 0, 0])

    def test_a_run_that_is_killed_goes_on(self):
        rows = self.rows(30000)
        whole = self.good("clew", *PREDICT, rows)
        command = [*PREDICT, rows, "--into", "out.jsonl"]
        kills = 0
        chance = random.Random(5)
        while not (self.folder / "out.jsonl").exists():
            process = self.start(*command)
            before = (self.folder / "out.jsonl.part").stat().st_size if (self.folder / "out.jsonl.part").exists() else 0
            grown = before + chance.randrange(1, 500000)
            while process.poll() is None:  # killed by what is on disk, not by time
                part = self.folder / "out.jsonl.part"
                if part.exists() and part.stat().st_size > grown and kills < 6:
                    process.kill()
                    kills += 1
                    break
                time.sleep(0.001)
            process.communicate()
            if process.returncode == -signal.SIGKILL and kills % 2:  # and what a lost machine leaves: a torn line, blocks of zeros
                with open(self.folder / "out.jsonl.part", "ab") as part:
                    part.write(b'{"id": 12' + bytes(chance.randrange(5000)))
        self.assertGreater(kills, 1)
        self.assertEqual(self.text("out.jsonl"), whole)
        self.assertFalse((self.folder / "out.jsonl.part").exists())

    def test_a_run_that_is_started_twice_doubles_nothing(self):
        rows = self.rows(8000)
        whole = self.good("clew", *PREDICT, rows)
        processes = [self.start(*PREDICT, rows, "--into", "out.jsonl") for _ in range(3)]
        said = [process.communicate()[1] for process in processes]
        self.assertEqual([process.returncode for process in processes], [0, 0, 0], said)
        self.assertEqual(sum("is there already, with all of its 8000 lines" in one for one in said), 2)
        self.assertEqual(self.text("out.jsonl"), whole)

    def test_what_was_begun_otherwise_is_not_gone_on_with(self):
        rows, other = self.rows(50), self.rows(60, "other.jsonl")
        self.good("clew", *PREDICT, rows, "--into", "out.jsonl")
        kept = self.text("out.jsonl")
        for command in ([*PREDICT, other], [*PREDICT, rows, "--shard", "1/2"], [*PREDICT, rows, "--seed", 3],
                        [*PREDICT, rows, "--precision", "bf16"]):  # fmt: skip
            self.bad(1, r"^(note: .*\n)*out.jsonl.from: error: it was begun with other inputs", "clew", *command, "--into", "out.jsonl")
        (self.folder / "mine.jsonl").write_text("mine\n")
        self.bad(1, "mine.jsonl: error: expected a file that such a run began", "clew", *PREDICT, rows, "--into", "mine.jsonl")
        self.assertEqual(self.text("mine.jsonl"), "mine\n")
        (self.folder / "folder").mkdir()
        self.bad(1, "folder: error: ", "clew", *PREDICT, rows, "--into", "folder")
        os.symlink("elsewhere", self.folder / "link.part")
        self.bad(1, "link: error: ", "clew", *PREDICT, rows, "--into", "link")
        self.bad(1, "nowhere/x.from: error: cannot open", "clew", *PREDICT, rows, "--into", "nowhere/x")
        self.bad(1, "standard input is read once", "clew", *PREDICT, "-", "--into", "x")
        done = self.call("clew", *PREDICT, "-", "--shard", "1/2", input='{"text": "a"}\n')
        self.assertEqual(done.returncode, 1)
        self.assertIn("shards are of a file that can be read twice", done.stderr)
        for shard in ("0/2", "3/2", "1", "a/b", "1/0", "1/2/3", "-1/2"):
            self.bad(2, "expected a shard i/n with 1 <= i <= n", "clew", *PREDICT, rows, "--shard", shard)
        self.assertEqual(self.text("out.jsonl"), kept)

    def test_a_wrong_line_is_told_by_the_part_that_has_it(self):
        rows = self.rows(100)
        lines = self.text(rows).splitlines(keepends=True)
        (self.folder / rows).write_text("".join([*lines[:80], "{}\n", *lines[80:]]), "utf-8")
        self.good("clew", *PREDICT, rows, "--shard", "1/2", "--into", "first")
        done = self.call("clew", *PREDICT, rows, "--shard", "2/2", "--into", "second")
        self.assertEqual(done.returncode, 1)
        self.assertIn("rows.jsonl:81: error: ", done.stderr)
        self.assertFalse((self.folder / "second").exists())


BENCH = ["bench", "smoke", "--random-weights", "--models", "bert/sample,bilstm/sample", "--scenarios", "accuracy", "--threads", 1]
TASKS = ["--tasks", "sample-classify,sample-tag,sample-pair"]


class Benches(Door):
    def setUp(self):
        super().setUp()
        self.environment.pop("CLEW_DATA", None)

    def records(self, folder):
        path = self.folder / folder / "records.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def plan(self, *more):
        return [json.loads(line) for line in self.good("clew", *BENCH, *TASKS, *more, "--plan").splitlines()]

    def test_a_plan_says_what_its_parts_measure(self):
        lines = self.plan("--precision", "f32,bf16")
        self.assertEqual([line["shard"] for line in lines], [f"{i}/{len(lines)}" for i in range(1, len(lines) + 1)])
        self.assertGreater(len(lines), 2)
        self.assertEqual(len({(line["model"], line["task"]) for line in lines}), len(lines))
        for line in lines:
            self.assertEqual([cell["precision"] for cell in line["cells"]], ["f32", "bf16"])
            self.assertEqual((line["board"], line["seconds"]), ("smoke", 0))
            self.assertGreater(line["rows"], 0)
        self.assertFalse((self.folder / "bench-smoke").exists())
        timed = self.good("clew", *BENCH[:5], "--tasks", TASK, "--scenarios", "single-stream,offline", "--plan")
        self.assertEqual([json.loads(line)["seconds"] for line in timed.splitlines()][0] % 10, 0)

    def test_parts_joined_are_the_whole_board(self):
        lines = self.plan()
        self.good("clew", *BENCH, *TASKS, "--out", "whole")
        wanted = {record["id"]: record["metrics"] for record in self.records("whole")}
        for count in (len(lines), 2):
            folders = [f"parts{count}/{i}" for i in range(1, count + 1)]
            for i, folder in enumerate(folders, 1):
                self.good("clew", *BENCH, *TASKS, "--shard", f"{i}/{count}", "--out", folder)
                self.good("clew", *BENCH, *TASKS, "--shard", f"{i}/{count}", "--out", folder)  # a task that is done twice
            records = [record for folder in folders for record in self.records(folder)]
            self.assertEqual({record["id"]: record["metrics"] for record in records}, wanted)
            self.assertEqual(len(records), len(wanted))
            for i, folder in enumerate(folders, 1):
                found = {(record["model"], record["task"]) for record in self.records(folder)}
                self.assertEqual(found, {(line["model"], line["task"]) for line in lines[i - 1 :: count]})
            self.good("clew", "results", "merge", "--out", f"all{count}", *folders, folders[0])
            merged = [json.loads(line) for path in (self.folder / f"all{count}").glob("records/*/*.jsonl") for line in path.read_text().splitlines()]
            self.assertEqual(sorted(record["digest"] for record in merged), sorted(record["digest"] for record in records))
            self.assertIn("are right", self.good("clew", "results", "check", f"all{count}"))

    def test_what_is_left_out_is_told_by_one_part(self):
        command = [*BENCH, "--tasks", "sample-classify,cluener"]
        first = self.call("clew", *command, "--shard", "1/2", "--out", "a")
        second = self.call("clew", *command, "--shard", "2/2", "--out", "b")
        self.assertIn("left out: cluener", first.stderr)
        self.assertNotIn("cluener", second.stderr)
        self.assertEqual((first.returncode, second.returncode), (1, 0), second.stderr)


if __name__ == "__main__":
    unittest.main()
