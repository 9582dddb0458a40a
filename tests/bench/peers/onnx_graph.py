# A small builder of ONNX graphs: operations return the names of their results, so that a graph reads like the model. ONNX
# Runtime's own operators (com.microsoft) are marked by `contrib`.
import hashlib

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
CONTRIB = "com.microsoft"


class GraphBuilder:
    """Collects nodes, constants, inputs and outputs; names are made up as needed. Equal constants are one: weights that layers
    share are in the file once. The graph inside of a Scan or Loop has a `prefix` that keeps its names apart from those outside."""

    def __init__(self, name, prefix=""):
        self.name = name
        self.prefix = prefix
        self.nodes = []
        self.constants = []
        self.known = {}
        self.inputs = []
        self.outputs = []

    def constant(self, values, dtype=numpy.float32):
        """A constant tensor; returns its name."""
        array = numpy.ascontiguousarray(numpy.asarray(values, dtype=dtype)).reshape(numpy.shape(values))
        key = (array.shape, array.dtype.str, hashlib.sha256(array.tobytes()).digest())
        if key not in self.known:
            self.known[key] = f"{self.prefix}c{len(self.constants)}"
            self.constants.append(numpy_helper.from_array(array, self.known[key]))
        return self.known[key]

    def integers(self, values):
        return self.constant(values, numpy.int64)

    def op(self, kind, *operands, results=1, contrib=False, **attributes):
        """One node; returns the name of its result, or a list of names if it has several."""
        number = len(self.nodes)
        names = [f"{self.prefix}t{number}_{index}" for index in range(results)]
        domain = {"domain": CONTRIB} if contrib else {}
        title = f"{self.prefix}{kind}_{number}"
        self.nodes.append(helper.make_node(kind, list(operands), names, title, **domain, **attributes))
        return names[0] if results == 1 else names

    def input(self, name, dimensions, dtype=TensorProto.INT64):
        self.inputs.append(helper.make_tensor_value_info(name, dtype, dimensions))
        return name

    def output(self, name, value, dimensions, dtype=TensorProto.FLOAT):
        """Names a value as an output of the graph."""
        self.nodes.append(helper.make_node("Identity", [value], [name], f"{self.prefix}output_{name}"))
        self.outputs.append(helper.make_tensor_value_info(name, dtype, dimensions))

    def proto(self):
        """What a Scan or Loop takes as its body."""
        return helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.constants)

    def model(self):
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)]
        model = helper.make_model(self.proto(), opset_imports=opsets, ir_version=8)
        onnx.checker.check_model(model)
        return model

    def save(self, path):
        onnx.save(self.model(), path)
