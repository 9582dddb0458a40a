#!/usr/bin/env python3
# clew results from outside: records of two machines are joined, checked and ranked; every tampering is found; merging loses nothing, doubles
# nothing, and does not depend on the order.
import copy
import gzip
import json
import re
import shutil
import signal
import subprocess
import time
import unittest

import door
import published
import record_seal
import report_records
from published import TASK

MACHINES = {"cores": 6, "host": "0123456789abcdef"}


class Results(published.Published):
    def records_of(self, out):
        return [json.loads(line) for line in (self.folder / out / "records.jsonl").read_text(encoding="utf-8").splitlines()]

    def save(self, out, records):
        lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        (self.folder / out / "records.jsonl").write_text(lines, encoding="utf-8")

    def two_machines(self):
        """Folders `mine` and `theirs`: the same board on two machines; the second one answered otherwise."""
        for out in ("mine", "theirs"):
            shutil.copytree(self.home.folder / "out", self.folder / out)
        records = self.records_of("theirs")
        for record in records:
            record["machine"].update(MACHINES)
            record_seal.seal(record)
        self.save("theirs", records)

    def merged(self):
        self.two_machines()
        self.good("clew", "results", "merge", "--out", "results", "mine", "theirs")
        return self.folder / "results"

    def files(self, folder):
        return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith(".")}

    def test_two_machines(self):
        results = self.merged()
        said = json.loads(self.good("clew", "results", "check", "results", *self.where(), "--complete", "--json"))
        self.assertEqual((said["records"], said["machines"], said["rescored"]), (4, 2, 4))
        self.assertEqual((said["never_ranked"], said["errors"], said["not_checked"]), ({}, [], []))
        names = set(self.files(results))
        self.assertEqual(len([name for name in names if name.endswith("/b.jsonl")]), 2)
        self.assertTrue(all(name.endswith((".jsonl", ".jsonl.gz")) for name in names), names)
        self.assertIn("scores of 4 were computed again", self.good("clew", "results", "check", "results", *self.where()))

    def test_merging_loses_and_doubles_nothing_in_any_order(self):
        first = self.merged()
        for out, sources in {"turned": ["theirs", "mine"], "twice": ["mine", "mine", "theirs", "results"], "whole": ["results"]}.items():
            self.good("clew", "results", "merge", "--out", out, *sources)
            self.assertEqual(self.files(self.folder / out), self.files(first), out)
        said = json.loads(self.good("clew", "results", "merge", "--out", "results", "mine", "--json"))
        self.assertEqual((said["added"], said["doubled"], said["records"], said["files"]), (0, 2, 4, 0))
        # Predictions as they were, packed.
        for record in self.records_of("mine"):
            (packed,) = first.glob(f"records/*-2c-*/{record['predictions']['path']}.gz") if record["machine"]["cores"] == 2 else (None,)
            if packed:
                self.assertEqual(gzip.decompress(packed.read_bytes()), (self.folder / "mine" / record["predictions"]["path"]).read_bytes())

    def test_a_cell_that_was_measured_again_stands_twice(self):
        self.two_machines()
        again = self.records_of("mine")
        again[0]["finished"] = again[0]["finished"].replace("20", "20", 1)
        again[0]["cold_start_ms"]["load"] += 1
        record_seal.seal(again[0])
        shutil.copytree(self.folder / "mine", self.folder / "again")
        self.save("again", again)
        said = json.loads(self.good("clew", "results", "merge", "--out", "results", "mine", "again", "--json"))
        self.assertEqual((said["records"], said["doubled"]), (3, 1))
        self.good("clew", "results", "check", "results", *self.where())

    def test_a_killed_merge_is_done_again(self):
        whole = self.merged()
        for delay in (0.005, 0.02, 0.05):
            run = subprocess.Popen([str(door.BIN / "clew"), "results", "merge", "--out", "killed", "mine", "theirs"], cwd=self.folder, env=self.environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(delay)
            run.send_signal(signal.SIGKILL)
            run.wait()
        self.good("clew", "results", "merge", "--out", "killed", "mine", "theirs")
        self.assertEqual(self.files(self.folder / "killed"), self.files(whole))

    def test_what_is_wrong_is_not_merged(self):
        self.two_machines()
        records = self.records_of("theirs")
        records[0]["metrics"]["accuracy"]["value"] = 99.0
        self.save("theirs", records)
        self.bad(1, r"theirs/records.jsonl:1: error: /digest", "clew", "results", "merge", "--out", "results", "mine", "theirs")
        self.assertEqual(self.files(self.folder / "results"), {})
        self.bad(1, "holds neither", "clew", "results", "merge", "--out", "results", ".")

    def tamperings(self, machine):
        """By name: what is done to a record of the folder, whether the forger seals it again, and what is said."""
        board = machine / "b.jsonl"
        lines = [json.loads(line) for line in board.read_text(encoding="utf-8").splitlines()]
        record = lines[0]

        def save():
            board.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")

        def sealed(edit):
            def forge():
                edit(record)
                record_seal.seal(record)
                save()
            return forge

        def plain(edit):
            def forge():
                edit(record)
                save()
            return forge

        def predictions(edit):
            path = machine / (record["predictions"]["path"] + ".gz")

            def forge():
                text = edit(gzip.decompress(path.read_bytes()).decode())
                path.write_bytes(gzip.compress(text.encode()))
            return forge

        def other_answers(record):
            path = machine / (record["predictions"]["path"] + ".gz")
            text = gzip.decompress(path.read_bytes()).decode()
            text = re.sub(r'"label": ?"(\w+)"', lambda found: f'"label": "{"sports" if found[1] != "sports" else "travel"}"', text)
            digest = record_seal.sha256(text)
            path.unlink()
            (machine / (record_seal.prediction_path(digest) + ".gz")).write_bytes(gzip.compress(text.encode()))
            for line in lines:
                if line["predictions"] == record["predictions"] and line is not record:
                    line["predictions"] = {"path": record_seal.prediction_path(digest), "sha256": digest}
                    record_seal.seal(line)
            record["predictions"] = {"path": record_seal.prediction_path(digest), "sha256": digest}

        return {
            "score": (sealed(lambda r: r["metrics"]["accuracy"].update(value=99.0, lo=98.0, hi=100.0)), "/metrics/accuracy/value: expected"),
            "score, unsealed": (plain(lambda r: r["metrics"]["accuracy"].update(value=99.0)), "/digest: expected"),
            "predictions": (predictions(lambda text: text.replace("sports", "finance") + " "), "not the recorded one"),
            "predictions and their hash": (sealed(other_answers), "/per_class/sports/precision: expected"),
            "hash of the data": (sealed(lambda r: r.update(data_sha256="1" * 64)), "/data_official: expected false"),
            "date": (sealed(lambda r: r.update(finished="2099-01-01T00:00:00Z")), "/finished: expected a date that is not in the future"),
            "schema": (plain(lambda r: r.update(schema="clew.record.9")), "/schema: expected"),
            "an unknown field": (sealed(lambda r: r.update(note="the best")), "note"),
            "machine": (sealed(lambda r: r["machine"].update(cpu="Cray")), "expected this record in cray-"),
            "rows": (sealed(lambda r: r.update(rows=10, lengths={"32": 10})), "/rows: expected 100"),
            "a record doubled": (lambda: (lines.append(copy.deepcopy(record)), save()), "this line stands in line 1 already"),
            "a torn end": (lambda: board.write_bytes(board.read_bytes()[:-20]), "torn"),
            "a file that nobody names": (lambda: (machine / "predictions" / f"{'0' * 16}.jsonl.gz").write_bytes(gzip.compress(b"{}\n")), "none here names these"),
            "a stray file": (lambda: (machine / "run.sh").write_text("rm"), "expected <board>.jsonl"),
            "a link": (lambda: (machine / "other.jsonl").symlink_to("/etc/passwd"), "symbolic link"),
            "no predictions": (lambda: shutil.rmtree(machine / "predictions"), "records and predictions go together"),
            "no gzip": (lambda: [path.write_bytes(path.read_bytes()[:-3]) for path in (machine / "predictions").iterdir()], "damaged"),
            "parameters": (sealed(lambda r: r.update(parameters=r["parameters"] + 1)), "/parameters: expected"),
            "memory": (sealed(lambda r: r.update(peak_memory_bytes=1024)), "/peak_memory_bytes: expected"),
        }

    def test_tamperings(self):
        whole = self.merged()
        (machine,) = whole.glob("records/*-6c-*")
        names = list(self.tamperings(machine))
        self.assertGreaterEqual(len(names), 10)
        shutil.copytree(whole, self.folder / "kept")
        for name in names:
            with self.subTest(name):
                shutil.rmtree(whole)
                shutil.copytree(self.folder / "kept", whole)
                forge, said = self.tamperings(machine)[name]
                forge()
                self.bad(1, said, "clew", "results", "check", "results", *self.where())
                ranked = self.call("clew", "results", "rank", "results", *self.where(), "--json")
                forged = [left for left in json.loads(ranked.stdout)["left_out"]] if ranked.returncode == 0 else []
                self.assertTrue(forged or "left out" in ranked.stderr, ranked.stderr)

    def keys(self):
        """Keys of alice (ssh) and bob (minisign), and the list of both."""
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", self.folder / "alice"], check=True)
        subprocess.run(["minisign", "-G", "-W", "-f", "-p", self.folder / "bob.pub", "-s", self.folder / "bob"], check=True, stdout=subprocess.DEVNULL)
        public = (self.folder / "alice.pub").read_text().split()
        bob = (self.folder / "bob.pub").read_text().splitlines()[1]
        (self.folder / "signers").write_text(f"alice@example.org {public[0]} {public[1]}\nbob minisign {bob}\n")

    def signed(self):
        """mine signed by alice, theirs by bob, put together."""
        self.two_machines()
        self.keys()
        self.assertIn("signed 2 records", self.good("clew", "results", "sign", "mine", "--key", "alice", "--signer", "alice@example.org"))
        self.assertIn("signed 2 records", self.good("clew", "results", "sign", "theirs", "--key", "bob", "--signer", "bob"))
        self.good("clew", "results", "merge", "--out", "results", "mine", "theirs")
        return self.folder / "results"

    def said(self, *more):
        return json.loads(self.good("clew", "results", "check", "results", *self.where(), "--json", *more))

    @unittest.skipUnless(shutil.which("ssh-keygen") and shutil.which("minisign"), "skipped: ssh-keygen or minisign is not installed")
    def test_signatures(self):
        results = self.signed()
        said = self.said()
        self.assertEqual(said["signed_by"], {"": 4})
        self.assertTrue(any("nobody here knows the signer alice@example.org" in note for note in said["not_checked"]), said)
        self.assertEqual(self.said("--signers", "signers")["signed_by"], {"alice@example.org": 2, "bob": 2})
        shutil.copy(self.folder / "signers", results / "signers")
        self.assertEqual(self.said()["signed_by"], {"alice@example.org": 2, "bob": 2})
        ranked = json.loads(self.good("clew", "results", "rank", "results", *self.where(), "--json"))
        self.assertEqual(sorted(row["signers"] for ranking in ranked["rankings"] for row in ranking["rows"]),
                         [["alice@example.org"]] * 2 + [["bob"]] * 2)
        self.assertIn("0 records; 2 had", self.good("clew", "results", "sign", "mine", "--key", "alice", "--signer", "alice@example.org"))
        # The statement is in-toto's, of the canonical bytes.
        path = next(iter(results.glob("records/*-6c-*/signatures/*.json")))
        statement = json.loads(json.loads(path.read_text())["statement"])
        self.assertEqual(statement["_type"], "https://in-toto.io/Statement/v1")
        self.assertEqual(statement["predicateType"], "https://in-toto.io/attestation/test-result/v0.1")
        self.assertEqual(statement["subject"][0]["digest"]["sha256"], path.stem)
        board = next(iter(results.glob("records/*-6c-*/b.jsonl")))
        self.assertIn(path.stem, {record_seal.digest(json.loads(line)) for line in board.read_text().splitlines()})

    @unittest.skipUnless(shutil.which("ssh-keygen") and shutil.which("minisign"), "skipped: ssh-keygen or minisign is not installed")
    def test_forged_signatures(self):
        results = self.signed()
        shutil.copy(self.folder / "signers", results / "signers")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", self.folder / "mallory"], check=True)
        shutil.copytree(results, self.folder / "kept")

        def forged(pattern, said, edit):
            shutil.rmtree(results)
            shutil.copytree(self.folder / "kept", results)
            path = next(iter(results.glob(f"records/{pattern}/signatures/*.json")))
            envelope = json.loads(path.read_text())
            edit(path, envelope)
            if path.exists():
                path.write_text(json.dumps(envelope))
            self.bad(1, said, "clew", "results", "check", "results", *self.where())

        for pattern in ("*-2c-*", "*-6c-*"):
            if not list(results.glob(f"records/{pattern}")):
                continue
            forged(pattern, "does not verify", lambda path, envelope: envelope.update(signature=envelope["signature"].replace("A", "B", 3)))
            forged(pattern, "expected the statement of this record", lambda path, envelope: envelope.update(statement=envelope["statement"].replace("PASSED", "FAILED")))
            forged(pattern, "expected the signature of a record that is here", lambda path, envelope: path.rename(path.with_name("0" * 64 + ".json")))
            forged(pattern, "clew.signature.1", lambda path, envelope: envelope.update(schema="clew.signature.9"))
            forged(pattern, "clew.signature.1", lambda path, envelope: envelope.update(signer="-oProxyCommand=x"))
        forged("*-6c-*", "does not verify", lambda path, envelope: envelope.update(signer="alice@example.org", **{"with": "ssh"}))
        # Another's key under a known name.
        for path in (self.folder / "mine/signatures").iterdir():
            path.unlink()
        self.good("clew", "results", "sign", "mine", "--key", "mallory", "--signer", "alice@example.org")
        self.bad(1, "does not verify", "clew", "results", "check", "mine", *self.where(), "--signers", "signers")
        # A record that was edited after it was signed is another one.
        records = self.records_of("theirs")
        records[0]["cold_start_ms"]["load"] += 1
        record_seal.seal(records[0])
        self.save("theirs", records)
        self.bad(1, "expected the signature of a record that is here", "clew", "results", "check", "theirs", *self.where(), "--signers", "signers")
        self.bad(1, "does not sign", "clew", "results", "sign", "theirs", "--key", "signers", "--signer", "x")
        self.bad(1, "expected a signer's name", "clew", "results", "sign", "theirs", "--key", "alice", "--signer", "a b")

    def test_nothing_is_faster_than_its_machine(self):
        self.two_machines()
        (self.folder / "board.yaml").write_text((self.home.folder / "board.yaml").read_text().replace("[accuracy]", "[offline]").replace("standard", "smoke")
                                                .replace("[f32, int8]", "[f32]"))
        self.good("clew", "bench", "board.yaml", *self.where(), "--weights", self.home.folder / "weights", "--out", "timed")
        self.good("clew", "results", "check", "timed", *self.where())
        (record,) = self.records_of("timed")
        for field in ("rows_per_s", "tokens_per_s", "model_only_rows_per_s", "model_only_tokens_per_s", "queries", "warmup_queries"):
            record[field] = record[field] * 100_000
        record["lengths"] = {name: count * 100_000 for name, count in record["lengths"].items()}
        self.save("timed", [record_seal.seal(record)])
        self.bad(1, "/tokens_per_s: expected no more than the machine can do", "clew", "results", "check", "timed", *self.where())

    def test_without_the_data_it_says_so(self):
        self.merged()
        done = self.call("clew", "results", "check", "results", *self.where()[:2], "--data", "nothing")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("not computed again", done.stderr)
        self.bad(1, "expected that everything can be checked", "clew", "results", "check", "results", *self.where()[:2], "--data", "nothing", "--complete")

    def judged(self, model, right, cores=2):
        """A record of `model` that answers the rows right which `right` says; scored by clew score."""
        rows = [json.loads(line) for line in (self.home.folder / "data" / TASK / "dev.json").read_text(encoding="utf-8").splitlines()]
        labels = sorted({row["label"] for row in rows})
        text = "".join(
            json.dumps({"id": row.get("id", place), "label": row["label"] if right(place) else labels[(labels.index(row["label"]) + 1) % len(labels)]}) + "\n"
            for place, row in enumerate(rows)
        )
        digest = record_seal.sha256(text)
        path = self.folder / "many" / record_seal.prediction_path(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        judged = json.loads(self.good("clew", "score", TASK, path, *self.where(), "--json"))
        ours = self.home_record()
        return report_records.record(
            model=model, task=TASK, task_version="1", task_sha256=ours["task_sha256"], scenario="accuracy", data_sha256=ours["data_sha256"], rows=len(rows),
            metrics=judged["metrics"], per_class=judged["per_class"], headline="accuracy", predictions={"path": record_seal.prediction_path(digest), "sha256": digest},
            machine={**ours["machine"], "cores": cores}, lengths={"32": len(rows)},
        )

    def home_record(self):
        return json.loads((self.home.folder / "out" / "records.jsonl").read_text(encoding="utf-8").splitlines()[0])

    def test_ranks_by_hand(self):
        (self.folder / "many").mkdir()
        records = [
            self.judged("a/x", lambda row: row % 20 != 0),  # 95 of 100 right
            self.judged("b/x", lambda row: row % 20 != 1),  # 95, on other rows
            self.judged("c/x", lambda row: row % 10 != 0),  # 90: all that a has wrong, and 5 more
            self.judged("d/x", lambda row: row % 2 != 0),  # 50
            self.judged("e/x", lambda row: row % 5 == 0),  # 20
            self.judged("f/x", lambda row: row % 2 == 0, cores=8),
        ]
        smoke = copy.deepcopy(records[0])
        smoke.update(model="smoke/x", tier="smoke")
        dirty = copy.deepcopy(records[0])
        dirty.update(model="dirty/x", dirty=True)
        random = copy.deepcopy(records[0])
        random.update(model="random/x", weights_sha256="random:1", random_weights=True, seeds={**random["seeds"], "weights": 1})
        self.save("many", records + [record_seal.seal(record) for record in (smoke, dirty, random)])
        done = self.call("clew", "results", "rank", "many", *self.where(), "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        ranked = json.loads(done.stdout)
        self.assertEqual(sorted(left["why"] for left in ranked["left_out"]), [
            "its sources differ from the commit that it names (dirty)", "its tier is smoke", "its weights are random"])
        first, second = ranked["rankings"]
        self.assertEqual([(first["machine_class"].endswith(", 2 cores"), len(first["rows"])), (second["machine_class"].endswith(", 8 cores"), len(second["rows"]))],
                         [(True, 5), (True, 1)])
        self.assertEqual([(row["model"], row["rank"]) for row in first["rows"]], self.by_hand(records[:5]))
        rows = {row["model"]: row for row in first["rows"]}
        self.assertTrue(rows["a/x"]["best"])
        self.assertEqual(rows["b/x"]["p"], 1)  # five rows each that only one has right
        self.assertEqual(rows["c/x"]["p"], 2 * 0.5**5)  # exact McNemar of 0 against 5
        self.assertLess(rows["d/x"]["p_adjusted"], 0.001)
        self.assertGreaterEqual(rows["c/x"]["p_adjusted"], rows["c/x"]["p"])
        markdown = self.good("clew", "results", "rank", "many", *self.where(), "--format", "markdown")
        self.assertTrue(markdown.startswith("# Leaderboard"))
        self.assertIn("| 1 | a/x |", markdown)

    @staticmethod
    def by_hand(records):
        scores = {record["model"]: record["metrics"]["accuracy"] for record in records}
        ordered = sorted(scores, key=lambda model: (-scores[model]["value"], model))
        return [(model, 1 + sum(other["lo"] > scores[model]["hi"] for other in scores.values())) for model in ordered]


if __name__ == "__main__":
    unittest.main()
