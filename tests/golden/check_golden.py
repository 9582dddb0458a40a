#!/usr/bin/env python3
# Holds `clew run` against the golden files, which PyTorch made in float64 (make_golden.py), for every model, layer and batch of
# cases.py; then lower precisions against f32. Prints the largest differences; exit 1 if any is too large, 77 (skipped)
# without numpy. A missing golden file is a failure.
#
#   tests/golden/check_golden.py --clew build/release/bin/clew [--only WORD ...]
import argparse
import json
import sys
import tempfile
from pathlib import Path

try:
    import numpy
except ImportError:
    print("skipped: numpy is not installed")
    sys.exit(77)

import cases
import door
import safetensors_io

DATA = Path(__file__).resolve().parent / "data"
COSINE = {"bf16": 0.999, "int8": 0.99}


class Report:
    """Prints a line a comparison and counts those that failed."""

    def __init__(self):
        self.lines = 0
        self.failures = 0
        print(f"{'case':40} {'target':6} {'prec':5} {'tensors':>7}  {'worst':10} {'value':>10} {'bound':>8}")

    def line(self, case, target, precision, count, worst, value, bound, good):
        self.lines += 1
        mark = "" if good else "  FAILED"
        head = f"{case.name:40} {target:6} {precision:5} {count:7}"
        number = f"{value:10.6f}" if precision in COSINE else f"{value:10.2e}"
        print(f"{head}  {worst:10} {number} {bound:8.3g}{mark}", flush=True)
        self.failures += not good

    def failure(self, case, text):
        self.lines += 1
        self.failures += 1
        print(f"{case.name:40} FAILED: {text}", flush=True)


def golden_difference(case, name, golden, found):
    """The largest absolute difference of one tensor from what the golden file keeps of it, or a text that says why there is
    none. Where all of a tensor is below 1, differences are taken relative to its largest element."""
    if list(found.shape) != golden["shape"]:
        return f"{name}: expected shape {golden['shape']}, found {list(found.shape)}"
    flat = found.astype(numpy.float64).reshape(-1)
    if not numpy.isfinite(flat).all():
        return f"{name}: holds values that are not finite"
    positions = cases.sample_positions(case.name, name, flat.size)
    largest = numpy.abs(flat[positions] - numpy.array(golden["samples"])).max()
    norm = numpy.sqrt((flat * flat).sum())
    scale = min(1.0, golden["max"]) or 1.0
    largest = max(
        largest,
        abs(numpy.abs(flat).max() - golden["max"]),
        abs(flat.mean() - golden["mean"]),
    )
    return max(largest / scale, abs(norm - golden["l2"]) / max(golden["l2"], 1e-30))


def compare_golden(case, golden, outputs):
    """(worst tensor, its difference) over all tensors of the golden file, or a text that says what is wrong."""
    worst = ("", 0.0)
    for name, expected in golden["tensors"].items():
        if name not in outputs:
            return f"{name} is not among the outputs: {', '.join(outputs)}"
        difference = golden_difference(case, name, expected, outputs[name])
        if isinstance(difference, str):
            return difference
        worst = max(worst, (name, float(difference)), key=lambda pair: pair[1])
    return worst


def cosine(x, y):
    x, y = x.astype(numpy.float64).reshape(-1), y.astype(numpy.float64).reshape(-1)
    length = numpy.sqrt((x * x).sum() * (y * y).sum())
    return float((x * y).sum() / length) if length > 0 else float(numpy.array_equal(x, y))


def check_case(report, arguments, case, weights, folder):
    golden = json.loads((arguments.data / f"{case.name}.json").read_text())
    batch = cases.batch_of(case)
    options = {"weights": weights, "layers": True, "task": case.task}
    targets = [target for target in arguments.targets if target != "ref" or case.on_ref]
    exact = None
    for target in targets:
        outputs = door.run_clew(arguments.clew, case.model, batch, folder, target=target, precision="f32", **options)
        result = compare_golden(case, golden, outputs)
        if isinstance(result, str):
            report.failure(case, f"{target} f32: {result}")
            continue
        name, value = result
        good = value <= case.tolerance
        report.line(case, target, "f32", len(golden["tensors"]), name, value, case.tolerance, good)
        exact = outputs if target == "cpu" else exact
    if not case.low_precision or exact is None:
        return
    for precision in arguments.precisions:
        outputs = door.run_clew(arguments.clew, case.model, batch, folder, target="cpu", precision=precision, **options)
        cosines = [(cosine(exact[name], outputs[name]), name) for name in golden["tensors"]]
        value, name = min(cosines)
        good = value >= COSINE[precision]
        report.line(case, "cpu", precision, len(cosines), name, value, COSINE[precision], good)


def check_model(report, arguments, model_cases):
    """All cases of one model with one head, which share one file of seeded weights."""
    missing = [case for case in model_cases if not (arguments.data / f"{case.name}.json").is_file()]
    for case in missing:
        report.failure(case, "its golden file is missing; run tests/golden/make_golden.py")
    present = [case for case in model_cases if case not in missing]
    if not present:
        return
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "weights.safetensors"
        first = present[0]
        tiny = cases.batch_for(first.family, "save", (1,))
        try:
            options = {"seed": cases.SEED, "save_weights": weights, "task": first.task}
            door.run_clew(arguments.clew, first.model, tiny, folder, **options)
            values = safetensors_io.read(weights)
            digest = cases.weights_digest(values)
            expected = json.loads((arguments.data / f"{first.name}.json").read_text())["weights"]
            if digest != expected:
                report.failure(first, "the seeded random weights are not those of the golden file; its numbers cannot hold")
                return
            for case in present:
                used = weights
                if case.gain != 1:
                    used = Path(folder) / "gained.safetensors"
                    gained = cases.with_gain(values, case.gain)
                    safetensors_io.write(used, gained, safetensors_io.read_metadata(weights))
                check_case(report, arguments, case, used, folder)
        except door.DoorError as error:
            report.failure(first, str(error))


def main():
    parser = argparse.ArgumentParser(description="compares clew run with the golden files")
    parser.add_argument("--clew", default="build/release/bin/clew", help="the clew command")
    parser.add_argument("--only", nargs="*", default=[""], help="only models whose name begins with one of these")
    parser.add_argument("--data", type=Path, default=DATA, help="where the golden files are")
    parser.add_argument("--targets", nargs="*", default=["cpu", "ref"], choices=["cpu", "ref"])
    parser.add_argument("--precisions", nargs="*", default=list(COSINE), choices=list(COSINE))
    arguments = parser.parse_args()
    groups = {}
    for case in cases.all_cases():
        if case.model.startswith(tuple(arguments.only)):
            groups.setdefault((case.model, case.task), []).append(case)
    report = Report()
    for group in groups.values():
        check_model(report, arguments, group)
    print(f"{report.lines} comparisons, {report.failures} failed")
    return 1 if report.failures or not report.lines else 0


if __name__ == "__main__":
    sys.exit(main())
