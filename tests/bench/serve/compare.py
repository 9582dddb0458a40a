#!/usr/bin/env python3
# Compares `clew serve` with a server of FastAPI and ONNX Runtime (fastapi_server.py) on the same model, weights and rows, on this machine: the
# highest rate of arrivals whose p99 is within a bound. The rates of all servers are searched in turns, in random order, so that whatever
# else the machine does meets all of them. Nothing is timed whose labels were not compared.
#
#   tests/bench/peers/setup_venv.sh build/peers && build/peers/bin/pip install fastapi uvicorn httptools uvloop
#   build/peers/bin/python tests/bench/serve/compare.py --clew build/release/bin/clew --data DATA --bound-ms 50 --json out.json
#
# --soak SECONDS sends 120 % of what `clew serve` can take for so long instead, and looks for wrong answers, for refusals that are not told,
# and for memory that grows. The load comes from this process, on the same cores.
import argparse
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "peers"))
sys.path.insert(0, str(HERE.parents[1] / "golden"))
import cases  # noqa: E402
import door  # noqa: E402

import peer_graphs  # noqa: E402
from load import capacity, load, requests_of  # noqa: E402
from peer_models import MODELS  # noqa: E402

TASK = "tnews"
LABEL_CLOSE = 1e-4  # two labels whose shares are nearer than this are one


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """A process that answers POST /predict."""

    def __init__(self, name, command, port):
        self.name, self.port = name, port
        self.process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL)
        self.low, self.high = 0.0, None  # rates: the highest that held, the lowest that did not
        self.tried = []

    def await_ready(self, request):
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/predict", request, timeout=10) as answer:
                    return json.loads(answer.read())
            except OSError:
                if self.process.poll() is not None:
                    raise SystemExit(f"{self.name} ended with {self.process.returncode}") from None
                time.sleep(0.1)
        raise SystemExit(f"{self.name} does not answer")

    def next_rate(self):
        return self.low * 1.5 if self.high is None else (self.low * self.high) ** 0.5

    def close(self):
        self.process.terminate()
        self.process.wait()


def read_rows(options):
    lines = (Path(options.data) / "tnews" / "dev.json").read_text(encoding="utf-8").splitlines()
    return [{"text": json.loads(line)["sentence"]} for line in lines[: options.rows]]


def predictions_of(options, weights, rows, folder):
    """What `clew predict` says, as the texts that a server must give."""
    path = Path(folder) / "rows.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    command = [options.clew, "predict", options.model, "--weights", weights, "--task", TASK, "--vocab", options.vocab]
    done = subprocess.run([str(word) for word in [*command, "--deterministic", path]], capture_output=True, text=True, check=True)
    return [json.loads(line) | {"id": 0} for line in done.stdout.splitlines()]


def judge(wanted, exact):
    """Whether an answer is the right one: to the letter, or its label where the shares do not decide by rounding alone."""

    def right(index, body):
        found, want = json.loads(body), wanted[index]
        if exact:
            return found == want
        probs = want["probs"]
        return max(abs(found["probs"][name] - share) for name, share in probs.items()) < LABEL_CLOSE and (
            probs[want["label"]] - probs[found["label"]] < LABEL_CLOSE
        )

    return right


def start_ours(options, weights, *more):
    port = free_port()
    command = [options.clew, "serve", options.model, "--weights", weights, "--task", TASK, "--vocab", options.vocab, "--port", port]
    return Server("clew", [*command, "--threads", options.threads, *more], port)


def start_peers(options, weights, folder):
    model = MODELS[options.model]
    labels = Path(folder) / "labels.json"
    labels.write_text(json.dumps(options.labels), encoding="utf-8")
    graphs = peer_graphs.build_graphs(model, weights, folder)["f32"]
    ways = [("direct", 1), ("direct", options.threads), ("batched", options.threads)]
    for graph, path in graphs.items():
        for way, threads in dict.fromkeys(ways):
            port = free_port()
            command = [sys.executable, "-B", HERE / "fastapi_server.py", "--graph", path, "--vocab", options.vocab, "--labels", labels]
            command += ["--longest", options.longest, "--way", way, "--threads", threads, "--port", port]
            yield Server(f"fastapi {graph} {way}/{threads}", command, port)


def search(servers, requests, right, options):
    """The highest rate of each that held the bound, tried in turns."""
    order = random.Random(options.seed)
    for turn in range(options.turns):
        for server in order.sample(servers, len(servers)):
            rate = server.next_rate() if turn else server.start
            outcome = load(server.port, requests, right[server.name], rate, options.seconds, seed=turn + 1)
            p99 = outcome.percentile(0.99) * 1e3
            held = p99 <= options.bound_ms and not (outcome.wrong or outcome.lost or outcome.refused)
            if outcome.wrong:
                raise SystemExit(f"{server.name}: a wrong answer: {outcome.wrong[0]}")
            server.tried.append({"rate": rate, "p99_ms": p99, "held": held, "answered": len(outcome.latencies)})
            print(f"{server.name:28} {rate:8.1f}/s  p99 {p99:8.2f} ms  {'held' if held else 'did not hold'}", flush=True)
            if held:
                server.low = max(server.low, rate)
            else:
                server.high = min(server.high or rate, rate)
                if server.low >= server.high or server.low == 0:
                    server.low = min(server.low, server.high / 2) or server.high / 2


