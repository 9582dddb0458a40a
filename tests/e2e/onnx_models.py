# The zoo's models, made small by other values of their params, and padded batches for them: what onnx_test.py exports.
import re

import numpy
from door import SOURCE, batch

# Sizes that matter to no op. heads divide hidden, and twice the reach and one are the distances.
SMALL = {"layers": 2, "hidden": 24, "heads": 3, "head": 8, "ffn": 40, "embedding": 12, "vocab": 60, "positions": 32, "width": 10,
         "reach": 5, "distances": 11, "projection": 8, "letter": 4, "clip": 0.02}  # fmt: skip
# XLNet's rows may not reach beyond its distances; ELMo's filters are as many as its graph says.
LONGEST = {"xlnet": 6}
# Heads beside a model's own, by what they read of it.
HEADS = {
    "bert": ["classify:3", "pair:3", "tag:3", "crf:3", "span", "masked-lm"],
    "distilbert": ["classify:3", "tag:3"],
    "electra": ["classify:3"],
    "xlnet": ["classify:3"],
    "ulmfit": ["classify:3"],
}


def architectures():
    return sorted(path.stem for path in (SOURCE / "zoo/models").glob("*.yaml"))


def small(architecture, folder):
    """A file in `folder` with this model, smaller."""
    text = (SOURCE / f"zoo/models/{architecture}.yaml").read_text()
    block = re.search(r"^params:\s*\{.*?\}", text, re.MULTILINE | re.DOTALL)
    changed = re.sub(r"\b(\w+): ([\d.e+-]+)", lambda m: f"{m[1]}: {SMALL.get(m[1], m[2])}", block[0])
    path = folder / f"{architecture}.yaml"
    path.write_text(text.replace(block[0], changed))
    return path


def packed(architecture, head, lengths, seed=5):
    """A batch as `clew run` reads it."""
    chance = numpy.random.default_rng(seed)
    if architecture == "elmo":
        words = int(sum(lengths))
        letters = chance.integers(1, 12, words)
        offsets = numpy.concatenate([[0], numpy.cumsum(letters)]).astype("<i4")
        return {
            "offsets": numpy.concatenate([[0], numpy.cumsum(lengths)]).astype("<i4"),
            "characters": chance.integers(0, 261, offsets[-1]).astype("<i4"),
            "character_offsets": offsets,
        }
    tensors = batch(lengths, seed, 60, "inputs: [ids, segments" in (SOURCE / f"zoo/models/{architecture}.yaml").read_text())
    if architecture == "roberta":
        tensors["segments"][:] = 0
    if head == "masked-lm":
        tensors["mask_offsets"] = numpy.arange(len(lengths) + 1, dtype="<i4") * 2
        tensors["masks"] = numpy.array([at for length in lengths for at in (0, length - 1)], dtype="<i4")
    return tensors


def spread(values, offsets, room):
    """[rows, room] or [rows, room, ..]: the elements of each row first, zeros behind them."""
    lengths = numpy.diff(offsets)
    out = numpy.zeros((len(lengths), room, *values.shape[1:]), dtype=values.dtype)
    for row, (begin, end) in enumerate(zip(offsets[:-1], offsets[1:], strict=True)):
        out[row, : end - begin] = values[begin:end]
    return out


def padded(tensors, room):
    """The same batch as an exported model reads it, with `room` places for tokens."""
    offsets = tensors["offsets"]
    out = {"attention_mask": spread(numpy.ones(offsets[-1]), offsets, room)}
    for name, other in (("ids", "input_ids"), ("segments", "token_type_ids")):
        if name in tensors:
            out[other] = spread(tensors[name], offsets, room)
    if "characters" in tensors:
        cuts = tensors["character_offsets"]
        letters = spread(tensors["characters"], cuts, int(numpy.diff(cuts).max()) + 1)
        out["characters"] = spread(letters, offsets, room)
        out["character_lengths"] = spread(numpy.diff(cuts), offsets, room)
    if "masks" in tensors:
        cuts = tensors["mask_offsets"]
        out["masks"] = spread(tensors["masks"], cuts, 3)
        out["mask_lengths"] = numpy.diff(cuts)
    return {name: values.astype("<i8") for name, values in out.items()}


def unpadded(values, tensors, name):
    """(what stands at the elements, what stands at padding) of a padded output."""
    cuts = tensors["mask_offsets"] if name == "lm" and "masks" in tensors else tensors["offsets"]
    if values.ndim == 2:
        return values, numpy.zeros(0)
    real = numpy.arange(values.shape[1]) < numpy.diff(cuts)[:, None]
    return values[real], values[~real]
