#!/usr/bin/env python3
# Makes the files of this folder with PaddlePaddle itself (3.3.1, whose older form of programs is asked for): a linear map and a batch
# normalization, all parameters in one file, running numbers from 0 over the names in their order.
#
#   tests/runtime/weights/paddle/make_paddle_files.py
import os
from pathlib import Path

os.environ["FLAGS_enable_pir_api"] = "0"

import numpy
import paddle
from paddle.base.proto import framework_pb2

HERE = Path(__file__).resolve().parent


def forget_places(path):
    """Takes the names of source files, which say where this ran, out of a program."""
    program = framework_pb2.ProgramDesc.FromString(path.read_bytes())
    for block in program.blocks:
        for op in block.ops:
            kept = [attribute for attribute in op.attrs if attribute.name != "op_callstack"]
            del op.attrs[:]
            op.attrs.extend(kept)
    path.write_bytes(program.SerializeToString())


def main():
    paddle.enable_static()
    program, startup = paddle.static.Program(), paddle.static.Program()
    with paddle.static.program_guard(program, startup):
        x = paddle.static.data("x", [-1, 4], "float32")
        y = paddle.static.nn.fc(x, 3, weight_attr=paddle.ParamAttr(name="zeta.w"), bias_attr=paddle.ParamAttr(name="alpha.b"))
        z = paddle.static.nn.batch_norm(y, is_test=True)
    executor = paddle.static.Executor(paddle.CPUPlace())
    executor.run(startup)
    count = 0
    for variable in sorted((v for v in program.list_vars() if v.persistable), key=lambda v: v.name):
        size = int(numpy.prod(variable.shape))
        values = numpy.arange(count, count + size, dtype="float32").reshape(variable.shape)
        paddle.static.global_scope().find_var(variable.name).get_tensor().set(values, paddle.CPUPlace())
        print(variable.name, variable.shape, count)
        count += size
    paddle.static.save_inference_model(str(HERE / "inference"), [x], [z], executor, program=program)
    forget_places(HERE / "inference.pdmodel")


if __name__ == "__main__":
    main()
