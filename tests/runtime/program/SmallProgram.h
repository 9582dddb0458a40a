// A small ref Program that tests build, store, break and run: embedding (with segments), linear, gelu, linear, layer_norm, first.
#pragma once

#include "runtime/program/Program.h"

namespace clew::test {

inline constexpr int64_t kWidth = 4;
inline constexpr int64_t kInner = 6;
inline constexpr int64_t kVocabulary = 10;

/// Levels, in the order that both Programs have them.
inline constexpr int32_t kBatchLevel = 0;
inline constexpr int32_t kTokenLevel = 1;

/// The size of a batch of tokens in sequences.
constexpr BatchSize sizeOf(int64_t tokens, int64_t sequences, int64_t longest) {
  return {LevelSize{sequences, sequences}, LevelSize{tokens, longest}};
}

/// Gives the Program those two levels, and ids, segments and offsets as its first inputs.
void addTokens(Program &program, int64_t most);

/// Outputs "hidden" [tokens, kWidth] and "pooled" [batch, kWidth].
Program smallProgram();

/// A Program for the cpu target with products, calls, local buffers and bytes that stand for code: valid, but never run.
Program cpuProgram();

/// The same for the cuda target: a launch, a product of integers, and text that stands for PTX.
Program cudaProgram();

} // namespace clew::test
