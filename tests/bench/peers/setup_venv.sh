#!/bin/sh
# Makes the Python environment of the peers (ONNX Runtime, tokenizers), outside of the source tree, so that nothing of it is ever part of
# Clew:
#
#   tests/bench/peers/setup_venv.sh [FOLDER]        (build/peers by default)
set -eu
root=$(cd "$(dirname "$0")/../../.." && pwd)
folder=${1:-$root/build/peers}
if [ ! -x "$folder/bin/python" ]; then
  python3 -m venv "$folder"
fi
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check onnxruntime onnx numpy tokenizers
"$folder/bin/python" -c 'import onnxruntime, onnx, numpy
print("onnxruntime", onnxruntime.__version__, "onnx", onnx.__version__, "numpy", numpy.__version__)'
echo "run with: $folder/bin/python"
