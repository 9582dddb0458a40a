# The packages' taggers once more, written for this purpose in NumPy (float64) after the packages' own source: what `clew predict` is held
# against. They read the packages' files by themselves and share nothing with Clew.
import io
import json
import pickle
import struct
import zipfile

import numpy
from packages import PACKAGES
from unpack import DataOnly, members_of


def _sigmoid(x):
    return 1 / (1 + numpy.exp(-x))


def _viterbi(emissions, transitions, start, end):
    """The best paths [rows, tokens] of emissions [rows, tokens, labels]; of equals the lower label."""
    score = start + emissions[:, 0]
    before = []
    for at in range(1, emissions.shape[1]):
        moves = score[:, :, None] + transitions
        before.append(moves.argmax(axis=1))
        score = moves.max(axis=1) + emissions[:, at]
    path = [(score + end).argmax(axis=1)]
    every = numpy.arange(len(emissions))
    for choice in reversed(before):
        path.append(choice[every, path[-1]])
    return numpy.stack(path[::-1], axis=1)


def _both_ways(run, x):
    """run(x, reverse) of rows x [rows, tokens, width] from both ends, side by side."""
    return numpy.concatenate([run(x, False), run(x[:, ::-1], True)[:, ::-1]], axis=2)


class Tagger:
    """What all of them share: rows of one length are run together, without padding. They say `_tag`."""

    def tag(self, rows):
        """The labels of each row's tokens."""
        labels = [None] * len(rows)
        for length in {len(row) for row in rows}:
            places = [place for place, row in enumerate(rows) if len(row) == length]
            for place, found in zip(places, self._tag([rows[place] for place in places])):
                labels[place] = found
        return labels

    def _ids(self, rows, unknown):
        return numpy.array([[self.ids.get(token, self.ids[unknown]) for token in row] for row in rows])


# FoolNLTK (fool/predictor.py): TensorFlow 1's BasicLSTMCell in both directions, a hidden layer with tanh, and a Viterbi of its own.


