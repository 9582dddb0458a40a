#!/usr/bin/env python3
# Writes small arrays with NumPy itself (*.npy, *.npz, *.pkl), and beside each what NumPy reads from it (*.safetensors): the goldens
# of NumpyFileTest and NumpyPickleTest. Needs numpy and safetensors from PyPI; the files were made with numpy 2.4.6 and safetensors 0.8.0.
#
#   tests/runtime/weights/numpy/make_numpy_files.py
import pickle
from pathlib import Path

import numpy
from safetensors.numpy import save_file

HERE = Path(__file__).resolve().parent


def numbers(*shape, dtype="<f4"):
    return (numpy.arange(int(numpy.prod(shape))) % 100 + 1).astype(dtype).reshape(shape)


def arrays():
    codes = "<f8 <f4 <f2 <i8 <i4 <i2 |i1 <u8 <u4 <u2 |u1 |b1 >f8 >f4 >f2 >i8 >i4 >i2 >u8 >u4 >u2".split()
    made = {f"type/{code[1:]}{'big' if code[0] == '>' else ''}": numbers(2, 3, dtype=code) for code in codes}
    made["fortran"] = numpy.asfortranarray(numbers(3, 4))
    made["fortran_cube_big"] = numpy.asfortranarray(numbers(2, 3, 4, dtype=">i2"))
    made["fortran_vector"] = numpy.asfortranarray(numbers(5))
    made["scalar"] = numpy.array(2.5)
    made["empty"] = numpy.zeros((0, 3), "<f4")
    return made


def expect(path):
    loaded = pickle.loads(path.read_bytes()) if path.suffix == ".pkl" else numpy.load(path, allow_pickle=False)
    loaded = {path.stem: loaded} if path.suffix == ".npy" else dict(loaded)
    native = {name: numpy.ascontiguousarray(array, array.dtype.newbyteorder("=")).reshape(array.shape)
              for name, array in loaded.items()}
    target = path.with_suffix(".safetensors")
    save_file(native, target)
    target.chmod(0o644)


def main():
    numpy.savez(HERE / "plain.npz", **arrays())
    numpy.savez_compressed(HERE / "compressed.npz", **arrays())
    for version in (1, 2, 3):
        with (HERE / f"version{version}.npy").open("wb") as file:
            numpy.lib.format.write_array(file, numbers(2, 3), version=(version, 0))
    for protocol in (3, 4):  # 2 and 5 say the numbers by other calls
        (HERE / f"pickle{protocol}.pkl").write_bytes(pickle.dumps(arrays(), protocol=protocol))
    for path in [*HERE.glob("*.np[yz]"), *HERE.glob("*.pkl")]:
        expect(path)


if __name__ == "__main__":
    main()
