# The best path of a linear-chain conditional random field (Viterbi, doi:10.1109/TIT.1967.1054010), for peers that have no operator for it.
import numpy


def best_path(emissions, transitions, start, end):
    """(tokens, labels) -> 1 at the labels of the best path, 0 elsewhere."""
    score, back = start + emissions[0], []
    for row in emissions[1:]:
        ways = score[:, None] + transitions
        back.append(ways.argmax(axis=0))
        score = ways.max(axis=0) + row
    path = [int((score + end).argmax())]
    for before in reversed(back):
        path.append(int(before[path[-1]]))
    found = numpy.zeros(emissions.shape, numpy.float32)
    found[numpy.arange(len(path)), path[::-1]] = 1
    return found


def best_paths(emissions, lengths, transitions, start, end):
    """Padded emissions (batch, seq, labels) -> paths of all sequences, one after the other."""
    return numpy.concatenate([best_path(row[:length], transitions, start, end) for row, length in zip(emissions, lengths)])
