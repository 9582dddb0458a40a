#!/usr/bin/env bash
# Builds everything with g++ (12 or newer) into build/gcc: a second front end reads our code, without precompiled headers.
# Arguments go to the build, e.g. `scripts/build_gcc.sh --target clew_runtime`.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
cmake -G Ninja -S . -B build/gcc -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=g++ -DCMAKE_C_COMPILER=gcc
cmake --build build/gcc -j "${CLEW_JOBS:-$(nproc)}" "$@"
