#!/usr/bin/env python3
# What a server costs: `clew serve`, asked by `clew drive`, against the same model, weights and rows in one process, at the same rate of arrivals
# and in turns, on this machine. The rate is a share of what the process alone can do (offline), 80 % by default. With other programs on
# the machine only the ratios say something.
#
#   build/peers/bin/python tests/bench/serve/inside.py --build build/release --data DATA [--share 0.8] [--seconds 10] [--rounds 5] [--json OUT]
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "peers"))
sys.path.insert(0, str(HERE.parents[1] / "golden"))
import door as door_of_clew  # noqa: E402

from peer_models import MODELS  # noqa: E402

MODEL, TASK = "bert/tinybert-4l-312", "tnews"


class Door:
    def __init__(self, command):
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        said = self.process.stdout.readline().strip()
        if not said or said.startswith("error"):
            raise SystemExit(f"{line}: {said or 'the process ended'}")
        return said


def start_server(options, weights, port):
    command = [options.build / "bin/clew", "serve", MODEL, "--task", TASK, "--weights", weights, "--vocab", options.vocab, "--port", port]
    server = subprocess.Popen([*map(str, command), "--threads", str(options.threads)], stdout=subprocess.DEVNULL)
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1).close()
            return server
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server does not listen")


def drive(options, port, rate):
    command = [options.build / "bin/clew", "drive", f"http://127.0.0.1:{port}", "--task", TASK, "--data", options.data, "--json", "--rate", rate]
    said = subprocess.run([*map(str, command), "--seconds", str(options.seconds), "--bound-ms", str(options.bound_ms)], capture_output=True, text=True, check=True)
    found = json.loads(said.stdout)
    return found["rows_per_s"], found["outside_ms"]["p50"], found["outside_ms"]["p99"], found["network_ms"]["p50"]


def main():
    parser = argparse.ArgumentParser(description="clew serve against the same model in one process")
    parser.add_argument("--build", type=Path, default=Path(__file__).resolve().parents[3] / "build/release")
    parser.add_argument("--data", type=Path, default=os.environ.get("CLEW_DATA"), required="CLEW_DATA" not in os.environ)
    parser.add_argument("--vocab", type=Path, help="vocab.txt; DATA/vocab/google_zh_vocab.txt by default")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--share", type=float, default=0.8)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--bound-ms", type=float, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--port", type=int, default=18431)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    options.vocab = options.vocab or options.data / "vocab/google_zh_vocab.txt"
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "weights.safetensors"
        door_of_clew.run_clew(options.build / "bin/clew", MODEL, MODELS[MODEL].batch("save", (1,)), folder, seed=1, task=TASK, save_weights=weights)
        door = Door([options.build / "bin/clew-bench-offline-door", MODEL, weights, "f32", options.threads, TASK, TASK, options.data])
        door.process.stdout.readline()  # ready
        server = start_server(options, weights, options.port)
        try:
            most = capacity(door, options.bound_ms)
            rate = options.share * most
            print(f"one process answers {most:.1f} rows a second, one at a time; asked at {rate:.1f}", flush=True)
            rounds = []
            for number in range(options.rounds):
                inside = lambda: [float(word) for word in door.ask(f"arrive {rate} {options.seconds} {options.bound_ms}").split()]  # noqa: E731
                outside = lambda: drive(options, options.port, rate)  # noqa: E731
                first, second = (inside(), outside()) if number % 2 == 0 else (outside(), inside())
                own, served = (first, second) if number % 2 == 0 else (second, first)
                rounds.append({"inside": own, "served": served})
                print(f"inside {own[0]:.1f}/s p50 {own[1]:.2f} p99 {own[2]:.2f} ms; served {served[0]:.1f}/s p50 {served[1]:.2f} p99 {served[2]} ms,"
                      f" network p50 {served[3]:.3f} ms", flush=True)  # fmt: skip
        finally:
            server.terminate()
            server.wait()
    whole = [one for one in rounds if one["served"][2] and one["inside"][2] == one["inside"][2]]
    result = {"rate": rate, "rounds": rounds, "p99_ratio": statistics.median(one["served"][2] / one["inside"][2] for one in whole) if whole else None,
              "p50_ratio": statistics.median(one["served"][1] / one["inside"][1] for one in whole) if whole else None}  # fmt: skip
    print(f"served against inside, medians of {len(whole)} rounds: p50 {result['p50_ratio']}, p99 {result['p99_ratio']}")
    if options.json:
        options.json.write_text(json.dumps(result))


def capacity(door, bound):
    """The highest rate, roughly, at which one process keeps a p99 within the bound."""

    def held(rate, seconds):
        return "nan" not in door.ask(f"arrive {rate} {seconds} {bound}").split()[2]

    high = 400.0
    while held(high, 3):
        high *= 2
    low = high / 2
    for _ in range(5):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if held(middle, 6) else (low, middle)
    return low


if __name__ == "__main__":
    main()
