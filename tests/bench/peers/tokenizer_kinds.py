#!/usr/bin/env python3
# Compares every kind of tokenizer but WordPiece (tokenizer_compare.py has that) with Transformers' on folders that are trained here: ids and
# offsets of all text of a data folder, of texts that look for trouble, of every code point, and of random ones; broken UTF-8 must be
# refused. Exit 1 if anything differs; 77 if a package, or the data ($CLEW_DATA or --data), is absent.
#
#   tests/bench/peers/tokenizer_kinds.py --door build/release/bin/tests/clew_text_door [--sample N] [--fuzz N] [--only NAME]
import argparse
import itertools
import os
import random
import sys
import tempfile
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error", TOKENIZERS_PARALLELISM="false")
sys.path.insert(0, str(Path(__file__).resolve().parent))
import tokenizer_folders  # noqa: E402
import tokenizer_texts  # noqa: E402
from tokenizer_door import TokenizerDoor  # noqa: E402

BATCH = 2048
SHOWN = 5
SIZE = 8000


def training_texts(data, every):
    for path in tokenizer_texts.files_under(data):
        yield from itertools.islice(tokenizer_texts.texts_of(path), 0, None, every)


class Comparison:
    def __init__(self, name, folder, door):
        from transformers import AutoTokenizer

        self.name = name
        self.peer = AutoTokenizer.from_pretrained(folder)._tokenizer
        self.peer.no_truncation()
        self.door = TokenizerDoor(door, folder)
        self.texts = self.tokens = self.wrong_ids = self.wrong_offsets = 0

    def feed(self, texts):
        theirs = self.peer.encode_batch(texts, add_special_tokens=False)
        for text, ours, peer in zip(texts, self.door.encode(texts), theirs):
            self.texts += 1
            self.tokens += len(peer.ids)
            if ours is None or ours[0] != peer.ids:
                self.wrong_ids += 1
                if self.wrong_ids <= SHOWN:
                    print(f"{self.name}: ids differ: {ascii(text[:120])}\n  peer {peer.ids[:30]}\n  clew {ours and ours[0][:30]}")
            elif list(zip(ours[1], ours[2])) != peer.offsets:
                self.wrong_offsets += 1
                if self.wrong_offsets <= SHOWN:
                    several = zip(peer.tokens, peer.offsets, zip(ours[1], ours[2]))
                    print(f"{self.name}: offsets differ: {ascii(text[:80])}: {[one for one in several if one[1] != one[2]][:5]}")

    def feed_all(self, texts):
        texts = iter(texts)
        while batch := list(itertools.islice(texts, BATCH)):
            self.feed(batch)

    def refuse(self, broken):
        answers = self.door.encode(broken)
        self.wrong_ids += sum(answer is not None for answer in answers)

    def report(self):
        print(f"{self.name}: {self.texts} texts, {self.tokens} tokens, ids differ in {self.wrong_ids}, offsets alone in {self.wrong_offsets}", flush=True)  # fmt: skip
        self.door.close()
        return self.wrong_ids + self.wrong_offsets


def compare(arguments, name, folder):
    comparison = Comparison(name, folder, arguments.door)
    comparison.feed(tokenizer_folders.ADVERSARIAL)
    comparison.refuse(tokenizer_folders.BROKEN)
    comparison.feed_all(tokenizer_folders.character_texts())
    comparison.feed_all(tokenizer_folders.random_texts(random.Random(arguments.seed), arguments.fuzz))
    comparison.feed_all(training_texts(arguments.data, arguments.sample or 1))
    return comparison.report()


def main():
    parser = argparse.ArgumentParser(description="compares tokenizers of all kinds with Transformers'")
    parser.add_argument("--door", required=True, type=Path)
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="every Nth text only")
    parser.add_argument("--fuzz", type=int, default=2000, metavar="N", help="so many random texts")
    parser.add_argument("--only", default="", help="folders whose name begins with one of these, a comma between them")
    parser.add_argument("--keep", type=Path, help="make the folders there")
    parser.add_argument("--seed", type=int, default=1)
    arguments = tokenizer_texts.read_arguments(parser)
    if not arguments:
        return 77
    try:
        import sentencepiece  # noqa: F401  what Transformers trains and converts by
        import transformers
    except ImportError:
        print("skipped: the transformers package is not installed")
        return 77
    print("transformers", transformers.__version__, flush=True)
    with tempfile.TemporaryDirectory() as base:
        texts = list(training_texts(arguments.data, max(40, arguments.sample)))
        folders = tokenizer_folders.all_folders(arguments.keep or Path(base), texts, SIZE)
        chosen = tuple(arguments.only.split(","))
        wrong = sum(compare(arguments, name, folder) for name, folder in folders.items() if name.startswith(chosen))
    print(f"{wrong} texts with other ids or offsets")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
