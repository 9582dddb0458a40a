# TextCNN (arXiv:1408.5882) as ONNX graphs: `conv1d` and `conv2d` are the two ways in which it is written in PyTorch, `product` multiplies
# windows laid side by side. Embeddings of padding are zeros and its filters' values too, which no ReLU's largest value minds.

from graph_parts import mask_of
from onnx_graph import GraphBuilder


def _filters(weights):
    """(filters, size, width) and bias of each convolution."""
    number = 0
    while f"convs.{number}.weight" in weights:
        yield weights[f"convs.{number}.weight"][:, 0], weights[f"convs.{number}.bias"]
        number += 1


def _conv1d(graph, x, filters, bias):
    size = filters.shape[1]
    kernel = graph.constant(filters.transpose(0, 2, 1))
    turned = graph.op("Transpose", x, perm=[0, 2, 1])
    y = graph.op("Conv", turned, kernel, graph.constant(bias), pads=[(size - 1) // 2, size // 2], kernel_shape=[size])
    return graph.op("Relu", y), 2


def _conv2d(graph, x, filters, bias):
    _, size, width = filters.shape
    image = graph.op("Unsqueeze", x, graph.integers([1]))
    pads = [(size - 1) // 2, 0, size // 2, 0]
    y = graph.op("Conv", image, graph.constant(filters[:, None]), graph.constant(bias), pads=pads, kernel_shape=[size, width])
    return graph.op("Squeeze", graph.op("Relu", y), graph.integers([3])), 2


def _product(graph, x, filters, bias):
    count, size, width = filters.shape
    ends = graph.integers([0, (size - 1) // 2, 0, 0, size // 2, 0])
    padded = graph.op("Pad", x, ends)
    length = graph.op("Slice", graph.op("Shape", x), graph.integers([1]), graph.integers([2]), graph.integers([0]))
    parts = []
    for place in range(size):
        begin = graph.integers([place])
        parts.append(graph.op("Slice", padded, begin, graph.op("Add", length, begin), graph.integers([1])))
    windows = graph.op("Concat", *parts, axis=2)
    y = graph.op("MatMul", windows, graph.constant(filters.reshape(count, size * width).T))
    return graph.op("Relu", graph.op("Add", y, graph.constant(bias))), 1


def build(weights, path, convolve):
    graph = GraphBuilder("textcnn")
    ids, attention_mask = graph.input("input_ids", ["batch", "seq"]), graph.input("attention_mask", ["batch", "seq"])
    mask = mask_of(graph, attention_mask)
    table = weights["embedding.weight"]
    x = graph.op("Mul", graph.op("Gather", graph.constant(table), ids), mask)
    most = []
    for filters, bias in _filters(weights):
        y, axis = convolve(graph, x, filters, bias)
        seen = graph.op("Transpose", mask, perm=[0, 2, 1]) if axis == 2 else mask
        most.append(graph.op("ReduceMax", graph.op("Mul", y, seen), axes=[axis], keepdims=0))
    graph.output("hidden", x, ["batch", "seq", table.shape[1]])
    graph.output("pooled", graph.op("Concat", *most, axis=1), ["batch", "filters"])
    graph.save(path)


def build_conv1d(weights, path):
    build(weights, path, _conv1d)


def build_conv2d(weights, path):
    build(weights, path, _conv2d)


def build_product(weights, path):
    build(weights, path, _product)
