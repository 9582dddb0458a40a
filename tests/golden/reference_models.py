# An independent implementation of the models in plain PyTorch modules, computed in float64: what the golden files hold. It
# runs one sequence at a time, without padding or masks, so that no batch layout can be wrong in the same way as Clew's.
# BERT: arXiv:1810.04805; names of tensors are Hugging Face's. BiLSTM and BiGRU taggers: torch.nn.LSTM and torch.nn.GRU.
import math

import reference_elmo
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
        results = self.layers(ids, segments)
        return results | {"pooled": torch.tanh(self.pooler["dense"](results["hidden"][:1]))}

    def layers(self, ids, segments):
        x = self.embeddings(ids, segments)
        results = {"hidden.0": x}
        for index, layer in enumerate(self.encoder["layer"]):
            x = layer(x)
            results[f"hidden.{index + 1}"] = x
        return results | {"hidden": x}


class BertCrf(Bert):
    """A linear-chain conditional random field over BERT's tokens whose paths are those of BIO."""

    def __init__(self, tags=7, **shape):
        super().__init__(**shape)
        del self.pooler
        self.classifier = nn.Linear(shape["hidden"], tags)
        self.crf = Crf(tags, bio=True)

    def forward(self, ids, segments):
        results = self.layers(ids, segments)
        return results | {"logits": self.crf(self.classifier(results["hidden"]))}


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


class GruCells(nn.Module):
    """One direction of a GRU, as arXiv:1406.1078 is printed: n = tanh(W x + b + U (r h) + d), z the share of the old h or of the new."""

    def __init__(self, width, hidden, update, reverse):
        super().__init__()
        self.weight_ih = nn.Parameter(torch.zeros(3 * hidden, width))
        self.weight_hh = nn.Parameter(torch.zeros(3 * hidden, hidden))
        self.bias_ih = nn.Parameter(torch.zeros(3 * hidden))
        self.bias_hh = nn.Parameter(torch.zeros(3 * hidden))
        self.hidden, self.update, self.reverse = hidden, update, reverse

    def forward(self, x):
        h = x.new_zeros(self.hidden)
        states = []
        of_r, of_z, of_n = self.weight_hh.chunk(3)
        for row in x.flip(0) if self.reverse else x:
            r, z, n = (self.weight_ih @ row + self.bias_ih + self.bias_hh).chunk(3)
            r, z = torch.sigmoid(r + of_r @ h), torch.sigmoid(z + of_z @ h)
            n = torch.tanh(n + of_n @ (r * h))
            keep = z if self.update == "old" else 1 - z
            h = keep * h + (1 - keep) * n
            states.append(h)
        return torch.stack(states[::-1] if self.reverse else states)


class LstmCells(nn.Module):
    """One direction of an LSTM whose cells are cut and whose state begins with parameters."""

    def __init__(self, width, hidden, clip, reverse):
        super().__init__()
        self.weight_ih = nn.Parameter(torch.zeros(4 * hidden, width))
        self.weight_hh = nn.Parameter(torch.zeros(4 * hidden, hidden))
        self.bias = nn.Parameter(torch.zeros(4 * hidden))
        self.h_0 = nn.Parameter(torch.zeros(hidden))
        self.c_0 = nn.Parameter(torch.zeros(hidden))
        self.clip, self.reverse = clip, reverse

    def forward(self, x):
        h, c, states = self.h_0, self.c_0, []
        for row in x.flip(0) if self.reverse else x:
            i, f, g, o = (self.weight_ih @ row + self.bias + self.weight_hh @ h).chunk(4)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            c = c.clamp(-self.clip, self.clip)
            h = torch.sigmoid(o) * torch.tanh(c)
            states.append(h)
        return torch.stack(states[::-1] if self.reverse else states)


class ProjectedCells(nn.Module):
    """One direction of an LSTM of arXiv:1402.1128, its state projected; with clips, c and the projection are cut, as in ELMo."""

    def __init__(self, width, hidden, projection, clips, initial, reverse):
        super().__init__()
        self.weight_ih = nn.Parameter(torch.zeros(4 * hidden, width))
        self.weight_hh = nn.Parameter(torch.zeros(4 * hidden, projection))
        self.bias = nn.Parameter(torch.zeros(4 * hidden))
        self.weight_hr = nn.Parameter(torch.zeros(projection, hidden))
        if initial:
            self.h_0 = nn.Parameter(torch.zeros(projection))
            self.c_0 = nn.Parameter(torch.zeros(hidden))
        self.clips, self.initial, self.reverse = clips, initial, reverse

    def forward(self, x):
        h = self.h_0 if self.initial else x.new_zeros(self.weight_hr.shape[0])
        c = self.c_0 if self.initial else x.new_zeros(self.weight_hr.shape[1])
        states = []
        for row in x.flip(0) if self.reverse else x:
            i, f, g, o = (self.weight_ih @ row + self.bias + self.weight_hh @ h).chunk(4)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            if self.clips:
                c = c.clamp(-self.clips[0], self.clips[0])
            h = self.weight_hr @ (torch.sigmoid(o) * torch.tanh(c))
            if self.clips:
                h = h.clamp(-self.clips[1], self.clips[1])
            states.append(h)
        return torch.stack(states[::-1] if self.reverse else states)


