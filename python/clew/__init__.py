# The Python package: a model that runs NumPy arrays without copies, answers texts, and the judge of predictions.
"""Clew from Python.

>>> import clew
>>> model = clew.load("bert/base", "bert-base-chinese")
>>> model.run(ids, offsets)["hidden"]           # [tokens, 768], no padding
>>> tagger = clew.load("bilstm/base", "w.safetensors", task="cluener")
>>> tagger.predict(["江疏影甜甜圈自拍"])
>>> clew.score("cluener", "predictions.jsonl")["metrics"]

Sequences of a batch lie one after the other: sequence i is ids[offsets[i] : offsets[i + 1]].
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Union

import numpy
from numpy.typing import ArrayLike, NDArray

_home = Path(__file__).resolve().parent / "home"
if _home.is_dir():
    os.environ.setdefault("CLEW_HOME", str(_home))

from . import _core  # noqa: E402

__all__ = ["Model", "load", "score"]
PathLike = Union[str, "os.PathLike[str]"]


def _integers(name: str, values: ArrayLike) -> NDArray[numpy.int32]:
    """The array itself if it is int32 in one piece; else a copy that is, if no value changes by it."""
    array = numpy.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{name}: expected one dimension, found {array.ndim}")
    if array.dtype != numpy.int32:
        if array.size and not numpy.issubdtype(array.dtype, numpy.integer):
            raise TypeError(f"{name}: expected integers, found {array.dtype}")
        if array.size and (int(array.min()) < -(2**31) or int(array.max()) >= 2**31):
            raise ValueError(f"{name}: a value does not fit into 32 bits")
    return numpy.ascontiguousarray(array, dtype=numpy.int32)


class Model:
    """A compiled model with its weights. May be used from many threads at once."""

    def __init__(self, core: _core.Loaded) -> None:
        self._core = core

    @property
    def name(self) -> str:
        """architecture/size"""
        return self._core.name

    @property
    def scheme(self) -> str:
        """How the precision is reached, in words."""
        return self._core.scheme

    @property
    def notes(self) -> list[str]:
        """What is to be known of the weights that were loaded."""
        return list(self._core.notes)

    def run(self, ids: ArrayLike, offsets: ArrayLike, segments: ArrayLike | None = None, **inputs: ArrayLike) -> dict[str, NDArray[numpy.float32]]:
        """Runs one packed batch.

        ids: int32 [tokens]. offsets: int32 [batch + 1], from 0 to tokens. segments: int32 [tokens], zeros without. Further
        inputs go by the names that the model gives them. int32 arrays in one piece are read where they lie; others are
        converted.

        Returns float32 arrays [rows, columns] by output. They are read-only views of the model's own memory; that stays
        theirs as long as one of them lives, whatever runs meanwhile. ValueError for a batch that the model does not take.
        """
        arrays = {"ids": ids, "offsets": offsets, **inputs}
        if segments is not None:
            arrays["segments"] = segments
        return self._core.run({name: _integers(name, values) for name, values in arrays.items()})

    def predict(self, texts: Iterable[str | Sequence[str] | Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Answers rows of the task that the model was loaded for, as `clew predict` does.

        A row is a text, a pair of texts, or a mapping with the fields of the task's kind, with or without "id". The
        predictions come in the order of the rows. NotImplementedError without a task.
        """
        return [json.loads(line) for line in self._core.predict("".join(_row(row) for row in texts)).splitlines()]


def _row(row: str | Sequence[str] | Mapping[str, Any]) -> str:
    if isinstance(row, str):
        row = {"text": row}
    elif not isinstance(row, Mapping):
        if len(row) != 2:
            raise ValueError(f"expected a text, two texts or a mapping, found {len(row)} items")
        row = {"sentence1": row[0], "sentence2": row[1]}
    return json.dumps(dict(row), ensure_ascii=False) + "\n"


def load(
    model: str,
    weights: PathLike | None = None,
    *,
    task: str | None = None,
    random_weights: bool = False,
    target: str = "cpu",
    precision: str = "f32",
    outputs: Sequence[str] = (),
    threads: int = 0,
    deterministic: bool = False,
    seed: int = 0,
    zoo: Sequence[PathLike] = (),
    tasks: Sequence[PathLike] = (),
    data: PathLike | None = None,
    vocab: PathLike | None = None,
) -> Model:
    """Compiles a model, or takes it from the program cache, and loads its weights.

    model: architecture/size of the zoo, or path.yaml[:size]. weights: a .safetensors file, another checkpoint or a Hugging
    Face folder; without, `random_weights` must be said. task: a task's name or YAML, whose head the model gets, for
    predict(); its only output is then "logits". outputs: which of the model's outputs run() gives, all but single layers by
    default. threads: 0 is one a core.

    LookupError for a model or task that there is none of, ValueError for files that are wrong, OSError.
    """
    if (weights is None) != random_weights:
        raise ValueError("expected weights, or random_weights=True: for trying, never for scores")
    return Model(
        _core.load(
            {
                "model": model,
                "weights": os.fspath(weights) if weights is not None else "",
                "task": task or "",
                "target": target,
                "precision": precision,
                "outputs": list(outputs),
                "threads": threads,
                "deterministic": deterministic,
                "seed": seed,
                "zoo": [os.fspath(folder) for folder in zoo],
                "tasks": [os.fspath(folder) for folder in tasks],
                "data": os.fspath(data) if data is not None else "",
                "vocab": os.fspath(vocab) if vocab is not None else "",
            }
        )
    )


def score(
    task: str,
    predictions: PathLike | Iterable[Mapping[str, Any]],
    *,
    split: str = "dev",
    data: PathLike | None = None,
    tasks: Sequence[PathLike] = (),
) -> dict[str, Any]:
    """Scores predictions against a task's labels, as `clew score --json` does: metrics in per cent with 95 % intervals.

    predictions: what predict() gave, with the ids of the rows, or a file of such lines or of a board's form.
    """
    if isinstance(predictions, (str, os.PathLike)):
        text = Path(predictions).read_text(encoding="utf-8")
    else:
        text = "".join(json.dumps(dict(one), ensure_ascii=False) + "\n" for one in predictions)
    found: dict[str, Any] = json.loads(_core.score(task, text, split, os.fspath(data) if data is not None else "", [os.fspath(folder) for folder in tasks]))
    return found
