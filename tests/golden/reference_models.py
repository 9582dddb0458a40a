# An independent implementation of the models in plain PyTorch modules, computed in float64: what the golden files hold. It
# runs one sequence at a time, without padding or masks, so that no batch layout can be wrong in the same way as Clew's.
# BERT: arXiv:1810.04805; names of tensors are Hugging Face's. BiLSTM and BiGRU taggers: torch.nn.LSTM and torch.nn.GRU.
import math

import torch
from torch import nn

torch.set_grad_enabled(False)


class SelfAttention(nn.Module):
    def __init__(self, hidden, heads):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(hidden, hidden)
        self.key = nn.Linear(hidden, hidden)
        self.value = nn.Linear(hidden, hidden)

    def split(self, x):
        """(tokens, hidden) -> (heads, tokens, hidden / heads)"""
        return x.view(x.shape[0], self.heads, -1).transpose(0, 1)

    def forward(self, x):
        q, k, v = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        scores = q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])
        mixed = torch.softmax(scores, dim=-1) @ v
        return mixed.transpose(0, 1).reshape(x.shape)


class ResidualNorm(nn.Module):
    """LayerNorm(x + dense(y)): the end of both halves of a layer."""

    def __init__(self, inner, hidden):
        super().__init__()
        self.dense = nn.Linear(inner, hidden)
        self.LayerNorm = nn.LayerNorm(hidden, eps=1e-12)

    def forward(self, y, x):
        return self.LayerNorm(self.dense(y) + x)


class Layer(nn.Module):
    def __init__(self, hidden, heads, ffn):
        super().__init__()
        self.attention = nn.ModuleDict({"self": SelfAttention(hidden, heads), "output": ResidualNorm(hidden, hidden)})
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(hidden, ffn)})
        self.output = ResidualNorm(ffn, hidden)

    def forward(self, x):
        x = self.attention["output"](self.attention["self"](x), x)
        inner = nn.functional.gelu(self.intermediate["dense"](x))  # the exact form, with erf
        return self.output(inner, x)


class Embeddings(nn.Module):
    def __init__(self, vocabulary, hidden, positions, segments):
        super().__init__()
        self.word_embeddings = nn.Embedding(vocabulary, hidden)
        self.position_embeddings = nn.Embedding(positions, hidden)
        self.token_type_embeddings = nn.Embedding(segments, hidden)
        self.LayerNorm = nn.LayerNorm(hidden, eps=1e-12)

    def forward(self, ids, segments):
        positions = torch.arange(len(ids))
        x = self.word_embeddings(ids) + self.position_embeddings(positions) + self.token_type_embeddings(segments)
        return self.LayerNorm(x)


class Bert(nn.Module):
    def __init__(self, layers, hidden, heads, ffn, vocabulary=21128, positions=512, segments=2):
        super().__init__()
        self.embeddings = Embeddings(vocabulary, hidden, positions, segments)
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList(Layer(hidden, heads, ffn) for _ in range(layers))})
        self.pooler = nn.ModuleDict({"dense": nn.Linear(hidden, hidden)})

    def forward(self, ids, segments):
        """One sequence -> name -> (tokens, hidden); pooled is (1, hidden)."""
        x = self.embeddings(ids, segments)
        results = {"hidden.0": x}
        for index, layer in enumerate(self.encoder["layer"]):
            x = layer(x)
            results[f"hidden.{index + 1}"] = x
        results["hidden"] = x
        results["pooled"] = torch.tanh(self.pooler["dense"](x[:1]))
        return results


