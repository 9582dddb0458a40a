#!/usr/bin/env bash
# From a fresh checkout to a report: installs, builds, and does the main job once, on Chinese text that is part of the checkout or on
# the data sets that are there. The models' weights are random, so the numbers show that the machinery works and nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh
if [[ ! -f build/release/build.ninja ]]; then
  cmake --preset release
fi
cmake --build --preset release -j "${CLEW_JOBS:-$(nproc)}" --target clew

# Data: what $CLEW_DATA says, else a folder `shared/data` beside the checkout, else the samples of suites/samples.
if [[ -z ${CLEW_DATA:-} && -d ../shared/data ]]; then
  CLEW_DATA=$(cd ../shared/data && pwd)
fi
if [[ -n ${CLEW_DATA:-} ]]; then
  export CLEW_DATA
  printf '\nData sets: %s; samples of this checkout where a set is missing there.\n' "$CLEW_DATA"
else
  printf '\nNo data folder ($CLEW_DATA): the samples of this checkout serve (docs/samples.md).\n'
fi

run() {
  printf '\n$ clew %s\n' "$*"
  build/release/bin/clew "$@"
}
out=build/quickstart
run data list
run bench smoke --random-weights --out "$out"
run report "$out/records.jsonl"
run report "$out/records.jsonl" --format html --out "$out/report.html"

cat <<END

Done. The weights were random: scores are those of guessing, and only say that text went in, answers came out and both were
judged. Times and memory are real, for these small models on this machine, in the short 'smoke' tier.

  report for a browser   $PWD/$out/report.html
  records, predictions   $PWD/$out/

Running this again measures nothing twice: delete $out to start over. Next:

  clew zoo                                              models that are there
  clew data fetch cluener                               a public data set
  clew predict bert/base --weights DIR --task tnews --text "..."    with weights of your own
  clew bench cluener --weights DIR --out results-here    score and time them
  docs/measuring.md, docs/tasks.md                      what is measured and how; tasks of your own

(clew is build/release/bin/clew)
END
