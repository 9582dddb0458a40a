// A small ref Program that tests build, store, break and run: embedding (with segments), linear, gelu, linear, layer_norm, first.
#pragma once

#include "runtime/program/Program.h"

namespace clew::test {

inline constexpr int64_t kWidth = 4;
inline constexpr int64_t kInner = 6;
inline constexpr int64_t kVocabulary = 10;

/// Outputs "hidden" [tokens, kWidth] and "pooled" [batch, kWidth].
Program smallProgram();

/// A Program for the cpu target with products, calls, local buffers and bytes that stand for code: valid, but never run.
Program cpuProgram();

} // namespace clew::test
