// OnnxProgram: an ONNX file that was recognised as a graph of nn, compiled and run on padded tensors through a Session.
#pragma once

#include "compiler/OnnxGraph.h"
#include "runtime/evaluate/Array.h"
#include "runtime/session/Session.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace clew {

struct OnnxProgramOptions {
  CompileOptions compile;
  int threads = 1;
  bool deterministic = false;
};

/// A session and the form of the file's tensors.
class OnnxProgram {
public:
  /// Compiles, through the program cache, and loads the parameters from the file. Errors: the compiler's, and those of loading.
  static Result<OnnxProgram> load(const OnnxGraph &graph, const std::string &path, const OnnxProgramOptions &options);

  /// Runs a packed batch. `outputs` gets the file's outputs, padded, in their order. BadInput where an id is beyond a table or a row is longer
  /// than positions are.
  Result<void> run(const onnx::PackedRows &rows, onnx::Memory &memory, std::vector<onnx::Value> &outputs);

  const Executable &executable() const { return session.executable(); }

private:
  OnnxProgram(Session session, onnx::PaddedForm form) : session(std::move(session)), form(std::move(form)) {}

  Session session;
  onnx::PaddedForm form;
};

/// The inputs packed, as pack(); BadInput, too, where one is missing or holds other than whole numbers.
Result<onnx::PackedRows> packOnnxInputs(const onnx::PaddedForm &form, const std::vector<onnx::Value> &inputs);

} // namespace clew
