# ELMo in plain PyTorch, for the golden files: written from the paper (arXiv:1802.05365), with bilm-tf read for what the paper leaves open.
# Words are padded to 50 characters here and convolved as they are, which Clew never does: that both agree is what is tested.
import torch
from torch import nn


class Elmo(nn.Module):
    """arXiv:1802.05365 as bilm-tf computes it, its tensors as that saves them: words padded to 50 characters, each filter over all whole
    windows of those, TensorFlow's LSTMCell (gates i, j, f, o, a forget gate with 1 more, cell and projection cut to 3), the first
    layer's output added to the second's."""

    FILTERS = (32, 32, 64, 128, 256, 512, 1024)

    def __init__(self, projection, hidden, highways):
        super().__init__()
        total, self.highways = sum(self.FILTERS), highways
        self._tensor("char_embed", 261, 16)
        for number, count in enumerate(self.FILTERS):
            self._tensor(f"CNN/W_cnn_{number}", 1, number + 1, 16, count)
            self._tensor(f"CNN/b_cnn_{number}", count)
        for number in range(highways):
            for part in ("carry", "transform"):
                self._tensor(f"CNN_high_{number}/W_{part}", total, total)
                self._tensor(f"CNN_high_{number}/b_{part}", total)
        self._tensor("CNN_proj/W_proj", total, projection)
        self._tensor("CNN_proj/b_proj", projection)
        for cell in self._cells():
            self._tensor(f"{cell}/W_0", 2 * projection, 4 * hidden)
            self._tensor(f"{cell}/B", 4 * hidden)
            self._tensor(f"{cell}/W_P_0", hidden, projection)
        self._tensor("ELMo_W_0", 3)
        self._tensor("ELMo_gamma_0", 1)

    def _tensor(self, name, *shape):
        self.register_parameter(name, nn.Parameter(torch.zeros(*shape)))

    @staticmethod
    def _cells():
        return [f"RNN_{way}/RNN/MultiRNNCell/Cell{layer}/LSTMCell" for way in (0, 1) for layer in (0, 1)]

    def _get(self, name):
        return self._parameters[name]

    def words(self, characters):
        """(words, 50) -> (words, projection)"""
        letters = self._get("char_embed")[characters].transpose(1, 2)
        largest = []
        for number in range(len(self.FILTERS)):
            filters = self._get(f"CNN/W_cnn_{number}")[0].permute(2, 1, 0)  # out, in, width
            convolved = nn.functional.conv1d(letters, filters, self._get(f"CNN/b_cnn_{number}"))
            largest.append(torch.relu(convolved.max(dim=2).values))
        x = torch.cat(largest, dim=1)
        for number in range(self.highways):
            carry, transform = (
                x @ self._get(f"CNN_high_{number}/W_{part}") + self._get(f"CNN_high_{number}/b_{part}")
                for part in ("carry", "transform")
            )
            gate = torch.sigmoid(carry)
            x = gate * torch.relu(transform) + (1 - gate) * x
        return x @ self._get("CNN_proj/W_proj") + self._get("CNN_proj/b_proj")

    def cells(self, name, x):
        """(words, projection) -> the same, from the first word to the last."""
        kernel, bias, projection = (self._get(f"{name}/{part}") for part in ("W_0", "B", "W_P_0"))
        h, c, states = x.new_zeros(projection.shape[1]), x.new_zeros(projection.shape[0]), []
        for row in x:
            i, j, f, o = (torch.cat([row, h]) @ kernel + bias).chunk(4)
            c = (torch.sigmoid(f + 1) * c + torch.sigmoid(i) * torch.tanh(j)).clamp(-3, 3)
            h = ((torch.sigmoid(o) * torch.tanh(c)) @ projection).clamp(-3, 3)
            states.append(h)
        return torch.stack(states)

    def forward(self, characters, _segments):
        """One sequence, (words, 50), with its boundaries -> every layer and their mix, (words, 2 projection); pooled, (1, ..)."""
        x = self.words(characters)
        ways = []
        for way in (0, 1):
            first_cell, second_cell = self._cells()[2 * way : 2 * way + 2]
            first = self.cells(first_cell, x.flip(0) if way else x)
            second = self.cells(second_cell, first) + first
            ways.append([layer.flip(0) if way else layer for layer in (first, second)])
        layers = [torch.cat([x, x], dim=1), *(torch.cat(pair, dim=1) for pair in zip(*ways))]
        shares = torch.softmax(self._get("ELMo_W_0"), dim=0)
        mixed = self._get("ELMo_gamma_0") * sum(share * layer for share, layer in zip(shares, layers))
        results = {f"hidden.{number}": layer for number, layer in enumerate(layers)}
        return results | {"hidden": mixed, "pooled": mixed.mean(dim=0, keepdim=True)}


def padded_words(batch, width=50, padding=260):
    """The characters of each word in a row of its own, as the code released with the paper pads them."""
    offsets = batch["character_offsets"]
    words = torch.full((len(offsets) - 1, width), padding)
    for number, (begin, end) in enumerate(zip(offsets[:-1], offsets[1:])):
        words[number, : end - begin] = torch.from_numpy(batch["characters"][begin:end].astype("int64"))
    return words
