# NEZHA (arXiv:1909.00204) as ONNX graphs: BERT's parts, and distances that add to keys and values. ONNX Runtime has no operator for
# them. `exported` is Transformers' own way, a table of (seq, seq, size) made once a run and a product for each query. `skewed` multiplies
# by the rows of all distances at once and moves row i of the result i places, as Music Transformer does (arXiv:1809.04281): products of
# twice the size and no table. Around attention both are fused as BERT is.
import math

import numpy
from onnx import TensorProto

import bert_onnx
from bert_onnx import BertWeights
from graph_parts import length_of
from onnx_graph import GraphBuilder

REACH = 64


def nezha_weights(tensors, model):
    return BertWeights(tensors, model.heads)


def sinusoids(size):
    """(2 REACH + 1, size): sine and cosine side by side, arXiv:1706.03762 section 3.5, row d for the distance d - REACH counted from 0."""
    place = numpy.arange(2 * REACH + 1)[:, None]
    angle = place * numpy.exp(numpy.arange(0, size, 2) * -(math.log(10000.0) / size))
    return numpy.stack([numpy.sin(angle), numpy.cos(angle)], axis=-1).reshape(2 * REACH + 1, size)


def heads_of(graph, weights, base, x):
    """Query over the root of its size, value as (batch, heads, seq, size), key as (batch, heads, size, seq)."""
    orders = {"query": [0, 2, 1, 3], "key": [0, 2, 3, 1], "value": [0, 2, 1, 3]}
    q, k, v = (
        bert_onnx.split_heads(graph, weights, bert_onnx.linear(graph, weights, base + name, x), order)
        for name, order in orders.items()
    )
    return graph.op("Mul", q, graph.constant(1.0 / math.sqrt(weights.hidden // weights.heads))), k, v


def range_to(graph, length, first, step=1):
    """first, first + step, ... as many as I64 `length` [1] says, I64."""
    count = graph.op("Squeeze", length, graph.integers([0]))
    numbers = graph.op("Range", graph.integers(0), count, graph.integers(1))
    return graph.op("Add", graph.op("Mul", numbers, graph.integers(step)), first)


def clipped_rows(graph, weights, distances):
    """Rows of the table for distances of any shape."""
    near = graph.op("Clip", graph.op("Add", distances, graph.integers(REACH)), graph.integers(0), graph.integers(2 * REACH))
    return graph.op("Gather", graph.constant(sinusoids(weights.hidden // weights.heads)), near)


class Exported:
    """A table (seq, seq, size), query by query: rows of all sequences and heads together."""

    def __init__(self, graph, weights, length):
        self.graph, self.weights = graph, weights
        place = range_to(graph, length, graph.integers(0))
        self.size, self.width = weights.hidden // weights.heads, length
        to, of = graph.op("Unsqueeze", place, graph.integers([0])), graph.op("Unsqueeze", place, graph.integers([1]))
        self.table = clipped_rows(graph, weights, graph.op("Sub", to, of))
        self.turned = graph.op("Transpose", self.table, perm=[0, 2, 1])

    def product(self, x, table, width):
        """(batch, heads, seq, n) x (seq, n, width) -> (batch, heads, seq, width); width is I64 [1]."""
        graph, heads = self.graph, self.weights.heads
        rows = graph.op("Reshape", graph.op("Transpose", x, perm=[2, 0, 1, 3]), self.shape(-1, width_of=x, length=self.width))
        found = graph.op("MatMul", rows, table)
        shape = graph.op("Concat", self.width, graph.integers([-1, heads]), width, axis=0)
        return graph.op("Transpose", graph.op("Reshape", found, shape), perm=[1, 2, 0, 3])

    def shape(self, rows, width_of, length):
        graph = self.graph
        last = graph.op("Slice", graph.op("Shape", width_of), graph.integers([3]), graph.integers([4]), graph.integers([0]))
        return graph.op("Concat", length, graph.integers([rows]), last, axis=0)

    def scores(self, q):
        return self.product(q, self.turned, self.width)

    def values(self, shares):
        return self.product(shares, self.table, self.graph.integers([self.size]))


class Skewed:
    """Rows of the distances -seq ... seq - 1 stand side by side; reading with one column less a row moves row i by i."""

    def __init__(self, graph, weights, length):
        self.graph, self.length = graph, length
        double = graph.op("Mul", length, graph.integers([2]))
        self.less = graph.op("Sub", double, graph.integers([1]))
        self.whole = graph.op("Mul", length, double)
        rows = clipped_rows(graph, weights, range_to(graph, double, graph.op("Neg", length)))
        self.rows, self.turned, self.double = rows, graph.op("Transpose", rows, perm=[1, 0]), double

    def reshaped(self, x, *sizes):
        return self.graph.op("Reshape", x, self.graph.op("Concat", self.graph.integers([0, 0]), *sizes, axis=0))

    def scores(self, q):
        graph = self.graph
        flat = self.reshaped(graph.op("MatMul", q, self.turned), self.whole)
        moved = graph.op("Slice", flat, self.length, self.whole, graph.integers([2]))
        moved = self.reshaped(moved, self.length, self.less)
        return graph.op("Slice", moved, graph.integers([0]), self.length, graph.integers([3]))

    def values(self, shares):
        graph, none = self.graph, self.graph.integers([0])
        right = graph.op("Concat", graph.integers([0, 0, 0, 0, 0, 0, 0]), graph.op("Sub", self.length, graph.integers([1])), axis=0)
        flat = self.reshaped(graph.op("Pad", shares, right), graph.op("Mul", self.length, self.less))
        left = graph.op("Concat", graph.integers([0, 0]), self.length, graph.integers([0, 0]), none, axis=0)
        moved = self.reshaped(graph.op("Pad", flat, left), self.length, self.double)
        return graph.op("MatMul", moved, self.rows)


def build(weights, path, distances):
    graph = GraphBuilder("nezha")
    ids, mask, segments = bert_onnx.declare_inputs(graph)
    x = bert_onnx.plain_embeddings(graph, weights, ids, segments)
    bias, near = bert_onnx.hiding(graph, mask), distances(graph, weights, length_of(graph, ids))

    def attend(base, x):
        q, k, v = heads_of(graph, weights, base, x)
        scores = graph.op("Add", graph.op("Add", graph.op("MatMul", q, k), near.scores(q)), bias)
        shares = graph.op("Softmax", scores, axis=-1)
        mixed = graph.op("Add", graph.op("MatMul", shares, v), near.values(shares))
        return bert_onnx.joined_heads(graph, weights, mixed)

    for index in range(weights.layers):
        x = bert_onnx.fused_layer(graph, weights, f"encoder.layer.{index}.", x, attend)
    bert_onnx.finish(graph, weights, x, path)


def build_exported(weights, path):
    build(weights, path, Exported)


def build_skewed(weights, path):
    build(weights, path, Skewed)
