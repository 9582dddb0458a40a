#!/usr/bin/env python3
# Levels beside tokens in rows: a model of characters in words in rows and one of choices of questions are YAML files, their batches are
# checked level by level, and what mixes levels is refused with its place.
import math
import unittest

import numpy

from door import Door

WORDS = """# Words from their characters.
model: words
source: test
sizes: {base: {}}
inputs:
  offsets: {of: tokens, in: batch}
  characters: {of: characters}
  character_offsets: {of: characters, in: tokens}
graph:
  - letters: {op: embedding, ids: characters, count: 50, width: 8}
  - word: {op: max, x: letters, offsets: character_offsets}
  - row: {op: mean, x: word, offsets: offsets}
outputs: {hidden: word, pooled: row}
"""
CHOICES = """# One score for each choice of a question, and the question's best.
model: choices
source: test
sizes: {base: {}}
inputs:
  ids: {of: tokens}
  segments: {of: tokens, otherwise: 0}
  offsets: {of: tokens, in: choices}
  choice_offsets: {of: choices, in: batch}
graph:
  - words: {op: embedding, ids: ids, count: 30, width: 8}
  - kinds: {op: embedding, ids: segments, count: 2, width: 8}
  - sum: {op: add, x: words, y: kinds}
  - choice: {op: mean, x: {op: attention, q: sum, k: sum, v: sum, offsets: offsets, heads: 2}, offsets: offsets}
  - score: {op: linear, x: choice, width: 1}
  - best: {op: max, x: score, offsets: choice_offsets}
outputs: {hidden: score, pooled: best}
"""


def numbers(*values):
    return numpy.array(values, dtype="<i4")


