#!/usr/bin/env bash
# Everything that is to be known of the cuda target on a machine with a GPU, in one go. A part that fails does not stop the others, and all
# that they say comes back in one folder.
#
#   scripts/gpu_check.sh pack FOLDER       where Clew is built: all that the check needs, for a machine that has only a driver and CUDA's
#                                          runtime libraries (cuBLASLt). Copy the folder there, then:
#   FOLDER/gpu_check.sh run [--out DIR] [--only PART,...] [--dry-run]
#   scripts/gpu_check.sh run ...           the same from a checkout whose build/release is built
#   scripts/gpu_check.sh parts             names the parts
#
# DIR (gpu-check-<time> by default) gets summary.tsv (part, outcome, seconds, first complaint), logs/PART.log, and what parts make: records,
# JSON of peers. Outcomes: ok, failed, timeout, skipped (what it needs is not there: its log says what). --dry-run runs nothing on a GPU: it says
# what would be run, and finds what is missing. Ends with 0 if no part failed. CLEW_PART_SECONDS bounds a part (1800), CLEW_CHECK_MODELS names
# the models of sizes and latency, CLEW_PYTHON an interpreter that has torch or onnxruntime.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [[ -d $here/bundle ]]; then # carried to another machine
  source_dir=$here/bundle/source
  bin=$here/bundle/bin
  export LD_LIBRARY_PATH=$here/bundle/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
else
  source_dir=$(cd "$here/.." && pwd)
  bin=${CLEW_BIN:-$source_dir/build/release/bin}
fi
export CLEW_HOME=$source_dir CLEW_SOURCE=$source_dir
parts=(machine doors conformance zoo sizes memory latency board peers sanitizer)
read -ra models <<<"${CLEW_CHECK_MODELS:-bert/base bert/large bert/tinybert-4l-312 bert/minirbt-h256 bilstm/base bilstm-crf/base electra/base \
  xlnet/base gpt2/small textcnn/base}"
skipped=77

# A command, said first; in a dry run that is all.
try() {
  echo "+ $*"
  [[ -n $dry ]] || "$@"
}
skip() {
  echo "skipped: $*"
  exit $skipped
}
# Stops a part whose program is not there: in a dry run, too.
need() {
  for file in "$@"; do
    [[ -e $file ]] || { echo "missing: $file"; exit 1; }
  done
}
python() {
  local found
  for found in "${CLEW_PYTHON:-}" python3; do
    [[ -n $found ]] && command -v "$found" >/dev/null && { echo "$found"; return 0; }
  done
  return 1
}
# A batch of sequences of these lengths, written without numpy.
batch() {
  "$(python)" "$source_dir/scripts/gpu_parity.py" batch "$@"
}

part_machine() {
  need "$bin/clew"
  uname -a
  grep -m1 "model name" /proc/cpuinfo
  command -v nvidia-smi >/dev/null && try nvidia-smi -q
  command -v nvidia-smi >/dev/null || echo "no nvidia-smi"
  ldconfig -p | grep -E "libcuda\.so|libcublasLt|libnvidia-(ml|ptxjit)" || echo "no library of NVIDIA's is known to the loader"
  try "$bin/clew" --version --json
}

part_doors() {
  need "$bin/clew" "$bin/clew-run"
  python >/dev/null || skip "no python3 to write a batch"
  batch "$out/tiny.safetensors" 5 1 9 || exit 1
  local failed=0
  for precision in f32 bf16 int8; do
    try "$bin/clew" run bert/sample --target cuda --precision "$precision" --inputs "$out/tiny.safetensors" \
      --outputs "$out/tiny.out.safetensors" --json || failed=1
    try "$bin/clew" compile bert/sample --target cuda --precision "$precision" -o "$out/tiny.clewprog" || failed=1
    try "$bin/clew-run" "$out/tiny.clewprog" --inputs "$out/tiny.safetensors" --outputs "$out/tiny.out.safetensors" || failed=1
  done
  return $failed
}

# Every op against runtime/ref, in every precision.
part_conformance() {
  need "$bin/tests/DeviceTest" "$source_dir/tests/conformance/cases"
  CLEW_CUDA_DEVICE=1 try "$bin/tests/DeviceTest"
}

# Every model and head of the zoo, made small, against the cpu target.
part_zoo() {
  need "$bin/tests/ZooDeviceTest" "$source_dir/zoo"
  CLEW_CUDA_DEVICE=1 try "$bin/tests/ZooDeviceTest"
}

