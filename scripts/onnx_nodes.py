#!/usr/bin/env python3
# Writes ONNX's own node tests, which exist only in the memory of the package `onnx`, as files.
"""onnx_nodes.py FOLDER: writes ONNX's own node tests into FOLDER, for tests/conformance/onnx (which says what it is for).

The tests exist only in the memory of the package `onnx`, of the version that the lists in tests/conformance/onnx are about. Of each test
NAME there are two files: NAME.onnx, the model, and NAME.data.onnx, whose initializers are what goes in and must come out: 0.i.2 is input 2
of the first run, 0.o.1.3 element 3 of the sequence that is its output 1. Its metadata "case" has a line with rtol and atol, then for each
run a line for inputs and one for outputs: "tensor", "none", or the length of a sequence for each.
"""
import pathlib
import sys
import warnings

VERSION = "1.23.2"


def main(folder):
    import numpy
    import onnx
    from onnx import helper, numpy_helper
    from onnx.backend.test.case.node import collect_testcases

    if onnx.__version__ != VERSION:
        sys.exit(f"expected onnx {VERSION}, found {onnx.__version__}")
    warnings.filterwarnings("ignore")

    def tensor(value, name):
        if isinstance(value, onnx.TensorProto):
            copy = onnx.TensorProto()
            copy.CopyFrom(value)
            copy.name = name
            return copy
        return numpy_helper.from_array(numpy.asarray(value), name)

    def add(tensors, value, name):
        """Adds the tensors of a value and says what it is: "tensor", "none", or the length of a sequence."""
        if value is None:
            return "none"
        if isinstance(value, (list, tuple)):
            tensors.extend(tensor(one, f"{name}.{i}") for i, one in enumerate(value))
            return len(value)
        tensors.append(tensor(value, name))
        return "tensor"

    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for case in collect_testcases(None):
        tensors = []
        lines = [f"{case.rtol} {case.atol}"]
        for number, (inputs, outputs) in enumerate(case.data_sets):
            lines.append(" ".join(str(add(tensors, v, f"{number}.i.{k}")) for k, v in enumerate(inputs)))
            lines.append(" ".join(str(add(tensors, v, f"{number}.o.{k}")) for k, v in enumerate(outputs)))
        data = helper.make_model(helper.make_graph([], "data", [], [], tensors), ir_version=10)
        helper.set_model_props(data, {"case": "\n".join(lines)})
        (folder / f"{case.name}.onnx").write_bytes(case.model.SerializeToString())
        (folder / f"{case.name}.data.onnx").write_bytes(data.SerializeToString())
        count += 1
    (folder / "complete").write_text(f"{VERSION} {count}\n")
    print(f"{count} tests of onnx {VERSION} in {folder}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
