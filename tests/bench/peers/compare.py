#!/usr/bin/env python3
# Compares Clew with ONNX Runtime on whole models with the same weights: each side at its best thread count and graph, runs
# interleaved at random, at least 7 rounds, ratios of medians with a Mann-Whitney p. Nothing is timed whose results were not
# compared first. Run with the interpreter that setup_venv.sh made:
#
#   build/peers/bin/python tests/bench/peers/compare.py --models bert/base --json out.json
#
# --base-door OTHER/bin/clew-bench-door adds another build of Clew to the same run: what a change made faster or slower.
#
# A ratio is the peer's (or the base's) time through ours: above 1 we are faster. Not measured: text to tokens, loading, memory.
import argparse
import json
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "golden"))
import door  # noqa: E402
import safetensors_io  # noqa: E402

import machine  # noqa: E402
import peer_graphs  # noqa: E402
import ranks  # noqa: E402
from contender import ContenderError  # noqa: E402
from field import Field, random_order, time_fresh, time_shape  # noqa: E402
from peer_models import MODELS  # noqa: E402

# Our precision, and the side and precision that it is held against.
PAIRS = [
    ("f32", "peer", "f32"),
    ("bf16", "peer", "f32"),
    ("int8", "peer", "f32"),
    ("int8", "peer", "int8"),
    ("f32", "base", "f32"),
    ("bf16", "base", "bf16"),
    ("int8", "base", "int8"),
]
RAGGED = (7, 1, 64, 33, 128, 2)
LONG_RUN_US = 2e6
FEWEST_ROUNDS = 7  # under which a p says nothing
PACKED_ROWS, PACKED_SHORTEST, PACKED_LONGEST = 32, 16, 128
HEADER = ("model", "batch x tokens", "ours", "against", "ours ms", "its ms", "ratio", "p", "ours by", "it by")
WIDTHS = (22, 18, 5, 9, 10, 10, 7, 9, 8, 12)


def write_batch(path, model, name, lengths):
    safetensors_io.write(path, model.batch(name, lengths))
    return path


def printed(cells):
    print(" ".join(f"{str(cell):>{width}}" for cell, width in zip(cells, WIDTHS)), flush=True)


def rows_of(model, shape, chosen, times, unit):
    """One result for each pair of precisions that both sides have."""
    for ours, side, peer in PAIRS:
        if ("ours", ours) not in times or (side, peer) not in times:
            continue
        x, y = times["ours", ours], times[side, peer]
        yield {
            "model": model.name,
            "shape": shape,
            "ours": ours,
            "against": side,
            "peer": peer,
            "unit": unit,
            "ours_median": ranks.median(x),
            "peer_median": ranks.median(y),
            "ratio": ranks.median(y) / ranks.median(x),
            "p": ranks.mann_whitney(x, y) if len(x) >= FEWEST_ROUNDS else None,
            "rounds": len(x),
            "ours_facts": chosen["ours", ours][0].facts,
            "peer_facts": chosen[side, peer][0].facts,
            "ours_times": x,
            "peer_times": y,
        }


def show(row):
    scale = 1e3 if row["unit"] == "us a run" else 1.0
    by = row["peer_facts"]
    medians = [f"{row[key] / scale:.3f}" for key in ("ours_median", "peer_median")]
    ways = [f"{row['ours_facts']['threads']}t", f"{by.get('graph', '')} {by['threads']}t"]
    against = f"{row['against']} {row['peer']}"
    probability = "-" if row["p"] is None else f"{row['p']:.2g}"
    printed((row["model"], row["shape"], row["ours"], against, *medians, f"{row['ratio']:.3f}", probability, *ways))


def compare_shape(field, options, folder, batch, tokens, order):
    shape = f"{batch} x {tokens}"
    path = write_batch(Path(folder) / "cell.safetensors", field.model, f"{field.model.name} {shape}", (tokens,) * batch)
    refused = field.refusals(path, folder)
    if refused:
        return [], [f"{field.model.name} {shape}: {text}" for text in refused]
    chosen = field.best(path)
    long = options.long_rounds and max(microseconds for _, microseconds in chosen.values()) > LONG_RUN_US
    rounds = options.long_rounds - 1 if long else options.rounds
    times = time_shape(chosen, path, rounds, options.round_ms * 1e3, order)
    if long:
        times = {key: [field.checked[chosen[key][0]], *each] for key, each in times.items()}
    return list(rows_of(field.model, shape, chosen, times, "us a run")), []


def compare_packed(field, options, folder, order):
    """Batches of sequences of uniform lengths, new ones in each round; the peer pads to the longest. Times are a real token's."""
    def fresh(number):
        lengths = tuple(order.randint(PACKED_SHORTEST, PACKED_LONGEST) for _ in range(PACKED_ROWS))
        path = Path(folder) / f"packed{number}.safetensors"
        return write_batch(path, field.model, f"{field.model.name} packed {number}", lengths), sum(lengths)

    shape = f"{PACKED_ROWS} x {PACKED_SHORTEST}..{PACKED_LONGEST}"
    warm = fresh("-warm")[0]
    refused = field.refusals(warm, folder)
    if refused:
        return [], [f"{field.model.name} {shape}: {text}" for text in refused]
    chosen = field.best(warm)
    batches = [fresh(number) for number in range(max(options.rounds, 2 * options.rounds - 1))]
    times = time_fresh(chosen, batches, order)
    return list(rows_of(field.model, shape, chosen, times, "us a token")), []


