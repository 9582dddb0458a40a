#!/usr/bin/env python3
# Writes the HDF5 files of this folder with h5py, and beside them what they hold as safetensors:
#   python3 -m venv venv && venv/bin/pip install h5py==3.16.0 numpy==2.4.6 && venv/bin/python make_hdf5.py
# `earliest` is what h5py, Keras and AllenNLP write by default; `v110` and `latest` are newer forms of headers, links and indices.
import sys
from pathlib import Path

import h5py
import numpy

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parents[2] / "e2e"))
import safetensors_file  # noqa: E402


def arrays():
    chance = numpy.random.default_rng(7)
    yield "RNN_0/RNN/MultiRNNCell/Cell0/LSTMCell/W_0", chance.normal(size=(6, 8)).astype("<f4"), {}
    yield "RNN_0/RNN/MultiRNNCell/Cell0/LSTMCell/B", chance.normal(size=8).astype("<f4"), {}
    yield "CNN/W_cnn_0", chance.normal(size=(1, 2, 3, 4)).astype("<f4"), {}
    yield "wide", chance.normal(size=(3, 2)), {}
    yield "half", chance.normal(size=(2, 5)).astype("<f2"), {}
    yield "step", numpy.array(7, "<i8"), {}
    yield "bytes", numpy.arange(5, dtype="|u1"), {}
    yield "big", chance.normal(size=(2, 2)).astype(">f4"), {}
    yield "chunks/packed", chance.normal(size=(7, 9)).astype("<f4"), {"chunks": (3, 4), "compression": "gzip"}
    yield "chunks/shuffled", chance.integers(0, 9, (5, 3, 4)).astype("<i4"), {"chunks": (2, 3, 3), "compression": "gzip", "shuffle": True}
    yield "chunks/plain", chance.normal(size=11).astype("<f4"), {"chunks": (4,)}
    yield "chunks/single", chance.normal(size=(3, 5)).astype("<f4"), {"chunks": (3, 5)}
    yield "chunks/single_packed", chance.integers(0, 3, (4, 6)).astype("<i4"), {"chunks": (4, 6), "compression": "gzip", "shuffle": True}
    yield "chunks/pages", chance.integers(0, 9, 1100).astype("|u1"), {"chunks": (1,)}  # more chunks than a page of an index holds


def write(name, **options):
    with h5py.File(FOLDER / name, "w", **options) as file:
        file.attrs["backend"] = "nobody"
        for path, array, how in arrays():
            file.create_dataset(path, data=array, **how)
        if not options:
            for i in range(40):  # more than one node of names
                file.create_dataset(f"many/number_{i}", data=numpy.array([i], "<f4"))


write("earliest.h5")
write("v110.h5", libver=("v110", "v110"))
write("latest.h5", libver="latest")
held = {path: array.astype(array.dtype.newbyteorder("<")) for path, array, _ in arrays()}
held |= {f"many/number_{i}": numpy.array([i], "<f4") for i in range(40)}
safetensors_file.write(FOLDER / "earliest.safetensors", held)
for name, make in {
    "soft.h5": lambda file: file.__setitem__("b", h5py.SoftLink("/a")),
    "external.h5": lambda file: file.__setitem__("b", h5py.ExternalLink("other.h5", "/a")),
    "hard.h5": lambda file: file.__setitem__("b", file["a"]),
    "text.h5": lambda file: file.create_dataset("b", data="a text"),
    "growing.h5": lambda file: file.create_dataset("b", data=numpy.zeros(4, "<f4"), chunks=(2,), maxshape=(None,)),
}.items():
    with h5py.File(FOLDER / name, "w", libver="latest" if name == "growing.h5" else "earliest") as file:
        file.create_dataset("a", data=numpy.zeros(2, "<f4"))
        make(file)
