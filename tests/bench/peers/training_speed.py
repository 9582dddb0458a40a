#!/usr/bin/env python3
# Training speed against PyTorch: sequences a second of whole updates (forward, backward, clipping, AdamW) of a classifier on real rows, in turns on the
# same machine and threads. PyTorch's side is Transformers' model with its attention of choice, padded to each batch's longest row; the better of eager
# and compiled counts. That both learn the same from the same is held by tests/e2e/training_parity.py. Needs torch and transformers:
#
#   python tests/bench/peers/training_speed.py --model bert/minirbt-h256 --bin build/release/bin --data DATA
#
# Compared are medians over rounds; a ratio above 1 is ours.
import argparse
import json
import os
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RECIPE = """recipe: speed
model: {model}
task: tnews
rows: {{train: train, choose: dev}}
loss: {{op: cross_entropy, x: logits}}
optimizer: {{name: adamw, rate: 1.0e-4, weight_decay: 0.01, clip: 1.0}}
batch: {batch}
epochs: 1
"""
SIZES = {  # layers, hidden, heads, feed-forward: zoo/models/bert.yaml
    "bert/minirbt-h256": (6, 256, 8, 1024),
    "bert/tinybert-4l-312": (4, 312, 12, 1200),
    "bert/rbt3": (3, 768, 12, 3072),
}
WARM = 8  # updates that are not counted


def step_times(folder):
    """Seconds since the epoch at which updates ended: wall_time is the first field of each event, nine bytes into its record's data."""
    times = []
    for path in Path(folder).glob("events.out.tfevents.*"):
        data = path.read_bytes()
        while len(data) >= 12:
            (size,) = struct.unpack_from("<Q", data)
            if b"train/loss" in data[12 : 12 + size]:
                times.append(struct.unpack_from("<d", data, 13)[0])
            data = data[size + 16 :]
    return sorted(times)


def ours(arguments, seconds):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "speed.yaml").write_text(RECIPE.format(model=arguments.model, batch=arguments.batch))
        command = [str(Path(arguments.bin).resolve() / "clew"), "train", "speed.yaml", "--out", "run", "--threads", str(arguments.threads)]
        process = subprocess.Popen([*command, "--data", str(Path(arguments.data).resolve())], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        end = None
        while process.poll() is None:
            times = step_times(Path(folder) / "run")
            if end is None and len(times) > WARM:
                end = time.time() + seconds
            if end is not None and time.time() > end:
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.2)
        said = process.communicate()[0]
        times = step_times(Path(folder) / "run")
        if len(times) < WARM + 2:
            sys.exit(f"clew train came to no {WARM + 2} updates: {said}")
        return (len(times) - 1 - WARM) * arguments.batch / (times[-1] - times[WARM])


class Peer:
    def __init__(self, arguments, rows, compiled):
        import torch
        from transformers import BertConfig, BertForSequenceClassification

        layers, hidden, heads, wide = SIZES[arguments.model]
        config = BertConfig(vocab_size=21128, hidden_size=hidden, num_hidden_layers=layers, num_attention_heads=heads, intermediate_size=wide, num_labels=15)
        torch.set_num_threads(arguments.threads)
        torch.manual_seed(1)
        self.torch, self.batch = torch, arguments.batch
        self.model = BertForSequenceClassification(config).train()
        self.forward = torch.compile(self.model, dynamic=True) if compiled else self.model
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-4, weight_decay=0.01)
        self.rows, self.at = rows, 0

    def step(self):
        chosen = [self.rows[(self.at + i) % len(self.rows)] for i in range(self.batch)]
        self.at += self.batch
        longest = max(len(ids) for ids, _ in chosen)
        ids = self.torch.tensor([row + [0] * (longest - len(row)) for row, _ in chosen])
        mask = self.torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row, _ in chosen])
        self.optimizer.zero_grad()
        loss = self.forward(input_ids=ids, attention_mask=mask, labels=self.torch.tensor([label for _, label in chosen])).loss
        loss.backward()
        self.torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        return float(loss.detach())

    def speed(self, seconds):
        for _ in range(WARM):
            self.step()
        begin, done = time.time(), 0
        while time.time() - begin < seconds:
            self.step()
            done += 1
        return done * self.batch / (time.time() - begin)


def rows_of(arguments):
    """Ids as clew makes them, and labels, of the first rows of TNEWS in the order of the file, shuffled by a fixed seed."""
    import random

    lines = [json.loads(line) for line in (Path(arguments.data) / "tnews/train.json").read_text().splitlines()[:4000]]
    texts = "".join(line["sentence"].replace("\n", " ") + "\n" for line in lines)
    done = subprocess.run([str(Path(arguments.bin) / "clew"), "tokenize", arguments.model, "--json", "--data", arguments.data, "-"], input=texts,
                          capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    labels = sorted({line["label"] for line in lines})
    rows = [(json.loads(one)["ids"], labels.index(line["label"])) for one, line in zip(done.stdout.splitlines(), lines)]
    random.Random(1).shuffle(rows)
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="bert/minirbt-h256", choices=sorted(SIZES))
    parser.add_argument("--bin", default="build/release/bin")
    parser.add_argument("--data", required=True, help="the folder with tnews/train.json")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10)
    arguments = parser.parse_args()
    rows = rows_of(arguments)
    peers = {"eager": Peer(arguments, rows, False), "compiled": Peer(arguments, rows, True)}
    found = {"ours": [], **{name: [] for name in peers}}
    for number in range(arguments.rounds):
        found["ours"].append(ours(arguments, arguments.seconds))
        for name, peer in peers.items():
            found[name].append(peer.speed(arguments.seconds))
        print(f"round {number + 1}: " + ", ".join(f"{name} {values[-1]:.1f}" for name, values in found.items()), flush=True)
    medians = {name: statistics.median(values) for name, values in found.items()}
    best = max(peers, key=medians.get)
    print(f"{arguments.model}, batch {arguments.batch}, {arguments.threads} threads: {medians['ours']:.1f} sequences/s, PyTorch {best} {medians[best]:.1f}: "
          f"ratio {medians['ours'] / medians[best]:.2f} (n = {arguments.rounds})")


if __name__ == "__main__":
    main()
