#!/usr/bin/python3
# Makes the golden files again: weights from `clew run --seed N --save-weights F`, numbers from PyTorch in float64.
# Needs Debian's python3-torch and python3-numpy:
#
#   tests/golden/make_golden.py --clew build/release/bin/clew [--only WORD]
#
# Run it when a case is added or the generator of random weights changes; otherwise the files in data/ stand.
import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy

import cases
import door
import safetensors_io

DATA = Path(__file__).resolve().parent / "data"


def summary(case, name, values):
    """What a golden file keeps of one tensor."""
    flat = values.astype(numpy.float64).reshape(-1)
    positions = cases.sample_positions(case.name, name, flat.size)
    return {
        "shape": list(values.shape),
        "max": float(f"{numpy.abs(flat).max():.9g}"),
        "mean": float(f"{flat.mean():.9g}"),
        "l2": float(f"{numpy.sqrt((flat * flat).sum()):.9g}"),
        "samples": [float(f"{value:.8g}") for value in flat[positions]],
    }


def golden_of(case, digest, results):
    return {
        "case": case.name,
        "model": case.model,
        "seed": cases.SEED,
        "gain": case.gain,
        "weights": digest,
        "lengths": list(case.lengths),
        "tensors": {name: summary(case, name, values) for name, values in results.items()},
    }


def write_golden(path, golden):
    """One tensor a line, so that differences can be read."""
    tensors = golden.pop("tensors")
    head = json.dumps(golden)[:-1]
    lines = [f"  {json.dumps(name)}: {json.dumps(values)}" for name, values in tensors.items()]
    path.write_text(head + ', "tensors": {\n' + ",\n".join(lines) + "\n}}\n")


def saved_weights(clew, case, folder):
    """The model's seeded random weights, made by Clew."""
    path = Path(folder) / "weights.safetensors"
    tiny = cases.batch_for(case.family, "save", (1,))
    door.run_clew(clew, case.model, tiny, folder, seed=cases.SEED, save_weights=path, target="ref", task=case.task)
    return safetensors_io.read(path)


def main():
    parser = argparse.ArgumentParser(description="makes the golden files again")
    parser.add_argument("--clew", default="build/release/bin/clew", help="the clew command")
    parser.add_argument("--only", default="", help="only cases whose name holds this word")
    parser.add_argument("--data", type=Path, default=DATA, help="where the files go")
    arguments = parser.parse_args()
    import reference_models

    arguments.data.mkdir(exist_ok=True)
    made_for, weights, digest = None, None, None
    for case in cases.all_cases():
        if arguments.only not in case.name:
            continue
        if (case.model, case.task) != made_for:
            with tempfile.TemporaryDirectory() as folder:
                weights = saved_weights(arguments.clew, case, folder)
                digest = cases.weights_digest(weights)
            made_for = (case.model, case.task)
        model = reference_models.build(case.family, case.shape, cases.with_gain(weights, case.gain))
        results = reference_models.run(model, cases.batch_of(case))
        path = arguments.data / f"{case.name}.json"
        write_golden(path, golden_of(case, digest, results))
        print(f"{path} {path.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
