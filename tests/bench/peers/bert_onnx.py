# BERT (arXiv:1810.04805) as ONNX graphs with real weights, embeddings and pooler included. `plain` is what an exporter writes;
# `fused` is what ONNX Runtime's own transformers optimizer makes of it: EmbedLayerNormalization, Attention,
# SkipLayerNormalization and BiasGelu. Padded rows are marked by an attention mask, as the runtime's users do.
import math

import numpy
from onnx import TensorProto

from onnx_graph import GraphBuilder

EPS = 1e-12
PREFIX = "bert."


class BertWeights:
    """Weights by Hugging Face's names, with or without the prefix, and the sizes that they imply."""

    def __init__(self, tensors, heads):
        self.tensors = {name.removeprefix(PREFIX): values for name, values in tensors.items()}
        self.heads = heads
        self.vocabulary, self.hidden = self["embeddings.word_embeddings.weight"].shape
        self.layers = 0
        while f"encoder.layer.{self.layers}.output.dense.weight" in self.tensors:
            self.layers += 1

    def __getitem__(self, name):
        return self.tensors[name]

    def matrix(self, name):
        """The transposed weight: PyTorch's Linear holds (out, in), MatMul takes (in, out)."""
        return self.tensors[name + ".weight"].T

    def bias(self, name):
        return self.tensors[name + ".bias"]


def declare_inputs(graph):
    return [graph.input(name, ["batch", "seq"]) for name in ("input_ids", "attention_mask", "token_type_ids")]


def linear(graph, weights, name, x):
    product = graph.op("MatMul", x, graph.constant(weights.matrix(name)))
    return graph.op("Add", product, graph.constant(weights.bias(name)))


def pooler(graph, weights, x):
    first = graph.op("Gather", x, graph.integers(0), axis=1)
    return graph.op("Tanh", linear(graph, weights, "pooler.dense", first))


def finish(graph, weights, x, path):
    if "classifier.weight" in weights.tensors:  # a model with a classifier gives logits and nothing else
        logits = linear(graph, weights, "classifier", pooler(graph, weights, x))
        graph.output("logits", logits, ["batch", len(weights["classifier.bias"])])
        graph.save(path)
        return
    graph.output("hidden", x, ["batch", "seq", weights.hidden])
    graph.output("pooled", pooler(graph, weights, x), ["batch", weights.hidden])
    graph.save(path)


def layer_norm(graph, weights, name, x):
    scale, shift = graph.constant(weights[name + ".weight"]), graph.constant(weights[name + ".bias"])
    return graph.op("LayerNormalization", x, scale, shift, axis=-1, epsilon=EPS)


def plain_embeddings(graph, weights, ids, segments):
    tables = {
        name: graph.constant(weights[f"embeddings.{name}_embeddings.weight"])
        for name in ("word", "position", "token_type")
    }
    length = graph.op("Slice", graph.op("Shape", ids), graph.integers([1]), graph.integers([2]), graph.integers([0]))
    count = len(weights["embeddings.position_embeddings.weight"])
    every = graph.integers(numpy.arange(count)[None])
    positions = graph.op("Slice", every, graph.integers([0]), length, graph.integers([1]))
    x = graph.op("Add", graph.op("Gather", tables["word"], ids), graph.op("Gather", tables["token_type"], segments))
    x = graph.op("Add", x, graph.op("Gather", tables["position"], positions))
    return layer_norm(graph, weights, "embeddings.LayerNorm", x)


def plain_attention(graph, weights, base, x, bias):
    size = weights.hidden // weights.heads
    split, join = graph.integers([0, 0, weights.heads, size]), graph.integers([0, 0, weights.hidden])

    def heads_of(name, order):
        return graph.op("Transpose", graph.op("Reshape", linear(graph, weights, base + name, x), split), perm=order)

    q, k, v = heads_of("query", [0, 2, 1, 3]), heads_of("key", [0, 2, 3, 1]), heads_of("value", [0, 2, 1, 3])
    scores = graph.op("Div", graph.op("MatMul", q, k), graph.constant(math.sqrt(size)))
    shares = graph.op("Softmax", graph.op("Add", scores, bias), axis=-1)
    mixed = graph.op("Transpose", graph.op("MatMul", shares, v), perm=[0, 2, 1, 3])
    return graph.op("Reshape", mixed, join)


