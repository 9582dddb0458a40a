#!/usr/bin/env python3
# Compares Clew's WordPiece with the `tokenizers` package on all text of a data folder, id by id and offset by offset, and on
# random code points. Exit 1 if an id or an offset differs; 77 if the package is absent, or the data ($CLEW_DATA or --data).
#
#   tests/bench/peers/tokenizer_compare.py --door build/release/bin/tests/clew_text_door [--sample N] [--fuzz SECONDS]
import argparse
import itertools
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import tokenizer_random  # noqa: E402
import tokenizer_texts  # noqa: E402
from tokenizer_door import TokenizerDoor  # noqa: E402

BATCH = 4096
SHOWN = 10
# Options of BertWordPieceTokenizer and of the door that mean the same.
OPTIONS = [
    ({}, []),
    ({"lowercase": False}, ["keep-case", "keep-accents"]),
    ({"strip_accents": False}, ["keep-accents"]),
    ({"lowercase": False, "strip_accents": True}, ["keep-case"]),
    ({"handle_chinese_chars": False}, ["keep-chinese"]),
    ({"clean_text": False}, ["keep-dirt"]),
]


class Comparison:
    """Both tokenizers with the same options, and how often they agreed."""

    def __init__(self, arguments, peer_options=None, door_options=()):
        from tokenizers import BertWordPieceTokenizer, normalizers

        self.decompose = normalizers.NFD().normalize_str
        self.clean = normalizers.BertNormalizer(True, False, False, False).normalize_str
        self.peer = BertWordPieceTokenizer(str(arguments.vocab), **(peer_options or {}))
        self.door = TokenizerDoor(arguments.door, arguments.vocab, *door_options)
        self.texts = self.tokens = self.wrong_ids = self.wrong_offsets = 0

    def feed(self, texts):
        theirs = self.peer.encode_batch(texts, add_special_tokens=False)
        for text, ours, peer in zip(texts, self.door.encode(texts), theirs):
            self.texts += 1
            self.tokens += len(peer.ids)
            if ours is None or ours[0] != peer.ids:
                self.wrong_ids += 1
                if self.wrong_ids <= SHOWN:
                    print(f"ids differ: {ascii(text[:200])}\n  tokenizers {peer.ids[:40]}")
                    print(f"  clew       {ours and ours[0][:40]}")
            elif list(zip(ours[1], ours[2])) != peer.offsets and not self.moves_marks(text):
                self.wrong_offsets += 1
                if self.wrong_offsets <= SHOWN:
                    pairs = zip(peer.tokens, peer.offsets, zip(ours[1], ours[2]))
                    print(f"offsets differ: {ascii(text[:80])}: {[pair for pair in pairs if pair[1] != pair[2]][:5]}")

    def moves_marks(self, text):
        """Whether canonical order moves a mark: the two name the place of such a mark differently."""
        text = self.clean(text)
        return self.decompose(text) != "".join(map(self.decompose, text))

    def report(self, name):
        print(f"{name}: {self.texts} texts, {self.tokens} tokens, ids differ in {self.wrong_ids}, "
              f"offsets alone in {self.wrong_offsets}", flush=True)  # fmt: skip
        self.door.close()
        return self.wrong_ids + self.wrong_offsets


def compare_files(arguments):
    wrong = 0
    for path in tokenizer_texts.files_under(arguments.data):
        comparison = Comparison(arguments)
        texts = iter(tokenizer_texts.texts_of(path))
        if arguments.sample:
            texts = iter(list(texts)[:: arguments.sample])
        while batch := list(itertools.islice(texts, BATCH)):
            comparison.feed(batch)
        wrong += comparison.report(path.relative_to(arguments.data))
    return wrong


def compare_random(arguments):
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        arguments.vocab = Path(folder) / "vocab.txt"
        arguments.vocab.write_text("\n".join(tokenizer_random.rich_vocabulary()) + "\n", encoding="utf-8", newline="\n")
        for peer_options, door_options in OPTIONS:
            wrong += compare_random_with(arguments, peer_options, door_options)
    return wrong


def compare_random_with(arguments, peer_options, door_options):
    comparison = Comparison(arguments, peer_options, door_options)
    source = random.Random(arguments.seed)
    end = time.monotonic() + arguments.fuzz / len(OPTIONS)
    while time.monotonic() < end:
        comparison.feed([tokenizer_random.text(source) for _ in range(1000)])
    return comparison.report(f"random {peer_options}")


def main():
    parser = argparse.ArgumentParser(description="compares Clew's WordPiece with the tokenizers package")
    parser.add_argument("--door", required=True, type=Path)
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="every Nth text only")
    parser.add_argument("--fuzz", type=float, default=0, metavar="SECONDS", help="random texts too, for so long")
    parser.add_argument("--seed", type=int, default=1)
    arguments = tokenizer_texts.read_arguments(parser)
    if not arguments:
        return 77
    wrong = compare_files(arguments) + (compare_random(arguments) if arguments.fuzz else 0)
    print(f"{wrong} texts with other ids or offsets")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
