#!/usr/bin/env python3
# Tests the golden scripts themselves: batches and samples that never change, a safetensors file that comes back as it went,
# and a checker that fails when a number is wrong. Skipped (77) without numpy.
import json
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
import cases  # noqa: E402
import check_golden  # noqa: E402
import safetensors_io  # noqa: E402

CASE = cases.Case("test.case", "bert/test", "bert", {}, (3, 2))


def golden_of(values):
    flat = values.reshape(-1)
    positions = cases.sample_positions(CASE.name, "hidden", flat.size)
    return {
        "shape": list(values.shape),
        "max": float(abs(flat).max()),
        "mean": float(flat.mean()),
        "l2": float(numpy.sqrt((flat * flat).sum())),
        "samples": flat[positions].tolist(),
    }


class Streams(unittest.TestCase):
    def test_numbers_are_frozen(self):
        numbers = cases.stream("a")
        self.assertEqual([next(numbers) for _ in range(2)], [12137942361386574506, 4504528965725572720])

    def test_batch_is_packed(self):
        batch = cases.make_batch("b", (3, 1, 5))
        self.assertEqual(batch["offsets"].tolist(), [0, 3, 4, 9])
        self.assertEqual(len(batch["ids"]), 9)
        self.assertEqual(len(batch["segments"]), 9)
        self.assertTrue((batch["ids"] < cases.VOCABULARY).all())

    def test_samples_are_distinct_and_inside(self):
        positions = cases.sample_positions("c", "t", 1000)
        self.assertEqual(len(set(positions.tolist())), cases.SAMPLES)
        self.assertLess(positions.max(), 1000)
        self.assertEqual(cases.sample_positions("c", "t", 5).tolist(), [0, 1, 2, 3, 4])

    def test_names_of_cases_are_distinct(self):
        names = [case.name for case in cases.all_cases()]
        self.assertEqual(len(names), len(set(names)))


class SafeTensors(unittest.TestCase):
    def test_round_trip(self):
        tensors = {
            "x": numpy.arange(6, dtype=numpy.float32).reshape(2, 3),
            "empty": numpy.zeros((0, 4), numpy.float32),
            "ids": numpy.array([1, 2], numpy.int64),
        }
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "t.safetensors"
            safetensors_io.write(path, tensors, {"clew.model": "bert/base"})
            found = safetensors_io.read(path)
            self.assertEqual(list(found), list(tensors))
            for name, values in tensors.items():
                numpy.testing.assert_array_equal(found[name], values)
            self.assertEqual(safetensors_io.read_metadata(path), {"clew.model": "bert/base"})

    def test_truncated_header(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "t.safetensors"
            path.write_bytes(b"\x10\0\0\0\0\0\0\0{}")
            with self.assertRaises(ValueError):
                safetensors_io.read(path)


class Comparison(unittest.TestCase):
    def setUp(self):
        self.values = numpy.sin(numpy.arange(50.0)).reshape(5, 10)
        self.golden = {"tensors": {"hidden": golden_of(self.values)}}

    def difference(self, values):
        return check_golden.compare_golden(CASE, self.golden, {"hidden": values})

    def test_equal(self):
        self.assertLess(self.difference(self.values)[1], 1e-12)

    def test_a_changed_element_is_seen(self):
        self.values[2, 3] += 1e-3
        self.assertAlmostEqual(self.difference(self.values)[1], 1e-3, places=4)

    def test_small_tensors_count_relative(self):
        small = self.values * 1e-3
        golden = {"tensors": {"hidden": golden_of(small)}}
        found = check_golden.compare_golden(CASE, golden, {"hidden": small + 1e-6})
        self.assertAlmostEqual(found[1], 1e-3, places=4)

    def test_nan_shape_and_absence_are_named(self):
        self.assertIn("not finite", self.difference(self.values * numpy.nan))
        self.assertIn("expected shape [5, 10]", self.difference(self.values.T))
        self.assertIn("not among", check_golden.compare_golden(CASE, self.golden, {}))

    def test_cosine(self):
        self.assertAlmostEqual(check_golden.cosine(self.values, 2 * self.values), 1.0)
        self.assertLess(check_golden.cosine(self.values, self.values[::-1]), 0.99)


class Files(unittest.TestCase):
    def test_every_case_has_a_file_and_no_file_is_left_over(self):
        names = {case.name for case in cases.all_cases()}
        found = {path.stem for path in check_golden.DATA.glob("*.json")}
        self.assertEqual(found, names)
        for path in check_golden.DATA.glob("*.json"):
            self.assertEqual(json.loads(path.read_text())["case"], path.stem)


if __name__ == "__main__":
    unittest.main()
