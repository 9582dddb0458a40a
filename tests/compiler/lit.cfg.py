# lit runs each .mlir file here: its RUN lines, with clew-opt, FileCheck, not and split-file on the path.
import os

import lit.formats

config.name = "clew compiler"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir"]
config.test_source_root = os.path.dirname(__file__)
config.environment["PATH"] = os.pathsep.join([config.clew_bin, config.llvm_bin, config.environment.get("PATH", os.environ["PATH"])])
config.substitutions.append(("FileCheck", config.filecheck))
