#!/usr/bin/env bash
# One part of a job of `clew bench` or `clew predict`, under any engine that can count. As a Slurm job array, by GNU parallel, or by hand:
#
#   sbatch --array=1-40 scripts/cluster/part.sh 40 OUT bench clue-dev --weights weights
#   sbatch --array=1-40 --cpus-per-task=8 scripts/cluster/part.sh 40 OUT predict bert/base rows.jsonl --weights W --task tnews
#   parallel --jobs 2 scripts/cluster/part.sh --part {} 40 OUT predict ... ::: $(seq 40)
#
# Part i goes into OUT/part-i (bench) or OUT/part-i.jsonl (predict); scripts/cluster/join.sh puts them together. A part that is killed, or whose
# node is lost, goes on where it was when it is started again; one that is started twice waits for the other. So whatever failed: submit the
# same array again. $CLEW names the program (clew by default).
#SBATCH --job-name=clew
#SBATCH --requeue
#SBATCH --open-mode=append
set -euo pipefail

part=${SLURM_ARRAY_TASK_ID:-}
if [[ ${1:-} == --part ]]; then
  part=$2
  shift 2
fi
if [[ $# -lt 4 || -z $part ]]; then
  echo "usage: part.sh [--part I] PARTS OUT bench|predict ARGUMENTS...   (or \$SLURM_ARRAY_TASK_ID for I)" >&2
  exit 2
fi
parts=$1 out=$2 command=$3
shift 3
mkdir -p "$out"
case $command in
bench) into=(--out "$out/part-$part") ;;
predict) into=(--into "$out/part-$part.jsonl") ;;
*)
  echo "part.sh: expected bench or predict, found '$command'" >&2
  exit 2
  ;;
esac
# As many threads as the engine gives, where it says so. A board says its threads itself, and its times want the whole machine (--exclusive).
if [[ $command == predict && -n ${SLURM_CPUS_PER_TASK:-} ]]; then
  into+=(--threads "$SLURM_CPUS_PER_TASK")
fi
exec "${CLEW:-clew}" "$command" "$@" --shard "$part/$parts" "${into[@]}"
