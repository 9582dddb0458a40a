#!/usr/bin/env bash
# Runs clang-tidy with the checks of .clang-tidy. Without arguments: the C++ files that differ from the branch's base
# ($CLEW_BASE, else origin/main, else the commit before) or are not committed; `--all`: every file; else the files named.
# It reads build/release (generated headers, flags), so build that preset first.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${CLEW_BUILD:-build/release}
if [[ ! -f $build/compile_commands.json ]]; then
  echo "lint: no $build/compile_commands.json; run: cmake --preset release && cmake --build --preset release" >&2
  exit 1
fi

base() {
  local candidate
  for candidate in "${CLEW_BASE:-}" origin/main HEAD~1; do
    if [[ -n $candidate ]] && git rev-parse --quiet --verify "$candidate^{commit}" >/dev/null; then
      git merge-base "$candidate" HEAD
      return
    fi
  done
  git hash-object -t tree /dev/null
}

if [[ ${1:-} == --all ]]; then
  mapfile -t candidates < <(git ls-files --cached --others --exclude-standard -- '*.cpp')
elif [[ $# -gt 0 ]]; then
  candidates=("$@")
else
  mapfile -t candidates < <({
    git diff --name-only --diff-filter=d "$(base)" -- '*.cpp'
    git ls-files --others --exclude-standard -- '*.cpp'
  } | sort -u)
fi

# Only what the build knows: clang-tidy guesses flags for the rest.
files=()
for file in "${candidates[@]}"; do
  if grep -q "\"file\": \"$PWD/$file\"" "$build/compile_commands.json"; then
    files+=("$file")
  fi
done
if [[ ${#files[@]} -eq 0 ]]; then
  echo "lint: nothing to check"
  exit 0
fi
# clang-tidy cannot read a precompiled header made by another invocation's flags: it parses the headers itself.
database=$build/lint
mkdir -p "$database"
sed -E 's/ -Xclang -include-pch -Xclang [^ ]+//; s/ -Winvalid-pch//; s/ -Xclang -fno-pch-timestamp//' \
  "$build/compile_commands.json" >"$database/compile_commands.json"
printf '%s\0' "${files[@]}" |
  xargs -0 -n 1 -P "${CLEW_JOBS:-$(nproc)}" clang-tidy-22 --quiet -p "$database" 2>/dev/null
echo "lint: ${#files[@]} files are clean"
