# ALBERT (arXiv:1909.11942) and ELECTRA's small discriminator (arXiv:2003.10555) by BERT's graphs: embeddings are projected, and
# ALBERT's layers share their weights. `loop` is ALBERT's fused layer inside of a Loop: it is there once, where a graph of all layers
# makes ONNX Runtime pack the same weights for each.
import numpy
from onnx import TensorProto

import bert_onnx
from bert_onnx import BertWeights
from onnx_graph import GraphBuilder

_SHARED = "encoder.albert_layer_groups.0.albert_layers.0."
_PARTS = {
    "attention.query": "attention.self.query",
    "attention.key": "attention.self.key",
    "attention.value": "attention.self.value",
    "attention.dense": "attention.output.dense",
    "attention.LayerNorm": "attention.output.LayerNorm",
    "ffn": "intermediate.dense",
    "ffn_output": "output.dense",
    "full_layer_layer_norm": "output.LayerNorm",
}
_TOPS = {"encoder.embedding_hidden_mapping_in": "project", "pooler": "pooler.dense", "embeddings_project": "project"}


def albert_weights(tensors, model):
    """Weights by ALBERT's names under BERT's."""
    named = {}
    for name, values in tensors.items():
        stem, _, kind = name.removeprefix("albert.").rpartition(".")
        if stem.startswith(_SHARED):
            part = _PARTS[stem.removeprefix(_SHARED)]
            named |= {f"encoder.layer.{index}.{part}.{kind}": values for index in range(model.layers)}
        else:
            named[f"{_TOPS.get(stem, stem)}.{kind}"] = values
    return BertWeights(named, model.heads, activation="gelu_tanh")


def electra_weights(tensors, model):
    names = {name: name.removeprefix("electra.").replace("embeddings_project.", "project.") for name in tensors}
    return BertWeights({names[name]: values for name, values in tensors.items()}, model.heads)


def _body(weights, seen):
    """One layer as the body of a Loop; `seen` is the mask's name outside."""
    body = GraphBuilder("albert_layer", prefix="layer_")
    shape = ["batch", "seq", weights.hidden]
    body.input("layer_number", [])
    again = body.input("layer_again", [], TensorProto.BOOL)
    x = body.input("layer_x", shape, TensorProto.FLOAT)
    y = bert_onnx.fused_layer(
        body, weights, "encoder.layer.0.", x,
        lambda base, x: bert_onnx.fused_attention(body, weights, base, x, seen),
    )  # fmt: skip
    body.output("layer_goes_on", again, [], TensorProto.BOOL)
    body.output("layer_y", y, shape)
    return body.proto()


def build_loop(weights, path):
    graph = GraphBuilder("albert_loop")
    ids, mask, segments = bert_onnx.declare_inputs(graph)
    mask = graph.op("Cast", mask, to=TensorProto.INT32)
    x = bert_onnx.fused_embeddings(graph, weights, ids, segments, mask)
    count, again = graph.integers(weights.layers), graph.constant(True, numpy.bool_)
    x = graph.op("Loop", count, again, x, body=_body(weights, mask))
    bert_onnx.finish(graph, weights, x, path)
