#!/usr/bin/env bash
# All tests: the release build's, then runtime and zoo under address and undefined-behaviour sanitizers, then the runtime
# under the thread sanitizer, then the linter on what changed. The last line counts everything; exit 0 if nothing failed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

passed=0 failed=0 skipped=0
jobs=${CLEW_JOBS:-$(nproc)}

say() { printf '\n== %s\n' "$*"; }

broke() {
  printf '%s FAILED\n' "$*"
  failed=$((failed + 1))
}

# Adds one ctest run's counts, read from its JUnit file, so that what ctest prints may change.
count() {
  local numbers
  if ! numbers=$(python3 - "$1" <<'PY'
import sys
import xml.etree.ElementTree as tree
suite = tree.parse(sys.argv[1]).getroot()
total, failures, skipped = (int(suite.get(key, 0)) for key in ("tests", "failures", "skipped"))
skipped += int(suite.get("disabled", 0))
print(total - failures - skipped, failures, skipped)
PY
  ); then
    broke "reading $1"
    return
  fi
  local p f s
  read -r p f s <<<"$numbers"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  if [[ $((p + f + s)) -eq 0 ]]; then
    broke "$1: no tests were found;"
  fi
}

# stage PRESET [ctest arguments...]: configure, build, test.
stage() {
  local preset=$1
  shift
  say "$preset: build"
  if ! cmake --preset "$preset" >"build/$preset.configure.log" 2>&1; then
    cat "build/$preset.configure.log"
    broke "configuring $preset"
    return
  fi
  if ! cmake --build --preset "$preset" -j "$jobs"; then
    broke "building $preset"
    return
  fi
  say "$preset: test"
  local report=$PWD/build/$preset.junit.xml
  rm -f "$report"
  ctest --preset "$preset" -j "$jobs" --timeout 600 --output-junit "$report" "$@"
  count "$report"
}

if ! scripts/setup.sh --tests; then
  echo "0 passed, 1 failed"
  exit 1
fi
mkdir -p build
say "ONNX's node tests, from PyPI"
if ! timeout 180 scripts/onnx_nodes.sh; then
  echo "they could not be had: the test onnx_nodes is skipped"
fi
stage release
stage asan
stage tsan

say "lint: what changed"
if scripts/lint.sh; then
  passed=$((passed + 1))
else
  broke "lint"
fi

printf '\n%d passed, %d failed' "$passed" "$failed"
if [[ $skipped -gt 0 ]]; then
  printf ', %d skipped' "$skipped"
fi
printf '\n'
[[ $failed -eq 0 ]]
