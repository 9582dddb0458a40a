#!/usr/bin/env python3
# What PyTorch's two exporters make of models of Transformers and of recurrent cells, for onnx_exporters_test.py, in an interpreter that has
# torch, transformers, onnx and onnxruntime: `onnx_exporters.py --packages` exits with 0 there. `onnx_exporters.py NAME WAY FOLDER` writes
# FOLDER/NAME-WAY.onnx (WAY: torchscript, dynamo), and for batches of other shapes than the traced one FOLDER/NAME-WAY.K.npz with the inputs
# and, as out, what ONNX Runtime computes; and FOLDER/NAME-WAY.changed-K.onnx, graphs that differ from it in one place.
import random
import sys
import warnings

import numpy
import onnx
import onnxruntime
import torch
import transformers

VOCABULARY = 99
SMALL = {"vocab_size": VOCABULARY, "hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64,
         "max_position_embeddings": 64}  # fmt: skip
SHAPES = ((2, 7), (3, 11), (1, 5), (1, 2))


class Encoder(torch.nn.Module):
    """The last hidden states, by tensors alone."""

    def __init__(self, model, segments):
        super().__init__()
        self.model = model.eval()
        self.names = ["input_ids", "attention_mask"] + (["token_type_ids"] if segments else [])

    def forward(self, input_ids, attention_mask, token_type_ids=None):
        more = {} if token_type_ids is None else {"token_type_ids": token_type_ids}
        return self.model(input_ids=input_ids, attention_mask=attention_mask, **more).last_hidden_state


class Recurrent(torch.nn.Module):
    """A tagger of two bidirectional LSTM layers, or a classifier of the mean of a bidirectional GRU."""

    def __init__(self, cell, layers):
        super().__init__()
        self.names = ["input_ids"]
        self.embedding = torch.nn.Embedding(VOCABULARY, 32)
        self.cell = cell(32, 24, num_layers=layers, bidirectional=True, batch_first=True)
        self.output = torch.nn.Linear(48, 5)
        self.pooled = cell is torch.nn.GRU

    def forward(self, input_ids):
        states = self.cell(self.embedding(input_ids))[0]
        return self.output(states.mean(1) if self.pooled else states)


def config(kind, **changes):
    return getattr(transformers, f"{kind}Config")(**{**SMALL, **changes})


MODELS = {
    "bert": lambda: Encoder(transformers.BertModel(config("Bert")), True),
    "roberta": lambda: Encoder(transformers.RobertaModel(config("Roberta")), False),
    "albert": lambda: Encoder(transformers.AlbertModel(config("Albert", embedding_size=16)), True),
    "distilbert": lambda: Encoder(transformers.DistilBertModel(transformers.DistilBertConfig(
        vocab_size=VOCABULARY, dim=48, n_layers=2, n_heads=4, hidden_dim=64, max_position_embeddings=64)), False),
    "electra": lambda: Encoder(transformers.ElectraModel(config("Electra", embedding_size=16)), True),
    "gpt2": lambda: Encoder(transformers.GPT2Model(transformers.GPT2Config(vocab_size=VOCABULARY, n_positions=64, n_embd=48, n_layer=2,
                                                                           n_head=4, bos_token_id=0, eos_token_id=0)), False),
    "minilm": lambda: Encoder(transformers.BertModel(config("Bert", num_hidden_layers=3)), True),
    "bilstm": lambda: Recurrent(torch.nn.LSTM, 2),
    "gru": lambda: Recurrent(torch.nn.GRU, 1),
}  # fmt: skip


def inputs_of(names, shape, seed):
    """Ids, a mask that leaves the end of the second row out, and segments."""
    chance = numpy.random.default_rng(seed)
    inputs = {"input_ids": chance.integers(3, VOCABULARY, shape)}
    if "attention_mask" in names:
        inputs["attention_mask"] = numpy.ones(shape, dtype="<i8")
        if shape[0] > 1:
            inputs["attention_mask"][1, shape[1] - 2 :] = 0
    if "token_type_ids" in names:
        inputs["token_type_ids"] = chance.integers(0, 2, shape)
    return inputs


