#!/usr/bin/env python3
# Training against PyTorch: the same weights to begin with, the same rows in the same order, no dropout. Losses of 50 updates must be equal to
# 1e-4, relatively, update by update. Needs PyTorch, which tests do not install: run by hand,
#
#   CLEW_BIN=build/release/bin CLEW_SOURCE=. python tests/e2e/training_parity.py
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
import torch

sys.path.insert(0, str(Path(__file__).parent))
import safetensors_file  # noqa: E402
from train_test import CLASSIFY_RECIPE, ENCODER, TAG_RECIPE, TAGGER  # noqa: E402

BIN = Path(os.environ["CLEW_BIN"]).resolve()
SOURCE = Path(os.environ["CLEW_SOURCE"]).resolve()
STEPS = 50


def philox(seed, epoch, site, index):
    """Word `index` of a site: runtime/base/RandomBits.h."""
    x = [index // 4 & 0xFFFFFFFF, index // 4 >> 32, epoch & 0xFFFFFFFF, site]
    key = [seed & 0xFFFFFFFF, (seed >> 32) ^ ((epoch >> 32) * 0x9E3779B9 & 0xFFFFFFFF)]
    for _ in range(10):
        a, b = 0xD2511F53 * x[0], 0xCD9E8D57 * x[2]
        x = [(b >> 32) ^ x[1] ^ key[0], b & 0xFFFFFFFF, (a >> 32) ^ x[3] ^ key[1], a & 0xFFFFFFFF]
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return x[index % 4]


def shuffled(count, seed, epoch):
    order = list(range(count))
    for i in range(count, 1, -1):
        j = philox(seed, epoch, 0x5EED0DE5, i) * i >> 32
        order[i - 1], order[j] = order[j], order[i - 1]
    return order


def rows_of(task):
    return [json.loads(line) for line in (SOURCE / f"suites/samples/{task}/train.json").read_text().splitlines()]


def ids_of(model, task, texts, folder):
    """Ids as clew makes them, row by row: of taggers one a character."""
    if task == "sample-tag":
        words = (SOURCE / "suites/samples/vocab.txt").read_text().splitlines()
        number = {word: i for i, word in enumerate(words)}
        return [[number.get(letter.lower(), number["[UNK]"]) for letter in text] for text in texts]
    ids = []
    for text in texts:
        done = subprocess.run([BIN / "clew", "tokenize", model, "--json", "--text", text], cwd=folder, capture_output=True, text=True, check=True)
        ids.append(json.loads(done.stdout)["ids"])
    return ids


class Tagger(torch.nn.Module):
    def __init__(self, w):
        super().__init__()
        self.w = torch.nn.ParameterDict({name.replace(".", "/"): torch.nn.Parameter(torch.tensor(value)) for name, value in w.items()})

    def p(self, name):
        return self.w[name.replace(".", "/")]

    def cells(self, x, kind, name, reverse):
        steps = range(len(x))
        hidden = self.p(f"{name}.weight_hh").shape[1]
        h = torch.zeros(hidden)
        c = torch.zeros(hidden)
        out = [None] * len(x)
        for t in reversed(steps) if reverse else steps:
            if kind == "lstm":
                i, f, g, o = (self.p(f"{name}.weight_ih") @ x[t] + self.p(f"{name}.weight_hh") @ h + self.p(f"{name}.bias")).chunk(4)
                c = f.sigmoid() * c + i.sigmoid() * g.tanh()
                h = o.sigmoid() * c.tanh()
            else:
                a = self.p(f"{name}.weight_ih") @ x[t] + self.p(f"{name}.bias_ih")
                b = self.p(f"{name}.weight_hh") @ h + self.p(f"{name}.bias_hh")
                (ar, az, an), (br, bz, bn) = a.chunk(3), b.chunk(3)
                z = (az + bz).sigmoid()
                h = (1 - z) * (an + (ar + br).sigmoid() * bn).tanh() + z * h
            out[t] = h
        return torch.stack(out)

    def loss(self, rows, labels):
        total = 0
        trans, start, end = (self.p(f"crf.{name}") for name in ("transitions", "start_transitions", "end_transitions"))
        for ids, wanted in zip(rows, labels):
            x = self.p("embedding.weight")[torch.tensor(ids)]
            both = torch.cat([self.cells(x, "lstm", "forward", False), self.cells(x, "gru", "backward", True)], 1)
            e = both @ self.p("emissions.weight").T + self.p("emissions.bias")
            alpha = start + e[0]
            score = start[wanted[0]] + e[0, wanted[0]] + end[wanted[-1]]
            for t in range(1, len(ids)):
                alpha = torch.logsumexp(alpha[:, None] + trans, 0) + e[t]
                score = score + trans[wanted[t - 1], wanted[t]] + e[t, wanted[t]]
            total = total + torch.logsumexp(alpha + end, 0) - score
        return total / len(rows)


class Encoder(Tagger):
    def loss(self, rows, labels):
        logits = []
        for ids in rows:
            x = self.p("words.weight")[torch.tensor(ids)] + self.p("places.weight")[: len(ids)]
            for k in range(2):
                linear = lambda name, value, k=k: value @ self.p(f"layer.{k}.{name}.weight").T + self.p(f"layer.{k}.{name}.bias")
                norm = lambda name, value, k=k: torch.nn.functional.layer_norm(
                    value, value.shape[-1:], self.p(f"layer.{k}.{name}.weight"), self.p(f"layer.{k}.{name}.bias"), 1e-12)
                q, key, v = (linear(name, x).reshape(len(ids), 4, -1).transpose(0, 1) for name in "qkv")
                mixed = torch.softmax(q @ key.transpose(1, 2) / 8**0.5, -1) @ v
                one = norm("first", x + linear("out", mixed.transpose(0, 1).reshape(len(ids), -1)))
                x = norm("second", one + linear("down", torch.nn.functional.gelu(linear("up", one))))
            logits.append(x.mean(0) @ self.p("classifier.weight").T + self.p("classifier.bias"))
        return torch.nn.functional.cross_entropy(torch.stack(logits), torch.tensor(labels), label_smoothing=0.1)


def compare(name, model_text, recipe_text, task, make, label, optimizers):
    for optimizer in optimizers:
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            model = model_text.split("model: ")[1].split()[0]
            (folder / f"{model}.yaml").write_text(model_text)
            (folder / "recipe.yaml").write_text(recipe_text)
            settings = ["params.dropout=0.0", "epochs=6", "average=0", "optimizer.weight_decay=0.01", "optimizer.clip=1.0"] + optimizer
            arguments = [BIN / "clew", "train", "recipe.yaml", "--out", "run"]
            for setting in settings:
                arguments += ["--set", setting]
            # The weights of a run whose rate is 0 are those that every run begins with.
            subprocess.run([*arguments[:3], "--out", "start", *arguments[5:], "--set", "optimizer.rate=0", "--set", "epochs=1"], cwd=folder, check=True,
                           capture_output=True)
            subprocess.run(arguments, cwd=folder, check=True, capture_output=True)
            losses = [json.loads(line) for line in (folder / "run/log.jsonl").read_text().splitlines()]
            losses = [line["loss"] for line in losses if "step" in line][:STEPS]
            program = safetensors_file.read(folder / "start/training.safetensors")[0]
            shapes = safetensors_file.read(folder / "start/best.safetensors")[0]
            weights = {key[7:]: value.reshape(shapes[key[7:]].shape) for key, value in program.items() if key.startswith("values.")}
            rows = rows_of(task)
            ids = ids_of(f"{model}.yaml:base", task, [row.get("text", row.get("sentence")) for row in rows], folder)
            labels = [label(row, len(one)) for row, one in zip(rows, ids)]
            module = make(weights)
            step = optimizer_of(optimizer, module)
            seed = 3 if "seed: 3" in recipe_text else 1
            worst = 0
            number = 0
            for epoch in range(6):
                order = shuffled(len(rows), seed, epoch)
                for at in range(0, len(rows), 16):
                    if number == STEPS:
                        break
                    chosen = order[at : at + 16]
                    step.zero_grad()
                    loss = module.loss([ids[i] for i in chosen], [labels[i] for i in chosen])
                    loss.backward()
                    torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
                    total = 6 * -(-len(rows) // 16)
                    for group in step.param_groups:
                        group["lr"] = group["base"] * rate_at(number, total, recipe_text)
                    step.step()
                    value = float(loss.detach())
                    difference = abs(value - losses[number]) / abs(value)
                    worst = max(worst, difference)
                    if os.environ.get("CLEW_VERBOSE"):
                        print(number, value, losses[number], difference)
                    number += 1
            print(f"{name:<10} {optimizer[0]:<24} {number} updates, loss {losses[0]:.4f} -> {losses[-1]:.4f}, largest relative difference {worst:.1e}", flush=True)
            if worst > 1e-4:
                sys.exit(f"{name}: PyTorch's losses differ by {worst}")


def rate_at(step, steps, recipe):
    warm = 0.1 if "warm_up: 0.1" in recipe else 0.0
    done = (step + 1) / steps
    if done < warm:
        return done / warm
    return min(max((1 - step / steps) / (1 - warm), 0), 1)


def optimizer_of(settings, module):
    rate = float(dict(one.split("=") for one in settings)["optimizer.rate"])
    matrices = [p for p in module.parameters() if p.dim() > 1]
    vectors = [p for p in module.parameters() if p.dim() == 1]
    groups = [{"params": matrices, "weight_decay": 0.01, "base": rate}, {"params": vectors, "weight_decay": 0.0, "base": rate}]
    if "optimizer.name=sgd" in settings:
        return torch.optim.SGD(groups, lr=rate, momentum=0.9)
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.999), eps=1e-8)


def tags(row, length):
    types = ["name", "place", "organization", "product"]
    labels = [0] * length
    for kind, strings in row["label"].items():
        for places in strings.values():
            for begin, end in places:
                for t in range(begin, end + 1):
                    labels[t] = 1 + 2 * types.index(kind) + (t > begin)
    return labels


def classes(row, _):
    return NAMES.index(row["label"])


if __name__ == "__main__":
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float32)
    import yaml

    task = yaml.safe_load((SOURCE / "suites/tasks/sample-classify.yaml").read_text())
    NAMES = [str(one) for one in task["labels"]]
    compare("BiLSTM-CRF", TAGGER, TAG_RECIPE, "sample-tag", Tagger, tags,
            [["optimizer.name=adamw", "optimizer.rate=5e-3"], ["optimizer.name=sgd", "optimizer.rate=1e-2", "optimizer.momentum=0.9"]])
    compare("encoder", ENCODER, CLASSIFY_RECIPE, "sample-classify", Encoder, classes,
            [["optimizer.name=adamw", "optimizer.rate=1e-3"], ["optimizer.name=sgd", "optimizer.rate=1e-2", "optimizer.momentum=0.9"]])
