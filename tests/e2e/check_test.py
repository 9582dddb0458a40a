#!/usr/bin/env python3
# clew check of results, and what a leaderboard takes: bench's own output is right; ten forgeries, each done without and with care, are found
# without weights and never ranked; folders can be put together.
import json
import shutil
import unittest

import door
import published
import record_seal
from published import MODEL, TASK


class Check(published.Published):
    def test_own_output_is_right_and_ranked(self):
        self.published()
        (self.folder / "out" / "report.html").write_text("<html>")
        done = self.call("clew", "check", "out", *self.where())
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertIn("files are right", done.stdout)
        board = self.good("clew", "report", "out", "--leaderboard", *self.where())
        self.assertIn(MODEL, board)
        self.assertNotIn("score not computed again here", board)

    def test_where_the_data_is_not_it_says_so(self):
        self.published()
        done = self.call("clew", "check", "out", *self.where()[:2], "--data", "nothing")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("not computed again", done.stderr)
        self.assertIn("score not computed again here", self.good("clew", "report", "out", "--leaderboard", *self.where()[:2], "--data", "nothing"))

    def forgeries(self, record):
        """Name, and what the forger does to the record or the predictions; both are there anew each time."""
        answers = self.folder / "out" / record["predictions"]["path"]

        def hashed(text):
            answers.write_text(text, encoding="utf-8")
            record["predictions"]["sha256"] = record_seal.sha256(text)

        lines = answers.read_text(encoding="utf-8").splitlines(keepends=True)
        label = json.loads(lines[0])["label"]
        other = next(name for name in ("sports", "finance") if name != label)
        yield "score", lambda: record["metrics"]["accuracy"].update(value=99.0, lo=98.0, hi=100.0)
        yield "random flag", lambda: record.update(weights_sha256="random:1", seeds={**record["seeds"], "weights": 1})
        yield "predictions", lambda: hashed("".join(line.replace(f'"label": "{label}"', f'"label": "{other}"').replace(f'"label":"{label}"', f'"label":"{other}"') for line in lines))
        yield "hash", lambda: record["predictions"].update(sha256="0" * 64)
        yield "data hash", lambda: record.update(data_sha256="1" * 64)
        yield "dates", lambda: record.update(finished="2099-01-01T00:00:00Z")
        yield "dates turned", lambda: record.update(started=record["finished"], finished="2025-01-01T00:00:00Z")
        yield "machine", lambda: record["machine"].update(cpu="AMD EPYC 9654", features=["vmx", "amx_tile"])
        yield "tier", lambda: record.update(tier="official", scenario="single-stream")
        yield "removed rows", lambda: (hashed("".join(lines[:-10])), record.update(rows=len(lines) - 10, lengths={"32": len(lines) - 10}))

    def test_ten_forgeries(self):
        names = [name for name, _ in self.forgeries(self.published())]
        for name in names:
            for careful in (False, True):
                with self.subTest(name, careful=careful):
                    record = self.published()
                    dict(self.forgeries(record))[name]()
                    self.save(record_seal.seal(record) if careful else record)
                    done = self.call("clew", "check", "out", *self.where())
                    self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                    self.assertRegex(done.stderr, r"out/records.jsonl:1: error: /\w+")
                    done = self.call("clew", "report", "out", "--leaderboard", *self.where())
                    self.assertEqual(done.returncode, 1)
                    self.assertRegex(done.stderr, "left out: .*records.jsonl:1")

    def test_forged_ids(self):
        record = self.published()
        record["id"] = "0123456789abcdef"
        self.save(record)
        self.bad(1, "/id: expected [0-9a-f]{16}, which its fields make", "clew", "check", "out", *self.where())
        self.bad(1, "left out", "clew", "report", "out", "--leaderboard", *self.where())

    def test_names_begin_no_line_of_their_own(self):
        """Texts of a record in what people read: on the line that they belong to, whatever is in them."""
        record = self.published()
        places = [(key,) for key, value in record.items() if isinstance(value, str) and key not in ("id", "digest", "schema")]
        places += [(key, inner) for key in ("predictions", "machine", "versions") for inner, value in record[key].items() if isinstance(value, str)]
        for place in places:
            forged = json.loads(json.dumps(record))
            holder = forged
            for key in place[:-1]:
                holder = holder[key]
            holder[place[-1]] = "a\nFORGED\rFORGED"
            self.save(record_seal.seal(forged))
            for command in (["check", "out"], ["report", "out", "--leaderboard"], ["report", "out", "--format", "markdown"], ["verify", "out/records.jsonl"]):
                with self.subTest(place=place, command=command):
                    done = self.call("clew", *command, *self.where())
                    for line in (done.stdout + done.stderr).splitlines():
                        self.assertFalse(line.startswith("FORGED"), done.stdout + done.stderr)

    def test_what_is_right_is_ranked_beside_what_is_forged(self):
        record = self.published()
        forged = json.loads(json.dumps(record))
        forged["model"] = "bert/forged"
        self.save(record, forged)
        done = self.call("clew", "report", "out", "--leaderboard", *self.where())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("forged", done.stdout)
        self.assertIn("left out: ", done.stderr)

    def test_folders_put_together_check(self):
        """Two machines, the same board."""
        mine = self.published()
        theirs = json.loads(json.dumps(mine))
        theirs["machine"]["cores"] += 2
        record_seal.seal(theirs)
        self.assertNotEqual(mine["id"], theirs["id"])
        self.save(mine, theirs)
        self.good("clew", "check", "out", *self.where())
        table = self.good("clew", "report", "out", "--tasks", self.home.folder / "tasks")
        self.assertIn("machine", table.split("\n\n")[-1].splitlines()[0])
        self.assertEqual(sum(line.startswith(MODEL) for line in table.splitlines()), 2)

    def test_folders_that_compute_differently_share_no_id(self):
        """Other weights, another vocabulary, another task under the same name, other switches."""
        ids = set()

        def run(*more):
            out = f"run{len(ids)}"
            self.good("clew", "bench", self.home.folder / "board.yaml", *self.where(), "--precision", "f32", "--out", out, *more)
            (line,) = (self.folder / out / "records.jsonl").read_text(encoding="utf-8").splitlines()
            ids.add(json.loads(line)["id"])

        weights = self.home.folder / "weights"
        other = self.folder / "other"
        shutil.copytree(weights, other)
        vocabulary = other / MODEL / TASK / "vocab.txt"
        tokens = vocabulary.read_text(encoding="utf-8").splitlines()
        tokens[-1], tokens[-2] = tokens[-2], tokens[-1]
        vocabulary.write_text("\n".join(tokens) + "\n", encoding="utf-8")
        variants = [["--weights", weights], ["--weights", other], ["--random-weights"], ["--random-weights", "--seed", "2"],
                    ["--weights", weights, "--target", "ref"], ["--weights", weights, "--threads", "2"], ["--weights", weights, "--deterministic"]]
        for more in variants:
            run(*more)
        self.assertEqual(len(ids), len(variants))
        task = self.folder / "tasks" / f"{TASK}.yaml"
        task.parent.mkdir()
        task.write_text((self.home.folder / "tasks" / f"{TASK}.yaml").read_text(encoding="utf-8").replace("longest: 128", "longest: 12"), encoding="utf-8")
        self.good("clew", "bench", self.home.folder / "board.yaml", "--tasks", "tasks", "--data", self.home.folder / "data", "--precision", "f32", "--weights",
                  weights, "--out", "cut")
        ids.add(json.loads((self.folder / "cut" / "records.jsonl").read_text(encoding="utf-8").splitlines()[0])["id"])
        self.assertEqual(len(ids), len(variants) + 1)

    def test_bench_uses_predictions_only_if_they_are_the_recorded_ones(self):
        record = self.published()
        path = self.folder / "out" / record["predictions"]["path"]
        path.write_text(path.read_text(encoding="utf-8").replace("sports", "finance"), encoding="utf-8")
        done = self.call("clew", "bench", self.home.folder / "board.yaml", *self.where(), "--weights", self.home.folder / "weights", "--precision", "f32",
                         "--threads", "1", "--deterministic", "--scenarios", "accuracy,offline", "--out", "out")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("its rows are answered again", done.stderr)
        self.good("clew", "check", "out", *self.where())


if __name__ == "__main__":
    unittest.main()
