#!/usr/bin/env python3
# Makes golden/kinds.json, once, with `tokenizers`, Transformers and sentencepiece: small folders of each kind but WordPiece, and what those
# packages make of texts written for this purpose. KindsGoldenTest.cpp reads it.
#
#   PYTHON make_kinds_golden.py        (PYTHON has the packages)
import io
import json
import os
import sys
import tempfile
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error")
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "bench" / "peers"))
import sentencepiece  # noqa: E402
import tokenizer_folders  # noqa: E402
import tokenizers  # noqa: E402
import transformers  # noqa: E402
from sentencepiece import sentencepiece_model_pb2  # noqa: E402

LONGEST = 320  # bytes of a text whose answer is kept


def small_charsmap(table):
    """A table of a few characters, compiled by SentencePiece itself: one to one, one to several, several to one, one to none. Also its rules,
    in the file `table`."""
    rules = {"ａ": "a", "ｂ": "b", "㎏": "kg", "ﬁ": "fi", "\u0001": "", "e\u0301": "é", "\u3000": " ", "①": "1", "½": "1/2"}
    lines = (" ".join(f"{ord(c):X}" for c in source) + "\t" + " ".join(f"{ord(c):X}" for c in target) + "\n" for source, target in rules.items())
    table.write_text("".join(lines), encoding="utf-8")
    model = io.BytesIO()
    lines = ["hello world", "the cat sat on the mat"] * 20
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(lines), model_writer=model, vocab_size=25, hard_vocab_limit=False, minloglevel=2, normalization_rule_tsv=str(table))
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(model.getvalue())
    return proto.normalizer_spec.precompiled_charsmap


def content_of(path):
    """A text, or {"hex": ..} of a SentencePiece file."""
    return {"hex": path.read_bytes().hex()} if path.suffix == ".model" else path.read_text(encoding="utf-8")


def answers_of(folder, texts):
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    backend = tokenizer._tokenizer
    answers = []
    for text in texts:
        encoding = backend.encode(text, add_special_tokens=False)
        answers.append([encoding.ids, [place for pair in encoding.offsets for place in pair]])
    pair = tokenizer("the cat", "a mat")
    return {"answers": answers, "single": tokenizer("the cat")["input_ids"], "pair": pair["input_ids"], "segments": list(pair.get("token_type_ids", [0] * len(pair["input_ids"])))}


def main():
    texts = [text for text in tokenizer_folders.ADVERSARIAL if len(text.encode()) <= LONGEST]
    training = [*(text for text in texts if "<" not in text), *["the cat sat on the mat", "hello world, don't you see?", "low lower lowest new newer newest wide"] * 5]
    folders = {}
    with tempfile.TemporaryDirectory() as base, tempfile.TemporaryDirectory() as beside:
        rules = Path(beside) / "rules.tsv"
        tokenizer_folders.charsmap = lambda: small_charsmap(rules)
        tokenizer_folders.charsmap()
        tokenizer_folders.NORMALIZATION = {"normalization_rule_tsv": str(rules)}
        for name, folder in tokenizer_folders.all_folders(base, training, 420).items():
            files = {path.name: content_of(path) for path in sorted(folder.iterdir())}
            folders[name] = {"files": files, **answers_of(folder, texts)}
    made = f"transformers {transformers.__version__}, tokenizers {tokenizers.__version__}, sentencepiece {sentencepiece.__version__}"
    parts = [f'{{"made_with": {json.dumps(made)}, "texts": {json.dumps(texts)},\n"folders": {{']
    parts.append(",\n".join(f"{json.dumps(name)}: {json.dumps(value, separators=(',', ':'))}" for name, value in folders.items()))
    (HERE / "golden" / "kinds.json").write_text(parts[0] + parts[1] + "}}\n", encoding="utf-8")
    print(len(folders), "folders", len(texts), "texts")


if __name__ == "__main__":
    main()
