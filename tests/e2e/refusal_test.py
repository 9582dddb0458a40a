#!/usr/bin/env python3
# Wrong commands, files and batches: the exit code and the message's form that the doors promise, and no output file.
import signal
import subprocess
import unittest

import numpy
from door import BIN, SMALL, Door, batch


class Usage(Door):
    def test_unknown_flags_commands_and_models_exit_with_2(self):
        inputs = self.write("in.safetensors", batch([3]))
        doors = ["--inputs", inputs, "--outputs", "o.safetensors"]
        self.bad(2, r"^error: unknown command 'rum', did you mean 'run'", "clew", "rum")
        self.bad(2, r"^error: .*--colour", "clew", "zoo", "--colour")
        self.bad(2, r"^error: .*--inputs is required", "clew", "run", SMALL)
        self.bad(2, r"error: .*bret.*did you mean", "clew", "run", "bret/base", *doors)
        self.bad(2, r"error: .*huge", "clew", "run", "bert/huge", *doors)
        self.bad(2, r"error: ", "clew", "run", "nowhere.yaml", *doors)
        self.bad(2, r"^error: .*--target", "clew", "run", SMALL, *doors, "--target", "abacus")
        self.bad(2, r"^error: .*--precision", "clew", "run", SMALL, *doors, "--precision", "f8")
        self.bad(2, r"^error: .*--emit", "clew", "compile", SMALL, "--emit", "poetry")
        self.bad(2, r"^error: .*--seed", "clew", "run", SMALL, *doors, "--seed", "many")
        self.bad(2, r"^error: unknown argument --colour", "clew", "run", SMALL, "--colour")
        self.bad(2, r"^error: unknown argument --colour", "clew-run", "--colour")

    def test_every_command_has_help_with_an_example(self):
        inner = [["zoo", "show"], ["data", "list"], ["data", "fetch"], ["data", "check"]]
        names = ["zoo", "check", "compile", "run", "predict", "score", "report", "bench", "verify", "data", "submit", "export", "serve", "drive"]
        for command in ([], *([name] for name in names), *inner):
            text = self.good("clew", *command, "--help")
            self.assertIn("Example", text, command)
        self.assertIn("Example", self.good("clew-run", "--help"))

    def test_absent_devices_are_unavailable(self):
        inputs = self.write("in.safetensors", batch([3]))
        doors = ["--inputs", inputs, "--outputs", "o.safetensors"]
        self.bad(1, r"Unavailable: ", "clew", "run", SMALL, *doors, "--target", "cuda")

    def test_kernels_of_devices_need_none_to_be_compiled(self):
        text = self.good("clew", "compile", SMALL, "--emit", "ptx")
        self.assertIn(".target sm_80", text)
        self.assertNotIn(".extern .func", text)
        self.bad(1, r"expected a chip from sm_80 on", "clew", "compile", SMALL, "--target", "cuda", "--cpu", "sm_75")


class Interrupts(Door):
    def test_ctrl_c_exits_with_130_and_leaves_no_output(self):
        inputs = self.write("in.safetensors", batch([500] * 20))
        command = [BIN / "clew", "run", "bert/large", "--inputs", inputs, "--outputs", "o.safetensors", "--target", "ref"]
        with subprocess.Popen(command, cwd=self.folder, env=self.environment, stderr=subprocess.PIPE) as process:
            self.assertIn(b"random", process.stderr.readline())
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(timeout=60), 130)
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["home", "in.safetensors"])


