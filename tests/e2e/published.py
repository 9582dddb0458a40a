# A task of its own with official data, weights of a file, and records of them that may be ranked: what tests of checking and publishing begin
# with. The sources of a build under test are seldom those of a commit, and such records are never ranked: here they say that they are.
import json
import shutil

import door
import record_seal

MODEL, TASK = "bert/sample", "headlines"


class Published(door.Door):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        maker = cls("publish")
        maker.setUp()
        cls.addClassCleanup(shutil.rmtree, maker.folder, ignore_errors=True)
        cls.home = maker
        maker.publish()

    def setUp(self):
        super().setUp()
        self.environment.pop("CLEW_DATA", None)

    def publish(self):
        """A task of its own with official data, weights of a file, and a record: what may be ranked."""
        (self.folder / "tasks").mkdir()
        (self.folder / "data" / TASK).mkdir(parents=True)
        shipped = door.SOURCE / "suites"
        rows = (shipped / "samples/sample-classify/dev.json").read_bytes()
        (self.folder / "data" / TASK / "dev.json").write_bytes(rows)
        task = (shipped / "tasks/sample-classify.yaml").read_text(encoding="utf-8").replace("task: sample-classify", f"task: {TASK}")
        (self.folder / "tasks" / f"{TASK}.yaml").write_text(task, encoding="utf-8")
        place = self.folder / "weights" / MODEL / TASK
        place.mkdir(parents=True)
        self.write("in.safetensors", door.batch([7], vocabulary=100))
        self.good("clew", "run", MODEL, "--task", "classify:5", "--inputs", "in.safetensors", "--outputs", "out.safetensors", "--save-weights",
                  place / "model.safetensors")
        shutil.copy(shipped / "samples/vocab.txt", place)
        (self.folder / "board.yaml").write_text(f"board: b\nmodels: [{MODEL}]\ntasks: [{TASK}]\nscenarios: [accuracy]\nprecisions: [f32, int8]\nthreads: [1]\ntier: standard\n")
        # Deterministic, because scores of random weights are close enough together for another order of sums to miss the gate of int8.
        self.good("clew", "bench", "board.yaml", *self.where(), "--weights", "weights", "--deterministic", "--out", "out")
        self.rewrite("out", lambda record: record.update(dirty=False, commit="5e5045a0" * 5))

    def rewrite(self, out, edit):
        """Edits the records of a folder, and seals them."""
        path = self.folder / out / "records.jsonl"
        records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for record in records:
            edit(record)
            record_seal.seal(record)
        path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")

    def where(self):
        return ["--tasks", self.home.folder / "tasks", "--data", self.home.folder / "data"]

    def published(self):
        """A copy of the folder, and its f32 record."""
        shutil.copytree(self.home.folder / "out", self.folder / "out", dirs_exist_ok=True)
        records = [json.loads(line) for line in (self.folder / "out" / "records.jsonl").read_text(encoding="utf-8").splitlines()]
        return next(record for record in records if record["precision"] == "f32")

    def save(self, *records):
        lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        (self.folder / "out" / "records.jsonl").write_text(lines, encoding="utf-8")
