#!/usr/bin/env bash
# Formats our C++ in place (`--check`: only says what would change, exit 1). Without arguments: every file that git knows
# or would add; else the files named.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=(-i)
if [[ ${1:-} == --check ]]; then
  mode=(--dry-run -Werror)
  shift
fi
if [[ $# -gt 0 ]]; then
  files=("$@")
else
  mapfile -t files < <(git ls-files --cached --others --exclude-standard -- '*.h' '*.cpp')
fi
if [[ ${#files[@]} -eq 0 ]]; then
  exit 0
fi
printf '%s\0' "${files[@]}" | xargs -0 -n 20 -P "${CLEW_JOBS:-$(nproc)}" clang-format-22 "${mode[@]}"
