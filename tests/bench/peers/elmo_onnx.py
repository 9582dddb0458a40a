# ELMo (arXiv:1802.05365) as an ONNX graph. Its LSTMs have a projection and two clips, which ONNX's LSTM operator lacks, so that each
# runs in a Scan: what the words give to the gates is multiplied for all of them ahead, and a step multiplies the state. Backward layers
# read each row turned around by its own length.
import numpy
from onnx import TensorProto

from graph_parts import by_time, mask_of, mean_of
from onnx_graph import GraphBuilder

CLIP = 3.0
FORGET = 1.0  # TensorFlow's cell adds it when it runs


def _cell(way, layer):
    return f"RNN_{way}/RNN/MultiRNNCell/Cell{layer}/LSTMCell/"


def _affine(graph, weights, x, name, suffix):
    product = graph.op("MatMul", x, graph.constant(weights[f"{name}/W_{suffix}"]))
    return graph.op("Add", product, graph.constant(weights[f"{name}/b_{suffix}"]))


def _words(graph, weights, characters):
    """Characters (batch, seq, characters) -> words (batch, seq, projection)."""
    table = weights["char_embed"]
    size = graph.op("Shape", characters)
    width = graph.op("Slice", size, graph.integers([2]), graph.integers([3]), graph.integers([0]))
    each = graph.op("Reshape", characters, graph.op("Concat", graph.integers([-1]), width, axis=0))
    letters = graph.op("Transpose", graph.op("Gather", graph.constant(table), each), perm=[0, 2, 1])
    most, number = [], 0
    while f"CNN/W_cnn_{number}" in weights:
        filters = weights[f"CNN/W_cnn_{number}"][0].transpose(2, 1, 0)
        y = graph.op("Conv", letters, graph.constant(filters), graph.constant(weights[f"CNN/b_cnn_{number}"]))
        most.append(graph.op("ReduceMax", y, axes=[2], keepdims=0))
        number += 1
    x = graph.op("Relu", graph.op("Concat", *most, axis=1))
    number = 0
    while f"CNN_high_{number}/W_carry" in weights:
        name = f"CNN_high_{number}"
        gate = graph.op("Sigmoid", _affine(graph, weights, x, name, "carry"))
        change = graph.op("Sub", graph.op("Relu", _affine(graph, weights, x, name, "transform")), x)
        x = graph.op("Add", x, graph.op("Mul", gate, change))
        number += 1
    x = _affine(graph, weights, x, "CNN_proj", "proj")
    rows = graph.op("Slice", size, graph.integers([0]), graph.integers([2]), graph.integers([0]))
    return graph.op("Reshape", x, graph.op("Concat", rows, graph.integers([-1]), axis=0))


def _step(prefix, recurrent, projection):
    """The body of the Scan: state h (batch, P) and c (batch, H), what the words gave to the gates i, j, f, o -> h."""
    body = GraphBuilder(prefix + "step", prefix=prefix)
    hidden, narrow = projection.shape
    h = body.input(prefix + "h", ["batch", narrow], TensorProto.FLOAT)
    c = body.input(prefix + "c", ["batch", hidden], TensorProto.FLOAT)
    given = body.input(prefix + "given", ["batch", 4 * hidden], TensorProto.FLOAT)
    gates = body.op("Add", body.op("MatMul", h, body.constant(recurrent)), given)
    i, j, f, o = body.op("Split", gates, results=4, axis=1)
    ends = body.constant(-CLIP), body.constant(CLIP)
    kept = body.op("Mul", body.op("Sigmoid", f), c)
    added = body.op("Mul", body.op("Sigmoid", i), body.op("Tanh", j))
    c = body.op("Clip", body.op("Add", kept, added), *ends)
    shown = body.op("Mul", body.op("Sigmoid", o), body.op("Tanh", c))
    h = body.op("Clip", body.op("MatMul", shown, body.constant(projection)), *ends)
    body.output(prefix + "h_out", h, ["batch", narrow])
    body.output(prefix + "c_out", c, ["batch", hidden])
    body.output(prefix + "y", h, ["batch", narrow])
    return body.proto()


def _scan(graph, weights, cell, prefix, x):
    """(seq, batch, P) -> (seq, batch, P)"""
    kernel, projection = weights[cell + "W_0"], weights[cell + "W_P_0"]
    hidden, narrow = projection.shape
    bias = weights[cell + "B"].copy()
    bias[2 * hidden : 3 * hidden] += FORGET
    given = graph.op("Add", graph.op("MatMul", x, graph.constant(kernel[:narrow])), graph.constant(bias))
    batch = graph.op("Slice", graph.op("Shape", x), graph.integers([1]), graph.integers([2]), graph.integers([0]))
    zeros = [
        graph.op("Expand", graph.constant(numpy.zeros((1, width))), graph.op("Concat", batch, graph.integers([width]), axis=0))
        for width in (narrow, hidden)
    ]
    body = _step(prefix, kernel[narrow:], projection)
    return graph.op("Scan", *zeros, given, results=3, body=body, num_scan_inputs=1)[2]


def _way(graph, weights, way, x, lengths):
    """Both layers of one direction, (seq, batch, P); the second holds the first besides its own."""
    def turned(values):
        return graph.op("ReverseSequence", values, lengths, batch_axis=1, time_axis=0) if way else values

    first = _scan(graph, weights, _cell(way, 0), f"first{way}_", turned(x))
    second = graph.op("Add", _scan(graph, weights, _cell(way, 1), f"second{way}_", first), first)
    return turned(first), turned(second)


def build(weights, path):
    """`weights`: bilm-tf's names -> arrays."""
    graph = GraphBuilder("elmo")
    characters = graph.input("characters", ["batch", "seq", "letters"])
    lengths, mask = graph.input("lengths", ["batch"]), graph.input("attention_mask", ["batch", "seq"])
    x = by_time(graph, _words(graph, weights, characters))
    ways = [_way(graph, weights, way, x, lengths) for way in (0, 1)]
    layers = [(x, x), *zip(*ways)]
    scores = weights["ELMo_W_0"].astype(numpy.float64)
    shares = numpy.exp(scores) / numpy.exp(scores).sum() * weights["ELMo_gamma_0"]
    halves = []
    for half in (0, 1):
        parts = [graph.op("Mul", layer[half], graph.constant(share)) for layer, share in zip(layers, shares)]
        halves.append(graph.op("Add", graph.op("Add", parts[0], parts[1]), parts[2]))
    mixed = by_time(graph, graph.op("Concat", *halves, axis=2))
    width = 2 * weights["CNN_proj/W_proj"].shape[1]
    graph.output("hidden", mixed, ["batch", "seq", width])
    graph.output("pooled", mean_of(graph, mixed, mask_of(graph, mask), lengths), ["batch", width])
    graph.save(path)
