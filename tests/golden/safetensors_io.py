# Reads and writes safetensors files with numpy alone: the door between Clew and the scripts that check it. Kept apart from
# Clew's own reader on purpose, so that a mistake in one does not hide in the other.
import json
import struct

import numpy

_NUMPY_TYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "i1",
    "U8": "u1",
    "BOOL": "?",
}
_STORED_TYPES = {numpy.dtype(name): stored for stored, name in _NUMPY_TYPES.items()}


def read_header(path):
    """The header as a dict, and the offset of the first byte of data."""
    with open(path, "rb") as file:
        prefix = file.read(8)
        if len(prefix) != 8:
            raise ValueError(f"{path}: expected 8 bytes of header length, found {len(prefix)}")
        (length,) = struct.unpack("<Q", prefix)
        text = file.read(length)
    if len(text) != length:
        raise ValueError(f"{path}: expected a header of {length} bytes, found {len(text)}")
    return json.loads(text.decode("utf-8")), 8 + length


def read(path):
    """All tensors of a file by name, in the order of the file. BF16 comes as F32. Arrays are views of a private mapping."""
    header, start = read_header(path)
    data = numpy.memmap(path, dtype=numpy.uint8, mode="c")
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        raw = data[start + begin : start + end]
        if entry["dtype"] == "BF16":
            values = (raw.view("<u2").astype(numpy.uint32) << 16).view(numpy.float32)
        else:
            values = numpy.frombuffer(raw, dtype=_NUMPY_TYPES[entry["dtype"]])
        tensors[name] = values.reshape(entry["shape"])
    return tensors


def read_metadata(path):
    return read_header(path)[0].get("__metadata__", {})


def write(path, tensors, metadata=None):
    """Writes tensors (name -> array) in the order given; data begins on a multiple of 64 bytes."""
    header = {}
    if metadata:
        header["__metadata__"] = metadata
    arrays = []
    offset = 0
    for name, values in tensors.items():
        array = numpy.ascontiguousarray(values).reshape(numpy.shape(values))
        stored = _STORED_TYPES.get(array.dtype)
        if stored is None:
            raise ValueError(f"{name}: safetensors has no type for {array.dtype}")
        header[name] = {
            "dtype": stored,
            "shape": list(array.shape),
            "data_offsets": [offset, offset + array.nbytes],
        }
        arrays.append(array)
        offset += array.nbytes
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    text += b" " * (-(len(text) + 8) % 64)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for array in arrays:
            file.write(array.tobytes())
