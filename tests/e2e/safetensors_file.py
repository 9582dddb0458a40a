# Reads and writes safetensors files with numpy alone: an independent second reading of the format, so that a mistake in ours
# cannot hide in its own mirror.
import json
import struct

import numpy

TYPES = {"F32": "<f4", "F64": "<f8", "F16": "<f2", "I32": "<i4", "I64": "<i8", "U8": "|u1", "BOOL": "|b1"}


def write(path, tensors, metadata=None):
    """tensors: name -> array of one of TYPES."""
    names = {numpy.dtype(code): name for name, code in TYPES.items()}
    header, parts, at = {}, [], 0
    if metadata:
        header["__metadata__"] = metadata
    for name, array in tensors.items():
        shape = list(numpy.shape(array))  # a contiguous copy of one number has an axis
        array = numpy.ascontiguousarray(array)
        header[name] = {
            "dtype": names[array.dtype],
            "shape": shape,
            "data_offsets": [at, at + array.nbytes],
        }
        at += array.nbytes
        parts.append(array.tobytes())
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))


def read(path):
    """name -> array, and the metadata."""
    with open(path, "rb") as file:
        data = file.read()
    size = struct.unpack_from("<Q", data)[0]
    header = json.loads(data[8 : 8 + size])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        raw = data[8 + size + begin : 8 + size + end]
        tensors[name] = numpy.frombuffer(raw, dtype=TYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors, metadata
