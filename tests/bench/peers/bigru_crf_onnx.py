# The BiGRU tagger under a conditional random field as an ONNX graph: ONNX's bidirectional GRU operator with lengths of sequences, then
# the scores of labels. ONNX Runtime has no operator for the best path; it is found outside, by best_path.py, untimed, and that favours the
# peer: our time includes it. What finding it takes goes along as outputs.
import numpy
from onnx import TensorProto

from graph_parts import by_time
from onnx_graph import GraphBuilder

# PyTorch keeps the gates as r, z, n; ONNX as z, r, h (its h is n).
_ONNX_GATES = [1, 0, 2]
CRF = ("transitions", "start_transitions", "end_transitions")


def _both_directions(weights, kind, layer):
    """(2, 3H, ...) of one kind of weight, forward first."""
    stacked = []
    for suffix in ("", "_reverse"):
        parts = numpy.split(weights[f"gru.{kind}_l{layer}{suffix}"], 3)
        stacked.append(numpy.concatenate([parts[index] for index in _ONNX_GATES]))
    return numpy.stack(stacked)


def build(weights, path):
    """`weights`: PyTorch's names -> arrays."""
    graph = GraphBuilder("bigru_crf")
    ids, lengths = graph.input("input_ids", ["batch", "seq"]), graph.input("lengths", ["batch"])
    lengths = graph.op("Cast", lengths, to=TensorProto.INT32)
    hidden = weights["gru.weight_hh_l0"].shape[1]
    x = by_time(graph, graph.op("Gather", graph.constant(weights["embedding.weight"]), ids))
    layer = 0
    while f"gru.weight_ih_l{layer}" in weights:
        w, r, *biases = (_both_directions(weights, kind, layer) for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
        operands = [graph.constant(values) for values in (w, r, numpy.concatenate(biases, axis=1))]
        attributes = {"hidden_size": hidden, "direction": "bidirectional", "linear_before_reset": 1}
        y = graph.op("GRU", x, *operands, lengths, **attributes)
        x = graph.op("Reshape", graph.op("Transpose", y, perm=[0, 2, 1, 3]), graph.integers([0, 0, 2 * hidden]))
        layer += 1
    x = by_time(graph, x)
    product = graph.op("MatMul", x, graph.constant(weights["classifier.weight"].T))
    labels = len(weights["classifier.bias"])
    graph.output("hidden", x, ["batch", "seq", 2 * hidden])
    graph.output("emissions", graph.op("Add", product, graph.constant(weights["classifier.bias"])), ["batch", "seq", labels])
    for name in CRF:
        values = weights["crf." + name]
        graph.output(name, graph.constant(values), list(values.shape))
    graph.save(path)
