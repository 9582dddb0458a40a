# BERT (arXiv:1810.04805) as ONNX graphs with real weights, embeddings and pooler included. `plain` is what an exporter writes;
# `fused` is what ONNX Runtime's own transformers optimizer makes of it: EmbedLayerNormalization, Attention,
# SkipLayerNormalization and BiasGelu. Padded rows are marked by an attention mask, as the runtime's users do. Other transformers
# whose layers end in norms are made of the same parts: their weights come under BERT's names.
import math

import numpy
from onnx import TensorProto

from graph_parts import length_of
from onnx_graph import GraphBuilder

PREFIXES = ("bert.", "electra.", "albert.", "nezha.")


class BertWeights:
    """Weights by BERT's names at Hugging Face, with or without the prefix, and the sizes that they imply. `project` is a linear
    map of embeddings that are not as wide as the layers. `activation` is gelu or gelu_tanh."""

    def __init__(self, tensors, heads, activation="gelu", eps=1e-12):
        self.tensors = {}
        for name, values in tensors.items():
            prefix = next((prefix for prefix in PREFIXES if name.startswith(prefix)), "")
            self.tensors[name.removeprefix(prefix)] = values
        self.heads, self.activation, self.eps = heads, activation, eps
        self.hidden = self["encoder.layer.0.output.dense.weight"].shape[0]
        self.layers = 0
        while f"encoder.layer.{self.layers}.output.dense.weight" in self.tensors:
            self.layers += 1

    def __getitem__(self, name):
        return self.tensors[name]

    def __contains__(self, name):
        return name in self.tensors

    def matrix(self, name):
        """The transposed weight: PyTorch's Linear holds (out, in), MatMul takes (in, out)."""
        return self.tensors[name + ".weight"].T

    def bias(self, name):
        return self.tensors[name + ".bias"]


def declare_inputs(graph):
    return [graph.input(name, ["batch", "seq"]) for name in ("input_ids", "attention_mask", "token_type_ids")]


def linear(graph, weights, name, x):
    product = graph.op("MatMul", x, graph.constant(weights.matrix(name)))
    return graph.op("Add", product, graph.constant(weights.bias(name))) if name + ".bias" in weights else product


def pooler(graph, weights, x):
    first = graph.op("Gather", x, graph.integers(0), axis=1)
    return graph.op("Tanh", linear(graph, weights, "pooler.dense", first))


def finish(graph, weights, x, path):
    if "classifier.weight" in weights:  # a model with a classifier gives logits and nothing else
        logits = linear(graph, weights, "classifier", pooler(graph, weights, x))
        graph.output("logits", logits, ["batch", len(weights["classifier.bias"])])
        graph.save(path)
        return
    graph.output("hidden", x, ["batch", "seq", weights.hidden])
    if "pooler.dense.weight" in weights:
        graph.output("pooled", pooler(graph, weights, x), ["batch", weights.hidden])
    graph.save(path)


def layer_norm(graph, weights, name, x):
    scale, shift = graph.constant(weights[name + ".weight"]), graph.constant(weights[name + ".bias"])
    return graph.op("LayerNormalization", x, scale, shift, axis=-1, epsilon=weights.eps)


def places(graph, weights, ids):
    """Rows of the table of positions, (1, seq, width)."""
    table = graph.constant(weights["embeddings.position_embeddings.weight"])
    every = graph.integers(numpy.arange(len(weights["embeddings.position_embeddings.weight"]))[None])
    positions = graph.op("Slice", every, graph.integers([0]), length_of(graph, ids), graph.integers([1]))
    return graph.op("Gather", table, positions)


def projected(graph, weights, x):
    return linear(graph, weights, "project", x) if "project.weight" in weights else x


def plain_embeddings(graph, weights, ids, segments):
    words = graph.constant(weights["embeddings.word_embeddings.weight"])
    kinds = graph.constant(weights["embeddings.token_type_embeddings.weight"])
    x = graph.op("Add", graph.op("Gather", words, ids), graph.op("Gather", kinds, segments))
    if "embeddings.position_embeddings.weight" in weights:
        x = graph.op("Add", x, places(graph, weights, ids))
    return projected(graph, weights, layer_norm(graph, weights, "embeddings.LayerNorm", x))


def split_heads(graph, weights, x, order):
    """(batch, seq, hidden) -> (batch, seq, heads, size), in another order of dimensions."""
    size = weights.hidden // weights.heads
    return graph.op("Transpose", graph.op("Reshape", x, graph.integers([0, 0, weights.heads, size])), perm=order)


def joined_heads(graph, weights, x):
    """(batch, heads, seq, size) -> (batch, seq, hidden)"""
    return graph.op("Reshape", graph.op("Transpose", x, perm=[0, 2, 1, 3]), graph.integers([0, 0, weights.hidden]))


