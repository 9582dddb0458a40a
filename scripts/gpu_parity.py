#!/usr/bin/env python3
# Batches, comparisons and times for gpu_check.sh, with nothing but Python's own library: the machine with the GPU may have no numpy.
#
#   gpu_parity.py batch OUT.safetensors LENGTH[xCOUNT]...     random ids below 200, sequences of these lengths
#   gpu_parity.py compare FOUND EXPECTED PRECISION WHAT       every output; ends with 1 if one is too far off
#   gpu_parity.py latency DOOR FOLDER MODEL...                medians of clew-bench-door on cuda; JSON in FOLDER/latency.json
import array
import itertools
import json
import math
import random
import statistics
import struct
import subprocess
import sys
from pathlib import Path

# Relative to the largest value of an output. Both targets round at the same places; a value on a boundary may fall to the other side.
TOLERANCES = {"f32": 2e-4, "bf16": 5e-2, "int8": 1e-1}
SHAPES = {"1x16": [16], "1x128": [128], "8x128": [128] * 8, "32x128": [128] * 32, "32 ragged": [16 + (7 * i * i) % 113 for i in range(32)]}
RUNS = 50


def write(path, tensors):
    """I32 tensors by name."""
    header, data = {}, b""
    for name, values in tensors.items():
        piece = array.array("i", values).tobytes()
        header[name] = {"dtype": "I32", "shape": [len(values)], "data_offsets": [len(data), len(data) + len(piece)]}
        data += piece
    text = json.dumps(header).encode()
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + data)


def read(path):
    """name -> (shape, F32 values)"""
    raw = Path(path).read_bytes()
    (size,) = struct.unpack_from("<Q", raw)
    found = {}
    for name, entry in json.loads(raw[8 : 8 + size]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            found[name] = (entry["shape"], array.array("f", raw[8 + size + begin : 8 + size + end]))
    return found


def batch(path, lengths):
    chance = random.Random(3)
    offsets = [0, *itertools.accumulate(lengths)]
    write(path, {"ids": [chance.randrange(1, 200) for _ in range(offsets[-1])], "offsets": offsets})
    return 0


def lengths_of(words):
    found = []
    for word in words:
        length, _, count = word.partition("x")
        found += [int(length)] * int(count or 1)
    return found


def compare(found_path, expected_path, precision, what):
    found, expected = read(found_path), read(expected_path)
    wrong = found.keys() != expected.keys()
    for name in expected.keys() & found.keys():
        (shape, values), (other, wanted) = found[name], expected[name]
        largest = max([1.0, *map(abs, wanted)])
        worst = max((abs(a - b) for a, b in zip(values, wanted)), default=0.0) / largest
        finite = all(map(math.isfinite, values))
        good = shape == other and finite and worst <= TOLERANCES[precision]
        wrong = wrong or not good
        print(f"{'ok' if good else 'FAILED'}: {what} {precision} '{name}' differs by {worst:.3g}{'' if finite else ', not finite'}", flush=True)
    return 1 if wrong else 0


def time_model(door, model, precision, folder):
    process = subprocess.Popen([door, model, "", precision, "1", "cuda"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)  # fmt: skip

    def answer():
        line = process.stdout.readline().strip()
        if not line or line.startswith("error"):
            process.kill()
            raise RuntimeError(line or process.stderr.read().strip())
        return line

    def ask(line):
        process.stdin.write(line + "\n")
        process.stdin.flush()
        return answer()

    answer()
    times = {}
    for shape, lengths in SHAPES.items():
        path = Path(folder) / "latency.safetensors"
        batch(path, lengths)
        ask(f"load {path}")
        ask("run 5")
        times[shape] = statistics.median(float(value) for value in ask(f"run {RUNS}").split()) / 1e3
    process.stdin.close()
    process.wait(timeout=60)
    return times


def latency(door, folder, models):
    results, failed = [], False
    for model in models:
        for precision in ("f32", "bf16", "int8"):
            try:
                times = time_model(door, model, precision, folder)
                results.append({"model": model, "precision": precision, "ms": times})
                print(f"{model:24} {precision:5}", *(f"{shape} {ms:.3f} ms" for shape, ms in times.items()), flush=True)
            except Exception as error:  # one model's fault is not another's
                failed = True
                print(f"error: {model} {precision}: {error}", flush=True)
    (Path(folder) / "latency.json").write_text(json.dumps(results, indent=1))
    return 1 if failed else 0


def main(arguments):
    if len(arguments) >= 3 and arguments[0] == "batch":
        return batch(arguments[1], lengths_of(arguments[2:]))
    if len(arguments) == 5 and arguments[0] == "compare":
        return compare(*arguments[1:])
    if len(arguments) >= 4 and arguments[0] == "latency":
        return latency(arguments[1], arguments[2], arguments[3:])
    print(__doc__ or "usage: gpu_parity.py batch|compare|latency ...", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
