#!/usr/bin/env python3
# Weights that packages carry (scripts/fetch_weights.sh, docs/real-weights.md): what `clew predict` says about 1,000 real titles is what the
# packages' models say, token by token, computed by a NumPy implementation of its own; and a sentence encoder's vectors are those of BERT
# written out in NumPy. Skipped, visibly, where NumPy, the weights or the titles are not there.
import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small products: threads would wait for one another
try:
    import numpy
except ImportError as missing:
    print(f"skipped: {missing.name} is not installed")
    sys.exit(77)

import json
import math
import unittest
from pathlib import Path

import safetensors_file
from door import SOURCE, Door

sys.path.insert(0, str(SOURCE / "scripts" / "weights"))
import label_titles  # noqa: E402
import packages  # noqa: E402

WEIGHTS = packages.default_folder()
TITLES = Path(os.environ.get("CLEW_DATA") or SOURCE.parent / "shared" / "data") / "tnews" / "dev.json"
COUNT = 1000
MODELS = {
    "foolnltk-ner": "bilstm-tanh-crf/foolnltk-ner",
    "foolnltk-seg": "bilstm-tanh-crf/foolnltk-seg",
    "foolnltk-pos": "bilstm-tanh-crf/foolnltk-pos",
    "g2pm": "bilstm-relu/g2pm",
    "lac": "lac/small",
}
MOST_DIFFERENT = 1e-5  # of a vector of length 1


def bert_sentences(path, rows, heads=12):
    """BERT (arXiv:1810.04805) of rows of ids, the mean of its tokens, made 1 long: in float64, one row at a time."""
    weights = {name.removeprefix("bert."): values.astype(numpy.float64) for name, values in safetensors_file.read(path)[0].items()
               if values.dtype.kind == "f"}  # fmt: skip
    erf = numpy.vectorize(math.erf)

    def linear(x, name):
        return x @ weights[name + ".weight"].T + weights[name + ".bias"]

    def norm(x, name):
        x = x - x.mean(axis=-1, keepdims=True)
        return x / numpy.sqrt((x * x).mean(axis=-1, keepdims=True) + 1e-12) * weights[name + ".weight"] + weights[name + ".bias"]

    def layer(x, name):
        query, key, value = (
            linear(x, f"{name}.attention.self.{part}").reshape(len(x), heads, -1).transpose(1, 0, 2) for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 2, 1) / math.sqrt(query.shape[2])
        scores = numpy.exp(scores - scores.max(axis=2, keepdims=True))
        mixed = (scores / scores.sum(axis=2, keepdims=True) @ value).transpose(1, 0, 2).reshape(len(x), -1)
        x = norm(x + linear(mixed, f"{name}.attention.output.dense"), f"{name}.attention.output.LayerNorm")
        up = linear(x, f"{name}.intermediate.dense")
        up = up / 2 * (1 + erf(up / math.sqrt(2)))
        return norm(x + linear(up, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    sentences = []
    for ids in rows:
        x = weights["embeddings.word_embeddings.weight"][ids] + weights["embeddings.position_embeddings.weight"][: len(ids)]
        x = norm(x + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for index in range(6):
            x = layer(x, f"encoder.layer.{index}")
        mean = x.mean(axis=0)
        sentences.append(mean / numpy.linalg.norm(mean))
    return numpy.array(sentences)


class RealWeights(Door):
    @classmethod
    def setUpClass(cls):
        cls.titles = label_titles.read_titles(TITLES, COUNT)
        cls.rows = label_titles.rows_by_task(WEIGHTS, cls.titles)

    def predict(self, task, rows):
        """The labels of each row by place: {(first, last): label}."""
        (self.folder / "rows.jsonl").write_text("".join(json.dumps({"text": row["text"]}) + "\n" for row in rows), encoding="utf-8")
        model = MODELS[task]
        out = self.good("clew", "predict", model, "--task", WEIGHTS / "tasks" / f"{task}.yaml", "--weights", WEIGHTS / "weights" / model / task,
                        "rows.jsonl")  # fmt: skip
        return [self.places(json.loads(line)) for line in out.splitlines()]

    @staticmethod
    def places(row):
        return {tuple(place): label for label, texts in row["label"].items() for places in texts.values() for place in places}

    def test_taggers_say_what_their_packages_say(self):
        for task in MODELS:
            with self.subTest(task):
                rows = self.rows[task]
                found = self.predict(task, rows)
                self.assertEqual(len(found), COUNT)
                different = [row["text"] for row, labels in zip(rows, found) if self.places(row) != labels]
                self.assertEqual(different, [])

    def test_sentences_are_those_of_bert(self):
        folder = WEIGHTS / "weights" / "minilm" / "l6-384"
        (self.folder / "titles.txt").write_text("".join(f"{title}\n" for title in self.titles[:64]), encoding="utf-8")
        lines = self.good("clew", "tokenize", folder, "--json", "titles.txt").splitlines()
        rows = [json.loads(line)["ids"] for line in lines]
        self.assertEqual(len(rows), 64)
        offsets = numpy.cumsum([0, *map(len, rows)]).astype("<i4")
        ids = numpy.concatenate(rows).astype("<i4")
        self.write("in.safetensors", {"ids": ids, "segments": numpy.zeros_like(ids), "offsets": offsets})
        found = self.run_model("minilm/l6-384", "in.safetensors", "--layers", "--weights", folder)["sentence"]
        self.assertLessEqual(float(numpy.abs(found - bert_sentences(folder / "model.safetensors", rows)).max()), MOST_DIFFERENT)


if __name__ == "__main__":
    for needed in (*(WEIGHTS / "packages" / package.file for package in packages.PACKAGES.values()), WEIGHTS / "tasks", TITLES):
        if not needed.exists():
            print(f"skipped: no {needed} (scripts/fetch_weights.sh, docs/real-weights.md)")
            sys.exit(77)
    unittest.main()
