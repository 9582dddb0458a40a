#!/usr/bin/env bash
# From a fresh checkout to a report: installs, builds, and does the main job once, on Chinese text that is part of the checkout or on
# the data sets that are there. Two small models are trained on the spot, in seconds, so that there are scores that were learnt; the other
# weights are random, and their numbers show that the machinery works and nothing else.
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
# Weights are looked for under MODEL/TASK. On the samples, whatever data is there: these models have their vocabulary. The numbers are what
# always the same answer has on dev: one of five topics, each a fifth of the rows; no entity at all. The board takes the weights where it
# takes the samples.
learnt=''
for line in 'bert/sample sample-classify accuracy 20' 'bilstm/sample sample-tag entity_f1 0'; do
  read -r model task metric majority <<<"$line"
  run train "$task" --out "$out/trained/$task"
  mkdir -p "$out/weights/$model/$task"
  cp "$out/trained/$task/best.safetensors" "$out/weights/$model/$task/model.safetensors"
  score=$(sed -n "/\"$metric\"/,/}/s/.*\"value\": *\([0-9.]*\).*/\1/p" "$out/trained/$task/run.json" | head -1)
  if ! awk "BEGIN { exit !($score > $majority) }"; then
    echo "quickstart: $model has $metric $score on $task, which always the same answer has, too ($majority)" >&2
    exit 1
  fi
  learnt+=$(printf '  %-16s %-13s %-9s %6.2f   always the same answer %6.2f' "$task" "$model" "$metric" "$score" "$majority")$'\n'
done
run bench smoke --random-weights --weights "$out/weights" --out "$out"
run report "$out/records.jsonl"
run report "$out/records.jsonl" --format html --out "$out/report.html"

cat <<END

Done. Two models were trained above, in seconds, on a few hundred sentences that were written for this project:

$learnt
The others' weights were random (the table marks them): scores of guessing, which only say that text went in, answers came out and
both were judged. Times and memory are real, for these small models on this machine, in the short 'smoke' tier.

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