def plain_attention(graph, weights, base, x, bias):
    def heads_of(name, order):
        return split_heads(graph, weights, linear(graph, weights, base + name, x), order)

    q, k, v = heads_of("query", [0, 2, 1, 3]), heads_of("key", [0, 2, 3, 1]), heads_of("value", [0, 2, 1, 3])
    scores = graph.op("Div", graph.op("MatMul", q, k), graph.constant(math.sqrt(weights.hidden // weights.heads)))
    shares = graph.op("Softmax", graph.op("Add", scores, bias), axis=-1)
    return joined_heads(graph, weights, graph.op("MatMul", shares, v))


def gelu(graph, x):
    erf = graph.op("Erf", graph.op("Div", x, graph.constant(math.sqrt(2.0))))
    return graph.op("Mul", graph.op("Mul", x, graph.op("Add", erf, graph.constant(1.0))), graph.constant(0.5))


def gelu_tanh(graph, x):
    cube = graph.op("Mul", graph.op("Pow", x, graph.constant(3.0)), graph.constant(0.044715))
    inner = graph.op("Mul", graph.op("Add", x, cube), graph.constant(math.sqrt(2.0 / math.pi)))
    half = graph.op("Mul", x, graph.constant(0.5))
    return graph.op("Mul", half, graph.op("Add", graph.op("Tanh", inner), graph.constant(1.0)))


def plain_layer(graph, weights, base, x, attend):
    """One layer; `attend` maps x to what its heads mixed."""
    mixed = linear(graph, weights, base + "attention.output.dense", attend(base + "attention.self.", x))
    x = layer_norm(graph, weights, base + "attention.output.LayerNorm", graph.op("Add", mixed, x))
    curve = gelu_tanh if weights.activation == "gelu_tanh" else gelu
    inner = curve(graph, linear(graph, weights, base + "intermediate.dense", x))
    inner = linear(graph, weights, base + "output.dense", inner)
    return layer_norm(graph, weights, base + "output.LayerNorm", graph.op("Add", inner, x))


def hiding(graph, mask):
    """What is added to scores, (batch, 1, 1, seq): the lowest number where a key is padding."""
    seen = graph.op("Cast", graph.op("Unsqueeze", mask, graph.integers([1, 2])), to=TensorProto.FLOAT)
    lowest = float(numpy.finfo(numpy.float32).min)
    return graph.op("Mul", graph.op("Sub", graph.constant(1.0), seen), graph.constant(lowest))


def build_plain(weights, path):
    graph = GraphBuilder("bert_plain")
    ids, mask, segments = declare_inputs(graph)
    x = plain_embeddings(graph, weights, ids, segments)
    bias = hiding(graph, mask)
    for index in range(weights.layers):
        x = plain_layer(
            graph, weights, f"encoder.layer.{index}.", x,
            lambda base, x: plain_attention(graph, weights, base, x, bias),
        )  # fmt: skip
    finish(graph, weights, x, path)


def skip_norm(graph, weights, base, x, y):
    """LayerNorm(x + y W + b) with the bias inside the operator."""
    product = graph.op("MatMul", y, graph.constant(weights.matrix(base + "dense")))
    vectors = [weights[base + "LayerNorm.weight"], weights[base + "LayerNorm.bias"]]
    if base + "dense.bias" in weights:
        vectors.append(weights.bias(base + "dense"))
    constants = [graph.constant(values) for values in vectors]
    return graph.op("SkipLayerNormalization", product, x, *constants, contrib=True, epsilon=weights.eps)


def fused_embeddings(graph, weights, ids, segments, mask):
    names = ["word_embeddings.weight", "position_embeddings.weight", "token_type_embeddings.weight"]
    names += ["LayerNorm.weight", "LayerNorm.bias"]
    tables = [graph.constant(weights["embeddings." + name]) for name in names]
    ids, segments = graph.op("Cast", ids, to=TensorProto.INT32), graph.op("Cast", segments, to=TensorProto.INT32)
    operands = (ids, segments, *tables, mask)
    x = graph.op("EmbedLayerNormalization", *operands, results=2, contrib=True, epsilon=weights.eps)[0]
    return projected(graph, weights, x)


def fused_attention(graph, weights, base, x, mask, **attributes):
    parts = [base + name for name in ("query", "key", "value")]
    matrix = graph.constant(numpy.concatenate([weights.matrix(name) for name in parts], axis=1))
    bias = graph.constant(numpy.concatenate([weights.bias(name) for name in parts]))
    seen = [mask] if mask else []
    return graph.op("Attention", x, matrix, bias, *seen, contrib=True, num_heads=weights.heads, **attributes)


def fused_layer(graph, weights, base, x, attend):
    x = skip_norm(graph, weights, base + "attention.output.", x, attend(base + "attention.self.", x))
    inner = graph.op("MatMul", x, graph.constant(weights.matrix(base + "intermediate.dense")))
    curve = "FastGelu" if weights.activation == "gelu_tanh" else "BiasGelu"
    inner = graph.op(curve, inner, graph.constant(weights.bias(base + "intermediate.dense")), contrib=True)
    return skip_norm(graph, weights, base + "output.", x, inner)


def build_fused(weights, path):
    graph = GraphBuilder("bert_fused")
    ids, mask, segments = declare_inputs(graph)
    mask = graph.op("Cast", mask, to=TensorProto.INT32)
    x = fused_embeddings(graph, weights, ids, segments, mask)
    for index in range(weights.layers):
        x = fused_layer(
            graph, weights, f"encoder.layer.{index}.", x,
            lambda base, x: fused_attention(graph, weights, base, x, mask),
        )  # fmt: skip
    finish(graph, weights, x, path)
