// See OpenModel.h.
#include "tests/bench/OpenModel.h"

#include "compiler/OnnxGraph.h"
#include "runtime/onnx/OnnxReader.h"
#include "runtime/onnx/OnnxWeights.h"

namespace clew {

static Result<Session> joined(Program program, Result<Weights> weights, int threads) {
  if (!weights) {
    return fail(weights);
  }
  ExecutableOptions options;
  options.threads = threads;
  auto executable = Executable::create(std::move(program), std::move(*weights), options);
  return executable ? Session::create(std::move(*executable)) : fail(executable);
}

Result<Session> openOnnxModel(const std::string &path, const OpenOptions &options) {
  const Result<onnx::OnnxFile> file = onnx::openOnnx(path);
  const Result<OnnxGraph> graph = file ? OnnxGraph::recognize(file->model, path) : fail(file);
  Result<Program> program = graph ? graph->compile(options.compile) : fail(graph);
  if (!program) {
    return fail(program);
  }
  Result<Weights> weights = onnx::loadOnnxWeights(path, *program);
  return joined(std::move(*program), std::move(weights), options.threads);
}

Result<Session> openModel(const Model &model, const OpenOptions &options) {
  Result<Program> program = compileModel(model, options.compile);
  if (!program) {
    return fail(program);
  }
  Result<Weights> weights = options.weights.empty() ? randomWeights(*program, options.seed, options.threads)
                                                    : loadWeights(options.weights, *program);
  return joined(std::move(*program), std::move(weights), options.threads);
}

} // namespace clew
