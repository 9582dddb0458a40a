#!/usr/bin/env python3
# The zoo against ONNX Runtime's f32: nine models, batches of 1, 8, 32 x 16, 64, 128, 512 tokens, in f32, bf16 and int8, as a markdown
# table of geomeans and worst cells. Small cells come first, the largest last, and where the time that is left does not hold 7 rounds of
# a cell there are fewer. What was measured is in the file of --cells; the same command goes on where it was killed, and measures what
# is missing. Run with the interpreter that setup_venv.sh made:
#
#   build/peers/bin/python tests/bench/peers/zoo_table.py --work build/zoo-table --prepare             # weights, graphs, programs
#   build/peers/bin/python tests/bench/peers/zoo_table.py --work build/zoo-table --minutes 15 --out build/zoo-table.md
#
# --prepare times nothing and may run on a busy machine. Cells beyond 4096 tokens (32 x 512) run those of the peer's graphs alone that
# won one of the model's cells of 1024 tokens and more. Where a run takes over 2 s and the time is short, the run that was checked is
# timed, too, or alone; the column `fewest runs` says so.
import argparse
import hashlib
import json
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "golden"))
import door  # noqa: E402

import compare  # noqa: E402
import machine  # noqa: E402
import peer_graphs  # noqa: E402
import zoo_cells  # noqa: E402
from contender import ContenderError  # noqa: E402
from field import Field, random_order  # noqa: E402
from peer_models import MODELS  # noqa: E402

ZOO = ("textcnn/base", "bigru-crf/base", "electra-small/small", "ulmfit/base", "albert/base", "gpt/base", "nezha/base", "xlnet/base",
       "elmo/original")  # fmt: skip


def build_of(options):
    """What cells of one file have in common: the program that is timed, and how."""
    digest = hashlib.sha256(options.door.read_bytes()).hexdigest()[:16]
    return f"{digest}-{'-'.join(map(str, options.threads))}t-seed{options.seed}"


def prepared(options, name, build):
    """(weights, precision -> graph's name -> path), made once for a build and kept in --work."""
    folder = options.work / name.replace("/", "-")
    manifest = folder / "graphs.json"
    if manifest.exists():
        known = json.loads(manifest.read_text())
        if known["build"] == build:
            return folder / "weights.safetensors", {"f32": {key: Path(path) for key, path in known["f32"].items()}}
        manifest.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / "weights.safetensors"
    door.run_clew(options.clew, name, MODELS[name].batch("save", (1,)), folder, seed=options.seed, save_weights=weights)
    graphs = peer_graphs.build_graphs(MODELS[name], weights, str(folder), ["f32"])
    manifest.write_text(json.dumps({"build": build, "f32": {key: str(path) for key, path in graphs["f32"].items()}}))
    return weights, graphs


def winners(store, name):
    """The peer's graphs that won a cell of the model between the small and the largest."""
    return {
        row["peer_facts"]["graph"]
        for (model, batch, tokens), rows in store.cells.items()
        for row in rows
        if model == name and zoo_cells.SMALL < batch * tokens <= zoo_cells.MIDDLE
    }


