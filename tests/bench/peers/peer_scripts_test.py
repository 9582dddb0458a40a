#!/usr/bin/env python3
# Tests what the comparison with peers computes itself: ranks, refusals, batches, best paths, the line protocol; and, where onnx is, graphs
# against each other and against numpy, by onnx's own evaluator. Needs no peer. Skipped (77) without numpy.
import importlib.util
import itertools
import sys
import tempfile
import unittest
from pathlib import Path

try:
    import numpy
except ImportError:
    print("skipped: numpy is not installed")
    sys.exit(77)

sys.path.insert(0, str(Path(__file__).resolve().parent))
import best_path  # noqa: E402
import peer_models  # noqa: E402
import ranks  # noqa: E402
import zoo_cells  # noqa: E402
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

    def test_small_results_are_held_to_a_smaller_difference(self):
        small = {"hidden": 1e-3 * self.exact["hidden"]}
        near, far = ({"hidden": small["hidden"] + difference} for difference in (1e-7, 1e-5))
        self.assertIsNone(peer_models.disagreement("ours", "f32", near, small, ("hidden",)))
        self.assertIn("differs", peer_models.disagreement("ours", "f32", far, small, ("hidden",)))

    def test_paths_are_right_or_wrong(self):
        path = numpy.eye(4, dtype=numpy.float32)[[0, 1, 2, 3] * 300]
        for wrong, precision, said in ((1, "f32", None), (2, "f32", "labels are equal"), (2, "int8", None)):
            found = path.copy()
            found[:wrong] = numpy.roll(found[:wrong], 1, axis=1)
            text = peer_models.disagreement("ours", precision, {"logits": found}, {"logits": path}, ("logits",), ("logits",))
            self.assertEqual(said is None, text is None, text)


class Batches(unittest.TestCase):
    def test_elmo_counts_its_boundaries(self):
        batch = peer_models.MODELS["elmo/small"].batch("x", (16, 3, 1))
        self.assertEqual(numpy.diff(batch["offsets"]).tolist(), [16, 3, 3])
        self.assertEqual(len(batch["character_offsets"]) - 1, 22)

    def test_segments_go_to_those_who_read_them(self):
        for name, expected in (("xlnet/base", True), ("gpt/base", False), ("textcnn/base", False)):
            self.assertEqual("segments" in peer_models.MODELS[name].batch("x", (4,)), expected)


class Paths(unittest.TestCase):
    def test_equals_the_best_of_all(self):
        numbers = numpy.random.default_rng(3)
        emissions, transitions = numbers.normal(size=(2, 5, 3)), numbers.normal(size=(3, 3))
        start, end = numbers.normal(size=3), numbers.normal(size=3)
        found = best_path.best_paths(emissions, [5, 3], transitions, start, end)
        for row, begin, length in ((0, 0, 5), (1, 5, 3)):
            def score(path, row=row):
                moves = sum(transitions[a, b] for a, b in zip(path, path[1:]))
                return start[path[0]] + end[path[-1]] + moves + sum(emissions[row, i, label] for i, label in enumerate(path))

            best = max(itertools.product(range(3), repeat=length), key=score)
            self.assertEqual(found[begin : begin + length].argmax(axis=1).tolist(), list(best))
            self.assertEqual(found[begin : begin + length].sum(), length)


def small_bert(**more):
    """Weights of one layer of 8 with 2 heads, by BERT's names."""
    numbers = numpy.random.default_rng(5)

    def drawn(*shape):
        return numbers.normal(size=shape).astype(numpy.float32)

    shapes = {"attention.self.query": (8, 8), "attention.self.key": (8, 8), "attention.self.value": (8, 8),
              "attention.output.dense": (8, 8), "intermediate.dense": (16, 8), "output.dense": (8, 16)}  # fmt: skip
    tensors = {f"encoder.layer.0.{name}.weight": drawn(*shape) for name, shape in shapes.items()}
    tensors |= {f"encoder.layer.0.{name}.bias": drawn(shape[0]) for name, shape in shapes.items()}
    for name in ("encoder.layer.0.attention.output.LayerNorm", "encoder.layer.0.output.LayerNorm", "embeddings.LayerNorm"):
        tensors |= {f"{name}.weight": drawn(8), f"{name}.bias": drawn(8)}
    tensors |= {"embeddings.word_embeddings.weight": drawn(11, 8), "embeddings.token_type_embeddings.weight": drawn(2, 8)}
    return tensors | more


