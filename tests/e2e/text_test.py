#!/usr/bin/env python3
# How texts are read, from outside: a model's own form, with segments or without; the tokenizer files beside the weights, wherever the
# vocabulary is and however the weights are named; what is noted, and what is refused.
import json
import unittest

import safetensors_file
from door import SOURCE, Door, batch

VOCABULARY = (SOURCE / "suites" / "samples" / "vocab.txt").read_text(encoding="utf-8")
TOKENS = VOCABULARY.split("\n")[:-1]
TEXT = "今天江州大学WiFi坏了，VIP用户开学"


def without_segments():
    """DistilBERT's kind of definition: zoo/models/bert.yaml, but that it takes no segments and its weights have no names of their own."""
    text, _ = (SOURCE / "zoo" / "models" / "bert.yaml").read_text(encoding="utf-8").split("\ncheckpoint:\n")
    for old, new in {
        "model: bert\n": "model: plain\n",
        "inputs: [ids, segments, offsets]": "inputs: [ids, offsets]",
        ", segments: 2": "",
        "      - segments_of: {op: embedding, ids: segments, count: $segments, width: $hidden, name: segments}\n": "",
        "{op: add, x: {op: add, x: words, y: segments_of}, y: places}": "{op: add, x: words, y: places}",
    }.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


