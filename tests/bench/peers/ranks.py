# Statistics of a comparison: medians, geometric means, and the two-sided Mann-Whitney U test (Mann and Whitney 1947), exact
# where no values are equal and samples are small, else by the normal approximation with the correction for ties.
import functools
import math
import statistics

median = statistics.median


def geometric_mean(values):
    return math.exp(sum(math.log(value) for value in values) / len(values))


@functools.cache
def _arrangements(m, n, u):
    """In how many orders of m and n distinct values the statistic is u."""
    if u < 0:
        return 0
    if m == 0 or n == 0:
        return int(u == 0)
    return _arrangements(m - 1, n, u - n) + _arrangements(m, n - 1, u)


def _exact(m, n, u):
    tail = sum(_arrangements(m, n, value) for value in range(int(min(u, m * n - u)) + 1))
    return min(1.0, 2 * tail / math.comb(m + n, m))


def _normal(m, n, u, ties):
    total = m + n
    spread = sum(count**3 - count for count in ties) / (total * (total - 1))
    variance = m * n / 12 * (total + 1 - spread)
    if variance <= 0:
        return 1.0
    distance = max(abs(u - m * n / 2) - 0.5, 0.0)
    return math.erfc(distance / math.sqrt(variance) / math.sqrt(2))


def mann_whitney(x, y):
    """The probability of a difference at least as large if both samples came from one distribution."""
    values = sorted(x + y)
    ties = [values.count(value) for value in set(values)]
    u = sum((a > b) + (a == b) / 2 for a in x for b in y)
    if max(ties) == 1 and len(x) * len(y) <= 900:
        return _exact(len(x), len(y), u)
    return _normal(len(x), len(y), u, ties)