# Published sizes against the cpu target, with the same random weights; ragged batches, short and long.
part_sizes() {
  need "$bin/clew"
  python >/dev/null || skip "no python3 to compare"
  local failed=0 model precision lengths index=0
  for lengths in "1" "128" "7 1 64 33 128 2" "300 17"; do
    index=$((index + 1))
    # shellcheck disable=SC2086 # a list
    batch "$out/sizes.$index.safetensors" $lengths || exit 1
    for model in "${models[@]}"; do
      for precision in f32 bf16 int8; do
        for target in cpu cuda; do
          try "$bin/clew" run "$model" --target $target --precision $precision --inputs "$out/sizes.$index.safetensors" \
            --outputs "$out/sizes.$target.safetensors" 2>&1 | grep -v "^note: no --weights"
          [[ ${PIPESTATUS[0]} == 0 ]] || { failed=1; continue 2; }
        done
        [[ -n $dry ]] || "$(python)" "$source_dir/scripts/gpu_parity.py" compare "$out/sizes.cuda.safetensors" \
          "$out/sizes.cpu.safetensors" $precision "$model, $lengths tokens" || failed=1
      done
    done
  done
  rm -f "$out"/sizes.*.safetensors
  return $failed
}

# Memory that grows batch by batch, and one that does not fit, is an error and nothing else.
part_memory() {
  need "$bin/clew"
  python >/dev/null || skip "no python3 to write a batch"
  local said
  echo "+ clew run bert/large on a batch that fits no GPU"
  [[ -z $dry ]] || return 0
  batch "$out/large.safetensors" "512x${CLEW_LARGE_BATCH:-20000}" || exit 1
  said=$("$bin/clew" run bert/large --target cuda --inputs "$out/large.safetensors" --outputs "$out/large.out.safetensors" 2>&1)
  local code=$?
  rm -f "$out"/large*.safetensors
  echo "$said (exit code $code)"
  [[ $code == 0 ]] && skip "it did fit"
  grep -qE "CUDA_ERROR_OUT_OF_MEMORY|more memory than can be addressed" <<<"$said"
}

# Model-only times: batch 1 and 32, equal and ragged. The door says microseconds.
part_latency() {
  need "$bin/clew-bench-door"
  python >/dev/null || skip "no python3 to write batches"
  try "$(python)" "$source_dir/scripts/gpu_parity.py" latency "$bin/clew-bench-door" "$out" "${models[@]}"
}

# Records of the latency board, with random weights; vocabularies come along or are made.
part_board() {
  need "$bin/clew" "$source_dir/suites/boards/latency.yaml" "$source_dir/scripts/stand_in_vocabularies.py"
  local data=$out/vocabularies board=$out/cuda.yaml
  python >/dev/null || skip "no python3 to make vocabularies"
  "$(python)" "$source_dir/scripts/stand_in_vocabularies.py" "$data" || exit 1
  cat >"$board" <<'BOARD'
board: cuda-latency
models: [bert/base, bert/large, bert/tinybert-4l-312, bert/minirbt-h256, bert/rbt3, bilstm/base, bilstm-crf/base]
tasks: [{task: cluener, otherwise: sample-tag}]
scenarios: [single-stream, offline]
precisions: [f32, bf16, int8]
targets: [cuda, cpu]
threads: [1]
tier: smoke
lengths: [8, 32, 128, 512]
BOARD
  need "$board"
  try "$bin/clew" bench "$board" --random-weights --data "$data" --out "$out/records" || return 1
  [[ -n $dry ]] || "$bin/clew" check "$out/records/records.jsonl"
}

part_peers() {
  need "$bin/clew" "$bin/clew-bench-door" "$source_dir/tests/bench/peers/gpu_peers.py"
  python >/dev/null || skip "no python3"
  "$(python)" -c "import torch" 2>/dev/null || skip "no torch for $(python); CLEW_PYTHON names another interpreter"
  try "$(python)" -B "$source_dir/tests/bench/peers/gpu_peers.py" --bin "$bin" --json "$out/peers.json"
}

