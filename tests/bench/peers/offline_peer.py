# The peer of the offline scenario behind a line protocol as clew-bench-offline-door's: ONNX Runtime and the `tokenizers` package, text to
# labels, in batches of 32 rows padded to the longest. What favours the peer is left to it: all texts are tokenized in one call on all
# threads, decoding stops at the greatest logit, and how threads are used is chosen by trial.
#
#   python offline_peer.py --family bert|bilstm --vocab vocab.txt --texts texts.json --threads N NAME=GRAPH.onnx ...
#
#   ways                     names of the ways in which it can run: GRAPH/STREAMS, so many batches at once on N / STREAMS threads each
#   run WAY come|sorted      all rows; batches of rows as they come, or of rows sorted by length -> seconds
#   save WAY OUT.safetensors `logits` of all rows one after the other (tag: of each character), `counts` -> ok
import argparse
import json
import os
import sys
import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "golden"))
import numpy  # noqa: E402
import safetensors_io  # noqa: E402

from ort_door import session_of  # noqa: E402

ROWS = 32


class Pieces:
    """BERT's tokens with [CLS] and [SEP]."""

    def __init__(self, vocabulary, longest):
        from tokenizers import BertWordPieceTokenizer

        self.tokenizer = BertWordPieceTokenizer(str(vocabulary), lowercase=True)
        self.tokenizer.enable_truncation(longest)

    def encode(self, texts):
        return [row.ids for row in self.tokenizer.encode_batch(texts)]


class Characters:
    """A token a character, as taggers without special tokens read texts; each character's id is found once."""

    def __init__(self, vocabulary, longest):
        lines = Path(vocabulary).read_text(encoding="utf-8").split("\n")
        self.ids = {token: index for index, token in enumerate(lines) if token}
        self.known = {}
        self.longest = longest

    def find(self, character):
        form = unicodedata.normalize("NFD", character.lower())
        form = "".join(c for c in form if unicodedata.category(c) != "Mn")
        found = self.ids.get(form, self.ids["[UNK]"]) if len(form) == 1 else self.ids["[UNK]"]
        return self.known.setdefault(character, found)

    def encode(self, texts):
        known, find = self.known.get, self.find
        rows = []
        for text in texts:
            row = [known(character) for character in text[: self.longest]]
            if None in row:
                row = [find(character) for character in text[: self.longest]]
            rows.append(row)
        return rows


def feeds_of(rows, wanted):
    """Padded inputs of one batch."""
    lengths = numpy.array([len(row) for row in rows])
    seen = numpy.arange(lengths.max())[None] < lengths[:, None]
    ids = numpy.zeros(seen.shape, numpy.int64)
    ids[seen] = numpy.concatenate(rows)
    every = {"input_ids": ids, "attention_mask": seen.astype(numpy.int64), "lengths": lengths.astype(numpy.int64)}
    if "token_type_ids" in wanted:
        every["token_type_ids"] = numpy.zeros_like(ids)
    return {name: every[name] for name in wanted}


class Peer:
    def __init__(self, options):
        given = json.loads(options.texts.read_text(encoding="utf-8"))
        self.texts = given["texts"]
        self.tokenizer = (Pieces if options.family == "bert" else Characters)(options.vocab, given["longest"])
        self.sessions = {}
        for graph in options.graphs:
            name, _, path = graph.partition("=")
            for streams in range(1, options.threads + 1):
                if options.threads % streams == 0:
                    self.sessions[f"{name}/{streams}"] = (session_of(path, options.threads // streams), streams)

    def batches(self, way, rows, order):
        """Runs all batches; yields each with its logits."""
        session, streams = self.sessions[way]
        wanted = [value.name for value in session.get_inputs()]
        cut = [order[first : first + ROWS] for first in range(0, len(order), ROWS)]

        def one(batch):
            return batch, session.run(["logits"], feeds_of([rows[index] for index in batch], wanted))[0]

        if streams == 1:
            yield from map(one, cut)
        else:
            with ThreadPoolExecutor(streams) as pool:
                yield from pool.map(one, cut)

    def run(self, way, arrangement):
        begin = time.perf_counter()
        rows = self.tokenizer.encode(self.texts)
        order = list(range(len(rows)))
        if arrangement == "sorted":
            order.sort(key=lambda index: len(rows[index]))
        labels = [None] * len(rows)
        for batch, logits in self.batches(way, rows, order):
            for index, best in zip(batch, logits.argmax(-1)):
                labels[index] = best
        return f"{time.perf_counter() - begin:.6f}"

    def save(self, way, path):
        rows = self.tokenizer.encode(self.texts)
        parts = []
        for batch, logits in self.batches(way, rows, list(range(len(rows)))):
            for index, values in zip(batch, logits):
                parts.append(values[: len(rows[index])] if values.ndim == 2 else values[None])
        counts = numpy.array([len(part) for part in parts], numpy.int32)
        safetensors_io.write(path, {"logits": numpy.concatenate(parts), "counts": counts})
        return "ok"

    def answer(self, line):
        command, *words = line.split()
        actions = {"ways": lambda: " ".join(self.sessions), "run": self.run, "save": self.save}
        if command not in actions:
            return f"error: unknown command '{command}'"
        try:
            return actions[command](*words)
        except Exception as error:  # the process stays up whatever the peer says
            return f"error: {' '.join(str(error).split())}"


def main():
    parser = argparse.ArgumentParser(description="runs ONNX graphs on texts for offline.py")
    parser.add_argument("--family", choices=["bert", "bilstm"], required=True)
    parser.add_argument("--vocab", type=Path, required=True)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("graphs", nargs="+", metavar="NAME=GRAPH")
    options = parser.parse_args()
    os.environ["TOKENIZERS_PARALLELISM"] = "true"
    os.environ["RAYON_NUM_THREADS"] = str(options.threads)
    peer = Peer(options)
    print("ready", flush=True)
    for line in sys.stdin:
        if line.strip() == "quit":
            break
        print(peer.answer(line.strip()), flush=True)


if __name__ == "__main__":
    main()
