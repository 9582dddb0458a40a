// ONNX files where commands take a model: FILE.onnx of `clew run`, `clew zoo show` and `clew check`.
#pragma once

#include "cli/RunProgram.h"
#include "runtime/base/Result.h"

#include <string>
#include <vector>

namespace clew {

/// Whether the name says that it is an ONNX file.
bool isOnnx(const std::string &path);

/// Runs the file on the tensors that arguments.inputs has under the names of its inputs, and writes its outputs under theirs, each in its own
/// type. Returns an exit code.
int runOnnx(const std::string &path, const RunArguments &arguments);

/// Prints what the file holds: inputs and outputs, ops, weights, and what it says of itself. Returns an exit code.
int showOnnx(const std::string &path, bool json);

/// What is wrong with the file, or keeps it from being run here.
std::vector<Error> checkOnnx(const std::string &path);

} // namespace clew