def gelu(graph, x):
    erf = graph.op("Erf", graph.op("Div", x, graph.constant(math.sqrt(2.0))))
    return graph.op("Mul", graph.op("Mul", x, graph.op("Add", erf, graph.constant(1.0))), graph.constant(0.5))


def build_plain(weights, path):
    graph = GraphBuilder("bert_plain")
    ids, mask, segments = declare_inputs(graph)
    x = plain_embeddings(graph, weights, ids, segments)
    seen = graph.op("Cast", graph.op("Unsqueeze", mask, graph.integers([1, 2])), to=TensorProto.FLOAT)
    lowest = float(numpy.finfo(numpy.float32).min)
    bias = graph.op("Mul", graph.op("Sub", graph.constant(1.0), seen), graph.constant(lowest))
    for index in range(weights.layers):
        base = f"encoder.layer.{index}."
        mixed = plain_attention(graph, weights, base + "attention.self.", x, bias)
        mixed = linear(graph, weights, base + "attention.output.dense", mixed)
        x = layer_norm(graph, weights, base + "attention.output.LayerNorm", graph.op("Add", mixed, x))
        inner = gelu(graph, linear(graph, weights, base + "intermediate.dense", x))
        inner = linear(graph, weights, base + "output.dense", inner)
        x = layer_norm(graph, weights, base + "output.LayerNorm", graph.op("Add", inner, x))
    finish(graph, weights, x, path)


def skip_norm(graph, weights, base, x, y):
    """LayerNorm(x + y W + b) with the bias inside the operator."""
    product = graph.op("MatMul", y, graph.constant(weights.matrix(base + "dense")))
    scale, shift = weights[base + "LayerNorm.weight"], weights[base + "LayerNorm.bias"]
    vectors = [graph.constant(values) for values in (scale, shift, weights.bias(base + "dense"))]
    return graph.op("SkipLayerNormalization", product, x, *vectors, contrib=True, epsilon=EPS)


def fused_embeddings(graph, weights, ids, segments, mask):
    names = ["word_embeddings.weight", "position_embeddings.weight", "token_type_embeddings.weight"]
    names += ["LayerNorm.weight", "LayerNorm.bias"]
    tables = [graph.constant(weights["embeddings." + name]) for name in names]
    ids, segments = graph.op("Cast", ids, to=TensorProto.INT32), graph.op("Cast", segments, to=TensorProto.INT32)
    operands = (ids, segments, *tables, mask)
    return graph.op("EmbedLayerNormalization", *operands, results=2, contrib=True, epsilon=EPS)[0]


def build_fused(weights, path):
    graph = GraphBuilder("bert_fused")
    ids, mask, segments = declare_inputs(graph)
    mask = graph.op("Cast", mask, to=TensorProto.INT32)
    x = fused_embeddings(graph, weights, ids, segments, mask)
    for index in range(weights.layers):
        base = f"encoder.layer.{index}."
        parts = [base + "attention.self." + name for name in ("query", "key", "value")]
        matrix = graph.constant(numpy.concatenate([weights.matrix(name) for name in parts], axis=1))
        bias = graph.constant(numpy.concatenate([weights.bias(name) for name in parts]))
        mixed = graph.op("Attention", x, matrix, bias, mask, contrib=True, num_heads=weights.heads)
        x = skip_norm(graph, weights, base + "attention.output.", x, mixed)
        inner = graph.op("MatMul", x, graph.constant(weights.matrix(base + "intermediate.dense")))
        inner = graph.op("BiasGelu", inner, graph.constant(weights.bias(base + "intermediate.dense")), contrib=True)
        x = skip_norm(graph, weights, base + "output.", x, inner)
    finish(graph, weights, x, path)
