#!/usr/bin/env python3
# Writes suites/samples/vocab.txt from the samples' train splits: the vocabulary of bert/sample and bilstm/sample. It is committed, like the
# samples; run this after make_samples.py.
#
#   suites/samples/make_vocabulary.py [FILE]      default: vocab.txt beside this script
#
# Order: BERT's special tokens; letters and digits with their ## pieces, so that any Latin word can be spelt; the Latin words of WORDS; all
# other characters of the train texts, the most frequent first; [unused...] up to SIZE, which zoo/models states as `vocab`.
import collections
import json
import string
import sys
import unicodedata
from pathlib import Path

HOME = Path(__file__).resolve().parent
SIZE = 1280
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = ["app", "ai", "wifi", "vip", "##ing", "##er", "##ed"]
PUNCTUATION = "，。！？：；、（）《》“”…—·,.!?:;()%-/+&'\"#@"


def texts_of(value):
    """All texts in a JSON value except keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts_of(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in ("id", "label", "version"):
                yield from texts_of(item)


def train_texts():
    for path in sorted(HOME.glob("sample-*/train.json")):
        text = path.read_text(encoding="utf-8")
        rows = [json.loads(text)] if path.parent.name == "sample-span" else map(json.loads, text.splitlines())
        for row in rows:
            yield from texts_of(row)


def tokens():
    alphabet = string.ascii_lowercase + string.digits
    found = SPECIAL + list(alphabet) + ["##" + letter for letter in alphabet] + WORDS + list(PUNCTUATION)
    known = set(found)
    # Lower case, as the tokenizer reads it; white space is no token.
    counts = collections.Counter(c for text in train_texts() for c in unicodedata.normalize("NFC", text.lower()))
    ranked = sorted(counts, key=lambda c: (-counts[c], c))
    found += [c for c in ranked if c not in known and not c.isspace()]
    if len(found) > SIZE:
        raise SystemExit(f"{len(found)} tokens; SIZE and the models' `vocab` must grow")
    return found + [f"[unused{number}]" for number in range(1, SIZE - len(found) + 1)]


def main():
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HOME / "vocab.txt"
    target.write_text("".join(token + "\n" for token in tokens()), encoding="utf-8")


if __name__ == "__main__":
    main()
