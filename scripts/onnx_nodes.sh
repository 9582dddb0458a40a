#!/usr/bin/env bash
# Writes ONNX's own node tests for the test `onnx_nodes` (tests/conformance/onnx), which is skipped without them. The package `onnx` is
# fetched from PyPI by its hash into an environment outside of the checkout's sources; what it needs itself comes along.
#
#   scripts/onnx_nodes.sh [FOLDER]     # by default build/release/onnx_nodes, where the release build looks
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=${1:-$root/build/release/onnx_nodes}
venv=${CLEW_ONNX_VENV:-$root/build/onnx_venv}
requirements=$(mktemp)
trap 'rm -f "$requirements"' EXIT
# The wheels for the interpreters of Debian 12 and 13.
cat >"$requirements" <<'END'
onnx==1.23.2 \
  --hash=sha256:c03ecf6b835d136108eeaeeafbd0026fc7b3cf98661409fbc6b63d5a29361348 \
  --hash=sha256:7abf381d278f31ac62487fddedc9dd42da842dce94d5d43536836ee3efdf4a2b
END
if [[ ! -x $venv/bin/python ]]; then
  python3 -m venv "$venv"
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement "$requirements"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check numpy protobuf typing_extensions ml_dtypes
"$venv/bin/python" -B "$root/scripts/onnx_nodes.py" "$folder"
