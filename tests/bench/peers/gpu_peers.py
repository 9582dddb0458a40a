#!/usr/bin/env python3
# Latency on a GPU against PyTorch and ONNX Runtime: BERT models with the same weights, random ones that Clew saves. Nothing is timed whose
# results were not compared first. Sides take turns at random, at least 7 rounds; a ratio is the peer's time through ours. Peers are asked in
# the ways that people use: padded batches, torch.nn.functional.scaled_dot_product_attention, eager and compiled, f32 and bf16; the better
# one counts. A time begins with numbers in the host's memory and ends with the hidden states there.
#
#   gpu_peers.py --bin BIN [--models bert/base,...] [--json OUT] [--rounds 7]
#
# Needs torch with CUDA; without it, it says so and ends with 77. ONNX Runtime takes part if its CUDA provider loads and torch can export.
import argparse
import json
import math
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "golden"))
SKIPPED = 77
SIZES = {  # layers, hidden, heads, feed-forward: zoo/models/bert.yaml
    "bert/base": (12, 768, 12, 3072),
    "bert/tinybert-4l-312": (4, 312, 12, 1200),
    "bert/minirbt-h256": (6, 256, 8, 1024),
}
SHAPES = {"1x16": [16], "1x128": [128], "32x128": [128] * 32, "32 ragged": [16 + (7 * i * i) % 113 for i in range(32)]}
TOLERANCE = {"f32": 2e-3, "bf16": 0.15}


class Ours:
    """clew-bench-door at one precision."""

    def __init__(self, bin_folder, model, weights, precision):
        command = [str(bin_folder / "clew-bench-door"), model, str(weights), precision, "1", "cuda"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        ready = self.process.stdout.readline()
        if not ready.startswith("ready"):
            raise RuntimeError(ready + self.process.stderr.read())

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if answer.startswith("error") or not answer:
            raise RuntimeError(answer or "the door ended")
        return answer

    def times(self, count):
        return [float(value) / 1e3 for value in self.ask(f"run {count}").split()]

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)


def padded(torch, lengths, ids):
    longest = max(lengths)
    rows, mask, begin = torch.zeros(len(lengths), longest, dtype=torch.int64), torch.zeros(len(lengths), longest, dtype=torch.bool), 0
    for row, length in enumerate(lengths):
        rows[row, :length] = torch.from_numpy(ids[begin : begin + length].astype("int64"))
        mask[row, :length] = True
        begin += length
    return rows, mask


