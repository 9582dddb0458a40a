#!/usr/bin/env bash
# Runs the harnesses of tests/fuzz under libFuzzer, the address and the undefined-behaviour sanitizer, two at a time, and prints a table of runs and
# findings; exit 1 if there is one. Corpora grow in build/fuzz/corpus, what was found lies in build/fuzz/found.
#
#   scripts/fuzz.sh [SECONDS [HARNESS...]]     each for SECONDS (60); all harnesses if none is named
#
# CLEW_JOBS sets how many run at once. The limits of memory are part of what is checked: -malloc_limit_mb ends a run that asks for more at once.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
shift || true
bin=build/fuzz/bin/tests
mkdir -p build/fuzz/found build/fuzz/logs
if ! cmake --preset fuzz >build/fuzz/logs/configure; then
  cat build/fuzz/logs/configure
  exit 1
fi
cmake --build --preset fuzz -j "$(nproc)"

mapfile -t known < <("$bin/fuzz_corpus")
harnesses=("$@")
if [[ ${#harnesses[@]} -eq 0 ]]; then
  harnesses=("${known[@]}")
fi
for name in "${harnesses[@]}"; do
  if [[ ! -x $bin/fuzz_$name ]]; then
    echo "fuzz: no harness '$name'; there are: ${known[*]}" >&2
    exit 2
  fi
done

# one NAME: seeds, then the fuzzer; its log is read below.
one() {
  local name=$1 corpus=build/fuzz/corpus/$1
  "$bin/fuzz_corpus" "$name" --write "$corpus" 2>/dev/null
  UBSAN_OPTIONS=print_stacktrace=1 "$bin/fuzz_$name" -max_total_time="$seconds" -rss_limit_mb=1536 -malloc_limit_mb=128 \
    -timeout=60 -print_final_stats=1 -artifact_prefix="build/fuzz/found/$name-" "$corpus" >"build/fuzz/logs/$name" 2>&1 ||
    echo "FAILED" >>"build/fuzz/logs/$name"
}
export -f one
export bin seconds
printf '%s\n' "${harnesses[@]}" | xargs -P "${CLEW_JOBS:-2}" -I {} bash -c 'one "$1"' one {}

found=0
printf '%-12s %12s %8s %8s  %s\n' harness runs edges peak_mb finding
for name in "${harnesses[@]}"; do
  log=build/fuzz/logs/$name
  number() { grep -a "^stat::$1:" "$log" | tail -1 | awk '{print $2}'; }
  edges=$(grep -ao 'cov: [0-9]*' "$log" | tail -1 | awk '{print $2}')
  finding=none
  if tail -1 "$log" | grep -aq FAILED; then
    finding=$(grep -am1 -e '^FOUND' -e '^SUMMARY' -e 'runtime error' -e 'ERROR' "$log" || echo "see $log")
    found=1
  fi
  printf '%-12s %12s %8s %8s  %s\n' "$name" "$(number number_of_executed_units)" "$edges" "$(number peak_rss_mb)" "$finding"
done
exit $found