class TorchCells(ProjectedCells):
    """The same without clips and initial states, by torch.nn.LSTM."""

    def forward(self, x):
        projection, hidden = self.weight_hr.shape
        lstm = nn.LSTM(x.shape[1], hidden, proj_size=projection).to(x.dtype)
        state = {"weight_ih": self.weight_ih, "weight_hh": self.weight_hh, "weight_hr": self.weight_hr}
        state |= {"bias_ih": self.bias, "bias_hh": 0 * self.bias}
        lstm.load_state_dict({f"{name}_l0": values.detach() for name, values in state.items()})
        y = lstm(x.flip(0) if self.reverse else x)[0]
        return y.flip(0) if self.reverse else y


class _BothWays(nn.Module):
    def __init__(self, cells, width, *shape):
        super().__init__()
        self.left, self.right = cells(width, *shape, False), cells(width, *shape, True)

    def forward(self, x):
        return torch.cat([self.left(x), self.right(x)], dim=1)


class _Tagger(nn.Module):
    """Layers of cells in both directions, `outputs` wide each, called `name`: cells(width, *shape, reverse)."""

    def __init__(self, name, cells, layers, embedding, outputs, *shape, vocabulary=21128, tags=21):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding)
        widths = [embedding] + [2 * outputs] * (layers - 1)
        self.name = name
        self.add_module(name, nn.ModuleList(_BothWays(cells, width, *shape) for width in widths))
        self.classifier = nn.Linear(2 * outputs, tags)

    def forward(self, ids, _segments):
        return _layers_and_logits(self.embedding(ids), getattr(self, self.name), self.classifier)


class Gru(_Tagger):
    def __init__(self, layers, embedding, hidden, update, **sizes):
        super().__init__("gru", GruCells, layers, embedding, hidden, hidden, update, **sizes)


class Lstm(_Tagger):
    def __init__(self, layers, embedding, hidden, clip, **sizes):
        super().__init__("lstm", LstmCells, layers, embedding, hidden, hidden, clip, **sizes)


class ProjectedLstm(_Tagger):
    def __init__(self, layers, embedding, hidden, projection, clips=None, **sizes):
        cells = ProjectedCells if clips else TorchCells
        super().__init__("lstm", cells, layers, embedding, projection, hidden, projection, clips, bool(clips), **sizes)


def _layers_and_logits(x, layers, classifier):
    results = {"hidden.0": x}
    for number, layer in enumerate(layers, 1):
        x = results[f"hidden.{number}"] = layer(x)
    return results | {"hidden": x, "logits": classifier(x)}


class _DroppedCells(nn.Module):
    """An LSTM layer as fastai's WeightDropout names it: what AWD-LSTM drops while it trains ends in `_raw`."""

    def __init__(self, width, hidden, reverse):
        super().__init__()
        self.weight_hh_l0_raw = nn.Parameter(torch.zeros(4 * hidden, hidden))
        self.module = nn.Module()
        self.module.weight_ih_l0 = nn.Parameter(torch.zeros(4 * hidden, width))
        self.module.bias_ih_l0 = nn.Parameter(torch.zeros(4 * hidden))
        self.module.bias_hh_l0 = nn.Parameter(torch.zeros(4 * hidden))
        self.hidden, self.reverse = hidden, reverse

    def forward(self, x):
        given = x @ self.module.weight_ih_l0.T + self.module.bias_ih_l0 + self.module.bias_hh_l0
        h = c = x.new_zeros(self.hidden)
        states = []
        for row in given.flip(0) if self.reverse else given:
            i, f, g, o = (row + self.weight_hh_l0_raw @ h).chunk(4)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            states.append(h)
        return torch.stack(states[::-1] if self.reverse else states)