def torch_model(torch, reference, shape, weights):
    """The tests' reference BERT over padded batches, with PyTorch's own attention."""
    layers, hidden, heads, ffn = shape
    packed = reference.build("bert", {"layers": layers, "hidden": hidden, "heads": heads, "ffn": ffn}, weights, torch.float32)

    class Padded(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = packed

        def attend(self, module, x, mask):
            def split(y):
                return y.view(*y.shape[:2], heads, -1).transpose(1, 2)

            mixed = torch.nn.functional.scaled_dot_product_attention(
                split(module.query(x)), split(module.key(x)), split(module.value(x)), attn_mask=mask)
            return mixed.transpose(1, 2).reshape(x.shape)

        def forward(self, rows, mask):
            embed = self.inner.embeddings
            positions = torch.arange(rows.shape[1], device=rows.device)
            x = embed.word_embeddings(rows) + embed.position_embeddings(positions) + embed.token_type_embeddings(torch.zeros_like(rows))
            x = embed.LayerNorm(x)
            wide = mask[:, None, None, :]
            for layer in self.inner.encoder["layer"]:
                x = layer.attention["output"](self.attend(layer.attention["self"], x, wide), x)
                x = layer.output(torch.nn.functional.gelu(layer.intermediate["dense"](x)), x)
            return x

    return Padded().eval()


class TorchSide:
    def __init__(self, torch, model, precision, compiled):
        kind = torch.float32 if precision == "f32" else torch.bfloat16
        self.torch = torch
        self.model = model.to("cuda", kind)
        self.call = torch.compile(self.model, mode="reduce-overhead") if compiled else self.model

    def load(self, rows, mask):
        self.rows, self.mask = rows.pin_memory(), mask.pin_memory()

    def run(self):
        with self.torch.inference_mode():
            return self.call(self.rows.to("cuda", non_blocking=True), self.mask.to("cuda", non_blocking=True)).float().cpu()

    def times(self, count):
        found = []
        for _ in range(count):
            begin = time.perf_counter()
            self.run()
            found.append((time.perf_counter() - begin) * 1e3)
        return found


class OnnxSide:
    def __init__(self, torch, model, folder):
        import onnxruntime

        if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
            raise RuntimeError("no CUDA provider")
        path = folder / "peer.onnx"
        example = (torch.ones(2, 8, dtype=torch.int64), torch.ones(2, 8, dtype=torch.bool))
        axes = {"rows": {0: "batch", 1: "length"}, "mask": {0: "batch", 1: "length"}, "x": {0: "batch", 1: "length"}}
        torch.onnx.export(model.float().cpu(), example, str(path), input_names=["rows", "mask"], output_names=["x"], dynamic_axes=axes)
        self.session = onnxruntime.InferenceSession(str(path), providers=["CUDAExecutionProvider"])
        if self.session.get_providers()[0] != "CUDAExecutionProvider":
            raise RuntimeError("its CUDA provider does not load")
        self.torch = torch

    def load(self, rows, mask):
        self.feed = {"rows": rows.numpy(), "mask": mask.numpy()}

    def run(self):
        return self.torch.from_numpy(self.session.run(None, self.feed)[0])

    times = TorchSide.times


def mean_difference(torch, found, mask, ours):
    return float((found[mask] - torch.from_numpy(ours)).abs().max())


def compare(torch, sides, precision, lengths, folder, safetensors, rounds):
    """Compares results, then times in turns: name -> median ms, or what is wrong."""
    chance = __import__("numpy").random.default_rng(5)
    ids = chance.integers(1, 21128, sum(lengths)).astype("<i4")
    offsets = [sum(lengths[:i]) for i in range(len(lengths) + 1)]
    safetensors.write(folder / "in.safetensors", {"ids": ids, "offsets": __import__("numpy").array(offsets, dtype="<i4")})
    ours = sides["clew"]
    ours.ask(f"load {folder / 'in.safetensors'}")
    ours.times(5)
    ours.ask(f"save {folder / 'out.safetensors'}")
    hidden = safetensors.read(folder / "out.safetensors")["hidden"].copy()
    rows, mask = padded(torch, lengths, ids)
    good, problems = {"clew": ours}, {}
    for name, side in sides.items():
        if name == "clew":
            continue
        try:
            side.load(rows, mask)
            for _ in range(3):
                found = side.run()
            difference = mean_difference(torch, found, mask, hidden)
            if difference > TOLERANCE[precision] or math.isnan(difference):
                problems[name] = f"differs by {difference:.3g}"
            else:
                good[name] = side
        except Exception as error:  # a peer's fault is noted, and the others go on
            problems[name] = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    samples = {name: [] for name in good}
    for _ in range(rounds):
        for name in random.sample(sorted(good), len(good)):
            samples[name].append(statistics.median(good[name].times(20)))
    return samples, problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=Path)
    parser.add_argument("--models", default=",".join(SIZES))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    try:
        import numpy  # noqa: F401
        import torch
    except ImportError as error:
        print(f"skipped: {error}")
        return SKIPPED
    if not torch.cuda.is_available():
        print("skipped: torch finds no GPU")
        return SKIPPED
    import ranks
    import reference_models
    import safetensors_io

    torch.backends.cuda.matmul.allow_tf32 = False
    results, failed = [], False
    for name in arguments.models.split(","):
        for precision in ("f32", "bf16"):
            with tempfile.TemporaryDirectory() as text:
                folder = Path(text)
                weights = folder / "w.safetensors"
                tiny = {"ids": numpy.array([1, 2], dtype="<i4"), "offsets": numpy.array([0, 2], dtype="<i4")}
                safetensors_io.write(folder / "tiny.safetensors", tiny)
                try:
                    subprocess.run([arguments.bin / "clew", "run", name, "--inputs", folder / "tiny.safetensors", "--outputs",
                                    folder / "o.safetensors", "--save-weights", weights], check=True, capture_output=True, text=True)
                    model = torch_model(torch, reference_models, SIZES[name], safetensors_io.read(weights))
                    sides = {"clew": Ours(arguments.bin, name, weights, precision)}
                    if precision == "f32":
                        try:
                            sides["onnxruntime"] = OnnxSide(torch, model, folder)
                        except Exception as error:
                            print(f"onnxruntime takes no part: {str(error).splitlines()[0]}")
                    sides["torch eager"] = TorchSide(torch, model, precision, False)
                    sides["torch compiled"] = TorchSide(torch, model, precision, True)
                    for shape, lengths in SHAPES.items():
                        samples, problems = compare(torch, sides, precision, lengths, folder, safetensors_io, arguments.rounds)
                        for peer, why in problems.items():
                            print(f"{name} {precision} {shape} {peer}: {why}", flush=True)
                        medians = {side: statistics.median(times) for side, times in samples.items()}
                        for peer in medians:
                            p = ranks.mann_whitney(samples["clew"], samples[peer]) if peer != "clew" else 1.0
                            ratio = medians[peer] / medians["clew"]
                            print(f"{name:22} {precision:5} {shape:10} {peer:15} {medians[peer]:9.3f} ms  {ratio:6.2f}x  p={p:.3g}", flush=True)
                        results.append({"model": name, "precision": precision, "shape": shape, "ms": samples, "problems": problems})
                    sides["clew"].close()
                except Exception as error:
                    failed = True
                    said = getattr(error, "stderr", None) or str(error)
                    print(f"{name} {precision}: {said}", flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps({"device": torch.cuda.get_device_name(), "torch": torch.__version__, "results": results}, indent=1))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
