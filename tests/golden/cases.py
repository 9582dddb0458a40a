# The golden cases: which model, which seed, which batch. Maker and checker share this list and the generators of batches and
# sample positions, so the golden files hold only what cannot be computed again without PyTorch. Batches come from a
# generator written out here, because numpy promises no stable streams.
import dataclasses
import hashlib

import numpy

SEED = 20240607
SAMPLES = 64
VOCABULARY = 21128
LENGTHS = (1, 2, 7, 16, 128, 512)
_RAGGED = (7, 1, 16, 33, 2, 64, 5, 20)
_MASK = (1 << 64) - 1


@dataclasses.dataclass(frozen=True)
class Case:
    """One model on one batch. `shape` says how the reference builds it; `low_precision` also runs bf16 and int8; matrices of the
    seeded weights are multiplied by `gain`: as they are, attention is nearly even and gates hardly leave their middle."""

    name: str
    model: str
    family: str
    shape: dict
    lengths: tuple
    low_precision: bool = False
    on_ref: bool = False
    gain: float = 1.0
    task: str | None = None  # puts a head on the model: classify:5

    @property
    def tolerance(self):
        return 1e-4 if self.family.startswith(("bert", "elmo")) else 1e-5


def _bert(layers, hidden, heads, ffn):
    return {"layers": layers, "hidden": hidden, "heads": heads, "ffn": ffn}


_BERT = {
    "bert/base": _bert(12, 768, 12, 3072),
    "bert/tinybert-4l-312": _bert(4, 312, 12, 1200),
    "bert/minirbt-h256": _bert(6, 256, 8, 1024),
    "bert/minirbt-h288": _bert(6, 288, 8, 1152),
    "bert/rbt4-h312": _bert(4, 312, 12, 1200),
}
_BILSTM = {
    "bilstm/base": {"layers": 2, "embedding": 300, "hidden": 286},
    "bilstm_small.yaml:one-layer": {"layers": 1, "embedding": 20, "hidden": 26},
    "bilstm_small.yaml:two-layers": {"layers": 2, "embedding": 20, "hidden": 26},
    "bilstm_small.yaml:three-layers": {"layers": 3, "embedding": 20, "hidden": 26},
}

_PROJECTED = {"layers": 2, "embedding": 20, "hidden": 26, "projection": 14}
_RECURRENT = {
    "lstm_projected.yaml:plain": ("projected-lstm", _PROJECTED),
    "lstm_projected.yaml:clipped": ("projected-lstm", _PROJECTED | {"clips": (0.5, 0.25)}),
    "lstm_small.yaml:clipped": ("lstm", {"layers": 2, "embedding": 20, "hidden": 26, "clip": 0.5}),
    "gru_small.yaml:printed": ("gru", {"layers": 2, "embedding": 20, "hidden": 26, "update": "old"}),
    "gru_small.yaml:paddle": ("gru", {"layers": 2, "embedding": 20, "hidden": 26, "update": "new"}),
}

_AWD = {"width": 400, "hidden": 1152}
_CLASSIFIERS = {
    "ulmfit/base": ("ulmfit", _AWD),
    "ulmfit/backward": ("ulmfit", _AWD | {"reverse": True}),
    "textcnn/base": ("textcnn", {"width": 300, "filters": 100, "sizes": (3, 4, 5)}),
    "textcnn/chinese": ("textcnn", {"width": 300, "filters": 256, "sizes": (2, 3, 4)}),
}


_TAGGERS = {
    "bigru/base": ("bigru", {"layers": 2, "embedding": 300, "hidden": 286}),
    "bigru-crf/base": ("bigru-crf", {"layers": 2, "embedding": 300, "hidden": 286}),
    "bilstm-crf/base": ("bilstm-crf", {"layers": 2, "embedding": 300, "hidden": 286}),
}


_ELMO = {
    "elmo/small": {"projection": 128, "hidden": 1024, "highways": 1},
    "elmo/medium": {"projection": 256, "hidden": 2048, "highways": 1},
    "elmo/original": {"projection": 512, "hidden": 4096, "highways": 2},
}


def _file_name(model, suffix):
    stem = model.replace(".yaml", "").replace("/", "-").replace(":", "-").replace("_", "-")
    return f"{stem}.{suffix}"