class AwdLstm(nn.Module):
    """arXiv:1708.02182 without its dropouts."""

    def __init__(self, width, hidden, reverse, vocabulary=60000):
        super().__init__()
        self.encoder = nn.Embedding(vocabulary, width)
        self.rnns = nn.ModuleList(
            _DroppedCells(*sizes, reverse) for sizes in ((width, hidden), (hidden, hidden), (hidden, width))
        )
        self.reverse = reverse

    def forward(self, ids):
        x = self.encoder(ids)
        results = {"hidden.0": x}
        for number, layer in enumerate(self.rnns, 1):
            x = results[f"hidden.{number}"] = layer(x)
        return results | {"hidden": x}

    def pooled(self, hidden):
        """The state that was read last, then the largest and the mean of each column: arXiv:1801.06146, section 3.3."""
        last = hidden[0 if self.reverse else -1]
        return torch.cat([last, hidden.max(dim=0).values, hidden.mean(dim=0)])[None]


class Ulmfit(nn.Module):
    """The classifier of arXiv:1801.06146, its tensors named as fastai 2 saves them."""

    def __init__(self, width, hidden, reverse=False, labels=5, middle=50):
        super().__init__()
        encoder, classifier = nn.Module(), nn.Module()
        encoder.module = AwdLstm(width, hidden, reverse)
        classifier.layers = nn.Sequential(
            nn.Sequential(nn.BatchNorm1d(3 * width), nn.Dropout(0.4), nn.Linear(3 * width, middle, bias=False), nn.ReLU()),
            nn.Sequential(nn.BatchNorm1d(middle), nn.Dropout(0.1), nn.Linear(middle, labels, bias=False)),
        )
        self.add_module("0", encoder)
        self.add_module("1", classifier)

    def forward(self, ids, _segments):
        encoder, classifier = self._modules["0"].module, self._modules["1"]
        results = encoder(ids)
        return results | {"logits": classifier.layers(encoder.pooled(results["hidden"]))}


class TextCnn(nn.Module):
    """arXiv:1408.5882, zeros beyond both ends of a text, as padding='same' puts them."""

    def __init__(self, width, filters, sizes, vocabulary=21128, labels=5):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.convs = nn.ModuleList(nn.Conv2d(1, filters, (size, width)) for size in sizes)
        self.classifier = nn.Linear(filters * len(sizes), labels)

    def forward(self, ids, _segments):
        x = self.embedding(ids)
        most = []
        for convolution in self.convs:
            size = convolution.kernel_size[0]
            padded = nn.functional.pad(x, (0, 0, (size - 1) // 2, size // 2))
            most.append(torch.relu(convolution(padded[None, None]))[0, :, :, 0].max(dim=1).values)
        return {"hidden": x, "logits": self.classifier(torch.cat(most)[None])}


class Crf(nn.Module):
    """Parameters are named as pytorch-crf names them. `bio`: tags are O, then B and I of each type, and I-X follows B-X or I-X alone."""

    def __init__(self, tags, bio=False):
        super().__init__()
        inside = torch.arange(tags) % 2 == 0
        inside[0] = False
        numbers = torch.arange(tags)
        goes_on = (numbers[:, None] == numbers) | (numbers[:, None] + 1 == numbers)
        self.never = (inside & ~goes_on, inside) if bio else None
        self.transitions = nn.Parameter(torch.zeros(tags, tags))
        self.start_transitions = nn.Parameter(torch.zeros(tags))
        self.end_transitions = nn.Parameter(torch.zeros(tags))

    def forward(self, emissions):
        """(tokens, tags) -> 1 at the tags of the best path, 0 elsewhere."""
        score, back = self.start_transitions + emissions[0], []
        transitions = self.transitions
        if self.never:
            transitions = transitions.masked_fill(self.never[0], -torch.inf)
            score = score.masked_fill(self.never[1], -torch.inf)
        for row in emissions[1:]:
            ways = score[:, None] + transitions
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
    "bert-crf": BertCrf,
    "bilstm": BiLstm,
    "bigru": BiGru,
    "gru": Gru,
    "lstm": Lstm,
    "projected-lstm": ProjectedLstm,
    "ulmfit": Ulmfit,
    "textcnn": TextCnn,
    "elmo": reference_elmo.Elmo,
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
    ids = reference_elmo.padded_words(batch) if "characters" in batch else torch.from_numpy(batch["ids"].astype("int64"))
    segments = torch.from_numpy(batch["segments"].astype("int64")) if "segments" in batch else 0 * ids
    offsets = batch["offsets"]
    parts = {}
    for begin, end in zip(offsets[:-1], offsets[1:]):
        for name, values in model(ids[begin:end], segments[begin:end]).items():
            parts.setdefault(name, []).append(values)
    return {name: torch.cat(values).numpy() for name, values in parts.items()}
