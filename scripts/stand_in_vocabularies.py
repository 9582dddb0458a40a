#!/usr/bin/env python3
# Writes vocabularies of the sizes that the zoo's models have, so that boards can time every model with random weights: what a text is cut
# into hardly changes how many tokens it has (a Chinese character is one), and no score is asked for. Real weights bring their own.
#
#   scripts/stand_in_vocabularies.py FOLDER
#   clew bench latency --random-weights --data FOLDER ...
#   clew bench latency --random-weights --data FOLDER --models xlnet/base,xlnet/mid,xlnet/large --vocab FOLDER/unigram ...
#
# FOLDER/vocab/stand-in-N.txt has N tokens: special ones, ASCII and its ## pieces, Chinese characters, [unused...]. FOLDER/unigram has the
# same 32,000 as a tokenizer.json with scores, which XLNet's kind of tokenizer asks for.
import json
import re
import string
import sys
from pathlib import Path

MODELS = Path(__file__).resolve().parents[1] / "zoo" / "models"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "<unk>", "xxunk", "xxpad", "xxbos", "OOV", "_start_", "_delimiter_", "_classify_"]
UNIGRAM = 32000


def sizes():
    """Every `vocab` that a model or one of its sizes states."""
    found = set()
    for path in MODELS.glob("*.yaml"):
        found |= {int(size) for size in re.findall(r"\bvocab: (\d+)", path.read_text(encoding="utf-8"))}
    return sorted(found)


def tokens(size):
    letters = [c for c in string.printable if not c.isspace()]
    chinese = [chr(code) for code in range(0x4E00, 0xA000)]
    known = [*SPECIAL, *letters, *("##" + c for c in letters), *"，。！？：；、（）《》“”", *chinese]
    return known[:size] + [f"[unused{number}]" for number in range(1, size - len(known) + 1)]


def unigram(folder):
    """A tokenizer.json whose pieces all have one score; its rows have XLNet's form."""
    pieces = ["▁", *tokens(UNIGRAM - 1)]
    special = [{"id": pieces.index(token), "content": token, "special": True, "single_word": False, "lstrip": False, "rstrip": False,
                "normalized": False} for token in ("[UNK]", "[CLS]", "[SEP]")]  # fmt: skip
    def piece(kind, name, segment):
        return {kind: {"id": name, "type_id": segment}}

    end = [piece("SpecialToken", "[SEP]", 0), piece("SpecialToken", "[CLS]", 2)]
    second = [piece("Sequence", "B", 1), piece("SpecialToken", "[SEP]", 1), piece("SpecialToken", "[CLS]", 2)]
    content = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": special, "normalizer": None,
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        "post_processor": {
            "type": "TemplateProcessing", "single": [piece("Sequence", "A", 0), *end],
            "pair": [piece("Sequence", "A", 0), end[0], *second],
            "special_tokens": {token: {"id": token, "ids": [pieces.index(token)], "tokens": [token]} for token in ("[SEP]", "[CLS]")},
        },
        "decoder": None,
        "model": {"type": "Unigram", "unk_id": pieces.index("[UNK]"), "vocab": [[piece, -10.0] for piece in pieces]},
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def main():
    if len(sys.argv) != 2:
        raise SystemExit(f"usage: {sys.argv[0]} FOLDER")
    folder = Path(sys.argv[1])
    (folder / "vocab").mkdir(parents=True, exist_ok=True)
    for size in sizes():
        text = "".join(token + "\n" for token in tokens(size))
        (folder / "vocab" / f"stand-in-{size}.txt").write_text(text, encoding="utf-8")
    unigram(folder / "unigram")


if __name__ == "__main__":
    main()