def all_cases():
    """Every case, cases of one model side by side (they share one file of weights)."""
    cases = []
    for model, shape in _BERT.items():
        if model in ("bert/base", "bert/tinybert-4l-312"):
            for length in LENGTHS:
                name = _file_name(model, f"length-{length}")
                small = length <= 16 and model != "bert/base"
                cases.append(Case(name, model, "bert", shape, (length,), on_ref=small))
            cases.append(Case(_file_name(model, "mixed"), model, "bert", shape, LENGTHS, low_precision=True))
        on_ref = model != "bert/base"
        if model != "bert/base":
            cases.append(Case(_file_name(model, "sharp"), model, "bert", shape, _RAGGED, on_ref=True, gain=4.0))
        cases.append(Case(_file_name(model, "ragged"), model, "bert", shape, _RAGGED, True, on_ref))
    for model, shape in _BILSTM.items():
        gain = 4.0 if model == "bilstm/base" else 8.0  # beyond that the wide one is chaotic: rounding grows with each token
        cases.append(Case(_file_name(model, "faint"), model, "bilstm", shape, (12, 3), on_ref=True))
        cases.append(Case(_file_name(model, "single"), model, "bilstm", shape, (40,), on_ref=True, gain=gain))
        cases.append(Case(_file_name(model, "ragged"), model, "bilstm", shape, _RAGGED, True, True, gain=gain))
    for model, (family, shape) in _RECURRENT.items():
        cases.append(Case(_file_name(model, "single"), model, family, shape, (40,), on_ref=True, gain=8.0))
        cases.append(Case(_file_name(model, "ragged"), model, family, shape, _RAGGED, True, True, gain=8.0))
    for model, (family, shape) in _CLASSIFIERS.items():
        name, task = _file_name(model, "classify"), "classify:5"
        cases.append(Case(f"{name}-ragged", model, family, shape, _RAGGED, True, gain=2.0, task=task))
        for length in (1, 7, 128):
            cases.append(Case(f"{name}-{length}", model, family, shape, (length,), gain=2.0, task=task))
    for model, (family, shape) in _TAGGERS.items():
        # A path is right or wrong: lower precisions are compared where there is none.
        low = not family.endswith("crf")
        cases.append(Case(_file_name(model, "ragged"), model, family, shape, _RAGGED, low, True, gain=4.0))
        cases.append(Case(_file_name(model, "single"), model, family, shape, (40,), on_ref=True, gain=4.0))
    for model, shape in _ELMO.items():
        gain = 4096 / shape["hidden"]  # more makes the wider ones chaotic, as above
        cases.append(Case(_file_name(model, "ragged"), model, "elmo", shape, (7, 1, 16, 2, 50), True, gain=gain))
        for length in (1, 2, 7, 16, 50) if model == "elmo/small" else ():
            name = _file_name(model, f"length-{length}")
            cases.append(Case(name, model, "elmo", shape, (length,), on_ref=length < 3, gain=gain))
    crf = {"family": "bert-crf", "shape": _BERT["bert/tinybert-4l-312"], "gain": 4.0, "task": "crf:7"}
    for length in (_RAGGED, (40,)):
        name = _file_name("bert/tinybert-4l-312", f"crf-{len(length)}")
        cases.append(Case(name, "bert/tinybert-4l-312", lengths=length, on_ref=True, **crf))
    return cases


def stream(text):
    """An endless stream of 64-bit numbers that is a function of `text` alone (SplitMix64, Steele et al. 2014)."""
    state = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")
    while True:
        state = (state + 0x9E3779B97F4A7C15) & _MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        yield z ^ (z >> 31)


def make_batch(name, lengths, segments=True, vocabulary=VOCABULARY):
    """ids, offsets and (if asked) segments of a packed batch: I32 arrays, a function of the arguments alone."""
    numbers = stream(f"batch {name}")
    tokens = sum(lengths)
    batch = {
        "ids": numpy.array([next(numbers) % vocabulary for _ in range(tokens)], dtype=numpy.int32),
        "offsets": numpy.cumsum([0, *lengths]).astype(numpy.int32),
    }
    if segments:
        parts = []
        for length in lengths:
            second = int(next(numbers) % (length + 1))
            parts.append(numpy.repeat(numpy.array([0, 1], dtype=numpy.int32), [length - second, second]))
        batch["segments"] = numpy.concatenate(parts).astype(numpy.int32)
    return batch


def make_words(name, lengths):
    """A packed batch of sequences of so many words between <S> and </S>, each word its bytes between marks and as much padding as
    ELMo's widest filter looks ahead, 50 characters at most; a function of the arguments alone."""
    numbers = stream(f"words {name}")
    words = []
    for length in lengths:
        sizes = [1 + next(numbers) % (60 if next(numbers) % 8 == 0 else 12) for _ in range(length)]
        sentence = [[256], *([next(numbers) % 256 for _ in range(min(size, 48))] for size in sizes), [257]]
        words += [([258, *word, 259] + [260] * 7)[:50] for word in sentence]
    return {
        "characters": numpy.array([character for word in words for character in word], dtype=numpy.int32),
        "character_offsets": numpy.cumsum([0, *map(len, words)]).astype(numpy.int32),
        "offsets": numpy.cumsum([0, *(length + 2 for length in lengths)]).astype(numpy.int32),
    }


def batch_for(family, name, lengths):
    if family == "elmo":
        return make_words(name, lengths)
    return make_batch(name, lengths, segments=family.startswith("bert"))


def batch_of(case):
    return batch_for(case.family, case.name, case.lengths)


def sample_positions(case_name, tensor_name, size):
    """Flat positions of the elements that a golden file keeps, in increasing order; all of them if they are few."""
    if size <= SAMPLES:
        return numpy.arange(size)
    numbers = stream(f"sample {case_name} {tensor_name}")
    chosen = set()
    while len(chosen) < SAMPLES:
        chosen.add(next(numbers) % size)
    return numpy.array(sorted(chosen))


def with_gain(weights, gain):
    """The weights with every matrix multiplied by `gain`, a power of two, so that nothing is rounded. If that is not 1, an
    LSTM's second bias, which Clew saves as zeros, takes half of the first: their sum is what counts, and it stays exact."""
    if gain == 1:
        return weights
    result = {name: values * numpy.float32(gain) if values.ndim == 2 else values for name, values in weights.items()}
    for name in weights:
        if name.startswith("lstm.bias_ih"):
            result[name.replace("_ih", "_hh")] = numpy.float32(0.5) * weights[name]
            result[name] = numpy.float32(0.5) * weights[name]
    return result


def weights_digest(tensors):
    """SHA-256 over names, shapes and values, whatever the order in the file."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(f"{name} {list(tensors[name].shape)}\n".encode())
        digest.update(numpy.ascontiguousarray(tensors[name]).data)
    return digest.hexdigest()
