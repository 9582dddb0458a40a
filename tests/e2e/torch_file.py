# Writes PyTorch's checkpoints without PyTorch: Python's own pickle writes the names that it would use, of modules that stand in.
# That the real ones are read is tests/runtime/weights's; here they need only be like them.
import collections
import io
import pickle
import struct
import sys
import types
import zipfile

import numpy

MAGIC, VERSION = 0x1950A86A20F9469CFC6C, 1001


class Storage:
    def __init__(self, key, array):
        self.key, self.array = key, array


def stand_in(name, *functions):
    """A module of this name whose functions can be pickled by name."""
    module = types.ModuleType(name)
    for function in functions:
        made = types.FunctionType((lambda *arguments: None).__code__, {}, function)
        made.__module__, made.__qualname__ = name, function
        setattr(module, function, made)
    return module


MODULES = {"torch": stand_in("torch", "FloatStorage"), "torch._utils": stand_in("torch._utils", "_rebuild_tensor_v2")}


class Tensor:
    def __init__(self, storage):
        self.storage = storage

    def __reduce__(self):
        shape = self.storage.array.shape
        strides = tuple(int(numpy.prod(shape[i + 1 :])) for i in range(len(shape)))
        arguments = (self.storage, 0, tuple(shape), strides, False, collections.OrderedDict())
        return MODULES["torch._utils"]._rebuild_tensor_v2, arguments


class Pickler(pickle.Pickler):
    legacy = False

    def persistent_id(self, value):
        if not isinstance(value, Storage):
            return None
        view = (None,) if self.legacy else ()
        return ("storage", MODULES["torch"].FloatStorage, value.key, "cpu", value.array.size, *view)


def pickled(value, legacy):
    kept = {name: sys.modules.get(name) for name in MODULES}
    sys.modules.update(MODULES)
    try:
        stream = io.BytesIO()
        pickler = Pickler(stream, 2)
        pickler.legacy = legacy
        pickler.dump(value)
        return stream.getvalue()
    finally:
        for name, module in kept.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


def write(path, tensors, wrap=lambda state: state, legacy=False):
    """`tensors`, name -> f32 array, as torch.save(wrap(state_dict)) writes them; `legacy`: as it did before 1.6."""
    storages = {name: Storage(str(number), numpy.ascontiguousarray(array, "<f4")) for number, (name, array) in enumerate(tensors.items())}
    state = wrap(collections.OrderedDict((name, Tensor(storage)) for name, storage in storages.items()))
    if legacy:
        keys = [storage.key for storage in storages.values()]
        with open(path, "wb") as file:
            for part in (MAGIC, VERSION, {"little_endian": True}, state, keys):
                file.write(pickled(part, True))
            for storage in storages.values():
                file.write(struct.pack("<q", storage.array.size) + storage.array.tobytes())
        return
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickled(state, False))
        archive.writestr("archive/byteorder", "little")
        for storage in storages.values():
            archive.writestr(f"archive/data/{storage.key}", storage.array.tobytes())