def weights_for(options, model, folder):
    """The file given by --weights, or seeded random ones made by Clew."""
    if options.weights:
        return options.weights
    path = Path(folder) / "weights.safetensors"
    door.run_clew(options.clew, model.name, model.batch("save", (1,)), folder, seed=options.seed, save_weights=path)
    return path


def compare_model(options, model, rows, refused):
    order = random_order(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        weights = weights_for(options, model, folder)
        graphs = peer_graphs.build_graphs(model, weights, folder, options.peer_precisions)
        if options.peer_graphs:
            graphs = {key: {name: paths[name] for name in options.peer_graphs if name in paths} for key, paths in graphs.items()}
        if not all(graphs.values()):
            raise ContenderError(f"no graph is called {', '.join(options.peer_graphs)}")
        field = Field(model, weights, graphs, options)
        try:
            ragged = write_batch(Path(folder) / "ragged.safetensors", model, f"{model.name} ragged", RAGGED)
            wrong = field.refusals(ragged, folder)
            if wrong:
                refused += [f"{model.name} ragged batch: {text}" for text in wrong]
                return
            shapes = options.shapes or [(batch, tokens) for batch in options.batches for tokens in options.tokens]
            parts = [lambda shape=shape: compare_shape(field, options, folder, *shape, order) for shape in shapes]
            if not options.no_packed:
                parts.append(lambda: compare_packed(field, options, folder, order))
            for part in parts:
                found, wrong = part()
                for row in found:
                    show(row)
                rows += found
                refused += wrong
        finally:
            field.close()


def summarize(rows):
    """Geometric mean and worst cell for each model and pair of precisions; fixed and packed shapes apart."""
    groups = {}
    for row in rows:
        kind = "packed" if row["unit"] == "us a token" else "padded"
        key = (row["model"], kind, row["ours"], row["against"], row["peer"])
        groups.setdefault(key, []).append(row)
    for (model, kind, ours, against, peer), members in groups.items():
        worst = min(members, key=lambda row: row["ratio"])
        yield {
            "model": model,
            "kind": kind,
            "ours": ours,
            "against": against,
            "peer": peer,
            "cells": len(members),
            "geomean": ranks.geometric_mean([row["ratio"] for row in members]),
            "worst": worst["ratio"],
            "worst_shape": worst["shape"],
        }


def shape_of(text):
    """'8x128' -> (8, 128)."""
    batch, tokens = text.split("x")
    return int(batch), int(tokens)


def parsed():
    parser = argparse.ArgumentParser(description="compares Clew with ONNX Runtime")
    parser.add_argument("--models", nargs="+", default=["bert/base"], choices=sorted(MODELS), metavar="MODEL")
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 8, 32])
    parser.add_argument("--tokens", nargs="+", type=int, default=[16, 32, 64, 128, 256, 512])
    parser.add_argument("--shapes", nargs="+", type=shape_of, metavar="BxT", help="these alone, e.g. 1x32 8x128")
    parser.add_argument("--precisions", nargs="+", default=["f32", "bf16", "int8"], choices=["f32", "bf16", "int8"])
    parser.add_argument("--peer-precisions", nargs="+", default=["f32", "int8"], choices=["f32", "int8"])
    parser.add_argument("--peer-graphs", nargs="+", metavar="NAME", help="of the peer's graphs these alone")
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2], help="thread counts that may be chosen")
    parser.add_argument("--rounds", type=int, default=9, help="at least 7")
    parser.add_argument("--long-rounds", type=int, help="where a run takes more than 2 s, the check's too; under 7: no p")
    parser.add_argument("--round-ms", type=float, default=100.0, help="a round of small models lasts so long")
    parser.add_argument("--no-packed", action="store_true", help="leave out batches of mixed lengths")
    parser.add_argument("--weights", type=Path, help="of one model; seeded random ones by default")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clew", type=Path, default=Path("build/release/bin/clew"))
    parser.add_argument("--door", type=Path, default=Path("build/release/bin/clew-bench-door"))
    parser.add_argument("--base-door", type=Path, help="clew-bench-door of another build, to be compared with too")
    parser.add_argument("--json", type=Path, help="where all times go")
    options = parser.parse_args()
    if options.rounds < FEWEST_ROUNDS:
        parser.error("--rounds: at least 7, or p says nothing")
    if options.weights and len(options.models) > 1:
        parser.error("--weights: belongs to one model; name one")
    return options


def main():
    options = parsed()
    rows, refused = [], []
    facts = machine.facts()
    for flag in facts["flags"]:
        print(f"flag: {flag}", file=sys.stderr)
    printed(HEADER)
    for name in options.models:
        try:
            compare_model(options, MODELS[name], rows, refused)
        except (ContenderError, door.DoorError) as error:
            refused.append(f"{name}: {error}")
    summaries = list(summarize(rows))
    for line in summaries:
        pair = f"{line['ours']} / {line['against']} {line['peer']}"
        text = f"geomean {line['geomean']:.3f} of {line['cells']}, worst {line['worst']:.3f} at {line['worst_shape']}"
        print(f"{line['model']:24} {line['kind']:7} {pair:17} {text}")
    for text in refused:
        print(f"refused: {text}", file=sys.stderr)
    if options.json:
        content = {"machine": facts, "cells": rows, "summary": summaries, "refused": refused}
        options.json.write_text(json.dumps(content, indent=1) + "\n")
    return 1 if refused or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
