#!/usr/bin/env python3
# The Python package, where it is installed (pip install .): its numbers are those of the commands, arrays go in and out without copies, results
# keep their memory, threads do not meet. Skipped, visibly, where no interpreter has it: $CLEW_PYTHON, else this one.
import json
import os
import subprocess
import sys
import unittest

from door import SOURCE, Door, batch

PYTHON = os.environ.get("CLEW_PYTHON", sys.executable)
HEAD = "import clew, json, numpy, sys\nload = lambda *a, **k: clew.load(*a, random_weights=True, deterministic=True, threads=2, **k)\n"


class Package(Door):
    def setUp(self):
        super().setUp()
        self.environment.pop("CLEW_DATA", None)
        self.environment.pop("CLEW_HOME", None)  # it brings its own zoo

    def python(self, program, *arguments):
        """What the program prints, as JSON."""
        done = subprocess.run([PYTHON, "-c", HEAD + program, *map(str, arguments)], cwd=self.folder, env=self.environment,
                              capture_output=True, text=True, check=False, timeout=300)  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_runs_give_what_clew_run_gives(self):
        tensors = batch([5, 1, 30], vocabulary=1280)
        self.write("in.safetensors", tensors)
        wanted = self.run_model("bert/sample", "in.safetensors", "--deterministic")
        arguments = json.dumps({name: values.tolist() for name, values in tensors.items()})
        for kind in ("int32", "int64"):
            found = self.python(
                f"given = {{name: numpy.array(values, '{kind}') for name, values in json.loads(sys.argv[1]).items()}}\n"
                "out = load('bert/sample').run(**given)\n"
                "print(json.dumps({name: [list(v.shape), str(v.dtype), v.tobytes().hex()] for name, v in out.items()}))",
                arguments,
            )
            self.assertEqual(found.keys(), wanted.keys())
            for name, (shape, dtype, content) in found.items():
                self.assertEqual((tuple(shape), dtype), (wanted[name].shape, "float32"))
                self.assertEqual(bytes.fromhex(content), wanted[name].tobytes(), name)

    def test_results_are_views_that_keep_their_memory(self):
        found = self.python(
            "import gc, threading\n"
            "model = load('bert/sample')\n"
            "ids, offsets = numpy.arange(1, 9, dtype='int32'), numpy.array([0, 3, 8], 'int32')\n"
            "first = model.run(ids, offsets)['hidden']; kept = first.copy()\n"
            "others = [model.run(ids[::-1].copy(), offsets)['hidden'] for _ in range(12)]\n"
            "same = bool((first == kept).all()) and all((o == others[0]).all() for o in others)\n"
            "place = first.__array_interface__['data'][0]; writeable = first.flags.writeable; own = first.flags.owndata\n"
            "del model, others; gc.collect(); alive = bool((first == kept).all())\n"
            "model = load('bert/sample'); a = model.run(ids, offsets)['hidden']; at = a.__array_interface__['data'][0]; del a; gc.collect()\n"
            "again = model.run(ids, offsets)['hidden'].__array_interface__['data'][0] == at\n"
            "bad = []\n"
            "def work(n):\n"
            "  mine = numpy.roll(ids, n)\n"
            "  want = model.run(mine, offsets)['hidden'].copy()\n"
            "  bad.extend(i for i in range(30) if not (model.run(mine, offsets)['hidden'] == want).all())\n"
            "threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]\n"
            "[t.start() for t in threads]; [t.join() for t in threads]\n"
            "print(json.dumps([same, writeable, own, alive, again, bad]))"
        )
        self.assertEqual(found, [True, False, False, True, True, []])

    def test_texts_and_scores(self):
        rows = [json.loads(line) for line in (SOURCE / "suites/samples/sample-classify/dev.json").read_text("utf-8").splitlines()]
        texts = "".join(json.dumps({"text": next(v for k, v in row.items() if isinstance(v, str) and k not in ("id", "label"))}, ensure_ascii=False) + "\n" for row in rows)
        (self.folder / "rows.jsonl").write_text(texts, "utf-8")
        command = ["--task", "sample-classify", "--random-weights", "--deterministic", "--threads", 2]
        wanted = [json.loads(line) for line in self.good("clew", "predict", "bert/sample", "rows.jsonl", *command).splitlines()]
        found = self.python(
            "model = load('bert/sample', task='sample-classify')\n"
            "texts = [json.loads(line)['text'] for line in open('rows.jsonl', encoding='utf-8')]\n"
            "one = model.predict(texts); other = model.predict({'text': t, 'id': i} for i, t in enumerate(texts))\n"
            "pair = load('bert/sample', task='sample-pair').predict([('a', 'b')])\n"
            "print(json.dumps([one, other, pair, model.predict([]), model.name]))"
        )
        self.assertEqual(found[0], wanted)
        self.assertEqual(found[1], wanted)
        self.assertEqual((len(found[2]), found[3], found[4]), (1, [], "bert/sample"))
        (self.folder / "p.jsonl").write_text(self.good("clew", "predict", "bert/sample", *command), "utf-8")
        score = json.loads(self.good("clew", "score", "sample-classify", "p.jsonl", "--json"))
        scored = self.python(
            "lines = [json.loads(line) for line in open('p.jsonl', encoding='utf-8')]\n"
            "print(json.dumps([clew.score('sample-classify', 'p.jsonl'), clew.score('sample-classify', lines)]))"
        )
        for one in scored:
            self.assertEqual(one["metrics"], score["metrics"])

    def test_errors_are_exceptions_that_say_what_is_wrong(self):
        found = self.python(
            "model = load('bert/sample'); i32 = lambda *v: numpy.array(v, 'int32'); said = []\n"
            "for call in (lambda: load('nope/base'), lambda: load('bert/sample', task='nope'), lambda: clew.load('bert/sample'),\n"
            "             lambda: clew.load('bert/sample', 'nowhere.safetensors'), lambda: load('bert/sample', target='abacus'),\n"
            "             lambda: model.run(i32(1, 2), i32(0, 3)), lambda: model.run(i32(1, 99999), i32(0, 2)), lambda: model.run([0.5], [0, 1]),\n"
            "             lambda: model.run([2**40], [0, 1]), lambda: model.run([[1]], [0, 1]), lambda: model.run(i32(1), i32(0, 1), colour=i32(1)),\n"
            "             lambda: model.predict(['a']), lambda: load('bert/sample', task='sample-classify').predict([{'txt': 'a'}]),\n"
            "             lambda: clew.score('sample-classify', [{'id': 0, 'label': 'x'}])):\n"
            "  try: call(); said.append('nothing')\n"
            "  except Exception as error: said.append(type(error).__name__ + ': ' + str(error))\n"
            "print(json.dumps(said))"
        )
        wanted = ["LookupError: .*nope", "LookupError: .*nope", "ValueError: expected weights", "(LookupError|ValueError|OSError): .*nowhere", "ValueError: unknown target",
                  "ValueError: 2 ids for 3 tokens", "ValueError: .*99999", "TypeError: ids: expected integers", "ValueError: ids: a value does not fit", "ValueError: ids: expected one dim",
                  "ValueError: .*colour", "NotImplementedError: .*without a task", "ValueError: rows.0.*text", "ValueError: "]  # fmt: skip
        self.assertEqual(len(found), len(wanted))
        for said, pattern in zip(found, wanted):
            self.assertRegex(said, pattern)


if __name__ == "__main__":
    if subprocess.run([PYTHON, "-c", "import clew"], capture_output=True, check=False).returncode != 0:
        print(f"skipped: {PYTHON} has no package clew (pip install .)")
        sys.exit(77)
    unittest.main()
