#!/usr/bin/env python3
# clew train from outside: on the shipped samples, with small models written here. What comes out predicts, beats the majority, and is the
# same to the last bit whatever the threads and however often the run was killed.
import json
import random
import signal
import struct
import subprocess
import time
import unittest

import safetensors_file
from door import BIN, SOURCE, Door

TAGGER = """# A small tagger with a random field.
model: tagger
source: test
head: tag
params: {vocab: 1280, width: 24, hidden: 16, labels: 9, dropout: 0.2}
sizes: {base: {}}
inputs: [ids, offsets]
text: {tokenizer: characters, single: A}
graph:
  - embedding: {op: embedding, ids: ids, count: $vocab, width: $width}
  - forward: {op: lstm, x: {op: dropout, x: embedding, rate: $dropout}, offsets: offsets, hidden: $hidden}
  - backward: {op: gru, x: embedding, offsets: offsets, hidden: $hidden, reverse: true}
  - both: {op: concat, x: forward, y: backward}
  - emissions: {op: linear, x: {op: dropout, x: both, rate: $dropout}, width: $labels}
  - crf: {op: viterbi, x: emissions, offsets: offsets}
outputs: {hidden: both, emissions: emissions, logits: crf}
"""
TAG_RECIPE = """recipe: tag
model: tagger.yaml:base
task: sample-tag
rows: {train: train, choose: dev, report: dev}
loss: {op: crf_loss, x: emissions, weights: crf}
initial: {matrices: glorot, tables: 0.3, forget_bias: 1.0}
optimizer: {name: adamw, rate: 2.0e-2, weight_decay: 0.01, clip: 5.0}
schedule: {shape: linear, warm_up: 0.1}
batch: 16
epochs: 6
average: 0.9
seed: 3
"""
ENCODER = """# Two layers of attention.
model: encoder
source: test
params: {vocab: 1280, width: 32, heads: 4, layers: 2, dropout: 0.1}
sizes: {base: {}}
inputs: [ids, offsets]
blocks:
  layer:
    takes: [x]
    steps:
      - q: {op: linear, x: x, width: $width}
      - k: {op: linear, x: x, width: $width}
      - v: {op: linear, x: x, width: $width}
      - mixed: {op: attention, q: q, k: k, v: v, offsets: offsets, heads: $heads}
      - one: {op: layer_norm, x: {op: add, x: x, y: {op: linear, x: mixed, width: $width, name: out}}, name: first}
      - wide: {op: gelu, x: {op: linear, x: one, width: 64, name: up}}
      - two: {op: layer_norm, x: {op: add, x: one, y: {op: dropout, x: {op: linear, x: wide, width: $width, name: down}, rate: $dropout}}, name: second}
    gives: two
graph:
  - words: {op: embedding, ids: ids, count: $vocab, width: $width}
  - places: {op: embedding, ids: {op: positions, offsets: offsets}, count: 160, width: $width}
  - layer: {block: layer, x: {op: add, x: words, y: places}, repeat: $layers}
  - mean: {op: mean, x: layer, offsets: offsets}
outputs: {hidden: layer, pooled: mean}
"""
CLASSIFY_RECIPE = """recipe: classify
model: encoder.yaml:base
task: sample-classify
rows: {train: train, choose: dev, report: dev}
loss: {op: cross_entropy, x: logits, smoothing: 0.1}
initial: {matrices: glorot, tables: 0.1}
optimizer: {name: adamw, rate: 3.0e-3}
batch: 16
epochs: 6
"""


def fields(message):
    """(number of the field, value) of a protobuf message: integers, or bytes."""
    at = 0

    def varint():
        nonlocal at
        value, shift = 0, 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        tag = varint()
        size = {0: None, 1: 8, 2: None, 5: 4}[tag & 7]
        if tag & 7 == 0:
            yield tag >> 3, varint()
            continue
        size = varint() if size is None else size
        yield tag >> 3, message[at:at + size]
        at += size


def scalars(event):
    """(step, tag, value) of an Event of TensorFlow's event.proto."""
    parts = list(fields(event))
    step = dict(parts).get(2, 0)
    for _, summary in (part for part in parts if part[0] == 5):
        for _, value in fields(summary):
            entry = dict(fields(value))
            yield step, entry[1].decode(), struct.unpack("<f", entry[2])[0]


