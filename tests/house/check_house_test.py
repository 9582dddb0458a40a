#!/usr/bin/env python3
# The house rules' own test: a small clean tree passes, and each rule fires on the one change that breaks it. A rule that
# never fires protects nothing.
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from check_house import RULES, findings  # noqa: E402
from tree import Tree  # noqa: E402

CLEAN = {
    "CMakeLists.txt": "add_subdirectory(runtime)\nadd_subdirectory(compiler)\nadd_subdirectory(zoo)\n",
    "runtime/CMakeLists.txt": "target_sources(x PRIVATE base/Arena.cpp)\n",
    "runtime/base/Arena.h": "// Memory.\n#pragma once\n",
    "runtime/base/Arena.cpp": '// Memory.\n#include "runtime/base/Arena.h"\n',
    "runtime/cpu/Gemm.h": "// Products.\n#pragma once\n",
    "zoo/CMakeLists.txt": "target_sources(x PRIVATE Zoo.cpp)\n",
    "zoo/Zoo.cpp": '// Models.\n#include "runtime/base/Arena.h"\n',
    "zoo/models/bert.yaml": "model: bert\n",
    "compiler/CMakeLists.txt": "target_sources(x PRIVATE passes/MergeLinear.cpp)\n",
    "compiler/passes/MergeLinear.cpp": "// Merges.\n#include <mlir/IR/Builders.h>\n",
    "compiler/passes/Passes.td": '// Passes.\ndef MergeLinearPass : Pass<"clew-merge-linear"> {}\n',
    "compiler/nn/NNOps.td": '// Ops.\ndef NN_LinearOp : NN_Op<"linear", [Pure]> {}\n',
    "tests/compiler/passes/merge_linear.mlir": "// RUN: true\n",
    "tests/compiler/nn/linear.mlir": "// RUN: true\n",
    "scripts/run.sh": "#!/bin/sh\n# Runs.\n",
}

# rule -> changes that must make it, and only it, speak.
BREAKS = {
    "direction": [
        {"zoo/Zoo.cpp": '// Models.\n#include "runtime/cpu/Gemm.h"\n'},
        {"runtime/cpu/Gemm.h": '// P.\n#pragma once\n#include "zoo/Z.h"\n', "zoo/Z.h": "// Z.\n#pragma once\n"},
    ],
    "from_the_root": [
        {"zoo/Zoo.cpp": '// Models.\n#include "Z.h"\n', "zoo/Z.h": "// Z.\n#pragma once\n"},
        {"zoo/Zoo.cpp": "// Models.\n#include <runtime/base/Arena.h>\n"},
        {"zoo/Zoo.cpp": '// Models.\n#include "zoo/Gone.h"\n'},
    ],
    "own_header_first": [{"runtime/base/Arena.cpp": '// M.\n#include <vector>\n#include "runtime/base/Arena.h"\n'}],
    "one_home": [
        {"runtime/base/Arena.h": "// Memory.\n#pragma once\n#include <llvm/ADT/SmallVector.h>\n"},
        {"runtime/base/Arena.h": "// Memory.\n#pragma once\n#include <oneapi/dnnl/dnnl.hpp>\n"},
        {"compiler/passes/MergeLinear.cpp": "// M.\n#include <mlir/ExecutionEngine/ExecutionEngine.h>\n"},
    ],
    "no_folder_cycles": [
        {"runtime/base/Arena.cpp": '// M.\n#include "runtime/base/Arena.h"\n#include "runtime/cpu/Gemm.h"\n',
         "runtime/cpu/Gemm.h": '// P.\n#pragma once\n#include "runtime/base/Arena.h"\n'},
        {"runtime/base/Arena.cpp": '// M.\n#include "runtime/base/Arena.h"\n#include "runtime/cpu/Gemm.h"\n',
         "runtime/cpu/Gemm.h": '// P.\n#pragma once\n#include "runtime/ref/Loops.h"\n',
         "runtime/ref/Loops.h": '// L.\n#pragma once\n#include "runtime/base/Arena.h"\n'},
    ],
    "one_type_a_name": [
        {"runtime/base/Arena.h": "// M.\n#pragma once\nnamespace clew {\nstruct Cold {};\n}\n",
         "runtime/cpu/Gemm.h": "// P.\n#pragma once\nnamespace clew {\nclass Cold final : public X { int y; };\n}\n"},
        {"runtime/base/Arena.h": "// M.\n#pragma once\nnamespace clew::ref {\nenum class Cold : int { A };\n}\n",
         "zoo/Zoo.cpp": "// Z.\nnamespace clew { namespace ref { struct Cold { int i; }; } }\n"},
    ],
    "switches_name_all": [
        {"zoo/Zoo.cpp": "// Z.\nint f(Kind k) {\n  switch (k) {\n  case Kind::A:\n    return 1;\n  default:\n    return 2;\n  }\n}\n"},
    ],
    "one_json_reader": [{"zoo/Zoo.cpp": "// Z.\nauto f(X x) { return nlohmann::json::parse(x); }\n"}],
    "size": [
        {"runtime/base/Arena.h": "// Memory.\n#pragma once\n" + "\n" * 499},
        {"zoo/models/bert.yaml": "a: b\n" * 161},
        {"compiler/nn/NNOps.td": "// Ops.\n" * 401},
    ],
    "docs_lines": [{"docs/page.md": "# Page\n\n" + "word " * 25 + "\n"}],
    "telling_names": [
        {"runtime/base/StringUtils.h": "// S.\n#pragma once\n"},
        {"runtime/common/X.h": "// S.\n#pragma once\n"},
        {"scripts/my_helpers.py": "# S.\n"},
    ],
    "words": [{"zoo/models/bert.yaml": "file: /wo" + "rk/x\n"}, {"scripts/run.sh": "#!/bin/sh\n# A suba" + "gent runs.\n"}],
    "purpose": [{"runtime/base/Arena.h": "#pragma once\n"}, {"scripts/run.sh": "#!/bin/sh\ntrue\n"}],
    "pragma_once": [{"runtime/base/Arena.h": "// Memory.\n"}],
    "no_using_std": [{"zoo/Zoo.cpp": "// Models.\nusing namespace std;\n"}],
    "no_throw": [{"zoo/Zoo.cpp": "// Models.\nvoid f() { throw 1; }\n"}],
    "one_printer": [{"zoo/Zoo.cpp": '// Models.\nvoid f() { std::puts("x"); }\n'}],
    "last_newline": [{"zoo/models/bert.yaml": "model: bert"}, {"zoo/models/bert.yaml": "model: bert\r\n"}],
    "no_orphans": [{"zoo/Lost.cpp": "// Lost.\n"}],
    "no_orphan_folders": [{"zoo/inner/CMakeLists.txt": "# nobody adds this\n"}],
    "passes_are_tested": [
        {"tests/compiler/passes/merge_linear.mlir": None},
        {"compiler/passes/Passes.td": '// P.\ndef MergePass : Pass<"clew-merge-linear"> {}\n'},
        {"compiler/passes/Passes.td": '// P.\ndef MergeLinearPass : Pass<"merge-linear"> {}\n'},
    ],
    "ops_are_tested": [
        {"tests/compiler/nn/linear.mlir": None},
        {"compiler/nn/NNOps.td": '// Ops.\ndef NN_GeluOp : NN_Elementwise<"gelu"> {}\n'},
    ],
}


