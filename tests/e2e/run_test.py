#!/usr/bin/env python3
# The numeric door: what `clew run` and `clew-run` write for a batch, on both targets, from both kinds of weights.
import unittest

import numpy
from door import SMALL, SOURCE, Door, batch


class Run(Door):
    def test_outputs_have_the_shapes_of_the_contract(self):
        inputs = self.write("in.safetensors", batch([5, 1, 17]))
        out = self.run_model(SMALL, inputs, "--layers")
        self.assertEqual(out["hidden"].shape, (23, 312))
        self.assertEqual(out["pooled"].shape, (3, 312))
        self.assertEqual({f"hidden.{k}" for k in range(5)} - out.keys(), set())
        self.assertEqual(out["hidden"].tobytes(), out["hidden.4"].tobytes())
        self.assertTrue(all(numpy.isfinite(value).all() and value.std() > 0 for value in out.values()))

    def test_without_layers_there_are_none(self):
        inputs = self.write("in.safetensors", batch([3]))
        self.assertEqual(set(self.run_model(SMALL, inputs)), {"hidden", "pooled"})

    def test_outputs_of_other_names_need_no_layers(self):
        text = (SOURCE / "zoo" / "models" / "bert.yaml").read_text(encoding="utf-8")
        path = self.folder / "named.yaml"
        path.write_text(text.replace("model: bert\n", "model: named\n").replace("\noutputs:\n", "\noutputs:\n  words: embeddings\n"), encoding="utf-8")
        inputs = self.write("in.safetensors", batch([3], vocabulary=1280))
        plain = self.run_model(f"{path}:sample", inputs)
        self.assertEqual(set(plain), {"words", "hidden", "pooled"})
        whole = self.run_model(f"{path}:sample", inputs, "--layers")
        self.assertEqual(set(whole), {"words", "hidden", "hidden.0", "hidden.1", "hidden.2", "pooled"})
        self.assertEqual(plain["words"].tobytes(), whole["hidden.0"].tobytes())

    def test_heads_give_logits(self):
        inputs = self.write("in.safetensors", batch([5, 1, 17]))
        for task, shape in (("classify:15", (3, 15)), ("pair:2", (3, 2)), ("tag:21", (23, 21)), ("span", (23, 2))):
            with self.subTest(task=task):
                ref = self.run_model(SMALL, inputs, "--task", task, "--target", "ref")
                self.assertEqual(ref["logits"].shape, shape)
                self.assert_near(self.run_model(SMALL, inputs, "--task", task), ref, 1e-4)
        self.bad(2, "error: .*tog", "clew", "run", SMALL, "--task", "tog", "--inputs", inputs, "--outputs", "o.safetensors")

    def test_a_second_start_compiles_nothing_and_says_the_same(self):
        inputs = self.write("in.safetensors", batch([5, 1, 17]))
        first = self.run_model(SMALL, inputs)
        cache = self.folder / "home" / ".cache" / "clew" / "programs"
        self.assertEqual(cache.stat().st_mode & 0o777, 0o700)
        kept = {path.name: path.stat().st_mtime_ns for path in cache.iterdir()}
        self.assertEqual(len(kept), 1)
        self.assert_same(self.run_model(SMALL, inputs), first)
        self.assertEqual({path.name for path in cache.iterdir()}, kept.keys())

    def test_bilstm(self):
        inputs = self.write("in.safetensors", batch([5, 1, 17], segments=False))
        ref = self.run_model("bilstm", inputs, "--target", "ref")
        self.assertEqual(ref["hidden"].shape, (23, 572))
        self.assertEqual(ref["logits"].shape, (23, 21))
        self.assert_near(self.run_model("bilstm", inputs, "--target", "cpu"), ref, 1e-5)

    def test_the_targets_agree(self):
        inputs = self.write("in.safetensors", batch([2, 40, 1, 9, 16]))
        ref = self.run_model(SMALL, inputs, "--target", "ref", "--layers")
        cpu = self.run_model(SMALL, inputs, "--target", "cpu", "--layers")
        self.assert_near(cpu, ref, 1e-4)

    def test_lower_precisions_stay_close(self):
        inputs = self.write("in.safetensors", batch([20, 31]))
        exact = self.run_model(SMALL, inputs, "--target", "ref")["hidden"].ravel()
        for precision, least in (("bf16", 0.999), ("int8", 0.99)):
            for target in ("ref", "cpu"):
                with self.subTest(precision=precision, target=target):
                    out = self.run_model(SMALL, inputs, "--precision", precision, "--target", target)["hidden"].ravel()
                    cosine = out @ exact / numpy.sqrt((out @ out) * (exact @ exact))
                    self.assertGreaterEqual(float(cosine), least)
                    self.assertNotEqual(out.tobytes(), exact.tobytes())

    def test_seeds_decide_the_weights(self):
        inputs = self.write("in.safetensors", batch([4]))
        first = self.run_model(SMALL, inputs, "--seed", "1")
        self.assert_same(self.run_model(SMALL, inputs, "--seed", "1"), first)
        other = self.run_model(SMALL, inputs, "--seed", "2")
        self.assertNotEqual(other["hidden"].tobytes(), first["hidden"].tobytes())

    def test_saved_weights_give_the_same_numbers(self):
        inputs = self.write("in.safetensors", batch([4, 7]))
        first = self.run_model(SMALL, inputs, "--seed", "3", "--save-weights", "w.safetensors")
        saved = self.read("w.safetensors")
        self.assertIn("embeddings.word_embeddings.weight", saved)
        self.assertTrue(all(value.std() > 0 for value in saved.values()), "a constant tensor hides mistakes")
        self.assert_same(self.run_model(SMALL, inputs, "--weights", "w.safetensors"), first)

    def test_threads_and_neighbours_do_not_matter(self):
        tensors = batch([6, 30, 3])
        inputs = self.write("in.safetensors", tensors)
        first = self.run_model(SMALL, inputs, "--deterministic", "--threads", "1")
        self.assert_same(self.run_model(SMALL, inputs, "--deterministic", "--threads", "2"), first)
        begin, end = 6, 36
        alone = {"ids": tensors["ids"][begin:end], "segments": tensors["segments"][begin:end]}
        alone["offsets"] = numpy.array([0, 30], dtype="<i4")
        single = self.run_model(SMALL, self.write("one.safetensors", alone), "--deterministic")
        self.assertEqual(single["hidden"].tobytes(), first["hidden"][begin:end].tobytes())

    def test_inputs_may_be_i64(self):
        tensors = batch([6, 3])
        first = self.run_model(SMALL, self.write("in.safetensors", tensors))
        wide = {name: value.astype("<i8") for name, value in tensors.items()}
        self.assert_same(self.run_model(SMALL, self.write("wide.safetensors", wide)), first)

    def test_segments_may_be_left_out(self):
        tensors = batch([6, 3])
        tensors["segments"][:] = 0
        first = self.run_model(SMALL, self.write("in.safetensors", tensors))
        del tensors["segments"]
        self.assert_same(self.run_model(SMALL, self.write("less.safetensors", tensors)), first)

    def test_an_artifact_equals_the_model(self):
        inputs = self.write("in.safetensors", batch([6, 30, 3]))
        first = self.run_model(SMALL, inputs, "--save-weights", "w.safetensors", "--target", "cpu")
        self.good("clew", "compile", SMALL, "--emit", "program", "-o", "model.clew")
        again = self.run_model("model.clew", inputs, "--weights", "w.safetensors", program="clew-run")
        self.assert_same(again, first)

    def test_an_artifact_for_a_plainer_cpu_runs_here(self):
        inputs = self.write("in.safetensors", batch([6, 30, 3]))
        first = self.run_model(SMALL, inputs, "--save-weights", "w.safetensors", "--target", "ref")
        self.good("clew", "compile", SMALL, "--cpu", "x86-64-v3", "--emit", "program", "-o", "model.clew")
        again = self.run_model("model.clew", inputs, "--weights", "w.safetensors", program="clew-run")
        self.assert_near(again, first, 1e-4)


if __name__ == "__main__":
    unittest.main()