class Batches(Door):
    def refuse(self, message, change, model=SMALL):
        tensors = batch([5, 4])
        change(tensors)
        inputs = self.write("in.safetensors", tensors)
        message = "^in.safetensors: " + message
        self.bad(1, message, "clew", "run", model, "--inputs", inputs, "--outputs", "o.safetensors", "--target", "ref")
        self.assertFalse((self.folder / "o.safetensors").exists())

    def set(self, name, at, value):
        def change(tensors):
            tensors[name][at] = value

        return change

    def test_offsets(self):
        self.refuse(r"error: ", self.set("offsets", 0, 1))
        self.refuse(r"error: ", self.set("offsets", 2, 8))
        self.refuse(r"error: ", self.set("offsets", 1, 12))
        self.refuse(r"error: .*empty", self.set("offsets", 1, 9))
        self.refuse(r"error: ", self.set("offsets", 1, -1))
        self.refuse(r"error: .*offsets", lambda tensors: tensors.pop("offsets"))

    def test_ids_and_segments(self):
        self.refuse(r"error: .*21128", self.set("ids", 3, 21128))
        self.refuse(r"error: .*-1", self.set("ids", 3, -1))
        self.refuse(r"error: ", self.set("segments", 3, 2))
        self.refuse(r"error: .*ids", lambda tensors: tensors.pop("ids"))
        self.refuse(r"error: ", lambda tensors: tensors.update(segments=tensors["segments"][:-1]))
        self.refuse(r"error: ", lambda tensors: tensors.update(ids=tensors["ids"].astype("<f4")))
        self.refuse(r"error: ", lambda tensors: tensors.update(ids=tensors["ids"].reshape(3, 3)))
        self.refuse(r"error: ", lambda tensors: tensors.update(ids=tensors["ids"].astype("<i8") + (1 << 40)))
        self.refuse(r"error: .*extra", lambda tensors: tensors.update(extra=tensors["ids"]))

    def test_a_row_too_long(self):
        self.refuse(r"error: .*512", lambda tensors: tensors.update(batch([513])))

    def test_files(self):
        doors = ["--outputs", "o.safetensors"]
        self.bad(1, r"none.safetensors.*error: |error: .*none.safetensors", "clew", "run", SMALL, "--inputs", "none.safetensors", *doors)
        (self.folder / "short.safetensors").write_bytes(b"\x10\0\0\0\0\0\0\0{}")
        self.bad(1, r"short.safetensors: error: ", "clew", "run", SMALL, "--inputs", "short.safetensors", *doors)
        inputs = self.write("in.safetensors", batch([3]))
        self.bad(1, r"error: ", "clew", "run", SMALL, "--inputs", inputs, "--outputs", "no/such/folder/o.safetensors")


class WeightFiles(Door):
    def test_all_wrong_tensors_are_listed(self):
        inputs = self.write("in.safetensors", batch([3]))
        self.run_model("bert/rbt4-h312", inputs, "--save-weights", "w.safetensors")
        weights = dict(self.read("w.safetensors"))
        weights.pop("pooler.dense.bias")
        weights["encoder.layer.0.output.dense.bias"] = numpy.zeros(7, dtype="<f4")
        weights["surprise"] = numpy.zeros(1, dtype="<f4")
        self.write("w.safetensors", weights)
        said = self.bad(
            1, r"w.safetensors: error: ", "clew", "run", "bert/rbt4-h312",
            "--weights", "w.safetensors", "--inputs", inputs, "--outputs", "o.safetensors",
        )  # fmt: skip
        for name in ("pooler.dense.bias", "encoder.layer.0.output.dense.bias", "surprise"):
            self.assertIn(name, said)


class Artifacts(Door):
    def test_a_broken_artifact_is_refused(self):
        self.good("clew", "compile", SMALL, "--emit", "program", "-o", "model.clew", "--target", "ref")
        data = bytearray((self.folder / "model.clew").read_bytes())
        data[len(data) // 2] ^= 0xFF
        (self.folder / "model.clew").write_bytes(data)
        inputs = self.write("in.safetensors", batch([3]))
        doors = ["--weights", inputs, "--inputs", inputs, "--outputs", "o.safetensors"]
        self.bad(1, r"error: ", "clew-run", "model.clew", *doors)
        self.bad(1, r"error: ", "clew-run", "absent.clew", *doors)


if __name__ == "__main__":
    unittest.main()
