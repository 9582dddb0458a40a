# A small builder of ONNX graphs: operations return the names of their results, so that a graph reads like the model. ONNX
# Runtime's own operators (com.microsoft) are marked by `contrib`.
import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
CONTRIB = "com.microsoft"


class GraphBuilder:
    """Collects nodes, constants, inputs and outputs; names are made up as needed."""

    def __init__(self, name):
        self.name = name
        self.nodes = []
        self.constants = []
        self.inputs = []
        self.outputs = []

    def constant(self, values, dtype=numpy.float32):
        """A constant tensor; returns its name."""
        name = f"c{len(self.constants)}"
        array = numpy.ascontiguousarray(numpy.asarray(values, dtype=dtype))
        self.constants.append(numpy_helper.from_array(array.reshape(numpy.shape(values)), name))
        return name

    def integers(self, values):
        return self.constant(values, numpy.int64)

    def op(self, kind, *operands, results=1, contrib=False, **attributes):
        """One node; returns the name of its result, or a list of names if it has several."""
        number = len(self.nodes)
        names = [f"t{number}_{index}" for index in range(results)]
        domain = {"domain": CONTRIB} if contrib else {}
        self.nodes.append(helper.make_node(kind, list(operands), names, f"{kind}_{number}", **domain, **attributes))
        return names[0] if results == 1 else names

    def input(self, name, dimensions, dtype=TensorProto.INT64):
        self.inputs.append(helper.make_tensor_value_info(name, dtype, dimensions))
        return name

    def output(self, name, value, dimensions):
        """Names a value as an f32 output of the graph."""
        self.nodes.append(helper.make_node("Identity", [value], [name], f"output_{name}"))
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, dimensions))

    def model(self):
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.constants)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
        onnx.checker.check_model(model)
        return model

    def save(self, path):
        onnx.save(self.model(), path)