@unittest.skipUnless(importlib.util.find_spec("onnx"), "onnx is not installed")
class Graphs(unittest.TestCase):
    def evaluated(self, rank, build, *operands):
        """The result, of `rank` dimensions, of a graph that `build` makes of a GraphBuilder and the names of the operands."""
        import onnx_graph
        from onnx.reference import ReferenceEvaluator

        graph = onnx_graph.GraphBuilder("test")
        kinds = {"f": onnx_graph.TensorProto.FLOAT, "i": onnx_graph.TensorProto.INT64}
        names = [graph.input(f"x{i}", list(x.shape), kinds[x.dtype.kind]) for i, x in enumerate(operands)]
        graph.output("y", build(graph, *names), [f"n{i}" for i in range(rank)])
        return ReferenceEvaluator(graph.model()).run(None, dict(zip(names, operands)))[0]

    def test_equal_constants_are_one(self):
        import onnx_graph

        graph = onnx_graph.GraphBuilder("test")
        self.assertEqual(graph.constant([1.0, 2.0]), graph.constant(numpy.array([1, 2], numpy.float32)))
        self.assertNotEqual(graph.constant([1.0, 2.0]), graph.constant([[1.0, 2.0]]))
        self.assertNotEqual(graph.constant([1.0]), graph.integers([1]))

    def test_nezhas_ways_are_one(self):
        import nezha_onnx

        weights = nezha_onnx.nezha_weights(small_bert(), peer_models.PeerModel("x", "nezha", heads=2))
        numbers = numpy.random.default_rng(9)
        for length in (1, 2, 70):
            q = numbers.normal(size=(2, 2, length, 4)).astype(numpy.float32)
            shares = numbers.random(size=(2, 2, length, length)).astype(numpy.float32)
            table = nezha_onnx.sinusoids(4)[numpy.clip(numpy.arange(length)[None] - numpy.arange(length)[:, None], -64, 64) + 64]
            for way in (nezha_onnx.Exported, nezha_onnx.Skewed):
                def near(graph, what, x, way=way):
                    return getattr(way(graph, weights, graph.integers([length])), what)(x)

                scores = self.evaluated(4, lambda graph, x: near(graph, "scores", x), q)
                numpy.testing.assert_allclose(scores, numpy.einsum("bhid,ijd->bhij", q, table), atol=1e-4)
                values = self.evaluated(4, lambda graph, x: near(graph, "values", x), shares)
                numpy.testing.assert_allclose(values, numpy.einsum("bhij,ijd->bhid", shares, table), atol=1e-4)

    def test_pooling_leaves_padding_out(self):
        import graph_parts

        x = numpy.arange(12, dtype=numpy.float32).reshape(2, 3, 2) - 20
        mask, lengths = numpy.array([[1, 1, 1], [1, 0, 0]]), numpy.array([3, 1])
        last = self.evaluated(2, graph_parts.last_of, x, lengths)
        most = self.evaluated(2, lambda graph, x, seen: graph_parts.max_of(graph, x, graph_parts.mask_of(graph, seen)), x, mask)
        mean = self.evaluated(
            2, lambda graph, x, seen, counts: graph_parts.mean_of(graph, x, graph_parts.mask_of(graph, seen), counts), x, mask, lengths
        )
        for found, expected in ((last, [x[0, 2], x[1, 0]]), (most, [x[0, 2], x[1, 0]]), (mean, [x[0, 1], x[1, 0]])):
            numpy.testing.assert_array_equal(found, expected)

    def test_albert_has_its_layer_once(self):
        import albert_onnx
        import onnx

        base = "encoder.albert_layer_groups.0.albert_layers.0."
        names = {"attention.self.": "attention.", "attention.output.dense": "attention.dense", "attention.output.": "attention.",
                 "intermediate.dense": "ffn", "output.dense": "ffn_output", "output.LayerNorm": "full_layer_layer_norm"}  # fmt: skip
        tensors = {}
        for name, values in small_bert(**{"embeddings.position_embeddings.weight": numpy.ones((9, 8), numpy.float32)}).items():
            part = name.removeprefix("encoder.layer.0.")
            old = next((old for old in names if part.startswith(old)), "") if part != name else None
            tensors[name if old is None else base + part.replace(old, names[old], 1)] = values
        weights = albert_onnx.albert_weights(tensors, peer_models.PeerModel("x", "albert", heads=2, layers=3))
        self.assertEqual(weights.layers, 3)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "plain.onnx"
            albert_onnx.bert_onnx.build_plain(weights, path)
            graph = onnx.load(path).graph
        matrices = [node.input[1] for node in graph.node if node.op_type == "MatMul"]
        held = {constant.name for constant in graph.initializer}
        self.assertEqual(len(held & set(matrices)), 6)
        self.assertEqual(sum(name in held for name in matrices), 18)


