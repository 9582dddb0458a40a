// Runs graphs of nn ops, given as text, on a backend: what conformance tests share.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/program/Program.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace clew::conformance {

// Types as graphs say them.
inline const std::string kTokens = "#nn.of<\"tokens\">";
inline const std::string kIds = "tensor<?xi32, #nn.of<\"tokens\">>";
inline const std::string kOffsets = "tensor<?xi32, #nn.offsets<\"tokens\", \"batch\">>";

/// A packed batch; without offsets it is none, and a session restarts in its place.
struct TestBatch {
  std::vector<int32_t> ids;
  std::vector<int32_t> offsets;
};

/// Random ids below `vocabulary` for sequences of these lengths.
TestBatch makeBatch(const std::vector<int> &lengths, int64_t vocabulary, uint32_t seed);

/// One sequence of a batch, alone.
TestBatch sequenceOf(const TestBatch &batch, size_t index);

struct Matrix {
  int64_t rows = 0;
  int64_t columns = 0;
  std::vector<float> values;
};
using Outputs = std::map<std::string, Matrix>;

struct RunOptions {
  Target target = Target::Cpu;
  Precision precision = Precision::F32;
  std::string cpu;
  int threads = 1;
};

/// Where cases and the zoo are read: this checkout, or $CLEW_SOURCE where the program was carried elsewhere.
std::string sourceFolder();

/// The files of tests/conformance/cases, by name; their tables of ids have kCaseVocabulary rows.
std::vector<std::filesystem::path> cases();
inline constexpr int64_t kCaseVocabulary = 61;

std::string textOf(const std::filesystem::path &path);

/// Compiles the text for a target, with the seeded random weights 7, and runs the batches one after the other in one session. Kernels of the
/// cuda target are emulated, for which CLEW_CUDA_EMULATION=1 must stand in the environment; with CLEW_CUDA_DEVICE=1 the program runs as
/// users' programs do, on the GPU that the runtime finds, or on the stand-in for one.
Result<std::vector<Outputs>> runGraph(const std::string &text, const RunOptions &options,
                                      const std::vector<TestBatch> &batches);

/// The same for a Program.
Result<std::vector<Outputs>> runProgram(Program program, int threads, const std::vector<TestBatch> &batches);

/// Largest |a - b| over max(1, largest |b|); infinity if shapes differ or one has a NaN.
double distance(const Matrix &a, const Matrix &b);

} // namespace clew::conformance