class Table:
    def __init__(self, options, store, build):
        self.options, self.store, self.build = options, store, build
        self.end = time.monotonic() + options.minutes * 60
        self.costs = zoo_cells.Costs(options.round_ms * 1e-3 * (1 + len(options.precisions)))
        self.order = random_order(options.seed)
        self.refused = []
        for (model, batch, tokens), rows in store.cells.items():
            self.learn(model, batch * tokens, rows)

    def learn(self, model, tokens, rows):
        if rows:
            seconds = (rows[0]["peer_median"] + sum(row["ours_median"] for row in rows)) * 1e-6
            self.costs.learn(model, tokens, seconds)

    def left(self):
        return self.end - time.monotonic()

    def cell(self, field, cell, later, folder):
        name, batch, tokens = cell
        coming = [(other[0], other[1] * other[2]) for other in later]
        rounds = zoo_cells.rounds_that_fit(self.costs, (name, batch * tokens), coming, self.left())
        if rounds is None:
            return
        self.options.rounds = max(rounds, 1)
        self.options.long_rounds = rounds + 1 if rounds <= 1 else None
        rows, wrong = compare.compare_shape(field, self.options, folder, batch, tokens, self.order)
        self.refused += wrong
        for row in rows:
            compare.show(row)
        if rows:
            self.learn(name, batch * tokens, rows)
            self.store.add(cell, rows)

    def model(self, name, cells, later):
        """A model's cells of one pass; `later` are the others that are still to come."""
        options = self.options
        if all(self.costs.least(name, cell[1] * cell[2]) > self.left() for cell in cells):
            return
        weights, graphs = prepared(options, name, self.build)
        chosen = winners(self.store, name)
        if chosen and all(cell[1] * cell[2] > zoo_cells.MIDDLE for cell in cells):
            graphs = {"f32": {key: path for key, path in graphs["f32"].items() if key in chosen}}
        field = Field(MODELS[name], weights, graphs, options)
        try:
            with tempfile.TemporaryDirectory() as folder:
                for place, cell in enumerate(cells):
                    self.cell(field, cell, cells[place + 1 :] + later, folder)
        finally:
            field.close()

    def run(self):
        todo = [[cell for cell in each if cell not in self.store.cells] for each in zoo_cells.passes(self.options.models)]
        for number, each in enumerate(todo):
            for place, name in enumerate(self.options.models):
                cells = [cell for cell in each if cell[0] == name]
                coming = self.options.models[place + 1 :]
                later = [cell for cell in each if cell[0] in coming] + [cell for rest in todo[number + 1 :] for cell in rest]
                try:
                    if cells:
                        self.model(name, cells, later)
                except (ContenderError, door.DoorError) as error:
                    self.refused.append(f"{name}: {error}")
        return [cell for each in todo for cell in each if cell not in self.store.cells]


def prepare(options, build):
    for name in options.models:
        weights, graphs = prepared(options, name, build)
        started = time.monotonic()
        Field(MODELS[name], weights, graphs, options).close()  # compiles what the cache lacks
        print(f"{name}: ready, opened in {time.monotonic() - started:.1f} s", flush=True)


def parsed():
    parser = argparse.ArgumentParser(description="the zoo against ONNX Runtime, as a markdown table")
    parser.add_argument("--models", nargs="+", default=list(ZOO), choices=sorted(MODELS), metavar="MODEL")
    parser.add_argument("--precisions", nargs="+", default=["f32", "bf16", "int8"], choices=["f32", "bf16", "int8"])
    parser.add_argument("--threads", nargs="+", type=int, default=[2])
    parser.add_argument("--minutes", type=float, default=15.0, help="the time limit of all cells together")
    parser.add_argument("--round-ms", type=float, default=50.0, help="a round of small models lasts so long")
    parser.add_argument("--work", type=Path, required=True, help="folder of weights, graphs and cells")
    parser.add_argument("--cells", type=Path, help="what was measured, a line a cell; WORK/cells.jsonl by default")
    parser.add_argument("--prepare", action="store_true", help="make weights, graphs and programs alone")
    parser.add_argument("--out", type=Path, help="where the table goes, beside standard output")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clew", type=Path, default=Path("build/release/bin/clew"))
    parser.add_argument("--door", type=Path, default=Path("build/release/bin/clew-bench-door"))
    options = parser.parse_args()
    options.base_door = None
    return options


def main():
    options = parsed()
    build = build_of(options)
    if options.prepare:
        prepare(options, build)
        return 0
    options.work.mkdir(parents=True, exist_ok=True)
    try:
        store = zoo_cells.Store(options.cells or options.work / "cells.jsonl", build)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for flag in machine.facts()["flags"]:
        print(f"flag: {flag}", file=sys.stderr)
    compare.printed(compare.HEADER)
    table = Table(options, store, build)
    missing = table.run()
    facts = machine.facts()
    about = f"{facts['cpu']}, threads {options.threads}, ONNX Runtime {facts['onnxruntime']} f32; ratios are its time through ours."
    text = about + "\n\n" + zoo_cells.table(store.cells, options.models, options.precisions) + "\n"
    for name in options.models:
        shapes = [f"{batch}x{tokens}" for model, batch, tokens in missing if model == name]
        text += f"\nNot measured of {name}: {', '.join(shapes)}\n" if shapes else ""
    text += "".join(f"\nRefused: {reason}\n" for reason in table.refused)
    print(text)
    if options.out:
        options.out.write_text(text)
    return 1 if missing or table.refused else 0


if __name__ == "__main__":
    sys.exit(main())