class BiLstm(nn.Module):
    def __init__(self, layers, embedding, hidden, vocabulary=21128, tags=21):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.lstm = nn.LSTM(embedding, hidden, num_layers=layers, bidirectional=True, batch_first=True)
        self.classifier = nn.Linear(2 * hidden, tags)

    def lower_layers(self, count):
        """An LSTM of the lowest `count` layers: torch's stacked LSTM gives only the last layer's states."""
        lstm = nn.LSTM(self.lstm.input_size, self.lstm.hidden_size, count, bidirectional=True, batch_first=True)
        state = self.lstm.state_dict()
        lstm.load_state_dict({name: state[name] for name in lstm.state_dict()})
        return lstm.to(self.classifier.weight.dtype)

    def forward(self, ids, _segments):
        """One sequence -> hidden (tokens, 2 hidden), forward half first, per layer too, and logits (tokens, tags)."""
        x = self.embedding(ids)[None]
        results = {"hidden.0": x[0]}
        for count in range(1, self.lstm.num_layers):
            results[f"hidden.{count}"] = self.lower_layers(count)(x)[0][0]
        x, _ = self.lstm(x)
        results[f"hidden.{self.lstm.num_layers}"] = x[0]
        return results | {"hidden": x[0], "logits": self.classifier(x[0])}


class BiGru(nn.Module):
    def __init__(self, layers, embedding, hidden, vocabulary=21128, tags=21):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.gru = nn.GRU(embedding, hidden, num_layers=layers, bidirectional=True, batch_first=True)
        self.classifier = nn.Linear(2 * hidden, tags)

    def forward(self, ids, _segments):
        """One sequence -> hidden (tokens, 2 hidden), forward half first, and logits (tokens, tags)."""
        x = self.gru(self.embedding(ids)[None])[0][0]
        return {"hidden": x, "logits": self.classifier(x)}


class Crf(nn.Module):
    """Parameters are named as pytorch-crf names them."""

    def __init__(self, tags):
        super().__init__()
        self.transitions = nn.Parameter(torch.zeros(tags, tags))
        self.start_transitions = nn.Parameter(torch.zeros(tags))
        self.end_transitions = nn.Parameter(torch.zeros(tags))

    def forward(self, emissions):
        """(tokens, tags) -> 1 at the tags of the best path, 0 elsewhere."""
        score, back = self.start_transitions + emissions[0], []
        for row in emissions[1:]:
            ways = score[:, None] + self.transitions
            back.append(ways.argmax(dim=0))
            score = ways.max(dim=0).values + row
        path = [int((score + self.end_transitions).argmax())]
        for before in reversed(back):
            path.append(int(before[path[-1]]))
        return nn.functional.one_hot(torch.tensor(path[::-1]), emissions.shape[1]).to(emissions.dtype)


def _with_crf(tagger):
    class Tagger(tagger):
        def __init__(self, tags=21, **shape):
            super().__init__(tags=tags, **shape)
            self.crf = Crf(tags)

        def forward(self, ids, segments):
            results = super().forward(ids, segments)
            return results | {"emissions": results["logits"], "logits": self.crf(results["logits"])}

    return Tagger


_FAMILIES = {
    "bert": Bert,
    "bilstm": BiLstm,
    "bigru": BiGru,
    "bilstm-crf": _with_crf(BiLstm),
    "bigru-crf": _with_crf(BiGru),
}


def build(family, shape, weights, dtype=torch.float64):
    """A model holding `weights` (name -> numpy array, with or without the prefix "bert."). Missing or extra names raise."""
    model = _FAMILIES[family](**shape)
    prefix = "bert."
    state = {
        (name[len(prefix) :] if name.startswith(prefix) else name): torch.from_numpy(values.copy())
        for name, values in weights.items()
    }
    model.load_state_dict(state, strict=True)
    return model.to(dtype).eval()


def run(model, batch):
    """A packed batch (ids, offsets, segments) -> name -> numpy array, rows of all sequences one after the other."""
    ids = torch.from_numpy(batch["ids"].astype("int64"))
    segments = torch.from_numpy(batch.get("segments", 0 * batch["ids"]).astype("int64"))
    offsets = batch["offsets"]
    parts = {}
    for begin, end in zip(offsets[:-1], offsets[1:]):
        for name, values in model(ids[begin:end], segments[begin:end]).items():
            parts.setdefault(name, []).append(values)
    return {name: torch.cat(values).numpy() for name, values in parts.items()}