def _varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def _fields(data):
    """(number, value) of a protocol buffer's message."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(data, at)
        else:
            size, at = _varint(data, at) if kind == 2 else ({1: 8, 5: 4}[kind], at)
            value = data[at : at + size]
            at += size
        yield key >> 3, value


def _tensor(message):
    """A TensorProto of floats: shape (2) and content (4)."""
    parts = dict(_fields(message))
    shape = [dict(_fields(extent)).get(1, 0) for number, extent in _fields(parts.get(2, b"")) if number == 2]
    return numpy.frombuffer(parts[4], "<f4").reshape(shape).astype(numpy.float64) if 4 in parts and parts.get(1) == 1 else None


def graph_constants(data):
    """{node: array} of the float constants of a frozen graph that are stored in full."""
    constants = {}
    for number, node in _fields(data):
        if number != 1:
            continue
        name, values = "", None
        for key, value in _fields(node):
            if key == 1:
                name = value.decode()
            elif key == 5:
                attribute = dict(_fields(value))
                if attribute[1] == b"value":
                    values = dict(_fields(attribute[2])).get(8)
        array = _tensor(values) if values is not None else None
        if array is not None:
            constants[name] = array
    return constants


class FoolNltk(Tagger):
    """`name`: ner, seg or pos. A row is a text, or for pos a list of words."""

    def __init__(self, folder, name):
        members = members_of(PACKAGES["foolnltk"], folder)
        with zipfile.ZipFile(io.BytesIO(members["map.zip"])) as archive:
            maps = json.loads(archive.open("all_map.json").readline())
        self.ids = maps["word_map" if name == "pos" else "char_map"]
        self.labels = {int(i): label for i, label in maps[f"{name}_map"].items()}
        self.weights = graph_constants(members[f"{name}.pb"])
        table = self.weights["char_embeding"]
        self.table = numpy.concatenate([numpy.zeros((1, table.shape[1])), table])

    def _run(self, x, reverse):
        cell = f"char_bilstm/bidirectional_rnn/{'bw' if reverse else 'fw'}/basic_lstm_cell/"
        kernel, bias = self.weights[cell + "kernel"], self.weights[cell + "bias"]
        h = c = numpy.zeros((len(x), kernel.shape[1] // 4))
        steps = []
        for at in range(x.shape[1]):
            i, j, f, o = numpy.split(numpy.concatenate([x[:, at], h], axis=1) @ kernel + bias, 4, axis=1)
            c = _sigmoid(f + 1.0) * c + _sigmoid(i) * numpy.tanh(j)
            h = _sigmoid(o) * numpy.tanh(c)
            steps.append(h)
        return numpy.stack(steps, axis=1)

    def _tag(self, rows):
        """As `decode` there: a label more, at which every path begins and no other step may be (-1000)."""
        both = _both_ways(self._run, self.table[self._ids(rows, "<OOV>")])
        hidden = numpy.tanh(both @ self.weights["project/hidden/w_tanh"] + self.weights["project/hidden/b_tanh"])
        logits = hidden @ self.weights["project/output/w_out"] + self.weights["project/output/b_out"]
        small = -1000.0
        scores = numpy.pad(logits, ((0, 0), (1, 0), (0, 1)), constant_values=small)
        scores[:, 0] = small
        scores[:, 0, -1] = 0
        paths = _viterbi(scores, self.weights["crf_loss/transitions"], 0, 0)
        return [[self.labels[label] for label in path[1:]] for path in paths.tolist()]


# g2pM (g2pM/g2pM.py): an LSTM in both directions as PyTorch has it, two layers with a ReLU between; a text stands between two marks.


class G2pM(Tagger):
    """A class, that is a reading, for each character. The package asks for those of its polyphonic characters alone."""

    def __init__(self, folder):
        members = members_of(PACKAGES["g2pM"], folder)
        self.ids = DataOnly(io.BytesIO(members["char2idx.pkl"])).load()
        classes = DataOnly(io.BytesIO(members["class2idx.pkl"])).load()
        self.classes = {number: name for name, number in classes.items()}
        self.readings = DataOnly(io.BytesIO(members["digest_cedict.pkl"])).load()
        self.weights = {name: array.astype(numpy.float64) for name, array in _Arrays(io.BytesIO(members["np_ckpt.pkl"])).load().items()}

    def polyphonic(self, row):
        """Places of the characters whose reading the package asks the model for."""
        return [place for place, character in enumerate(row) if len(self.readings.get(character, ())) > 1]

    def _run(self, x, reverse):
        ending = "_l0_reverse" if reverse else "_l0"
        weight_ih, weight_hh = self.weights["lstm.weight_ih" + ending], self.weights["lstm.weight_hh" + ending]
        bias_ih, bias_hh = self.weights["lstm.bias_ih" + ending], self.weights["lstm.bias_hh" + ending]
        h = c = numpy.zeros((len(x), weight_hh.shape[1]))
        steps = []
        for at in range(x.shape[1]):
            i, f, g, o = numpy.split(x[:, at] @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh, 4, axis=1)
            c = _sigmoid(f) * c + _sigmoid(i) * numpy.tanh(g)
            h = _sigmoid(o) * numpy.tanh(c)
            steps.append(h)
        return numpy.stack(steps, axis=1)

    def _tag(self, rows):
        ids = numpy.pad(self._ids(rows, "<UNK>"), ((0, 0), (1, 1)))
        ids[:, 0], ids[:, -1] = self.ids["시"], self.ids["끝"]
        both = _both_ways(self._run, self.weights["embedding.weight"][ids])
        hidden = numpy.maximum(both @ self.weights["logit_layer.0.weight"].T + self.weights["logit_layer.0.bias"], 0)
        logits = hidden @ self.weights["logit_layer.2.weight"].T + self.weights["logit_layer.2.bias"]
        return [[self.classes[label] for label in row] for row in logits[:, 1:-1].argmax(axis=2).tolist()]


class _Arrays(pickle.Unpickler):
    """The three names that arrays need, of a file whose hash is known."""

    def find_class(self, module, name):
        makers = {"_reconstruct": numpy.zeros(0).__reduce__()[0], "ndarray": numpy.ndarray, "dtype": numpy.dtype}
        if not module.startswith("numpy") or name not in makers:
            raise pickle.UnpicklingError(f"expected arrays alone, found {module}.{name}")
        return makers[name]


# jieba's LAC (jieba/lac_small/nets.py): two layers of Paddle's dynamic_gru in both directions, and its linear_chain_crf. Paddle's GRU
# (paddle/fluid/operators/math/detail/gru_kernel.h) resets the state before the product: h = (1 - u) h' + u tanh(x + (r h') W).


class Lac(Tagger):
    def __init__(self, folder):
        members = members_of(PACKAGES["jieba"], folder)
        self.ids = self._table(members["word.dic"])
        self.labels = {number: label for label, number in self._table(members["tag.dic"]).items()}
        self.weights = {name: self._parameter(data) for name, data in members.items() if not name.endswith(".dic")}

    @staticmethod
    def _table(data):
        lines = (line.rstrip("\n").split("\t") for line in io.StringIO(data.decode("utf-8")))
        return {columns[1]: int(columns[0]) for columns in lines if len(columns) == 2}

    @staticmethod
    def _parameter(data):
        """Version, levels (none), version, a TensorDesc of type (1) and extents (2), numbers."""
        size = struct.unpack_from("<i", data, 16)[0]
        shape = [extent for number, extent in _fields(data[20 : 20 + size]) if number == 2]
        return numpy.frombuffer(data, "<f4", offset=20 + size).reshape(shape).astype(numpy.float64)

    def _run(self, x, number):
        weight, bias = self.weights[f"gru_{number}.w_0"], self.weights[f"gru_{number}.b_0"].reshape(-1)
        inputs = x @ self.weights[f"fc_{number}.w_0"] + self.weights[f"fc_{number}.b_0"] + bias
        width = weight.shape[0]
        flat = weight.reshape(-1)  # the matrices of both gates, then that of the candidate
        gates, candidate = flat[: 2 * width * width].reshape(width, 2 * width), flat[2 * width * width :].reshape(width, width)
        h = numpy.zeros((len(x), width))
        steps = []
        for at in range(x.shape[1]):
            u, r = numpy.split(_sigmoid(inputs[:, at, : 2 * width] + h @ gates), 2, axis=1)
            h = (1 - u) * h + u * numpy.tanh(inputs[:, at, 2 * width :] + (r * h) @ candidate)
            steps.append(h)
        return numpy.stack(steps, axis=1)

    def _tag(self, rows):
        x = self.weights["word_emb"][self._ids(rows, "OOV")]
        for layer in (0, 2):
            x = _both_ways(lambda inputs, reverse, layer=layer: self._run(inputs, layer + reverse), x)
        emissions = x @ self.weights["fc_4.w_0"] + self.weights["fc_4.b_0"]
        moves = self.weights["crfw"]
        paths = _viterbi(emissions, moves[2:], moves[0], moves[1])
        return [[self.labels[label] for label in path] for path in paths.tolist()]


TAGGERS = {
    "foolnltk-ner": lambda folder: FoolNltk(folder, "ner"),
    "foolnltk-seg": lambda folder: FoolNltk(folder, "seg"),
    "foolnltk-pos": lambda folder: FoolNltk(folder, "pos"),
    "g2pm": G2pM,
    "lac": Lac,
}
