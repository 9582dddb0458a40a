#!/usr/bin/env bash
# Installs everything that Clew needs, from Debian's own archive, and nothing else. Safe to run again: when all is there
# it only asks dpkg and returns at once. Debian 12 and 13; elsewhere it says how to build against a given LLVM 22.
# With --tests also what only the tests need: a browser for the reports' pages, programs that sign, engines that run arrays of jobs.
set -euo pipefail

packages=(
  # compiler: MLIR and LLVM 22, the compiler that builds us, its linker, sanitizers, formatter and linter
  libmlir-22-dev mlir-22-tools llvm-22-dev llvm-22-tools clang-22 lld-22 libclang-rt-22-dev clang-format-22 clang-tidy-22
  # build
  cmake ninja-build ccache g++ git pkg-config
  # libraries; libboost-math-dev brings all of Boost's headers, those of Asio and Beast (clew serve) among them
  libdnnl-dev libyaml-cpp-dev nlohmann-json3-dev libcli11-dev libfmt-dev libssl-dev
  libicu-dev libcurl4-openssl-dev libzip-dev zlib1g-dev libboost-math-dev libjs-chart.js
  # tests and benchmarks
  doctest-dev libbenchmark-dev python3 python3-numpy
)

if [[ ${1:-} == --tests ]]; then
  packages+=(chromium fonts-wqy-zenhei openssh-client minisign munge slurmctld slurmd slurm-client parallel)
elif [[ $# -gt 0 ]]; then
  echo "usage: scripts/setup.sh [--tests]" >&2
  exit 2
fi

say() { printf 'setup: %s\n' "$*" >&2; }

missing() {
  local package
  for package in "${packages[@]}"; do
    # "ii " is the only state that counts: removed packages leave their configuration (and a dpkg entry) behind.
    if [[ ${installed[$package]:-} != ii* ]]; then
      printf '%s\n' "$package"
    fi
  done
}

readStates() {
  declare -gA installed=()
  local state package
  while IFS=$'\t' read -r state package; do
    installed[$package]=$state
  done < <(dpkg-query --show --showformat '${db:Status-Abbrev}\t${Package}\n' "${packages[@]}" 2>/dev/null || true)
}

elsewhere() {
  say "this system ($1) is not Debian 12 or 13, so nothing was installed."
  say "Install LLVM and MLIR 22 (built with RTTI), clang 22, CMake 3.25, Ninja, oneDNN 2.6 or newer, yaml-cpp,"
  say "nlohmann-json, CLI11, fmt, OpenSSL, ICU 72, libcurl, zlib, Boost.Math, Chart.js 3, doctest, Google Benchmark and Python 3 with numpy, and configure with"
  say "    cmake --preset release -DMLIR_DIR=<prefix of LLVM 22>/lib/cmake/mlir"
  exit 1
}

enableSuite() {
  say "the package archive does not offer LLVM 22 ($1 has no candidate)."
  if [[ $codename == bookworm ]]; then
    say "On Debian 12 it comes from the security suite. Enable it and run this again:"
    say "    echo 'deb http://deb.debian.org/debian-security bookworm-security main' > /etc/apt/sources.list.d/security.list"
  else
    say "On Debian 13 it is in the main archive since a point release. Check that this line is among your sources:"
    say "    deb http://deb.debian.org/debian $codename main"
  fi
  say "    apt-get update"
  exit 1
}

id=unknown version=unknown
if [[ -r /etc/os-release ]]; then
  # shellcheck disable=SC1091
  id=$(. /etc/os-release && echo "${ID:-unknown}")
  version=$(. /etc/os-release && echo "${VERSION_ID:-unknown}")
fi
case $id-$version in
debian-12) codename=bookworm ;;
debian-13) codename=trixie ;;
*) elsewhere "$id $version" ;;
esac

readStates
mapfile -t wanted < <(missing)
if [[ ${#wanted[@]} -eq 0 ]]; then
  say "all ${#packages[@]} packages are installed."
  exit 0
fi

asRoot=()
if [[ $EUID -ne 0 ]]; then
  if ! command -v sudo >/dev/null; then
    say "these packages are missing: ${wanted[*]}"
    say "installing them needs root; run this script as root or install sudo."
    exit 1
  fi
  asRoot=(sudo)
fi

say "installing ${#wanted[@]} packages: ${wanted[*]}"
"${asRoot[@]}" apt-get update -q >&2
# Not by a pipe into grep -q: it closes the pipe early, and pipefail makes a failure of that.
policy=$(apt-cache policy clang-22)
if [[ ! $policy =~ Candidate:\ [0-9] ]]; then
  enableSuite clang-22
fi
"${asRoot[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${wanted[@]}" >&2

readStates
mapfile -t wanted < <(missing)
if [[ ${#wanted[@]} -ne 0 ]]; then
  say "still missing after the installation: ${wanted[*]}"
  exit 1
fi
say "all ${#packages[@]} packages are installed."
