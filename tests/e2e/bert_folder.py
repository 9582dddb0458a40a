# Writes a Hugging Face folder for bert/sample (2 layers, hidden 64, 4 heads) with 5 labels, from numbers that are the same
# everywhere: for tests, and for the script that asks Transformers what such a folder computes.
import json
from pathlib import Path

import numpy
import safetensors_file

HIDDEN, LAYERS, HEADS, FFN, VOCABULARY, POSITIONS, SEGMENTS = 64, 2, 4, 256, 1280, 512, 2
LABELS = ["sports", "finance", "technology", "education", "travel"]  # of sample-classify
CONFIG = {
    "model_type": "bert",
    "architectures": ["BertForSequenceClassification"],
    "hidden_size": HIDDEN,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "intermediate_size": FFN,
    "hidden_act": "gelu",
    "vocab_size": VOCABULARY,
    "max_position_embeddings": POSITIONS,
    "type_vocab_size": SEGMENTS,
    "layer_norm_eps": 1e-12,
    "id2label": {str(number): label for number, label in enumerate(LABELS)},
    "label2id": {label: number for number, label in enumerate(LABELS)},
}
BATCH = {
    "ids": numpy.array([2, 40, 700, 41, 1279, 3, 2, 9, 3, 88, 12, 3], "<i4"),
    "segments": numpy.array([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1], "<i4"),
    "offsets": numpy.array([0, 6, 12], "<i4"),
}


def numbers(name, shape, middle=0.0, spread=0.4):
    """Even in middle +- spread, by name and index (splitmix64)."""
    seed = int.from_bytes(name.encode()[-8:].rjust(8, b"\0"), "little") ^ (len(name) << 32)
    with numpy.errstate(over="ignore"):
        x = numpy.arange(numpy.prod(shape), dtype=numpy.uint64) * numpy.uint64(0x9E3779B97F4A7C15) + numpy.uint64(seed)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            x = (x ^ (x >> numpy.uint64(shift))) * numpy.uint64(factor)
        x ^= x >> numpy.uint64(31)
    return (middle + spread * (x / 2.0**63 - 1)).astype("<f4").reshape(shape)


def tensors(prefix="bert."):
    """name -> array, as BertForSequenceClassification has them."""
    shapes = {}

    def linear(name, outputs, inputs):
        shapes[name + ".weight"], shapes[name + ".bias"] = (outputs, inputs), (outputs,)

    def norm(name):
        shapes[name + ".weight"], shapes[name + ".bias"] = (HIDDEN,), (HIDDEN,)

    for name, count in (("word", VOCABULARY), ("position", POSITIONS), ("token_type", SEGMENTS)):
        shapes[f"{prefix}embeddings.{name}_embeddings.weight"] = (count, HIDDEN)
    norm(prefix + "embeddings.LayerNorm")
    for layer in range(LAYERS):
        at = f"{prefix}encoder.layer.{layer}."
        for name in ("self.query", "self.key", "self.value", "output.dense"):
            linear(f"{at}attention.{name}", HIDDEN, HIDDEN)
        norm(at + "attention.output.LayerNorm")
        linear(at + "intermediate.dense", FFN, HIDDEN)
        linear(at + "output.dense", HIDDEN, FFN)
        norm(at + "output.LayerNorm")
    linear(prefix + "pooler.dense", HIDDEN, HIDDEN)
    linear("classifier", len(LABELS), HIDDEN)
    return {name: numbers(name, shape, middle=float("LayerNorm.weight" in name)) for name, shape in shapes.items()}


def changed(key, value):
    """CONFIG with one key set, or taken out (`value` None and `key` starting with -)."""
    config = dict(CONFIG)
    if key.startswith("-"):
        config.pop(key[1:], None)
    else:
        config[key] = value
    return config


def write_config(folder, config):
    (Path(folder) / "config.json").write_text(json.dumps(config, indent=1))


def write(folder, config=None, shards=0):
    """The whole folder but for what reads text; in one file, or cut into shards."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_config(folder, config or CONFIG)
    weights = tensors()
    if not shards:
        safetensors_file.write(folder / "model.safetensors", weights, {"format": "pt"})
        return folder
    names = sorted(weights)
    index = {}
    for number in range(shards):
        part = names[number::shards]
        file = f"model-{number + 1:05d}-of-{shards:05d}.safetensors"
        safetensors_file.write(folder / file, {name: weights[name] for name in part}, {"format": "pt"})
        index.update({name: file for name in part})
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))
    return folder
