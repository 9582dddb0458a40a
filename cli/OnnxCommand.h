// ONNX files where commands take a model: FILE.onnx of `clew run`, `clew compile`, `clew zoo show` and `clew check`.
#pragma once

#include "cli/RunProgram.h"
#include "compiler/Compile.h"
#include "runtime/base/Result.h"

#include <string>
#include <vector>

namespace clew {

/// Whether the name says that it is an ONNX file.
bool isOnnx(const std::string &path);

struct OnnxRunArguments {
  RunArguments run;
  CompileOptions compile;
  bool byOp = false;   ///< op by op, even where the compiler takes the graph
  bool chosen = false; ///< whether `compile` was asked for: then nothing else will do
};

/// Runs the file on the tensors that run.inputs has under the names of its inputs, and writes its outputs under theirs, each in its own type:
/// compiled, if it is recognised as a graph of nn and the batch keeps the condition of packing, else op by op, with a note that says why.
/// Returns an exit code.
int runOnnx(const std::string &path, const OnnxRunArguments &arguments);

/// Writes a stage of the file's graph of nn as text, or an artifact for clew-run (stage "program" and an `output`), whose batches are packed.
/// Returns an exit code.
int compileOnnx(const std::string &path, const CompileOptions &options, const std::string &stage,
                const std::string &output);

/// Prints what the file holds: inputs and outputs, ops, weights, and what it says of itself. Returns an exit code.
int showOnnx(const std::string &path, bool json);

/// What is wrong with the file, or keeps it from being run here. Says on stderr whether it is recognised as a graph of nn.
std::vector<Error> checkOnnx(const std::string &path);

} // namespace clew
