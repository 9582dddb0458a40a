#!/usr/bin/env python3
# Writes small checkpoints with PyTorch itself (*.pt), and beside each what PyTorch reads from it (*.safetensors): the goldens of
# TorchFileTest. Needs torch and safetensors from PyPI; the files were made with torch 2.15.0 and safetensors 0.8.0.
#
#   tests/runtime/weights/torch/make_torch_files.py
import collections
import zipfile
from pathlib import Path

import torch
from safetensors.torch import save_file

HERE = Path(__file__).resolve().parent


def numbers(*shape, dtype=torch.float32, start=0):
    count = int(torch.tensor(shape).prod()) if shape else 1
    return ((torch.arange(count) + start) % 100 - 20).to(dtype).reshape(shape)


def state_dict():
    """An OrderedDict with _metadata, as modules give it."""
    module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    state = module.state_dict()
    for index, tensor in enumerate(state.values()):
        tensor.copy_(numbers(*tensor.shape, dtype=tensor.dtype, start=7 * index))
    return state


def types():
    names = "float64 float32 float16 bfloat16 int64 int32 int16 int8 bool"
    tensors = {name: numbers(2, 3, dtype=getattr(torch, name)) for name in names.split()}
    tensors["uint8"] = numbers(5, dtype=torch.uint8, start=20)
    tensors["scalar"] = torch.tensor(2.5)
    tensors["empty"] = torch.zeros(0, 3)
    return tensors


def new_types():
    """Types that PyTorch keeps in untyped storages."""
    names = "uint16 uint32 uint64 float8_e4m3fn float8_e5m2"
    return {name: numbers(4, start=20).to(getattr(torch, name)) for name in names.split()}


def strides():
    """Views of one storage, and all that is not dense and row-major."""
    base = numbers(4, 6)
    cube = numbers(2, 3, 4, start=5)
    parameter = torch.nn.Parameter(numbers(3))
    parameter.note = "an attribute"
    return collections.OrderedDict(
        base=base,
        tied=base,
        transposed=base.t(),
        column=base[:, 2],
        rows=base[1:3],
        block=base[1:3, 2:5],
        every_second=base[::2, ::3],
        expanded=numbers(3, 1).expand(3, 4),
        permuted=cube.permute(2, 0, 1),
        one=base[2:3].t()[1:2],
        parameter=torch.nn.Parameter(numbers(2, 2)),
        noted=parameter,
    )


def training(key="state_dict"):
    """What a training run keeps: the weights are one entry of several."""
    module = torch.nn.Linear(2, 2)
    optimizer = torch.optim.Adam(module.parameters(), lr=0.25)
    module(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    state = {name: numbers(*tensor.shape) for name, tensor in module.state_dict().items()}
    return {"epoch": 3, "loss": torch.tensor(0.5), key: state, "optimizer": optimizer.state_dict(), "big": 1 << 80}


def rewrite(source, target, method=zipfile.ZIP_STORED, swap=0):
    """The same checkpoint as another machine (elements of `swap` bytes turned round) or program would write it."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", method) as new:
        for member in old.infolist():
            data = old.read(member)
            if swap and "/data/" in member.filename:
                data = b"".join(data[i : i + swap][::-1] for i in range(0, len(data), swap))
            if swap and member.filename.endswith("/byteorder"):
                data = b"big"
            info = zipfile.ZipInfo(member.filename, (2000, 1, 1, 0, 0, 0))
            info.compress_type = method
            new.writestr(info, data)


def expect(path, key=None):
    """What PyTorch reads from its own file (which is why it may execute it)."""
    loaded = torch.load(path, weights_only=False)
    target = path.with_suffix(".safetensors")
    tensors = loaded if key is None else loaded[key]
    save_file({name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}, target)
    target.chmod(0o644)


def main():
    plain = {"state_dict": state_dict(), "types": types(), "new_types": new_types(), "strides": strides()}
    for name, tensors in plain.items():
        path = HERE / f"{name}.pt"
        torch.save(tensors, path)
        expect(path)
    for protocol in (3, 4, 5):
        path = HERE / f"protocol{protocol}.pt"
        torch.save(state_dict(), path, pickle_protocol=protocol)
        expect(path)
    for name, key in (("training", "state_dict"), ("training_model", "model")):
        path = HERE / f"{name}.pt"
        torch.save(training(key), path)
        expect(path, key)
    # Storages' keys in the older format are addresses: these files differ from run to run.
    del plain["new_types"]  # PyTorch cannot read what it writes there
    for name, tensors in (plain | {"training": training()}).items():
        path = HERE / f"legacy_{name}.pt"
        torch.save(tensors, path, _use_new_zipfile_serialization=False)
        expect(path, "state_dict" if name == "training" else None)
    rewrite(HERE / "strides.pt", HERE / "big_endian.pt", swap=4)
    expect(HERE / "big_endian.pt")
    rewrite(HERE / "strides.pt", HERE / "deflated.pt", zipfile.ZIP_DEFLATED)
    expect(HERE / "deflated.pt")


if __name__ == "__main__":
    main()
