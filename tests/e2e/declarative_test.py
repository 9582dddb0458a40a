#!/usr/bin/env python3
# Models are data: a YAML in an empty folder is checked, shown, compiled and run without a rebuild, and what is wrong with
# one is said with its place.
import json
import re
import unittest

from door import BIN, SMALL, SOURCE, Door, batch

BERT = SOURCE / "zoo" / "models" / "bert.yaml"


class OneFile(Door):
    def copy(self, name="mine.yaml", change=lambda text: text):
        (self.folder / name).write_text(change(BERT.read_text()))
        return name

    def test_a_copied_yaml_needs_no_rebuild(self):
        path = self.copy(change=lambda text: text.replace("\nmodel: bert\n", "\nmodel: mine\n", 1))
        self.assertIn("mine", (self.folder / path).read_text().split("model:")[1].split("\n")[0])
        self.good("clew", "check", path)
        self.assertIn("linear", self.good("clew", "zoo", "show", f"{path}:tinybert-4l-312"))
        self.assertIn("nn.linear", self.good("clew", "compile", f"{path}:tinybert-4l-312", "--emit", "nn"))
        inputs = self.write("in.safetensors", batch([4, 9]))
        mine = self.run_model(f"{path}:tinybert-4l-312", inputs)
        self.assert_same(mine, self.run_model(SMALL, inputs))

    def test_a_folder_given_by_zoo_is_found_by_name(self):
        (self.folder / "extra" / "models").mkdir(parents=True)
        self.copy("extra/models/mine.yaml", lambda text: text.replace("\nmodel: bert\n", "\nmodel: mine\n", 1))
        self.assertIn("mine/base", self.good("clew", "zoo", "--zoo", "extra"))
        inputs = self.write("in.safetensors", batch([4, 9]))
        self.assertIn("hidden", self.run_model("mine/rbt4-h312", inputs, "--zoo", "extra"))

    def test_a_new_size_is_one_key(self):
        path = self.copy(change=lambda text: re.sub(r"\nsizes:\n", "\nsizes:\n  tiny: {layers: 1, hidden: 24, heads: 2, ffn: 40}\n", text))
        inputs = self.write("in.safetensors", batch([4, 9]))
        ref = self.run_model(f"{path}:tiny", inputs, "--target", "ref")
        self.assertEqual(ref["hidden"].shape, (13, 24))
        self.assert_near(self.run_model(f"{path}:tiny", inputs, "--target", "cpu"), ref, 1e-4)

    def test_all_that_is_wrong_is_said_with_its_place(self):
        def spoil(text):
            return text.replace("op: attention", "op: selfattention", 1) + "colour: red\n"

        path = self.copy(change=spoil)
        lines = (self.folder / path).read_text().splitlines()
        where = next(number for number, line in enumerate(lines, 1) if "selfattention" in line)
        said = self.call("clew", "check", path)
        self.assertEqual(said.returncode, 1)
        self.assertRegex(said.stderr, rf"(?m)^mine.yaml:{where}:\d+: error: .*'selfattention'.*did you mean 'attention'")
        self.assertRegex(said.stderr, rf"(?m)^mine.yaml:{len(lines)}:1: error: .*colour")
        self.bad(1, rf"mine.yaml:{where}:\d+: error: ", "clew", "compile", f"{path}:base", "--emit", "nn")

    def test_check_takes_folders_and_refuses_the_absent(self):
        self.good("clew", "check", SOURCE / "zoo" / "models", SOURCE / "zoo" / "heads")
        self.bad(1, r"absent.*error|error: .*absent", "clew", "check", "absent.yaml")
        (self.folder / "empty").mkdir()
        self.bad(1, r"error: ", "clew", "check", "empty")


class Listing(Door):
    def test_the_zoo_lists_parameters_as_published(self):
        rows = {row["model"]: row for row in json.loads(self.good("clew", "zoo", "--json"))}
        self.assertEqual(rows["bert/base"]["parameters"], 102267648)
        self.assertEqual(rows["bilstm/base"]["parameters"], 9663457)
        self.assertTrue(rows["bert/base"]["source"].startswith("arXiv:"))
        self.assertGreater(rows["bert/base"]["flops"], 2 * 85e6 * 128)
        table = self.good("clew", "zoo")
        for name in rows:
            self.assertIn(name, table)

    def test_show_has_json(self):
        shown = json.loads(self.good("clew", "zoo", "show", SMALL, "--json"))
        self.assertEqual(shown["model"], SMALL)
        self.assertEqual(sum(node["parameters"] for node in shown["nodes"]), shown["parameters"])

    def test_version(self):
        version = json.loads(self.good("clew", "--version", "--json"))
        self.assertRegex(version["commit"], r"^([0-9a-f]{40}|unknown)$")
        self.assertIn("LLVM", version["libraries"])
        self.assertIn("oneDNN", version["libraries"])
        self.assertIn("sse2", version["cpu"]["features"])
        self.assertIn("clew", self.good("clew", "--version"))


class Stages(Door):
    def test_every_stage_prints(self):
        for stage, sign in (("nn", "nn.linear"), ("fused", "nn."), ("kernel", "kernel."), ("llvm", "llvm."), ("asm", ".globl"), ("program", "gemm")):
            with self.subTest(stage=stage):
                self.assertIn(sign, self.good("clew", "compile", "bert/rbt3", "--emit", stage).lower())

    def test_o_writes_what_would_be_printed(self):
        text = self.good("clew", "compile", SMALL, "--emit", "nn")
        self.assertEqual(self.good("clew", "compile", SMALL, "--emit", "nn", "-o", "nn.mlir"), "")
        self.assertEqual((self.folder / "nn.mlir").read_text(), text)

    def test_the_runner_links_no_llvm(self):
        libraries = self.good("/usr/bin/ldd", BIN / "clew-run")
        self.assertNotRegex(libraries, r"LLVM|MLIR|yaml")


if __name__ == "__main__":
    unittest.main()