part_sanitizer() {
  need "$bin/clew" "$bin/tests/DeviceTest"
  local sanitizer failed=0 tool
  sanitizer=$(PATH=$PATH:/usr/local/cuda/bin command -v compute-sanitizer)
  [[ -n $sanitizer ]] || skip "no compute-sanitizer"
  for tool in memcheck racecheck synccheck; do
    CLEW_CUDA_DEVICE=1 try "$sanitizer" --tool $tool --error-exitcode 9 "$bin/tests/DeviceTest" || failed=1
  done
  return $failed
}

# One part in a process of its own, so that nothing it does ends the others.
run_part() {
  local part=$1 log=$out/logs/$1.log begin=$SECONDS code outcome
  echo "== $part"
  CLEW_CHECK_OUT=$out CLEW_CHECK_DRY=$dry timeout -k 30 "${CLEW_PART_SECONDS:-1800}" \
    bash "${BASH_SOURCE[0]}" part "$part" >"$log" 2>&1
  code=$?
  case $code in
  0) outcome=ok ;;
  "$skipped") outcome=skipped ;;
  124 | 137) outcome=timeout ;;
  *) outcome=failed ;;
  esac
  local complaint
  complaint=$(grep -m1 -E "^(skipped|missing):|rror:|Unavailable:|ERROR|FAILED" "$log" | cut -c1-200)
  printf '%s\t%s\t%s\t%s\n' "$part" "$outcome" "$((SECONDS - begin))" "$complaint" | tee -a "$out/summary.tsv"
  [[ $outcome == ok || $outcome == skipped ]]
}

# The programs, what they link but for libc and NVIDIA's, and what they read.
pack() {
  local folder=$1 program library
  need "$bin/clew" "$bin/clew-run" "$bin/clew-bench-door" "$bin/tests/DeviceTest" "$bin/tests/ZooDeviceTest"
  mkdir -p "$folder"/bundle/{bin/tests,lib,source/scripts,source/tests} || exit 1
  for program in clew clew-run clew-bench-door tests/DeviceTest tests/ZooDeviceTest; do
    install -s "$bin/$program" "$folder/bundle/bin/$program" || cp "$bin/$program" "$folder/bundle/bin/$program" || exit 1
    ldd "$bin/$program" | awk '$3 ~ /^\// {print $3}'
  done | sort -u | while read -r library; do
    case $(basename "$library") in
    libc.so.* | libm.so.* | libpthread.so.* | libdl.so.* | librt.so.* | ld-linux* | libcuda* | libcublas* | libnv*) ;;
    *) cp -L "$library" "$folder/bundle/lib/" || exit 1 ;;
    esac
  done
  cp -r "$source_dir"/{zoo,suites,yaml} "$folder/bundle/source/" || exit 1
  cp -r "$source_dir"/tests/{conformance,golden} "$folder/bundle/source/tests/" || exit 1
  mkdir -p "$folder/bundle/source/tests/bench" && cp -r "$source_dir/tests/bench/peers" "$folder/bundle/source/tests/bench/"
  cp "$source_dir"/scripts/{gpu_parity.py,stand_in_vocabularies.py} "$folder/bundle/source/scripts/"
  cp "${BASH_SOURCE[0]}" "$folder/gpu_check.sh"
  du -sh "$folder"
}

usage() {
  sed -n '2,18p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'
  exit 2
}

dry=${CLEW_CHECK_DRY:-}
out=${CLEW_CHECK_OUT:-}
command=${1:-}
shift || usage
case $command in
parts) printf '%s\n' "${parts[@]}" ;;
part) "part_$1" ;;
pack)
  [[ $# == 1 ]] || usage
  pack "$1"
  ;;
run)
  only=
  out=gpu-check-$(date +%Y%m%d-%H%M%S)
  while [[ $# -gt 0 ]]; do
    case $1 in
    --out) out=${2:?} && shift 2 ;;
    --only) only=${2:?} && shift 2 ;;
    --dry-run) dry=1 && shift ;;
    *) usage ;;
    esac
  done
  for part in ${only//,/ }; do
    [[ " ${parts[*]} " == *" $part "* ]] || { echo "no part '$part': ${parts[*]}" >&2; exit 2; }
  done
  mkdir -p "$out/logs" || exit 1
  out=$(cd "$out" && pwd)
  : >"$out/summary.tsv"
  worst=0
  for part in "${parts[@]}"; do
    [[ -z $only || ,$only, == *",$part,"* ]] || continue
    run_part "$part" || worst=1
  done
  echo "everything is in $out"
  exit $worst
  ;;
*) usage ;;
esac