class Text(Door):
    def setUp(self):
        super().setUp()
        self.environment.pop("CLEW_DATA", None)

    def predict(self, model, task, *arguments):
        done = self.call("clew", "predict", model, "--task", task, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()], done.stderr

    def texts(self, task):
        return ["--text", TEXT] + (["--text", "大学开学"] if task in ("sample-pair", "sample-span") else [])

    def model(self, name, text=""):
        path = self.folder / f"{name}.yaml"
        path.write_text(without_segments().replace("inputs: [ids, offsets]\n", f"inputs: [ids, offsets]\n{text}"), encoding="utf-8")
        return f"{path}:sample"

    def test_a_model_without_segments_does_every_kind(self):
        default = self.model("default")
        stated = self.model("stated", 'text: {single: "[CLS] A [SEP]", pair: "[CLS] A [SEP] B:1 [SEP]:1"}\n')
        other = self.model("other", 'text: {single: "A [SEP]", pair: "A [SEP] [CLS] B"}\n')
        for task in ("sample-classify", "sample-pair", "sample-tag", "sample-span"):
            with self.subTest(task):
                answers = [self.predict(m, task, "--random-weights", *self.texts(task))[0] for m in (default, stated, other)]
                self.assertEqual(answers[0], answers[1])
                if "probs" in answers[0][0]:
                    self.assertNotEqual(answers[0], answers[2])

    def test_a_folder_of_tokenizer_files_may_stand_for_that_of_weights(self):
        golden = json.loads((SOURCE / "tests" / "runtime" / "text" / "golden" / "kinds.json").read_text(encoding="utf-8"))
        for name, kind in (("split-gpt4", "byte_bpe"), ("t5-pieces", "unigram"), ("llama-pieces", "bpe")):
            with self.subTest(name):
                folder = self.folder / name
                folder.mkdir()
                for file, content in golden["folders"][name]["files"].items():
                    (folder / file).write_bytes(bytes.fromhex(content["hex"]) if isinstance(content, dict) else content.encode())
                model = self.model(name, f"text: {{tokenizer: {kind}, single: A}}\n")
                self.bad(1, "absent", "clew", "tokenize", model, "--vocab", folder / "absent", "--text", TEXT)
                for i in (11, 12, 15):
                    shown = json.loads(self.good("clew", "tokenize", model, "--vocab", folder, "--text", golden["texts"][i], "--json"))
                    self.assertEqual(shown["ids"], golden["folders"][name]["answers"][i][0])

    def test_a_model_without_a_pair_form_reads_one_text(self):
        bare = self.model("bare", "text: {tokenizer: characters, single: A}\n")
        self.predict(bare, "sample-classify", "--random-weights", *self.texts("sample-classify"))
        for task in ("sample-pair", "sample-span"):
            message = self.bad(1, "reads one text", "clew", "predict", bare, "--task", task, "--random-weights", *self.texts(task))
            self.assertIn(task, message)

    def test_a_wrong_form_is_named_with_its_place(self):
        for text, message in {
            'text: {single: "[CLS] [SEP]"}\n': "one A and no B",
            'text: {single: "A", pair: "A [SEP]"}\n': "one A and one B",
            'text: {single: "A:x"}\n': "segment",
            "text: {pair: A B}\n": "missing 'single'",
            "text: {single: A, cut: left}\n": "unknown key 'cut'",
            "text: {tokenizer: wordpeice, single: A}\n": "text: tokenizer: expected one of wordpiece, ",
        }.items():
            with self.subTest(text):
                path = self.model("wrong", text).removesuffix(":sample")
                done = self.call("clew", "check", path)
                self.assertEqual(done.returncode, 1)
                self.assertRegex(done.stdout + done.stderr, r"wrong\.yaml:\d+:\d+: error: .*")
                self.assertIn(message, done.stdout + done.stderr)
        kind = self.model("kind", "text: {tokenizer: wordpeice, single: A}\n")
        self.bad(1, r"kind\.yaml:\d+:19: error: text: tokenizer: expected one of wordpiece, .*found 'wordpeice'", "clew", "predict", kind, "--task", "sample-classify",
                 "--random-weights", "--text", "a")  # fmt: skip

    def checkpoint(self, **files):
        """A folder with weights of bert/sample and these files; its path."""
        folder = self.folder / "checkpoint"
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            if old.suffix != ".safetensors":
                old.unlink()
        if not (folder / "model.safetensors").exists():
            safetensors_file.write(self.folder / "in.safetensors", batch([5], vocabulary=1280))
            self.good("clew", "run", "bert/sample", "--task", "sample-classify", "--inputs", "in.safetensors", "--outputs", "out.safetensors",
                      "--save-weights", folder / "model.safetensors")  # fmt: skip
        for name, content in files.items():
            name = name.replace("__", ".")
            text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
            (folder / name).write_bytes(text.encode())
        return folder

    def ask(self, *arguments, folder=None):
        return self.predict("bert/sample", "sample-classify", "--weights", folder or self.folder / "checkpoint", "--text", TEXT, *arguments)

    def test_the_vocabulary_is_the_folders_wherever_it_is(self):
        serialized = {
            "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": {"type": "BertNormalizer"},
            "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": None, "decoder": None,
            "model": {"type": "WordPiece", "vocab": {token: i for i, token in enumerate(TOKENS)}},
        }  # fmt: skip
        config = {"tokenizer_class": "BertTokenizer"}
        self.checkpoint(vocab__txt=VOCABULARY)
        expected, notes = self.ask()
        self.assertEqual(notes, "")
        for files in (
            {"vocab__txt": VOCABULARY + "\n\n"}, {"vocab__txt": VOCABULARY[:-1]}, {"vocab__txt": VOCABULARY.replace("\n", "\r\n")},
            {"tokenizer__json": serialized, "tokenizer_config__json": config}, {"vocab__txt": VOCABULARY, "tokenizer_config__json": config},
        ):  # fmt: skip
            self.checkpoint(**files)
            self.assertEqual(self.ask()[0], expected, list(files))
        # However the weights are named.
        folder = self.checkpoint(vocab__txt="\n".join(reversed(TOKENS)) + "\n")
        turned, _ = self.ask()
        self.assertNotEqual(turned, expected)
        (self.folder / "link").symlink_to(folder)
        (self.folder / "file.safetensors").symlink_to(folder / "model.safetensors")
        for name in (folder / "model.safetensors", self.folder / "link", self.folder / "file.safetensors"):
            self.assertEqual(self.ask(folder=name)[0], turned, name)

    def test_a_vocabulary_from_elsewhere_is_noted(self):
        (self.folder / "other.txt").write_text("\n".join(reversed(TOKENS)) + "\n", encoding="utf-8")
        self.checkpoint()
        self.assertEqual(self.ask()[1], "")  # nothing says how to read texts: the samples' fits
        self.checkpoint(tokenizer_config__json={"do_lower_case": False})
        self.assertRegex(self.ask()[1], r"note: \S*checkpoint says how to read texts but has no vocabulary; that of \S*vocab.txt is read")
        self.checkpoint(vocab__txt=VOCABULARY)
        self.assertRegex(self.ask("--vocab", "other.txt")[1], r"note: other.txt is read, and not the vocabulary of the weights, \S*vocab.txt, which differs")
        (self.folder / "same.txt").write_text(VOCABULARY + "\n", encoding="utf-8")
        self.assertEqual(self.ask("--vocab", "same.txt")[1], "")

    def test_what_the_folder_says_is_obeyed_or_refused(self):
        self.checkpoint(vocab__txt=VOCABULARY)
        expected, _ = self.ask()
        for config in ({"do_lower_case": False}, {"tokenize_chinese_chars": False}, {"model_max_length": 6}, {"cls_token": "[MASK]"}):
            self.checkpoint(vocab__txt=VOCABULARY, tokenizer_config__json=config)
            self.assertNotEqual(self.ask()[0], expected, config)
        for files, message in (
            ({"tokenizer_config__json": {"tokenizer_class": "RobertaTokenizer"}}, "expected vocab.json and merges.txt, a tokenizer.json or a SentencePiece file of byte-pair encoding, found no merges"),
            ({"tokenizer_config__json": {"tokenizer_class": "JumanppTokenizer"}}, "tokenizer_class: expected one of BertTokenizer"),
            ({"tokenizer_config__json": {"do_lower_case": "no"}}, "do_lower_case: expected true or false, found 'no'"),
            ({"tokenizer_config__json": {"cls_token": "<s>"}}, "tokenizer_config.json:1: error: cls_token: expected ids below 1280, which the model has, found 1280 for the token '<s>', which stands in every row"),
            ({"added_tokens__json": {"zzz": 1280}}, "added_tokens.json:1: error: 'zzz': expected ids below 1280, which the model has, found 1280 for the token 'zzz'"),
            ({"tokenizer_config__json": {"additional_special_tokens": ["<x>"]}}, "tokenizer_config.json:1: error: additional_special_tokens: expected ids below 1280"),
            ({"special_tokens_map__json": {"eos_token": "<x>"}}, "special_tokens_map.json:1: error: eos_token: expected ids below 1280"),
            ({"tokenizer_config__json": "[" * 100}, "nested deeper"),
            ({"tokenizer_config__json": '{"a": 1, "a": 1}'}, "the key 'a' stands twice"),
            ({"tokenizer__json": {"model": {"type": "BPE", "vocab": {}}}}, "model.merges: expected a list of merges, found none"),
            ({"tokenizer__json": {"model": {"type": "Morse", "vocab": {}}}}, "model.type: expected one of WordPiece, BPE, Unigram, WordLevel, found 'Morse'"),
            ({"vocab__txt": VOCABULARY + "new\n"}, "a vocabulary of 1281 tokens for a model that has 1280"),
        ):
            with self.subTest(message):
                self.checkpoint(**{"vocab__txt": VOCABULARY, **files})
                self.bad(1, message, "clew", "predict", "bert/sample", "--task", "sample-classify", "--weights", "checkpoint", "--text", "a")
        self.checkpoint(spiece__model="")
        self.bad(1, "spiece.model: error: expected a model of SentencePiece, found no pieces", "clew", "predict", "bert/sample", "--task", "sample-classify", "--weights", "checkpoint", "--text", "a")


if __name__ == "__main__":
    unittest.main()
