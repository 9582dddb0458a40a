#!/usr/bin/env python3
# Compares whole offline runs, text to labels, on real rows: Clew against ONNX Runtime with the `tokenizers` package, the same weights, the
# same threads, interleaved at random, at least 7 rounds. The peer runs batches of 32 rows padded to the longest, once as the rows come and
# once sorted by length, each at its best graph and way of using threads (offline_peer.py). Nothing is timed whose logits were not compared.
#
#   build/peers/bin/python tests/bench/peers/offline.py --data DATA --models bert/tinybert-4l-312 bilstm/base --json out.json
#
# Rows are those of TNEWS dev. BERT classifies them; bilstm/base is a tagger, so it tags them (CLUENER's 21 tags, a token a character), and
# the peer's decoding of tags stops at the best tag while ours goes on to entities. Weights are random, which changes no time.
# A ratio is the peer's time through ours: above 1 we are faster. Not measured: loading, memory, reading of files.
import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "golden"))
import cases  # noqa: E402
import door  # noqa: E402
import numpy  # noqa: E402
import safetensors_io  # noqa: E402

import machine  # noqa: E402
import peer_graphs  # noqa: E402
import ranks  # noqa: E402
from contender import Contender, ContenderError  # noqa: E402
from field import SETTLE_SECONDS, random_order  # noqa: E402
from peer_models import COSINES, MODELS, cosine  # noqa: E402

TASKS = {"bert": "tnews", "bilstm": "cluener"}
ARRANGEMENTS = ("come", "sorted")
F32_DIFFERENCE = 1e-5  # of logits near 0.1; a token more or less makes 4e-4
# Which of the peer's precisions each of ours is held against.
PAIRS = [("f32", "f32"), ("bf16", "f32"), ("int8", "f32"), ("int8", "int8")]


class Cell:
    """One model's contenders: ours by precision, one process of the peer with all its graphs."""

    def __init__(self, model, options, folder):
        self.model, self.options, self.folder = model, options, Path(folder)
        task = TASKS[model.family]
        weights = self.folder / "weights.safetensors"
        tiny = cases.make_batch("save", (1,), segments=model.family == "bert")
        door.run_clew(options.clew, model.name, tiny, folder, seed=options.seed, task=task, save_weights=weights)
        self.ours = {}
        self.peer = None
        try:
            for precision in options.precisions:
                command = [options.door, model.name, weights, precision, options.threads, task, options.rows_task, options.data]
                self.ours[precision] = Contender(f"ours {precision}", command)
            texts = self.folder / "texts.json"
            next(iter(self.ours.values())).ask(f"texts {texts}")
            graphs = peer_graphs.build_graphs(model, weights, folder)
            named = [f"{kind}-{name}={path}" for kind, paths in graphs.items() for name, path in paths.items()]
            command = [sys.executable, "-B", HERE / "offline_peer.py", "--family", model.family, "--vocab", options.vocab]
            command += ["--texts", texts, "--threads", options.threads, *named]
            self.peer = Contender("peer", command)
            self.ways = self.peer.ask("ways").split()
        except ContenderError:
            self.close()
            raise

    def close(self):
        for contender in [*self.ours.values(), self.peer]:
            if contender:
                contender.close()

    def logits(self, contender, question):
        path = self.folder / "logits.safetensors"
        contender.ask(f"{question} {path}")
        return {name: values.copy() for name, values in safetensors_io.read(path).items()}

    def check(self):
        """Compares everybody's logits with the peer's first f32 graph; returns the findings, and what is wrong as texts."""
        exact = self.logits(self.peer, f"save {next(way for way in self.ways if way.startswith('f32-'))}")
        findings, wrong = [], []
        sides = [("ours", name, self.logits(one, "save")) for name, one in self.ours.items()]
        sides += [("peer", way, self.logits(self.peer, f"save {way}")) for way in self.ways if way.endswith("/1")]
        for side, name, found in sides:
            if found["logits"].shape != exact["logits"].shape or (found["counts"] != exact["counts"]).any():
                wrong.append(f"{side} {name}: tokens differ from the peer's")
                continue
            finding = agreement(side, name, found["logits"], exact["logits"])
            findings.append(finding)
            precision = name.partition("-")[0]
            if precision == "f32" and finding["max_difference"] > F32_DIFFERENCE:
                wrong.append(f"{side} {name}: logits differ by {finding['max_difference']:.3g}")
            if precision != "f32" and finding["cosine"] < COSINES[side, precision]:
                wrong.append(f"{side} {name}: cosine of the logits is {finding['cosine']:.5f}")
        return findings, wrong

    def best_way(self, precision, arrangement):
        """The peer's fastest way on these rows; one trial each."""
        trials = []
        for way in self.ways:
            if way.startswith(precision + "-"):
                time.sleep(SETTLE_SECONDS)
                trials.append((float(self.peer.ask(f"run {way} {arrangement}")), way))
        return min(trials)[1] if trials else None

    def best_batch(self, precision):
        """Our fastest number of tokens in a batch; one trial each."""
        trials = []
        for tokens in self.options.batch_tokens:
            time.sleep(SETTLE_SECONDS)
            trials.append((float(self.ours[precision].ask(f"run {tokens}").split()[0]), tokens))
        return min(trials)[1]