class Train(Door):
    def setUp(self):
        super().setUp()
        for name, text in {"tagger.yaml": TAGGER, "tag.yaml": TAG_RECIPE, "encoder.yaml": ENCODER, "classify.yaml": CLASSIFY_RECIPE}.items():
            (self.folder / name).write_text(text)

    def train(self, recipe, out, *more):
        done = self.call("clew", "train", recipe, "--out", out, *more)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def state(self, out):
        """Every number that the run has made: weights, moments, averages."""
        return {name: values.tobytes() for name, values in safetensors_file.read(self.folder / out / "training.safetensors")[0].items()}

    def best(self, out):
        return {name: values.tobytes() for name, values in safetensors_file.read(self.folder / out / "best.safetensors")[0].items()}

    def majority(self, task, split):
        rows = [json.loads(line) for line in (SOURCE / "suites/samples" / task / f"{split}.json").read_text().splitlines()]
        labels = [row["label"] for row in rows]
        return 100 * max(labels.count(label) for label in set(labels)) / len(labels)

    def test_a_tagger_learns_and_its_weights_predict(self):
        done = self.train("tag.yaml", "run")
        report = json.loads((self.folder / "run/run.json").read_text())
        score = report["metrics"]["entity_f1"]["value"]
        self.assertGreater(score, 50, report)  # all O gives 0
        self.assertIn("entity_f1", done.stdout)
        predictions = self.good("clew", "predict", "tagger.yaml:base", "--weights", "run/best.safetensors", "--task", "sample-tag")
        (self.folder / "predictions.jsonl").write_text(predictions)
        judged = json.loads(self.good("clew", "score", "sample-tag", "predictions.jsonl", "--json"))
        self.assertEqual(judged["metrics"]["entity_f1"]["value"], score)
        losses = [json.loads(line)["loss"] for line in (self.folder / "run/log.jsonl").read_text().splitlines() if '"step"' in line]
        self.assertEqual(len(losses), report["updates"])
        self.assertLess(sum(losses[-5:]), 0.5 * sum(losses[:5]))

    def test_the_event_file_says_what_the_log_says(self):
        self.train("tag.yaml", "run", "--set", "epochs=1")
        losses = [json.loads(line)["loss"] for line in (self.folder / "run/log.jsonl").read_text().splitlines() if '"step"' in line]
        (events,) = (self.folder / "run").glob("events.out.tfevents.*")
        found, data = {}, events.read_bytes()
        while data:
            (size,) = struct.unpack_from("<Q", data)
            for step, tag, value in scalars(data[12:12 + size]):
                found[tag, step] = value
            data = data[size + 16:]
        self.assertEqual(len(losses), sum(tag == "train/loss" for tag, _ in found))
        for step, loss in enumerate(losses, 1):
            self.assertAlmostEqual(found["train/loss", step], loss, delta=1e-5 * abs(loss))
        self.assertIn(("epoch/score", len(losses)), found)

    def test_attention_learns_too(self):
        self.train("classify.yaml", "run")
        report = json.loads((self.folder / "run/run.json").read_text())
        self.assertGreater(report["metrics"]["accuracy"]["value"], self.majority("sample-classify", "dev") + 10, report)

    def test_threads_change_no_bit(self):
        for recipe in ["tag.yaml", "classify.yaml"]:
            self.train(recipe, f"one-{recipe}", "--threads", 1, "--set", "epochs=2")
            self.train(recipe, f"three-{recipe}", "--threads", 3, "--set", "epochs=2")
            self.assertEqual(self.state(f"one-{recipe}"), self.state(f"three-{recipe}"))

    def test_a_killed_run_goes_on_to_the_same_last_bit(self):
        self.train("tag.yaml", "whole")
        chance = random.Random(5)
        log = self.folder / "killed/log.jsonl"
        kills = 0
        while kills < 10:
            # After some updates more, however fast they are.
            before = len(log.read_bytes().splitlines()) if log.exists() else 0
            wanted = before + chance.randint(1, 20)
            with subprocess.Popen([str(BIN / "clew"), "train", "tag.yaml", "--out", "killed", "--checkpoint-every", "0"], cwd=self.folder,
                                  env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                while process.poll() is None and not (log.exists() and len(log.read_bytes().splitlines()) >= wanted):
                    time.sleep(0.001)
                if process.poll() is not None:
                    break  # it came to its end
                process.send_signal(signal.SIGKILL)
            kills += 1
        self.train("tag.yaml", "killed")
        self.assertGreater(kills, 0)
        self.assertEqual(self.state("whole"), self.state("killed"))
        self.assertEqual(self.best("whole"), self.best("killed"))

    def test_the_seed_decides(self):
        self.train("tag.yaml", "one", "--set", "epochs=1")
        self.train("tag.yaml", "two", "--set", "epochs=1", "--set", "seed=4")
        self.assertNotEqual(self.state("one"), self.state("two"))

    def test_another_recipe_does_not_go_on_with_a_run(self):
        self.train("tag.yaml", "run", "--set", "epochs=1")
        before = self.state("run")
        self.bad(1, r"begun with another recipe", "clew", "train", "tag.yaml", "--out", "run", "--set", "epochs=1", "--set", "optimizer.rate=0.5")
        self.assertEqual(before, self.state("run"))

    def test_weights_to_begin_with(self):
        self.train("tag.yaml", "run", "--set", "epochs=2")
        self.train("tag.yaml", "more", "--set", "epochs=1", "--set", "start_from=run/best.safetensors", "--set", "optimizer.rate=0")
        self.assertEqual(self.best("run").keys(), self.best("more").keys())
        for name, values in self.best("run").items():
            # A rate of 0 changes nothing but for the average's rounding.
            first, second = (safetensors_file.read(self.folder / run / "best.safetensors")[0][name] for run in ("run", "more"))
            self.assertLess(abs(first - second).max(), 1e-5, name)

    def test_a_body_to_begin_with_gets_a_new_head(self):
        self.train("classify.yaml", "run", "--set", "epochs=2")
        tensors, _ = safetensors_file.read(self.folder / "run/best.safetensors")
        body = {name: values for name, values in tensors.items() if not name.startswith("classifier.")}
        self.assertEqual(len(tensors), len(body) + 2)
        safetensors_file.write(self.folder / "body.safetensors", body)
        begin = ["--set", "start_from=body.safetensors", "--set", "epochs=1", "--set", "optimizer.rate=0"]
        self.bad(1, r"classifier.*'new_head: true' begins with a body's weights alone", "clew", "train", "classify.yaml", "--out", "more", *begin)
        done = self.train("classify.yaml", "more", *begin, "--set", "new_head=true")
        self.assertIn("the head has initial values", done.stderr)
        more = safetensors_file.read(self.folder / "more/best.safetensors")[0]
        for name, values in tensors.items():
            self.assertEqual(name in body, more[name].tobytes() == values.tobytes(), name)
        self.bad(1, r"'new_head' says something of the weights of 'start_from'", "clew", "train", "classify.yaml", "--out", "none", "--set", "new_head=true")

    def test_weights_whose_labels_have_another_order_are_no_beginning(self):
        self.train("classify.yaml", "run", "--set", "epochs=1")
        tensors, metadata = safetensors_file.read(self.folder / "run/best.safetensors")
        metadata["clew.labels"] = json.dumps(json.loads(metadata["clew.labels"])[::-1])
        safetensors_file.write(self.folder / "turned.safetensors", tensors, metadata)
        self.bad(1, r"label", "clew", "train", "classify.yaml", "--out", "more", "--set", "start_from=turned.safetensors")

    def test_frozen_parts_stay_as_they_are(self):
        (self.folder / "frozen.yaml").write_text(TAG_RECIPE + "frozen: [embedding, crf.transitions]\n")
        self.train("frozen.yaml", "run", "--set", "epochs=1")
        self.train("frozen.yaml", "longer", "--set", "epochs=2")
        first, second = self.state("run"), self.state("longer")
        for name in ["values.embedding.weight", "values.crf.transitions"]:
            self.assertEqual(first[name], second[name])
        self.assertNotEqual(first["values.emissions.weight"], second["values.emissions.weight"])

    def test_params_of_the_model_are_those_of_the_recipe(self):
        losses = []
        for dropout in ["0.0", "0.6"]:
            self.train("tag.yaml", f"run{dropout}", "--set", "epochs=1", "--set", "batch=200", "--set", f"params.dropout={dropout}")
            losses.append(json.loads((self.folder / f"run{dropout}/log.jsonl").read_text().splitlines()[0])["loss"])
        self.assertNotEqual(*losses)

    def test_a_dry_run_writes_nothing(self):
        done = self.call("clew", "train", "tag.yaml", "--out", "run", "--dry-run")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("updates", done.stderr)
        self.assertFalse((self.folder / "run").exists())

    def test_a_loss_that_is_no_number_ends_the_run(self):
        self.bad(1, r"the loss of update \d+ is", "clew", "train", "classify.yaml", "--out", "run", "--set", "optimizer.rate=1000", "--set",
                 "optimizer.weight_decay=10")

    def test_mistakes_are_said(self):
        self.bad(2, r"unknown recipe 'cluener-bilstm-crv', did you mean", "clew", "train", "cluener-bilstm-crv")
        self.bad(1, r"tag.yaml:5:\d+: error: 'tagger/base' has no output 'emission'; .*did you mean 'emissions'", "clew", "train", "tag.yaml",
                 "--set", "loss.x=emission")
        self.bad(1, r"needs 'weights'", "clew", "train", "tag.yaml", "--set", "loss.weights=crv")
        self.bad(1, r"no model is trained for tasks of the kind span yet", "clew", "train", "classify.yaml", "--set", "task=sample-span")
        self.bad(1, r"no parameter 'crv' and none under it", "clew", "train", "tag.yaml", "--set", "optimizer.rates.crv=10")
        self.bad(2, r"unknown task", "clew", "train", "tag.yaml", "--set", "task=sample-tags")
        self.bad(1, r"has no param|unknown param|params", "clew", "train", "tag.yaml", "--set", "params.drop=0.1")


if __name__ == "__main__":
    unittest.main()
