#!/usr/bin/env python3
# Compares the speed of Clew's WordPiece with that of the `tokenizers` package on TNEWS and CLUENER: one thread each, in the
# same run, turns at random, ratio of medians with a Mann-Whitney p, of elapsed time and of the processor's (which minds other
# load less). Answers are compared first. The peer runs every way it
# offers and is judged by its fastest: batch with offsets, batch without (encode_batch_fast), one text at a time.
#
# Not measured: reading the files, [CLS] and [SEP], padding. The peer's times hold what Python pays for its answers (encodings
# stay objects of Rust; only their list is Python's). Exit 1 if Clew is slower or an id differs; 77 if package or data are
# absent.
#
#   tests/bench/peers/tokenizer_speed.py --door build/release/bin/tests/clew_text_door
import argparse
import json
import os
import random
import sys
import time
from pathlib import Path

os.environ["TOKENIZERS_PARALLELISM"] = "false"
sys.path.insert(0, str(Path(__file__).resolve().parent))
import ranks  # noqa: E402
import tokenizer_texts  # noqa: E402
from tokenizer_door import TokenizerDoor  # noqa: E402

FILES = {"tnews": ("tnews/dev.json", "sentence"), "cluener": ("cluener/train.json", "text")}


def texts_of(data, task):
    path, key = FILES[task]
    with open(data / path, encoding="utf-8") as lines:
        return [json.loads(line)[key] for line in lines if line.strip()]


def peer_ways(peer, texts):
    """Name -> function that encodes all texts once."""
    ways = {
        "encode_batch": lambda: peer.encode_batch(texts, add_special_tokens=False),
        "encode": lambda: [peer.encode(text, add_special_tokens=False) for text in texts],
    }
    raw = getattr(peer, "_tokenizer", None)
    if hasattr(raw, "encode_batch_fast"):
        ways["encode_batch_fast"] = lambda: raw.encode_batch_fast(texts, add_special_tokens=False)
    return ways


def timed(function):
    """Seconds and seconds of the processor."""
    start, processor = time.perf_counter(), time.process_time()
    function()
    return time.perf_counter() - start, time.process_time() - processor


def compare_answers(task, texts, peer, door):
    """The number of tokens, or None if an id differs."""
    expected = [encoding.ids for encoding in peer.encode_batch(texts, add_special_tokens=False)]
    wrong = sum(ours is None or ours[0] != ids for ours, ids in zip(door.encode(texts), expected))
    if wrong:
        print(f"{task}: ids differ in {wrong} of {len(texts)} texts; not timed")
        return None
    return sum(map(len, expected))


def measure(task, arguments, peer, door):
    """Whether ids agree and Clew is at least as fast."""
    texts = texts_of(arguments.data, task)
    tokens = compare_answers(task, texts, peer, door)
    if tokens is None:
        return False
    door.hold(texts)
    runs = {name: lambda way=way: timed(way) for name, way in peer_ways(peer, texts).items()}
    runs["clew"] = lambda: door.time()[:2]
    for run in runs.values():
        run()  # untimed
    times = {name: [] for name in runs}
    order = list(runs) * arguments.rounds
    random.Random(arguments.seed).shuffle(order)
    for name in order:
        times[name].append(runs[name]())
    good = True
    for clock, kind in enumerate(("elapsed", "processor")):
        seconds = {name: [pair[clock] for pair in pairs] for name, pairs in times.items()}
        good = judge(f"{task} {kind}", seconds, len(texts), tokens) and good
    return good


def judge(title, seconds, texts, tokens):
    """Prints medians and ratio; whether Clew's median is the smallest."""
    median = {name: ranks.median(values) for name, values in seconds.items()}
    for name, value in sorted(median.items(), key=lambda item: item[1]):
        rates = f"{value * 1e6 / texts:8.3f} us a text {tokens / value / 1e6:7.2f} M tokens/s"
        print(f"{title:18} {name:18} {value * 1e3:9.2f} ms {rates}")
    best = min((name for name in median if name != "clew"), key=median.get)
    p = ranks.mann_whitney(seconds["clew"], seconds[best])
    print(f"{title}: {texts} texts, {tokens} tokens; {best} / clew = {median[best] / median['clew']:.2f} "
          f"(p = {p:.2g}, n = {len(seconds['clew'])}, load {os.getloadavg()[0]:.1f})", flush=True)  # fmt: skip
    return median["clew"] <= median[best]


def main():
    parser = argparse.ArgumentParser(description="compares the speed of Clew's WordPiece with the tokenizers package")
    parser.add_argument("--door", required=True, type=Path)
    parser.add_argument("--rounds", type=int, default=11, help="at least 7")
    parser.add_argument("--seed", type=int, default=1)
    arguments = tokenizer_texts.read_arguments(parser)
    if not arguments:
        return 77
    import tokenizers

    peer = tokenizers.BertWordPieceTokenizer(str(arguments.vocab))
    door = TokenizerDoor(arguments.door, arguments.vocab)
    good = [measure(task, arguments, peer, door) for task in FILES]
    door.close()
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
