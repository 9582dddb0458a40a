// The one table of backends. What a build leaves out says so.
#include "runtime/session/Backends.h"

#include "runtime/cuda/CudaExecutor.h"
#include "runtime/ref/RefExecutor.h"

#ifdef CLEW_ONEDNN
#include "runtime/cpu/CpuExecutor.h"
#include "runtime/cpu/WholeExecutor.h"
#endif

#include <algorithm>
#include <array>

namespace clew {

namespace {

using Made = Result<std::unique_ptr<Executor>>;

/// What a target's backend is made by.
struct Backend {
  Target target;
  Made (*make)(const Program &program, const ExecutableOptions &options);
};

Made asExecutor(Result<std::unique_ptr<HostExecutor>> made) { return made ? Made(std::move(*made)) : fail(made); }

Made makeRef(const Program &program, const ExecutableOptions &) { return asExecutor(makeRefExecutor(program)); }

Made makeCpu(const Program &program, const ExecutableOptions &options) {
#ifdef CLEW_ONEDNN
  if (!program.states.empty()) {
    return asExecutor(makeWholeExecutor(program));
  }
  CpuOptions cpu;
  cpu.threads = options.threads;
  return asExecutor(makeCpuExecutor(program, cpu));
#else
  return fail(ErrorKind::Unavailable, "this build has no cpu backend (built without oneDNN)");
#endif
}

Made makeCuda(const Program &program, const ExecutableOptions &options) {
  CudaOptions cuda;
  cuda.threads = options.threads;
  cuda.deterministic = options.deterministic;
  return makeCudaExecutor(program, cuda);
}

constexpr std::array kBackends{Backend{Target::Ref, makeRef}, Backend{Target::Cpu, makeCpu},
                               Backend{Target::Cuda, makeCuda}};
static_assert(kBackends.size() == kTargets.size(), "every target has a backend");

} // namespace

Result<std::unique_ptr<Executor>> makeExecutor(const Program &program, const ExecutableOptions &options) {
  const auto *found = std::ranges::find(kBackends, program.target, &Backend::target);
  return found == kBackends.end() ? fail(ErrorKind::Internal, "unknown target") : found->make(program, options);
}

} // namespace clew
