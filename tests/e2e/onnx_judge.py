#!/usr/bin/env python3
# Judges ONNX files for onnx_test.py, in an interpreter that has the packages onnx and onnxruntime: the checker with full checks, strict shape
# inference, and what ONNX Runtime computes. `onnx_judge.py --packages` exits with 0 where it has them; `onnx_judge.py JOBS.json` runs a list
# of {"model", "inputs", "outputs"}: files .onnx, .npz and .npz, and prints a JSON list of what it saw of each.
import json
import sys

import numpy
import onnx
import onnxruntime


def declared(value):
    return [axis.dim_param or axis.dim_value for axis in value.type.tensor_type.shape.dim]


def judge(job):
    onnx.checker.check_model(job["model"], full_check=True)
    model = onnx.load(job["model"], load_external_data=False)
    onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(job["model"], options, providers=["CPUExecutionProvider"])
    inputs = dict(numpy.load(job["inputs"]))
    names = [output.name for output in session.get_outputs()]
    numpy.savez(job["outputs"], **dict(zip(names, session.run(names, inputs), strict=True)))
    return {
        "opsets": {opset.domain: opset.version for opset in model.opset_import},
        "inputs": {value.name: declared(value) for value in model.graph.input},
        "outputs": {value.name: declared(value) for value in model.graph.output},
        "metadata": {entry.key: entry.value for entry in model.metadata_props},
        "ops": sorted({node.op_type for node in model.graph.node}),
        "external": sorted({entry.value for tensor in model.graph.initializer for entry in tensor.external_data if entry.key == "location"}),
    }


if __name__ == "__main__":
    if sys.argv[1] != "--packages":
        with open(sys.argv[1], encoding="utf-8") as jobs:
            print(json.dumps([judge(job) for job in json.load(jobs)]))