class ZooCells(unittest.TestCase):
    def test_every_cell_once_and_the_largest_last(self):
        cells = [cell for each in zoo_cells.passes(["a", "b"]) for cell in each]
        self.assertEqual(len(set(cells)), 24)
        self.assertEqual(len(cells), 24)
        self.assertEqual(cells[-2:], [("a", 32, 512), ("b", 32, 512)])
        self.assertEqual(cells[:2], [("a", 1, 16), ("a", 1, 64)])

    def test_rounds_leave_time_for_what_comes_later(self):
        costs = zoo_cells.Costs(0.1)
        costs.learn("a", 1000, 2.0)
        later = [("a", 8000)]  # a round takes 16 s, the cell at least 1 + 1.3 * 16, its start 6
        kept = 1 + 1.3 * 16 + 6
        self.assertEqual(zoo_cells.rounds_that_fit(costs, ("a", 1000), later, 1000.0), 7)
        self.assertEqual(zoo_cells.rounds_that_fit(costs, ("a", 1000), later, kept + 1 + 2 * 4.3 + 0.1), 3)
        self.assertEqual(zoo_cells.rounds_that_fit(costs, ("a", 1000), later, 10.0), 1)
        self.assertIsNone(zoo_cells.rounds_that_fit(costs, ("a", 1000), later, 5.0))
        self.assertEqual(zoo_cells.rounds_that_fit(costs, ("a", 8000), [], 37.0), 0)  # the checked run alone
        self.assertEqual(zoo_cells.rounds_that_fit(costs, ("a", 500), later, 20.0), 7)

    def test_a_killed_run_goes_on_behind_its_last_whole_line(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "cells.jsonl"
            store = zoo_cells.Store(path, "build")
            store.add(("a/base", 1, 16), [self.row(2.0)])
            store.add(("a/base", 1, 64), [self.row(0.5)])
            path.write_bytes(path.read_bytes()[:-9])
            again = zoo_cells.Store(path, "build")
            self.assertEqual(again.cells, {("a/base", 1, 16): [self.row(2.0)]})
            again.add(("a/base", 1, 64), [self.row(0.75)])
            self.assertEqual(zoo_cells.Store(path, "build").cells[("a/base", 1, 64)], [self.row(0.75)])
            with self.assertRaisesRegex(ValueError, "name another file"):
                zoo_cells.Store(path, "other")

    def test_the_table_has_geomeans_and_worst_cells(self):
        cells = {("elmo/base", 1, 16): [self.row(2.0)], ("elmo/base", 1, 64): [self.row(0.5)], ("a/base", 1, 16): [self.row(1.25)]}
        lines = zoo_cells.table(cells, ["elmo/base", "a/base"], ["f32", "bf16"]).splitlines()
        self.assertEqual(lines[2], "| elmo/base | f32 | 2 | 1.000 | 1.3 | 0.500 | 1x64 | 7 | geomean under 1.3, 1 under 1 |")
        self.assertEqual(lines[3], "| a/base | f32 | 1 | 1.250 | 1.2 | 1.250 | 1x16 | 7 | holds |")
        self.assertEqual(lines[-1], "| a/base | f32 | 1.25 |  |")

    @staticmethod
    def row(ratio):
        return {"ours": "f32", "ratio": ratio, "rounds": 7}


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
