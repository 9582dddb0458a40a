# ULMFiT's AWD-LSTM (arXiv:1801.06146) and what its classifier reads as an ONNX graph: three LSTM operators with lengths of sequences.
import numpy
from onnx import TensorProto

from bilstm_onnx import gates_for_onnx
from graph_parts import by_time, last_of, mask_of, max_of, mean_of
from onnx_graph import GraphBuilder


def build(weights, path):
    """`weights`: fastai's names, the undropped ones."""
    weights = {name.removeprefix("0.module."): values for name, values in weights.items()}
    graph = GraphBuilder("ulmfit")
    ids, mask = graph.input("input_ids", ["batch", "seq"]), graph.input("attention_mask", ["batch", "seq"])
    lengths = graph.input("lengths", ["batch"])
    counts, mask = graph.op("Cast", lengths, to=TensorProto.INT32), mask_of(graph, mask)
    x = by_time(graph, graph.op("Gather", graph.constant(weights["encoder.weight"]), ids))
    layer = 0
    while f"rnns.{layer}.weight_hh_l0_raw" in weights:
        base = f"rnns.{layer}."
        w, r = weights[base + "module.weight_ih_l0"], weights[base + "weight_hh_l0_raw"]
        biases = [weights[f"{base}module.bias_{kind}_l0"] for kind in ("ih", "hh")]
        bias = numpy.concatenate([gates_for_onnx(values) for values in biases])
        operands = [graph.constant(values[None]) for values in (gates_for_onnx(w), gates_for_onnx(r), bias)]
        y = graph.op("LSTM", x, *operands, counts, hidden_size=r.shape[1])
        x = graph.op("Squeeze", y, graph.integers([1]))
        layer += 1
    width = weights["encoder.weight"].shape[1]
    x = by_time(graph, x)
    parts = [last_of(graph, x, lengths), max_of(graph, x, mask), mean_of(graph, x, mask, lengths)]
    graph.output("hidden", x, ["batch", "seq", width])
    graph.output("pooled", graph.op("Concat", *parts, axis=1), ["batch", 3 * width])
    graph.save(path)
