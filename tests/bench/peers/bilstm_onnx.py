# The BiLSTM tagger as an ONNX graph with real weights: ONNX's bidirectional LSTM operator with lengths of sequences, so that
# the backward direction of a padded row begins at its own end.
import numpy
from onnx import TensorProto

from onnx_graph import GraphBuilder

# PyTorch keeps the gates as i, f, g, o; ONNX as i, o, f, c (its c is g).
_ONNX_GATES = [0, 3, 1, 2]


def gates_for_onnx(values):
    """(4H, ...) in PyTorch's order -> the same in ONNX's order."""
    parts = numpy.split(values, 4, axis=0)
    return numpy.concatenate([parts[index] for index in _ONNX_GATES], axis=0)


def both_directions(weights, kind, layer):
    """(2, 4H, ...) of one kind of weight, forward first."""
    names = [f"lstm.{kind}_l{layer}{suffix}" for suffix in ("", "_reverse")]
    return numpy.stack([gates_for_onnx(weights[name]) for name in names])


def build(weights, path):
    """`weights`: PyTorch's names -> arrays."""
    graph = GraphBuilder("bilstm")
    ids, lengths = graph.input("input_ids", ["batch", "seq"]), graph.input("lengths", ["batch"])
    lengths = graph.op("Cast", lengths, to=TensorProto.INT32)
    hidden = weights["lstm.weight_hh_l0"].shape[1]
    join = graph.integers([0, 0, 2 * hidden])
    # The LSTM operator takes (seq, batch, width) and gives (seq, direction, batch, hidden).
    x = graph.op("Transpose", graph.op("Gather", graph.constant(weights["embedding.weight"]), ids), perm=[1, 0, 2])
    layer = 0
    while f"lstm.weight_ih_l{layer}" in weights:
        w, r = both_directions(weights, "weight_ih", layer), both_directions(weights, "weight_hh", layer)
        biases = [both_directions(weights, kind, layer) for kind in ("bias_ih", "bias_hh")]
        operands = [graph.constant(values) for values in (w, r, numpy.concatenate(biases, axis=1))]
        y = graph.op("LSTM", x, *operands, lengths, hidden_size=hidden, direction="bidirectional")
        x = graph.op("Reshape", graph.op("Transpose", y, perm=[0, 2, 1, 3]), join)
        layer += 1
    x = graph.op("Transpose", x, perm=[1, 0, 2])
    product = graph.op("MatMul", x, graph.constant(weights["classifier.weight"].T))
    logits = graph.op("Add", product, graph.constant(weights["classifier.bias"]))
    graph.output("hidden", x, ["batch", "seq", 2 * hidden])
    graph.output("logits", logits, ["batch", "seq", weights["classifier.bias"].shape[0]])
    graph.save(path)
