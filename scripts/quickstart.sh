#!/usr/bin/env bash
# From a fresh checkout to numbers: installs, builds, and does the main job once on a built-in batch of five sentences'
# worth of ids. The weights are random (seed 1), so the numbers show that the machinery works and nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh
if [[ ! -f build/release/build.ninja ]]; then
  cmake --preset release
fi
cmake --build --preset release -j "${CLEW_JOBS:-$(nproc)}" --target clew
clew=build/release/bin/clew

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# A batch: five sequences of 6 to 48 tokens, packed one after the other; ids from a fixed generator.
python3 - "$folder/in.safetensors" <<'PY'
import json
import random
import struct
import sys

lengths = [12, 6, 48, 9, 25]
chance = random.Random(1)
ids, offsets = [], [0]
for length in lengths:
    ids += [101] + [chance.randrange(670, 7992) for _ in range(length - 2)] + [102]
    offsets.append(len(ids))
header, data = {}, b""
for name, values in (("ids", ids), ("offsets", offsets), ("segments", [0] * len(ids))):
    packed = struct.pack(f"<{len(values)}i", *values)
    header[name] = {"dtype": "I32", "shape": [len(values)], "data_offsets": [len(data), len(data) + len(packed)]}
    data += packed
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
with open(sys.argv[1], "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + data)
PY

run() {
  printf '\n$ clew %s\n' "$*" | sed "s|$folder/||g"
  "$clew" "$@"
}
run zoo
run check zoo/models zoo/heads
model=bert/tinybert-4l-312
for target in ref cpu; do
  run run "$model" --inputs "$folder/in.safetensors" --outputs "$folder/$target.safetensors" --seed 1 --target "$target"
done

printf '\nThe two backends, side by side (five sequences, 100 tokens):\n'
python3 - "$folder/ref.safetensors" "$folder/cpu.safetensors" <<'PY'
import json
import math
import struct
import sys


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    size = struct.unpack_from("<Q", data)[0]
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + size]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            tensors[name] = entry["shape"], struct.unpack_from(f"<{(end - begin) // 4}f", data, 8 + size + begin)
    return tensors


ref, cpu = read(sys.argv[1]), read(sys.argv[2])
print(f"{'output':10}{'shape':>12}{'root mean square':>20}{'largest difference':>22}")
for name, (shape, values) in ref.items():
    rms = math.sqrt(sum(v * v for v in values) / len(values))
    difference = max(abs(a - b) for a, b in zip(values, cpu[name][1]))
    print(f"{name:10}{'x'.join(map(str, shape)):>12}{rms:>20.6f}{difference:>22.2e}")
PY
printf '\nThe weights were random (seed 1): these numbers say that it runs, not that it understands.\n'
printf 'With real ones: clew run %s --weights FOLDER_OR_FILE --inputs ... --outputs ...\n' "$model"
