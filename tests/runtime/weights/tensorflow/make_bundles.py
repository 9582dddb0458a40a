#!/usr/bin/env python3
# Writes a small checkpoint with TensorFlow itself (tf.raw_ops.SaveV2, which its Saver uses; two data files by MergeV2Checkpoints),
# and beside it what TensorFlow reads from it (*.safetensors): the goldens of TensorFlowBundleTest. Needs tensorflow-cpu and safetensors from PyPI.
#
#   tests/runtime/weights/tensorflow/make_bundles.py
import tempfile
from pathlib import Path

import numpy
import tensorflow as tf
from safetensors.numpy import save_file

HERE = Path(__file__).resolve().parent


def numbers(*shape, dtype="float32", start=0):
    return ((numpy.arange(int(numpy.prod(shape))) + start) % 100 - 20).astype(dtype).reshape(shape)


def tensors():
    made = {f"types/{name}": numbers(2, 3, dtype=name) for name in "float64 float32 float16 int64 int32 int16 int8".split()}
    made |= {f"types/{name}": numbers(4, dtype=name, start=30) for name in "uint8 bool".split()}
    made["scalar"] = numpy.float32(2.5)
    made["empty"] = numpy.zeros((0, 3), "float32")
    # Long enough for more than one block of the table, with prefixes that keys share.
    made |= {f"bert/encoder/layer_{i}/attention/self/query/kernel": numbers(2, start=i) for i in range(60)}
    return made


def save(prefix, part):
    names = sorted(part)
    tf.raw_ops.SaveV2(prefix=str(prefix), tensor_names=names, shape_and_slices=[""] * len(names),
                      tensors=[tf.constant(part[name]) for name in names])


def main():
    made = tensors()
    save(HERE / "one.ckpt", made)
    with tempfile.TemporaryDirectory() as folder:
        names = sorted(made)
        parts = [str(Path(folder) / f"part{i}") for i in range(2)]
        for i, part in enumerate(parts):
            save(part, {name: made[name] for name in names[i::2]})
        tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=parts, destination_prefix=str(HERE / "two.ckpt"))
    for name in ("one", "two"):
        reader = tf.train.load_checkpoint(str(HERE / f"{name}.ckpt"))
        read = {key: numpy.ascontiguousarray(reader.get_tensor(key)) for key in reader.get_variable_to_shape_map()}
        read["scalar"] = read["scalar"].reshape(())
        target = HERE / f"{name}.safetensors"
        save_file(read, target)
        target.chmod(0o644)
    for path in HERE.glob("*.ckpt.*"):
        path.chmod(0o644)


if __name__ == "__main__":
    main()
