# OpenAI's GPT as ONNX graphs. Tokens look back only and padding stands at the end, so that no mask of padding is needed: `plain` adds a
# triangle to the scores, `fused` has the runtime's Attention with `unidirectional`, SkipLayerNormalization and FastGelu.
import numpy

import bert_onnx
from bert_onnx import BertWeights
from graph_parts import last_of, length_of
from onnx_graph import GraphBuilder

_PARTS = {"attn.c_proj": "attention.output.dense", "ln_1": "attention.output.LayerNorm", "mlp.c_fc": "intermediate.dense",
          "mlp.c_proj": "output.dense", "ln_2": "output.LayerNorm"}  # fmt: skip


def gpt_weights(tensors, model):
    """Weights by OpenAIGPTModel's names, whose matrices are (in, out), under BERT's."""
    named = {}
    for name, values in tensors.items():
        stem, _, kind = name.removeprefix("transformer.").rpartition(".")
        values = values.T if kind == "weight" and values.ndim == 2 and stem.startswith("h.") else values
        if not stem.startswith("h."):
            named[{"tokens_embed": "words", "positions_embed": "embeddings.position_embeddings"}[stem] + "." + kind] = values
            continue
        _, index, part = stem.split(".", 2)
        base = f"encoder.layer.{index}."
        if part == "attn.c_attn":
            for third, values in zip(("query", "key", "value"), numpy.split(values, 3)):
                named[f"{base}attention.self.{third}.{kind}"] = values
        else:
            named[f"{base}{_PARTS[part]}.{kind}"] = values
    return BertWeights(named, model.heads, activation="gelu_tanh", eps=1e-5)


def build(weights, path, layer, attend_with):
    graph = GraphBuilder("gpt")
    ids, lengths = graph.input("input_ids", ["batch", "seq"]), graph.input("lengths", ["batch"])
    words = graph.op("Gather", graph.constant(weights["words.weight"]), ids)
    x = graph.op("Add", words, bert_onnx.places(graph, weights, ids))
    attend = attend_with(graph, weights, ids)
    for index in range(weights.layers):
        x = layer(graph, weights, f"encoder.layer.{index}.", x, attend)
    graph.output("hidden", x, ["batch", "seq", weights.hidden])
    graph.output("pooled", last_of(graph, x, lengths), ["batch", weights.hidden])
    graph.save(path)


def _plain_attention(graph, weights, ids):
    most = len(weights["embeddings.position_embeddings.weight"])
    triangle = numpy.triu(numpy.full((most, most), numpy.finfo(numpy.float32).min), 1)[None, None]
    length = length_of(graph, ids)
    ends = graph.op("Concat", length, length, axis=0)
    bias = graph.op("Slice", graph.constant(triangle), graph.integers([0, 0]), ends, graph.integers([2, 3]))
    return lambda base, x: bert_onnx.plain_attention(graph, weights, base, x, bias)


def _fused_attention(graph, weights, _ids):
    return lambda base, x: bert_onnx.fused_attention(graph, weights, base, x, None, unidirectional=1)


def build_plain(weights, path):
    build(weights, path, bert_onnx.plain_layer, _plain_attention)


def build_fused(weights, path):
    build(weights, path, bert_onnx.fused_layer, _fused_attention)
