# The models that are compared with peers, and how far results may lie apart before a time means nothing.
import dataclasses
import math

import numpy


@dataclasses.dataclass(frozen=True)
class PeerModel:
    name: str
    family: str
    heads: int = 0

    @property
    def results(self):
        """What both sides give and what is compared."""
        return ("hidden", "pooled") if self.family == "bert" else ("hidden", "logits")


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
MODELS["bilstm/base"] = PeerModel("bilstm/base", "bilstm")

# (ours or peer's, precision) -> least cosine against the peer's f32; f32 is held to a difference instead. The peer's int8 has
# one scale for a whole batch of activations and is given more room.
COSINES = {
    ("ours", "bf16"): 0.999,
    ("ours", "int8"): 0.99,
    ("base", "bf16"): 0.999,
    ("base", "int8"): 0.99,
    ("peer", "int8"): 0.95,
}
F32_DIFFERENCE = 5e-4


def cosine(x, y):
    x, y = x.astype(numpy.float64).reshape(-1), y.astype(numpy.float64).reshape(-1)
    return float((x * y).sum() / math.sqrt((x * x).sum() * (y * y).sum()))


def disagreement(side, precision, found, exact, names):
    """None if the results of `side` at `precision` are close enough to the exact ones, else a text that says why not."""
    for name in names:
        if name not in found:
            return f"gives no {name}"
        x, y = found[name], exact[name]
        if x.shape != y.shape:
            return f"{name}: shape {x.shape} against {y.shape}"
        if not numpy.isfinite(x).all():
            return f"{name}: not finite"
        if precision == "f32":
            difference = float(numpy.abs(x - y).max())
            if difference > F32_DIFFERENCE:
                return f"{name}: differs by {difference:.3g}"
        elif cosine(x, y) < COSINES[side, precision]:
            return f"{name}: cosine {cosine(x, y):.5f}"
    return None
