#!/usr/bin/python3
# Compares every element of every layer with PyTorch (float64), at all lengths 1..512 in steps and on mixed batches: the long
# form of check_golden.py, run by people. Needs Debian's python3-torch and python3-numpy:
#
#   tests/golden/compare_full.py --clew build/release/bin/clew [--only WORD] [--step 37] [--target cpu] [--precision f32]
import argparse
import random
import sys
import tempfile
from pathlib import Path

import numpy

import cases
import check_golden
import door
import reference_models
import safetensors_io


def batches(step, seed):
    """Single sequences of 1, 1 + step, ... tokens and 512, then mixed batches of growing size."""
    numbers = random.Random(seed)
    for length in sorted({*range(1, 513, step), *cases.LENGTHS}):
        yield (length,)
    for count in (2, 3, 8, 17, 32):
        yield tuple(numbers.randint(1, 128) for _ in range(count))
    yield (512, 1, 511, 2)


def compare(model, case, arguments, folder, weights, lengths):
    batch = cases.make_batch(f"{case.model} {lengths}", lengths, segments=case.family.startswith("bert"))
    expected = reference_models.run(model, batch)
    found = door.run_clew(
        arguments.clew, case.model, batch, folder, weights=weights, layers=True, task=case.task,
        target=arguments.target, precision=arguments.precision,
    )  # fmt: skip
    missing = [name for name in expected if name not in found]
    if missing:
        return f"not among the outputs: {', '.join(missing)}", False
    if arguments.precision == "f32":
        differences = [(float(numpy.abs(expected[name] - found[name]).max()), name) for name in expected]
        value, name = max(differences)
        return f"max abs difference {value:.3g} in {name}", value <= case.tolerance
    value, name = min((check_golden.cosine(expected[name], found[name]), name) for name in expected)
    return f"least cosine {value:.6f} in {name}", value >= check_golden.COSINE[arguments.precision]


def main():
    parser = argparse.ArgumentParser(description="compares all layers with PyTorch, element by element")
    parser.add_argument("--clew", default="build/release/bin/clew", help="the clew command")
    parser.add_argument("--only", default="", help="only models whose name holds this word")
    parser.add_argument("--step", type=int, default=37, help="distance between lengths; 1 = every length")
    parser.add_argument("--seed", type=int, default=1, help="of the mixed batches and of the weights")
    parser.add_argument("--target", default="cpu", choices=["cpu", "ref"])
    parser.add_argument("--precision", default="f32", choices=["f32", "bf16", "int8"])
    arguments = parser.parse_args()
    models = {(case.model, case.task): case for case in cases.all_cases() if arguments.only in case.model}
    failures = 0
    for case in models.values():
        with tempfile.TemporaryDirectory() as folder:
            weights = Path(folder) / "weights.safetensors"
            tiny = cases.make_batch("save", (1,), segments=case.family.startswith("bert"))
            door.run_clew(arguments.clew, case.model, tiny, folder, seed=arguments.seed, save_weights=weights, task=case.task)
            model = reference_models.build(case.family, case.shape, safetensors_io.read(weights))
            for lengths in batches(arguments.step, arguments.seed):
                text, good = compare(model, case, arguments, folder, weights, lengths)
                failures += not good
                title = f"{len(lengths)} sequences, {sum(lengths)} tokens"
                print(f"{case.model:32} {title:30} {text}{'' if good else '  FAILED'}", flush=True)
    print(f"{failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
