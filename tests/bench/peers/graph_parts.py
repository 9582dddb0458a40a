# Pieces that the graphs of several models are made of: what is done with rows that are padded to one length. Values are
# (batch, seq, width), masks (batch, seq, 1) with 1 at real tokens.
from onnx import TensorProto

FAR = 1e30  # larger than any activation


def length_of(graph, ids):
    """The length of the padded rows, I64 [1]."""
    return graph.op("Slice", graph.op("Shape", ids), graph.integers([1]), graph.integers([2]), graph.integers([0]))


def mask_of(graph, attention_mask):
    return graph.op("Cast", graph.op("Unsqueeze", attention_mask, graph.integers([2])), to=TensorProto.FLOAT)


def last_of(graph, x, lengths):
    """The row at each sequence's last token."""
    last = graph.op("Unsqueeze", graph.op("Sub", lengths, graph.integers(1)), graph.integers([1]))
    return graph.op("GatherND", x, last, batch_dims=1)


def mean_of(graph, x, mask, lengths):
    total = graph.op("ReduceSum", graph.op("Mul", x, mask), graph.integers([1]), keepdims=0)
    count = graph.op("Cast", graph.op("Unsqueeze", lengths, graph.integers([1])), to=TensorProto.FLOAT)
    return graph.op("Div", total, count)


def max_of(graph, x, mask):
    hidden = graph.op("Mul", graph.op("Sub", mask, graph.constant(1.0)), graph.constant(FAR))
    return graph.op("ReduceMax", graph.op("Add", x, hidden), axes=[1], keepdims=0)


def by_time(graph, x):
    """(batch, seq, width) <-> (seq, batch, width), which recurrent operators take."""
    return graph.op("Transpose", x, perm=[1, 0, 2])
