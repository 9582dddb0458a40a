#!/usr/bin/env python3
# ELMo from outside: texts in, predictions out, through the characters of words; weights under the names that were published and under
# ours; and what is refused. The numbers themselves are held against PyTorch by tests/golden.
import json
import shutil
import unittest

import numpy

from door import SOURCE, Door

SMALL = "elmo/small"


def characters_of(word):
    marks = {"<S>": [256], "</S>": [257]}
    return ([258, *marks.get(word, word.encode()[:48]), 259] + [260] * 7)[:50]


def words_batch(*sentences):
    """Packed, each sentence between its boundaries."""
    words = [characters_of(word) for sentence in sentences for word in ["<S>", *sentence.split(), "</S>"]]
    return {
        "characters": numpy.concatenate(words).astype("<i4"),
        "character_offsets": numpy.cumsum([0, *map(len, words)]).astype("<i4"),
        "offsets": numpy.cumsum([0, *(len(sentence.split()) + 2 for sentence in sentences)]).astype("<i4"),
    }


class Elmo(Door):
    def setUp(self):
        super().setUp()
        self.environment.pop("CLEW_DATA", None)

    def predict(self, task, *arguments):
        said = self.good("clew", "predict", SMALL, "--task", task, "--random-weights", "--deterministic", *arguments)
        return [json.loads(line) for line in said.splitlines()]

    def test_texts_become_the_characters_of_words(self):
        said = self.good("clew", "tokenize", SMALL, "--text", "The  café <S>", "--json")
        found = json.loads(said)
        self.assertEqual(found["characters"], [characters_of(word) for word in ("<S>", "The", "café", "<S>", "</S>")])
        self.assertEqual(found["offsets"], [None, [0, 3], [5, 9], [10, 13], None])
        table = self.good("clew", "tokenize", SMALL, "--text", "a")
        self.assertIn("258 97 259 260 260 260 260 260 260 260", table)
        refused = "--vocab: a tokenizer of the kind 'word_bytes' reads no vocabulary"
        self.bad(1, refused, "clew", "tokenize", SMALL, "--text", "a", "--vocab", "none.txt")

    def test_rows_are_classified_and_tagged_and_do_not_depend_on_each_other(self):
        rows = ["a b c", "", "The cat sat on the mat .", "x" * 200, "café 中国"]
        (self.folder / "rows.jsonl").write_text("".join(json.dumps({"text": row}) + "\n" for row in rows))
        for task in ("sample-classify", "sample-tag"):
            with self.subTest(task):
                every = self.predict(task, "rows.jsonl")
                self.assertEqual(len(every), len(rows))
                for row, answer in zip(rows, every):
                    alone = self.predict(task, "--text", row)[0]
                    self.assertEqual({**alone, "id": answer["id"]}, answer)
        probabilities = [row["probs"] for row in self.predict("sample-classify", "rows.jsonl")]
        self.assertEqual(len({json.dumps(row) for row in probabilities}), len(rows))  # they are told apart
        pair = ["--task", "sample-pair", "--random-weights", "--text", "a", "--text", "b"]
        self.bad(1, "reads one text at a time", "clew", "predict", SMALL, *pair)

    def test_a_board_scores_and_times_it(self):
        cells = ["--models", SMALL, "--tasks", "sample-tag", "--precision", "f32,int8", "--scenarios", "offline"]
        self.good("clew", "bench", "smoke", *cells, "--random-weights", "--out", "out")
        records = [json.loads(line) for line in (self.folder / "out" / "records.jsonl").read_text().splitlines()]
        self.assertEqual({record["model"] for record in records}, {SMALL})
        self.assertEqual({record["precision"] for record in records}, {"f32", "int8"})

    def test_published_files_have_no_mix_and_ours_do(self):
        inputs = self.write("in.safetensors", words_batch("The cat", "a"))
        ours = self.run_model(SMALL, inputs, "--layers", "--save-weights", "ours.safetensors")
        saved = self.read("ours.safetensors")
        self.assertEqual(saved["RNN_0/RNN/MultiRNNCell/Cell1/LSTMCell/W_0"].shape, (256, 4096))
        again = self.run_model(SMALL, inputs, "--layers", "--weights", "ours.safetensors")
        self.assert_near(again, ours, 1e-5)  # a forget gate's bias is saved without the 1 that is added
        bare = {name: values for name, values in saved.items() if not name.startswith("ELMo_")}
        found = self.run_model(SMALL, inputs, "--layers", "--weights", self.write("bilm.safetensors", bare))
        for name in ("hidden.0", "hidden.1", "hidden.2"):
            numpy.testing.assert_array_equal(found[name], again[name])
        even = sum(found[f"hidden.{number}"].astype("f8") for number in range(3)) / 3
        numpy.testing.assert_allclose(found["hidden"], even, atol=1e-6)
        shares = numpy.exp(saved["ELMo_W_0"].astype("f8"))
        mixed = sum(share * again[f"hidden.{number}"] for number, share in enumerate(shares / shares.sum()))
        numpy.testing.assert_allclose(again["hidden"], saved["ELMo_gamma_0"] * mixed, atol=1e-5)
        self.assertEqual(found["hidden.0"].shape, (7, 256))
        numpy.testing.assert_array_equal(found["hidden.0"][:, :128], found["hidden.0"][:, 128:])
        del bare["char_embed"]
        lame = self.write("lame.safetensors", bare)
        self.bad(1, 'missing.*"char_embed"', "clew", "run", SMALL, "--inputs", inputs, "--outputs", "o", "--weights", lame)

    def test_hdf5_files_are_read_like_any(self):
        try:
            import h5py
        except ImportError:
            self.skipTest("h5py is not installed")
        inputs = self.write("in.safetensors", words_batch("The cat sat", "on the mat ."))
        self.run_model(SMALL, inputs, "--save-weights", "w.safetensors")
        wanted = self.run_model(SMALL, inputs, "--weights", "w.safetensors")
        for version in ("earliest", "latest"):
            with h5py.File(self.folder / f"{version}.hdf5", "w", libver=version) as file:
                for name, values in self.read("w.safetensors").items():
                    file.create_dataset(name, data=values)
        self.assert_same(self.run_model(SMALL, inputs, "--weights", "earliest.hdf5"), wanted)
        refused = "expected its links in its header, found them in a heap"
        self.bad(1, refused, "clew", "run", SMALL, "--inputs", inputs, "--outputs", "o", "--weights", "latest.hdf5")

    def test_padding_beyond_what_a_filter_sees_changes_nothing(self):
        short = words_batch("The cat sat")
        words = numpy.split(short["characters"], short["character_offsets"][1:-1])
        full = [numpy.concatenate([word, numpy.full(50 - len(word), 260)]) for word in words]
        places = (50 * numpy.arange(len(full) + 1)).astype("<i4")
        long = {**short, "characters": numpy.concatenate(full).astype("<i4"), "character_offsets": places}
        found = self.run_model(SMALL, self.write("short.safetensors", short), "--layers")
        self.assert_near(self.run_model(SMALL, self.write("long.safetensors", long), "--layers"), found, 1e-6)

    def test_states_are_carried_from_text_to_text_where_their_order_counts_and_nowhere_else(self):
        text = (SOURCE / "zoo" / "models" / "elmo.yaml").read_text()
        self.assertIn("state: reset}", text)
        (self.folder / "elmo.yaml").write_text(text.replace("state: reset}", "state: carry}"))
        self.good("clew", "check", "elmo.yaml")
        model = ["elmo.yaml:small", "--task", "sample-classify", "--random-weights", "--deterministic"]
        rows = ["The cat sat .", "on the mat", "The cat sat ."]
        (self.folder / "rows.jsonl").write_text("".join(json.dumps({"text": row}) + "\n" for row in rows))

        def probabilities(*arguments):
            said = self.good("clew", "predict", *model, *arguments)
            return [json.loads(line)["probs"] for line in said.splitlines()]

        every = probabilities("rows.jsonl")
        self.assertEqual(every, probabilities("rows.jsonl", "--threads", "3"))  # each run begins anew
        self.assertEqual(every[0], probabilities("--text", rows[0])[0])
        for row in (1, 2):
            self.assertNotEqual(every[row], probabilities("--text", rows[row])[0])
        self.assertNotEqual(every[2], every[0])

        order = "answers depend on the order of rows"
        self.bad(1, order, "clew", "predict", *model, "rows.jsonl", "--into", "out.jsonl")
        self.bad(1, order, "clew", "predict", *model, "rows.jsonl", "--shard", "1/2")
        bench = ["--models", "elmo.yaml:small", "--tasks", "sample-classify", "--random-weights", "--out", "out"]
        said = self.call("clew", "bench", "smoke", *bench)
        self.assertEqual(said.returncode, 1)
        self.assertIn(order, said.stderr)
        self.bad(1, order, "clew", "serve", "elmo.yaml:small", "--task", "sample-classify", "--random-weights", "--port", "0")
        self.bad(1, "every batch begins anew", "clew", "compile", "elmo.yaml:small", "--target", "cuda", "-o", "elmo.clew")
        self.bad(1, "have no form in ONNX", "clew", "export", "elmo.yaml:small", "elmo.onnx")
        inputs = self.write("in.safetensors", words_batch("The cat sat"))
        said = self.call("clew", "run", "elmo.yaml:small", "--inputs", inputs, "--outputs", "o.safetensors")
        self.assertEqual(said.returncode, 0)
        self.assertIn("goes on where the batch before ended", said.stderr)

    def test_characters_are_only_for_tokenizers_that_give_them(self):
        text = (SOURCE / "zoo" / "models" / "elmo.yaml").read_text()
        (self.folder / "elmo.yaml").write_text(text.replace("tokenizer: word_bytes", "tokenizer: words"))
        task = ["--task", "sample-classify", "--random-weights", "--text", "a"]
        refused = "it reads 'characters' of characters, which texts that are read by 'words' do not give"
        self.bad(1, refused, "clew", "predict", "elmo.yaml:small", *task)
        refused = "text: characters: tokens of the kind 'words' have none"
        self.bad(1, refused, "clew", "tokenize", "elmo.yaml:small", "--text", "a")


if __name__ == "__main__":
    unittest.main()
