#!/usr/bin/env python3
# What the programs load while they run, told by the dynamic linker: one OpenMP library (two fight over threads), and no LLVM where an
# artifact runs.
import re
import unittest

from door import SMALL, Door, batch

OPENMP = re.compile(r"/lib(gomp|omp|iomp5)[^/]*$")
LLVM = re.compile(r"/lib(LLVM|MLIR)[^/]*$")


class Libraries(Door):
    def loaded(self, program, *arguments):
        """The files whose initialisers ran: linked ones, and those that were opened later."""
        self.environment["LD_DEBUG"] = "files"
        done = self.call(program, *arguments)
        del self.environment["LD_DEBUG"]
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        files = set(re.findall(r"calling init: (\S+)", done.stderr))
        self.assertTrue(any("libc.so" in name for name in files), "the linker said nothing")
        return files

    def test_one_openmp_library_and_no_llvm_beside_an_artifact(self):
        inputs = self.write("in.safetensors", batch([5, 1, 17]))
        files = self.loaded("clew", "run", SMALL, "--inputs", inputs, "--outputs", "a.safetensors", "--save-weights", "w.safetensors")
        self.assertEqual(len({name for name in files if OPENMP.search(name)}), 1, files)
        self.good("clew", "compile", SMALL, "--emit", "program", "-o", "a.clewprog")
        files = self.loaded("clew-run", "a.clewprog", "--weights", "w.safetensors", "--inputs", inputs, "--outputs", "b.safetensors")
        self.assertEqual(len({name for name in files if OPENMP.search(name)}), 1, files)
        self.assertEqual({name for name in files if LLVM.search(name)}, set())


if __name__ == "__main__":
    unittest.main()