def speak(files):
    """The names of the rules that find something in a tree of these files."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            if text is not None:
                file = Path(folder) / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(text.encode())
        return {rule for _, _, rule, _ in findings(Tree(folder))}


class HouseRules(unittest.TestCase):
    def test_a_clean_tree_is_clean(self):
        self.assertEqual(speak(CLEAN), set())

    def test_each_rule_is_tested(self):
        self.assertEqual({rule.__name__ for rule in RULES}, set(BREAKS))

    def test_each_rule_fires(self):
        for rule, cases in BREAKS.items():
            for number, change in enumerate(cases):
                with self.subTest(rule=rule, case=number):
                    self.assertEqual(speak(CLEAN | change), {rule})

    def test_words_that_only_look_vague_pass(self):
        self.assertEqual(speak(CLEAN | {"runtime/base/Utility2Model.h": "// S.\n#pragma once\n"}), {"telling_names"})
        self.assertEqual(speak(CLEAN | {"zoo/Zoo.cpp": "// Z.\nusing namespace std::chrono_literals;\n"}), set())
        self.assertEqual(speak(CLEAN | {"runtime/base/Futile.h": "// S.\n#pragma once\n"}), set())
        self.assertEqual(speak(CLEAN | {"runtime/base/Commonplace.h": "// S.\n#pragma once\n"}), set())


    def test_types_that_only_share_a_name_pass(self):
        for other in ("namespace {\nstruct Cold {};\n}\n", "namespace clew::ref {\nstruct Cold {};\n}\n",
                      "namespace clew {\nstruct Cold;\n}\n", "namespace clew {\nstruct X { struct Cold {}; };\n}\n"):
            self.assertEqual(speak(CLEAN | {"runtime/base/Arena.h": "// M.\n#pragma once\nnamespace clew {\nstruct Cold {};\n}\n",
                                            "zoo/Zoo.cpp": "// Z.\n" + other}), set(), other)

    def test_switches_over_numbers_may_have_a_default(self):
        self.assertEqual(speak(CLEAN | {"zoo/Zoo.cpp": "// Z.\nint f(int k) { switch (k) { case 1: return 1; default: return 2; } }\n"}), set())
        refuses = "// Z.\nint f(Kind k) {\n  switch (k) {\n  case Kind::A:\n    return 1;\n  default:\n    return fail(2);\n  }\n}\n"
        self.assertEqual(speak(CLEAN | {"zoo/Zoo.cpp": refuses}), set())


if __name__ == "__main__":
    unittest.main()
