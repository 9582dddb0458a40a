#!/usr/bin/env python3
# How a program computes is asked for by flags and stated in words: each choice runs right, and nothing is obeyed that no output states.
import json
import unittest

from door import SMALL, Door, batch

CHOICES = [
    (),
    ("--products", "library"),
    ("--bf16", "widen"),
    ("--bf16", "widen", "--products", "library"),
    ("--cpu", "x86-64-v3"),
]


class Execution(Door):
    def setUp(self):
        super().setUp()
        self.inputs = self.write("in.safetensors", batch([20, 1, 31]))

    def run_json(self, *arguments):
        done = self.good("clew", "run", SMALL, "--inputs", self.inputs, "--outputs", "out.safetensors", "--json", *arguments)
        return json.loads(done), self.read("out.safetensors")

    def test_every_choice_runs_right_and_is_stated(self):
        for precision, tolerance in (("f32", 1e-4), ("bf16", 0.1), ("int8", 0.3)):
            _, ref = self.run_json("--target", "ref", "--precision", precision)
            for choice in CHOICES:
                with self.subTest(precision=precision, choice=choice):
                    stated, out = self.run_json("--precision", precision, *choice)
                    self.assert_near(out, ref, tolerance)
                    asked = dict(zip(choice[::2], choice[1::2]))
                    bf16 = asked.get("--bf16", "auto") if precision != "f32" else "auto"
                    self.assertEqual((stated["bf16"], stated["products"]), (bf16, asked.get("--products", "auto")))
                    facts = stated["execution"]
                    self.assertEqual(facts["cpu"], asked.get("--cpu", facts["cpu"]))
                    if "library" in choice:
                        self.assertNotIn("own", facts["products"])
                    if precision == "bf16" and "widen" in choice:
                        self.assertIn("bf16 widened to f32", facts["products"])

    def test_the_scheme_says_what_the_passes_made(self):
        for target in ("ref", "cpu"):
            self.assertEqual(self.run_json("--target", target)[0]["scheme"], "f32")
            for precision, linear in (("bf16", "linear bf16, sums f32"), ("int8", "linear s8 ")):
                scheme = self.run_json("--target", target, "--precision", precision)[0]["scheme"]
                self.assertTrue(scheme.startswith(linear), scheme)
                self.assertIn("attention bf16", scheme)
                self.assertIn("heads f32", scheme)
        listing = self.good("clew", "compile", "bilstm/base", "--precision", "int8", "--task", "tag:3")
        self.assertIn("recurrence s8", listing)
        self.assertNotIn("attention", listing.split("parameters:")[0])

    def test_what_changes_nothing_is_said(self):
        for flags in (("--target", "ref", "--bf16", "widen"), ("--target", "ref", "--products", "library"),
                      ("--target", "ref", "--cpu", "x86-64-v3"), ("--bf16", "widen")):
            with self.subTest(flags=flags):
                done = self.call("clew", "run", SMALL, "--inputs", self.inputs, "--outputs", "out.safetensors", *flags)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertRegex(done.stderr, f"note: {flags[-2]} changes nothing: ")

    def test_variables_that_once_switched_are_refused(self):
        for variable, flag in (("CLEW_BF16", "--bf16"), ("CLEW_PRODUCTS", "--products")):
            for program in ("clew", "clew-run"):
                with self.subTest(variable=variable, program=program):
                    self.environment[variable] = "auto"
                    self.bad(2, f"error: {variable} is set .*{flag}", program, "--help")
                    del self.environment[variable]

    def test_a_limit_of_the_library_runs_right_and_is_stated(self):
        for precision, tolerance in (("f32", 1e-4), ("bf16", 0.1), ("int8", 0.3)):
            _, ref = self.run_json("--target", "ref", "--precision", precision)
            for limit in ("SSE41", "AVX2", "AVX512_CORE"):
                with self.subTest(precision=precision, limit=limit):
                    self.environment["ONEDNN_MAX_CPU_ISA"] = limit
                    stated, out = self.run_json("--precision", precision)
                    del self.environment["ONEDNN_MAX_CPU_ISA"]
                    self.assert_near(out, ref, tolerance)
                    self.assertEqual(stated["execution"]["ONEDNN_MAX_CPU_ISA"], limit)
                    # What the CPU has, if that is less than the limit.
                    known = ["sse41", "avx", "avx2", "avx512_core"]
                    found = stated["execution"]["library_isa"]
                    self.assertIn(found, known[: known.index(limit.lower()) + 1], stated["execution"])
                    if limit != "AVX512_CORE" or "avx512" in open("/proc/cpuinfo", encoding="utf-8").read():
                        self.assertEqual(found, limit.lower())

    def test_native_is_refused_where_there_is_none(self):
        self.bad(1, "bf16 native: CPU 'x86-64-v3' has no bf16 dot products", "clew", "compile", SMALL, "--precision", "bf16",
                 "--cpu", "x86-64-v3", "--bf16", "native")


if __name__ == "__main__":
    unittest.main()
