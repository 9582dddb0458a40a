# The models that are compared with peers, and how far results may lie apart before a time means nothing.
import dataclasses
import math
import sys
from pathlib import Path

import numpy

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "golden"))
import cases  # noqa: E402

# What both sides give and what is compared.
_RESULTS = {"electra": ("hidden",), "xlnet": ("hidden",), "bilstm": ("hidden", "logits"), "bigru-crf": ("hidden", "logits")}
_SEGMENTED = {"bert", "albert", "electra", "nezha", "xlnet"}
_BOUNDARIES = 2  # words that ELMo puts around a text


@dataclasses.dataclass(frozen=True)
class PeerModel:
    """`layers`: where weights do not tell, because layers share them."""

    name: str
    family: str
    heads: int = 0
    layers: int = 0

    @property
    def results(self):
        return _RESULTS.get(self.family, ("hidden", "pooled"))

    @property
    def paths(self):
        """Results of ones and zeros: a label is right or wrong, and lower precisions are not held to it."""
        return ("logits",) if self.family == "bigru-crf" else ()

    def batch(self, name, lengths):
        """A packed batch, a function of the arguments alone. ELMo's boundaries count as tokens; its rows have 3 or more."""
        if self.family == "elmo":
            return cases.make_words(name, [max(length - _BOUNDARIES, 1) for length in lengths])
        return cases.make_batch(name, lengths, segments=self.family in _SEGMENTED)


_HEADS = {
    "bert/base": 12,
    "bert/large": 16,
    "bert/tinybert-4l-312": 12,
    "bert/tinybert-6l-768": 12,
    "bert/minirbt-h256": 8,
    "bert/minirbt-h288": 8,
    "bert/rbt3": 12,
    "bert/rbt4-h312": 12,
    "bert/rbt6": 12,
    "bert/roberta-wwm-ext": 12,
    "bert/roberta-wwm-ext-large": 16,
}
MODELS = {name: PeerModel(name, "bert", heads) for name, heads in _HEADS.items()}
MODELS |= {
    model.name: model
    for model in (
        PeerModel("albert/base", "albert", heads=12, layers=12),
        PeerModel("electra-small/small", "electra", heads=4),
        PeerModel("nezha/base", "nezha", heads=12),
        PeerModel("xlnet/base", "xlnet", heads=12),
        PeerModel("gpt/base", "gpt", heads=12),
        PeerModel("elmo/original", "elmo"),
        PeerModel("elmo/small", "elmo"),
        PeerModel("ulmfit/base", "ulmfit"),
        PeerModel("textcnn/base", "textcnn"),
        PeerModel("bilstm/base", "bilstm"),
        PeerModel("bigru-crf/base", "bigru-crf"),
    )
}

# (ours or peer's, precision) -> least cosine against the peer's f32; f32 is held to a difference instead. The peer's int8 has
# one scale for a whole batch of activations and is given more room.
COSINES = {
    ("ours", "bf16"): 0.999,
    ("ours", "int8"): 0.99,
    ("base", "bf16"): 0.999,
    ("base", "int8"): 0.99,
    ("peer", "int8"): 0.95,
}
F32_DIFFERENCE = 5e-4  # of results whose largest is 1 or more; of smaller ones in proportion
EQUAL_LABELS = 0.999  # the share of labels that must be equal in f32: paths of nearly one score may differ


def cosine(x, y):
    x, y = x.astype(numpy.float64).reshape(-1), y.astype(numpy.float64).reshape(-1)
    return float((x * y).sum() / math.sqrt((x * x).sum() * (y * y).sum()))


def _apart(side, precision, x, y):
    """None if one result is close enough to the exact one, else a text."""
    if x.shape != y.shape:
        return f"shape {x.shape} against {y.shape}"
    if not numpy.isfinite(x).all():
        return "not finite"
    if precision != "f32":
        near = cosine(x, y)
        return f"cosine {near:.5f}" if near < COSINES[side, precision] else None
    difference = float(numpy.abs(x - y).max())
    return f"differs by {difference:.3g}" if difference > F32_DIFFERENCE * min(1.0, float(numpy.abs(y).max())) else None


def disagreement(side, precision, found, exact, names, paths=()):
    """None if the results of `side` at `precision` are close enough to the exact ones, else a text that says why not. Results
    named by `paths` hold 1 at a token's label."""
    for name in names:
        if name not in found:
            return f"gives no {name}"
        x, y = found[name], exact[name]
        if name not in paths:
            text = _apart(side, precision, x, y)
        elif x.shape != y.shape:
            text = f"shape {x.shape} against {y.shape}"
        else:
            equal = float((x.argmax(axis=1) == y.argmax(axis=1)).mean())
            text = f"{equal:.4f} of labels are equal" if precision == "f32" and equal < EQUAL_LABELS else None
        if text:
            return f"{name}: {text}"
    return None
