#!/usr/bin/env bash
# Joins what scripts/cluster/part.sh made of PARTS parts, once all of them are there; else says which are not, and joins nothing.
#
#   scripts/cluster/join.sh 40 OUT        records into OUT/all (clew results merge), predictions into OUT/all.jsonl
set -euo pipefail
if [[ $# -ne 2 || ! $1 =~ ^[1-9][0-9]*$ ]]; then
  echo "usage: join.sh PARTS OUT" >&2
  exit 2
fi
parts=$1 out=$2
folders=() files=() missing=()
for ((i = 1; i <= parts; ++i)); do
  if [[ -f $out/part-$i.jsonl ]]; then
    files+=("$out/part-$i.jsonl")
  elif [[ -f $out/part-$i/records.jsonl ]]; then
    folders+=("$out/part-$i")
  else
    missing+=("$i")
  fi
done
if [[ ${#missing[@]} -gt 0 ]]; then
  echo "join.sh: of $parts parts these are not there: ${missing[*]}" >&2
  exit 1
fi
if [[ ${#files[@]} -gt 0 && ${#folders[@]} -gt 0 ]]; then
  echo "join.sh: $out holds parts of predictions and of records" >&2
  exit 1
fi
if [[ ${#files[@]} -gt 0 ]]; then
  cat "${files[@]}" >"$out/all.jsonl.new"
  mv "$out/all.jsonl.new" "$out/all.jsonl"
else
  "${CLEW:-clew}" results merge --out "$out/all" "${folders[@]}"
fi