CHANGED = 8
# Ops with as many operands each.
FAMILIES = (("Add", "Sub", "Mul", "Div"), ("GreaterOrEqual", "LessOrEqual", "Less", "Greater", "Equal"), ("And", "Or"), ("Tanh", "Erf", "Sigmoid"),
            ("Max", "Min"), ("ReduceMean", "ReduceMax"))  # fmt: skip


def changed_constant(tensor, chance):
    """Another number in a small tensor; false if it is none."""
    values = onnx.numpy_helper.to_array(tensor).copy()
    if not 0 < values.size <= 8 or values.dtype.kind not in "if":
        return False
    at = chance.randrange(values.size)
    values.flat[at] += chance.choice((-2, -1, 1, 2)) if values.dtype.kind == "i" else chance.choice((-0.25, 0.25, -values.flat[at] * 2))
    tensor.CopyFrom(onnx.numpy_helper.from_array(values, tensor.name))
    return True


def changed(model, chance):
    """Whether the model was changed in one place."""
    node = chance.choice(model.graph.node)
    kind = chance.randrange(5)
    if kind == 0 and len(node.input) > 1:
        node.input[0], node.input[1] = node.input[1], node.input[0]
        return True
    if kind == 1:
        family = next((family for family in FAMILIES if node.op_type in family), ())
        node.op_type = chance.choice([op for op in family if op != node.op_type] or [node.op_type])
        return bool(family)
    if kind == 2 and node.attribute:
        attribute = chance.choice(node.attribute)
        if attribute.type == onnx.AttributeProto.TENSOR:
            return changed_constant(attribute.t, chance)
        if attribute.type == onnx.AttributeProto.INT:
            attribute.i += chance.choice((-1, 1))
            return True
        if attribute.type == onnx.AttributeProto.INTS and len(attribute.ints) > 1:
            attribute.ints[0], attribute.ints[-1] = attribute.ints[-1], attribute.ints[0]
            return True
        return False
    if kind == 3:
        return changed_constant(chance.choice(model.graph.initializer), chance)
    others = [other for other in model.graph.node[:60] if other.op_type != "Constant"]
    if kind == 4 and node.input and others:
        node.input[chance.randrange(len(node.input))] = chance.choice(others).output[0]
        return True
    return False


def change(path, stem):
    chance = random.Random(stem)
    for number in range(CHANGED):
        model = onnx.load(path)
        while not changed(model, chance):
            pass
        onnx.save(model, f"{stem}.changed-{number}.onnx")


def main(name, way, folder):
    torch.manual_seed(1)
    model = MODELS[name]().eval()
    path = f"{folder}/{name}-{way}.onnx"
    traced = tuple(torch.from_numpy(values) for values in inputs_of(model.names, (2, 6), 1).values())
    if way == "torchscript":
        axes = {name: {0: "batch", 1: "sequence"} for name in model.names}
        torch.onnx.export(model, traced, path, input_names=model.names, output_names=["out"], dynamic_axes=axes, opset_version=17, dynamo=False)
    else:
        axes = {0: torch.export.Dim("batch", min=1, max=64), 1: torch.export.Dim("sequence", min=2, max=60)}
        torch.onnx.export(model, traced, path, input_names=model.names, output_names=["out"], dynamic_shapes=tuple(axes for _ in traced),
                          dynamo=True, external_data=False)  # fmt: skip
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for number, shape in enumerate(SHAPES):
        inputs = inputs_of(model.names, shape, number)
        numpy.savez(f"{folder}/{name}-{way}.{number}.npz", out=session.run(None, inputs)[0], **inputs)
    change(path, f"{folder}/{name}-{way}")


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    if sys.argv[1] != "--packages":
        main(*sys.argv[1:])