class Levels(Door):
    def model(self, text, *changes):
        for before, after in changes:
            self.assertIn(before, text)
            text = text.replace(before, after)
        (self.folder / "model.yaml").write_text(text)
        return "model.yaml:base"

    def words(self, **changes):
        batch = {"offsets": numbers(0, 2, 3), "characters": numbers(1, 2, 3, 4, 5, 6), "character_offsets": numbers(0, 3, 4, 6)}
        return self.write("in.safetensors", {name: values for name, values in (batch | changes).items() if values is not None})

    def test_words_are_the_largest_of_their_characters(self):
        model = self.model(WORDS)
        self.good("clew", "check", "model.yaml")
        found = self.run_model(model, self.words(), "--save-weights", "w.safetensors")
        table = self.read("w.safetensors")["letters.weight"]
        words = numpy.stack([table[1:4].max(axis=0), table[4], table[5:7].max(axis=0)])
        numpy.testing.assert_array_equal(found["hidden"], words)
        numpy.testing.assert_allclose(found["pooled"], [words[:2].mean(axis=0), words[2]], rtol=1e-6)
        for precision in ("f32", "bf16", "int8"):
            self.assert_near(self.run_model(model, self.words(), "--target", "ref", "--precision", precision), found, 1e-6)

    def test_a_batch_is_checked_level_by_level(self):
        model = self.model(WORDS)
        for said, changes in (
            ("token 2, character 1: character 60 is not in 0..49", {"characters": numbers(1, 2, 3, 4, 5, 60)}),
            ("5 characters for 6 characters", {"characters": numbers(1, 2, 3, 4, 5)}),
            ("token 1 is empty", {"character_offsets": numbers(0, 3, 3, 6)}),
            ("token 1: character_offsets fall from 4 to 3", {"character_offsets": numbers(0, 4, 3, 6)}),
            ("'character_offsets' must have 4 numbers, one more than there are tokens, found 3", {"character_offsets": numbers(0, 3, 6)}),
            ("expected a tensor 'character_offsets', found none", {"character_offsets": None}),
            ("unknown tensor \"ids\": the model reads offsets, characters, character_offsets", {"ids": numbers(1)}),
        ):
            with self.subTest(said=said):
                failed = self.call("clew", "run", model, "--inputs", self.words(**changes), "--outputs", "out.safetensors")
                self.assertEqual(failed.returncode, 1)
                self.assertIn(f"in.safetensors: error: {said}", failed.stderr)

    def test_choices_hold_the_tokens_and_questions_the_choices(self):
        model = self.model(CHOICES)
        ids = numbers(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
        inputs = {"ids": ids, "offsets": numbers(0, 3, 4, 7, 10), "choice_offsets": numbers(0, 2, 4)}
        together = self.run_model(model, self.write("in.safetensors", inputs))
        self.assertEqual(together["hidden"].shape, (4, 1))
        numpy.testing.assert_array_equal(together["pooled"], together["hidden"].reshape(2, 2).max(axis=1, keepdims=True))
        alone = {"ids": ids[4:7], "offsets": numbers(0, 3), "choice_offsets": numbers(0, 1)}
        found = self.run_model(model, self.write("in.safetensors", alone))
        numpy.testing.assert_allclose(found["hidden"], together["hidden"][2:3], atol=1e-6)
        with_segments = self.run_model(model, self.write("in.safetensors", inputs | {"segments": numpy.ones_like(ids)}))
        self.assertGreater(float(numpy.abs(with_segments["hidden"] - together["hidden"]).max()), 1e-6)

    def test_what_mixes_levels_is_refused_where_it_stands(self):
        mixed = ("  - row: {op: mean, x: word, offsets: offsets}\noutputs: {hidden: word, pooled: row}",
                 "  - row: {op: mean, x: word, offsets: offsets}\n  - sum: {op: add, x: word, y: row}\noutputs: {hidden: sum}")
        for place, said, changes in (
            (13, "#nn.of<\"batch\">", [mixed]),
            (11, "offsets cut tokens", [("x: word, offsets: offsets}", "x: word, offsets: character_offsets}"),
                                        ("{op: max, x: letters, offsets: character_offsets}", "{op: max, x: letters, offsets: offsets}")]),
            (8, "no input says where the characters of a batch stand", [("in: tokens", "in: pages")]),
            (8, "no input says where the characters of a batch stand", [("{of: characters, in: tokens}", "{of: characters}")]),
            (6, "'offsets' cuts batch, which nothing can cut", [("{of: tokens, in: batch}", "{of: batch, in: tokens}")]),
            (8, "only a batch knows where its elements stand", [("in: tokens}", "in: tokens, otherwise: 0}")]),
            (7, "unknown key 'off'", [("{of: characters}", "{off: characters}")]),
        ):
            with self.subTest(said=said, changes=changes):
                self.model(WORDS, *changes)
                failed = self.call("clew", "check", "model.yaml")
                self.assertEqual(failed.returncode, 1)
                self.assertIn(said, failed.stderr)
                self.assertRegex(failed.stderr, rf"(?m)^model.yaml:{place}:\d+: error: ")

    def test_masked_places_are_rows_of_their_texts(self):
        ids, offsets = numbers(2, 9, 9, 3, 2, 7, 3), numbers(0, 4, 7)
        batch = {"ids": ids, "segments": numpy.zeros_like(ids), "offsets": offsets}
        places = batch | {"masks": numbers(1, 2, 1), "mask_offsets": numbers(0, 2, 3)}
        arguments = ("--task", "masked-lm", "--layers")
        found = self.run_model("bert/sample", self.write("in.safetensors", places), *arguments, "--save-weights", "w.safetensors")
        weights = self.read("w.safetensors")
        x = found["hidden"][[1, 2, 5]] @ weights["cls.predictions.transform.dense.weight"].T + weights["cls.predictions.transform.dense.bias"]
        x = x / 2 * (1 + numpy.vectorize(math.erf)(x / math.sqrt(2)))
        x = x - x.mean(axis=1, keepdims=True)
        x = x / numpy.sqrt((x * x).mean(axis=1, keepdims=True) + 1e-12) * weights["cls.predictions.transform.LayerNorm.weight"]
        x = x + weights["cls.predictions.transform.LayerNorm.bias"]
        expected = x @ weights["bert.embeddings.word_embeddings.weight"].T + weights["cls.predictions.bias"]
        self.assertEqual(found["lm"].shape, (3, 1280))
        self.assert_near({"lm": found["lm"]}, {"lm": expected}, 1e-4)
        for said, changes in (
            ("row 1, mask 0: 3 is not in 0..2, the tokens there", {"masks": numbers(1, 2, 3)}),
            ("row 0, mask 0: -1 is not in 0..3, the tokens there", {"masks": numbers(-1, 2, 1)}),
            ("row 1 is empty", {"mask_offsets": numbers(0, 3, 3)}),
        ):
            with self.subTest(said=said):
                failed = self.call("clew", "run", "bert/sample", "--inputs", self.write("in.safetensors", places | changes), *arguments,
                                   "--outputs", "out.safetensors")  # fmt: skip
                self.assertEqual(failed.returncode, 1)
                self.assertIn(f"in.safetensors: error: {said}", failed.stderr)

    def test_segments_that_nothing_reads_are_noted(self):
        inputs = self.write("in.safetensors", {"ids": numbers(1, 2), "segments": numbers(0, 1), "offsets": numbers(0, 2)})
        said = self.call("clew", "run", "bilstm/sample", "--inputs", inputs, "--outputs", "out.safetensors")
        self.assertEqual(said.returncode, 0)
        self.assertIn("note: in.safetensors: the model has no segments; those of the file are left out", said.stderr)


if __name__ == "__main__":
    unittest.main()