def agreement(side, name, found, exact):
    """How far logits lie apart, and how often the greatest is the same: of all rows, and of those whose two greatest are not equal but for
    rounding."""
    two = numpy.sort(exact, axis=-1)[:, -2:]
    same = found.argmax(-1) == exact.argmax(-1)
    difference = float(numpy.abs(found - exact).max())
    clear = two[:, 1] - two[:, 0] > 2 * difference
    return {
        "side": side,
        "name": name,
        "rows": len(exact),
        "max_difference": difference,
        "cosine": cosine(found, exact),
        "same_argmax": float(same.mean()),
        "same_argmax_where_clear": float(same[clear].mean()) if clear.any() else None,
    }


def contest(cell, order):
    """(side, precision, arrangement) -> seconds of each round, and how each ran."""
    runs = {}
    for precision in cell.ours:
        tokens = cell.best_batch(precision)
        runs["ours", precision, "packed"] = (cell.ours[precision], f"run {tokens}", f"{tokens} tokens")
    for precision in ("f32", "int8"):
        for arrangement in ARRANGEMENTS:
            way = cell.best_way(precision, arrangement)
            if way:
                runs["peer", precision, arrangement] = (cell.peer, f"run {way} {arrangement}", way)
    times = {key: [] for key in runs}
    alone = {key: [] for key in runs if key[0] == "ours"}
    for _ in range(cell.options.rounds):
        keys = list(runs)
        order.shuffle(keys)
        for key in keys:
            time.sleep(SETTLE_SECONDS)
            words = runs[key][0].ask(runs[key][1]).split()
            times[key].append(float(words[0]))
            if key in alone:
                alone[key].append(float(words[1]))
    return times, alone, {key: run[2] for key, run in runs.items()}


def rows_of(cell, count, times, alone, ways):
    for ours, peer in PAIRS:
        for arrangement in ARRANGEMENTS:
            a, b = ("ours", ours, "packed"), ("peer", peer, arrangement)
            if a not in times or b not in times:
                continue
            x, y = times[a], times[b]
            yield {
                "model": cell.model.name,
                "ours": ours,
                "peer": peer,
                "peer_batches": arrangement,
                "rows": count,
                "ours_rows_per_s": count / ranks.median(x),
                "ours_rows_per_s_without_text": count / ranks.median(alone[a]),
                "peer_rows_per_s": count / ranks.median(y),
                "ratio": ranks.median(y) / ranks.median(x),
                "p": ranks.mann_whitney(x, y),
                "rounds": len(x),
                "ours_way": ways[a],
                "peer_way": ways[b],
                "ours_seconds": x,
                "peer_seconds": y,
            }


def show(row):
    print(
        f"{row['model']:22} {row['ours']:>4} / {row['peer']:4} {row['peer_batches']:6} {row['ours_rows_per_s']:9.0f} rows/s"
        f" ({row['ours_rows_per_s_without_text']:.0f} without text) / {row['peer_rows_per_s']:9.0f}: {row['ratio']:6.3f}"
        f"  p {row['p']:.2g}  n {row['rounds']}  {row['ours_way']} / {row['peer_way']}",
        flush=True,
    )


def parsed():
    parser = argparse.ArgumentParser(description="compares offline runs, text to labels, with ONNX Runtime")
    parser.add_argument("--models", nargs="+", default=["bert/tinybert-4l-312", "bilstm/base"], choices=sorted(MODELS))
    parser.add_argument("--precisions", nargs="+", default=["f32", "bf16", "int8"], choices=["f32", "bf16", "int8"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7, help="at least 7")
    parser.add_argument("--batch-tokens", nargs="+", type=int, default=[512, 1024, 2048, 4096], help="of ours, tried once each")
    parser.add_argument("--data", type=Path, default=os.environ.get("CLEW_DATA"), help="folder of data sets")
    parser.add_argument("--rows-task", default="tnews", help="whose dev rows are run")
    parser.add_argument("--vocab", type=Path, help="vocab.txt; by default DATA/vocab/google_zh_vocab.txt")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clew", type=Path, default=Path("build/release/bin/clew"))
    parser.add_argument("--door", type=Path, default=Path("build/release/bin/clew-bench-offline-door"))
    parser.add_argument("--json", type=Path, help="where all times go")
    options = parser.parse_args()
    if options.rounds < 7:
        parser.error("--rounds: at least 7, or p says nothing")
    if not options.data:
        parser.error("--data or $CLEW_DATA: where the data sets are")
    options.vocab = options.vocab or Path(options.data) / "vocab" / "google_zh_vocab.txt"
    return options


def main():
    options = parsed()
    rows, checks, refused = [], [], []
    facts = machine.facts()
    for flag in facts["flags"]:
        print(f"flag: {flag}", file=sys.stderr)
    order = random_order(options.seed)
    for name in options.models:
        with tempfile.TemporaryDirectory() as folder:
            try:
                cell = Cell(MODELS[name], options, folder)
            except (ContenderError, door.DoorError) as error:
                refused.append(f"{name}: {error}")
                continue
            try:
                findings, wrong = cell.check()
                checks += [{"model": name, **finding} for finding in findings]
                for finding in findings:
                    print(f"{name:22} {finding}", flush=True)
                refused += [f"{name}: {text}" for text in wrong]
                if not wrong:
                    count = len(json.loads((cell.folder / "texts.json").read_text())["texts"])
                    found = list(rows_of(cell, count, *contest(cell, order)))
                    for row in found:
                        show(row)
                    rows += found
            except ContenderError as error:
                refused.append(f"{name}: {error}")
            finally:
                cell.close()
    for text in refused:
        print(f"refused: {text}", file=sys.stderr)
    if options.json:
        content = {"machine": facts, "rows": rows, "checks": checks, "refused": refused}
        options.json.write_text(json.dumps(content, indent=1) + "\n")
    return 1 if refused or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