def best_held(server):
    return max((one["rate"] for one in server.tried if one["held"]), default=None)


def compare(options, folder, weights, rows):
    requests, wanted = requests_of(rows), predictions_of(options, weights, rows, folder)
    options.labels = list(wanted[0]["probs"])
    ours, peers = start_ours(options, weights), []
    try:
        peers += start_peers(options, weights, folder)
        for server in [ours, *peers]:
            found = server.await_ready(json.dumps(rows[0], ensure_ascii=False).encode())
            assert judge(wanted, exact=False)(0, json.dumps(found)), (server.name, found, wanted[0])
            server.start = 0.6 * capacity(server.port, requests)
            print(f"{server.name:28} {server.start / 0.6:8.1f} requests/s by 16 clients that ask again at once", flush=True)
        peers.sort(key=lambda server: -server.start)
        for server in peers[2:]:  # the two fastest are searched
            server.close()
        right = {server.name: judge(wanted, exact=False) for server in [ours, *peers]}
        search([ours, *peers[:2]], requests, right, options)
        result = {server.name: {"highest_rate": best_held(server), "tried": server.tried} for server in [ours, *peers[:2]]}
        best = max((best_held(server) or 0) for server in peers[:2])
        result["ratio"] = best_held(ours) / best if best and best_held(ours) else None
        return result
    finally:
        for server in [ours, *peers]:
            server.close()


def metric(port, name):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        return next(float(line.split()[-1]) for line in answer.read().decode().splitlines() if line.startswith(name + " "))


def soak(options, folder, weights, rows):
    requests, wanted = requests_of(rows), predictions_of(options, weights, rows, folder)
    server = start_ours(options, weights, "--deterministic", "--queue", 64)
    try:
        server.await_ready(json.dumps(rows[0], ensure_ascii=False).encode())
        rate = options.soak_rate or 1.2 * capacity(server.port, requests, seconds=5, streams=32)
        print(f"{rate:.1f}/s for {options.soak} s", flush=True)
        right, end, samples, sums = judge(wanted, exact=True), time.monotonic() + options.soak, [], [0, 0, 0, 0]
        answered_before = metric(server.port, "clew_rows_answered_total")
        while (left := end - time.monotonic()) > 1:
            outcome = load(server.port, requests, right, rate, min(30, left), seed=len(samples))
            sums = [a + b for a, b in zip(sums, (len(outcome.latencies), outcome.refused, outcome.lost, len(outcome.wrong)))]
            samples.append(metric(server.port, "process_resident_memory_bytes"))
            print(f"answered {sums[0]}, refused and told so {sums[1]}, lost {sums[2]}, wrong {sums[3]}, p99 of the answered"
                  f" {outcome.percentile(0.99) * 1e3:.1f} ms, {samples[-1] / 1e6:.1f} MB", flush=True)  # fmt: skip
        counted = metric(server.port, "clew_rows_answered_total") - answered_before
        half = len(samples) // 2
        return {
            "seconds": options.soak, "rate": rate, "answered": sums[0], "refused": sums[1], "lost": sums[2], "wrong": sums[3],
            "answered_by_its_own_count": counted, "resident_bytes": samples,
            "grown": max(samples[half:]) / max(samples[: half or 1]),
        }  # fmt: skip
    finally:
        server.close()


def main():
    parser = argparse.ArgumentParser(description="clew serve against FastAPI and ONNX Runtime")
    parser.add_argument("--clew", type=Path, default=HERE.parents[2] / "build/release/bin/clew")
    parser.add_argument("--model", default="bert/tinybert-4l-312")
    parser.add_argument("--data", default=os.environ.get("CLEW_DATA"), required="CLEW_DATA" not in os.environ)
    parser.add_argument("--vocab", help="vocab.txt; DATA/vocab/google_zh_vocab.txt by default")
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--longest", type=int, default=128)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--bound-ms", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--turns", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--soak", type=float)
    parser.add_argument("--soak-rate", type=float, help="requests a second in place of 120 %%: where other programs take turns with it, more than it could ever do")
    parser.add_argument("--json")
    options = parser.parse_args()
    options.vocab = options.vocab or str(Path(options.data) / "vocab" / "google_zh_vocab.txt")
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "weights.safetensors"
        tiny = cases.make_batch("save", (1,), segments=True)
        door.run_clew(options.clew, options.model, tiny, folder, seed=1, task=TASK, save_weights=weights)
        result = (soak if options.soak else compare)(options, folder, weights, read_rows(options))
    print(json.dumps(result, indent=2))
    if options.json:
        Path(options.json).write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 1 if options.soak and (result["lost"] or result["wrong"] or result["grown"] > 1.05) else 0


if __name__ == "__main__":
    sys.exit(main())
