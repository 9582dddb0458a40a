# XLNet's content stream (arXiv:1906.08237) as ONNX graphs. What positions and segments add to the scores is made by operators of ONNX,
# the distances' rows ahead of time, because weights alone decide them; then `plain` adds, takes the softmax and mixes, and `fused` hands
# it to the runtime's MultiHeadAttention as a bias of attention. Around attention both are fused as BERT is.
import math

import numpy
from onnx import TensorProto

import bert_onnx
from bert_onnx import BertWeights
from graph_parts import length_of
from onnx_graph import GraphBuilder

MOST = 512  # tokens of a row
_PARTS = {"rel_attn.layer_norm": "attention.output.LayerNorm", "ff.layer_1": "intermediate.dense", "ff.layer_2": "output.dense",
          "ff.layer_norm": "output.LayerNorm"}  # fmt: skip


def waves(width):
    """(2 MOST, width): row r for the distance MOST - r from key to query, sines then cosines."""
    place = numpy.arange(MOST, -MOST, -1.0)[:, None]
    angle = place / numpy.power(10000.0, numpy.arange(0, width, 2.0) / width)
    return numpy.concatenate([numpy.sin(angle), numpy.cos(angle)], axis=1)


def xlnet_weights(tensors, model):
    """Weights by XLNetModel's names under BERT's; what is XLNet's own keeps its name."""
    named = {}
    for name, values in tensors.items():
        name = name.removeprefix("transformer.")
        if name == "word_embedding.weight":
            named["words.weight"] = values
            continue
        _, index, part = name.split(".", 2)
        base, hidden = f"encoder.layer.{index}.", values.shape[0]
        stem, _, kind = part.rpartition(".")
        if stem in _PARTS:
            named[f"{base}{_PARTS[stem]}.{kind}"] = values
        elif kind in "qkv":
            parts = {"q": "query", "k": "key", "v": "value"}
            named[f"{base}attention.self.{parts[kind]}.weight"] = values.reshape(hidden, -1).T
        elif kind == "o":
            named[f"{base}attention.output.dense.weight"] = values.reshape(hidden, -1)
        else:
            named[f"{base}attention.self.{kind}"] = values
    return BertWeights(named, model.heads)


class Scores:
    """What is the same in all layers: the length, and where two tokens are of one segment."""

    def __init__(self, graph, weights, ids, segments):
        self.graph, self.weights = graph, weights
        self.size = weights.hidden // weights.heads
        self.length = length_of(graph, ids)
        self.double = graph.op("Mul", self.length, graph.integers([2]))
        self.less = graph.op("Sub", self.double, graph.integers([1]))
        self.whole = graph.op("Mul", self.length, self.double)
        middle = graph.integers([MOST])
        self.begin, self.end = graph.op("Sub", middle, self.length), graph.op("Add", middle, self.length)
        of, to = (graph.op("Unsqueeze", segments, graph.integers(axes)) for axes in ([1, 3], [1, 2]))
        self.same = graph.op("Equal", of, to)

    def reshaped(self, x, *sizes):
        return self.graph.op("Reshape", x, self.graph.op("Concat", self.graph.integers([0, 0]), *sizes, axis=0))

    def biased(self, base, q, name):
        """(batch, heads, seq, size): the query with one of its biases."""
        graph = self.graph
        shifted = graph.op("Add", q, graph.constant(self.weights[base + name].reshape(-1)))
        return bert_onnx.split_heads(graph, self.weights, shifted, [0, 2, 1, 3])

    def positions(self, base, q):
        """Scores of distances: those of all 2 seq of them, then row i moved by i."""
        graph, weights = self.graph, self.weights
        rows = waves(weights.hidden) @ weights[base + "r"].astype(numpy.float64).reshape(weights.hidden, -1) / math.sqrt(self.size)
        table = graph.constant(rows.reshape(2 * MOST, weights.heads, self.size).transpose(1, 2, 0)[None])
        table = graph.op("Slice", table, self.begin, self.end, graph.integers([3]))
        flat = self.reshaped(graph.op("MatMul", self.biased(base, q, "r_r_bias"), table), self.whole)
        moved = self.reshaped(graph.op("Slice", flat, self.length, self.whole, graph.integers([2])), self.length, self.less)
        return graph.op("Slice", moved, graph.integers([0]), self.length, graph.integers([3]))

    def segments(self, base, q):
        graph = self.graph
        keys = self.weights[base + "seg_embed"].transpose(1, 2, 0)[None] / math.sqrt(self.size)
        found = graph.op("MatMul", self.biased(base, q, "r_s_bias"), graph.constant(keys))
        alike, unlike = graph.op("Split", found, results=2, axis=3)
        return graph.op("Where", self.same, alike, unlike)


def build(weights, path, attention):
    graph = GraphBuilder("xlnet")
    ids, mask, segments = bert_onnx.declare_inputs(graph)
    x = graph.op("Gather", graph.constant(weights["words.weight"]), ids)
    scores = Scores(graph, weights, ids, segments)
    mix = attention(graph, weights, mask)

    def attend(base, x):
        q, k, v = (bert_onnx.linear(graph, weights, base + name, x) for name in ("query", "key", "value"))
        return mix(base, scores, (q, k, v), graph.op("Add", scores.positions(base, q), scores.segments(base, q)))

    for index in range(weights.layers):
        x = bert_onnx.fused_layer(graph, weights, f"encoder.layer.{index}.", x, attend)
    bert_onnx.finish(graph, weights, x, path)


def _plain(graph, weights, mask):
    hidden = bert_onnx.hiding(graph, mask)

    def mix(base, scores, parts, bias):
        q, k, v = parts
        scale = graph.constant(1.0 / math.sqrt(scores.size))
        q = graph.op("Mul", scores.biased(base, q, "r_w_bias"), scale)
        k, v = (bert_onnx.split_heads(graph, weights, x, order) for x, order in ((k, [0, 2, 3, 1]), (v, [0, 2, 1, 3])))
        every = graph.op("Add", graph.op("Add", graph.op("MatMul", q, k), bias), hidden)
        return bert_onnx.joined_heads(graph, weights, graph.op("MatMul", graph.op("Softmax", every, axis=-1), v))

    return mix


def _fused(graph, weights, mask):
    mask = graph.op("Cast", mask, to=TensorProto.INT32)

    def mix(base, _scores, parts, bias):
        zeros = numpy.zeros(weights.hidden, numpy.float32)
        first = graph.constant(numpy.concatenate([weights[base + "r_w_bias"].reshape(-1), zeros, zeros]))
        return graph.op("MultiHeadAttention", *parts, first, mask, bias, contrib=True, num_heads=weights.heads)

    return mix


def build_plain(weights, path):
    build(weights, path, _plain)


def build_fused(weights, path):
    build(weights, path, _fused)
