// See OpenModel.h.
#include "tests/bench/OpenModel.h"

namespace clew {

Result<Session> openModel(const Model &model, const OpenOptions &options) {
  Result<Program> program = compileModel(model, options.compile);
  if (!program) {
    return fail(program);
  }
  Result<Weights> weights = options.weights.empty() ? randomWeights(*program, options.seed, options.threads)
                                                    : loadWeights(options.weights, *program);
  if (!weights) {
    return fail(weights);
  }
  ExecutableOptions executableOptions;
  executableOptions.threads = options.threads;
  auto executable = Executable::create(std::move(*program), std::move(*weights), executableOptions);
  if (!executable) {
    return fail(executable);
  }
  return Session::create(std::move(*executable));
}

} // namespace clew
