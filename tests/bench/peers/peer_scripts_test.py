#!/usr/bin/env python3
# Tests what the comparison with peers computes itself: ranks, refusals, the order of gates, the line protocol. Needs no peer.
# Skipped (77) without numpy.
import itertools
import sys
import unittest
from pathlib import Path

try:
    import numpy
except ImportError:
    print("skipped: numpy is not installed")
    sys.exit(77)

sys.path.insert(0, str(Path(__file__).resolve().parent))
import peer_models  # noqa: E402
import ranks  # noqa: E402
from contender import Contender, ContenderError  # noqa: E402

ECHO = """
import sys
print("ready", flush=True)
for line in sys.stdin:
    word = line.split()
    if word[0] == "quit": break
    print(" ".join(["2.5"] * int(word[1])) if word[0] == "run" else "error: no such thing", flush=True)
"""


class Ranks(unittest.TestCase):
    def test_separate_samples_have_the_smallest_p(self):
        # 2 of the C(14, 7) = 3432 orders are as extreme.
        self.assertAlmostEqual(ranks.mann_whitney(list(range(7)), list(range(10, 17))), 2 / 3432)

    def test_equals_the_count_over_all_orders(self):
        x, y = [1.0, 4.0, 5.0], [2.0, 3.0, 6.0, 7.0]
        values = x + y

        def statistic(chosen):
            rest = [value for value in values if value not in chosen]
            return sum(a > b for a in chosen for b in rest)

        center = len(x) * len(y) / 2
        far = abs(statistic(x) - center)
        orders = list(itertools.combinations(values, len(x)))
        count = sum(abs(statistic(list(order)) - center) >= far for order in orders)
        self.assertAlmostEqual(ranks.mann_whitney(x, y), count / len(orders))

    def test_equal_samples_differ_in_nothing(self):
        self.assertAlmostEqual(ranks.mann_whitney([1.0] * 7, [1.0] * 7), 1.0)
        self.assertGreater(ranks.mann_whitney([1, 2, 3, 4], [1, 2, 3, 4]), 0.9)

    def test_normal_form_is_near_the_exact_one(self):
        x, y = [2.0 * i for i in range(12)], [2.0 * i + 7 for i in range(12)]
        exact = ranks.mann_whitney(x, [value + 0.5 for value in y])
        tied = ranks.mann_whitney(x + [30.0], [value + 0.5 for value in y] + [30.0])
        self.assertLess(abs(exact - tied), 0.1)

    def test_geometric_mean(self):
        self.assertAlmostEqual(ranks.geometric_mean([2.0, 8.0]), 4.0)


class Refusals(unittest.TestCase):
    def setUp(self):
        self.exact = {"hidden": numpy.sin(numpy.arange(12.0)).reshape(3, 4)}

    def refusal(self, precision, change):
        found = {"hidden": change(self.exact["hidden"])}
        return peer_models.disagreement("ours", precision, found, self.exact, ("hidden",))

    def test_near_results_are_let_pass(self):
        self.assertIsNone(self.refusal("f32", lambda x: x + 1e-5))
        self.assertIsNone(self.refusal("bf16", lambda x: x * 1.01))

    def test_wrong_results_are_not(self):
        self.assertIn("differs", self.refusal("f32", lambda x: x + 1e-2))
        self.assertIn("cosine", self.refusal("int8", lambda x: -x))
        self.assertIn("not finite", self.refusal("bf16", lambda x: x * numpy.nan))
        self.assertIn("shape", self.refusal("f32", lambda x: x.T))
        self.assertIn("no hidden", peer_models.disagreement("ours", "f32", {}, self.exact, ("hidden",)))


class Protocol(unittest.TestCase):
    def test_times_errors_and_end(self):
        contender = Contender("echo", [sys.executable, "-c", ECHO], threads=1)
        self.assertEqual(contender.run(3), [2.5, 2.5, 2.5])
        with self.assertRaisesRegex(ContenderError, "no such thing"):
            contender.load("x")
        contender.close()
        with self.assertRaises(ContenderError):
            Contender("dead", [sys.executable, "-c", "pass"])


if __name__ == "__main__":
    unittest.main()
