// Which backend runs which target is decided here, and nowhere else.
#include "runtime/session/Executable.h"

#include "runtime/program/Validate.h"
#include "runtime/ref/RefExecutor.h"

#ifdef CLEW_ONEDNN
#include "runtime/cpu/CpuExecutor.h"
#include "runtime/cpu/WholeExecutor.h"
#endif

#include <fmt/format.h>

namespace clew {

namespace {

Result<std::unique_ptr<Executor>> makeExecutor(const Program &program, const ExecutableOptions &options) {
  switch (program.target) {
  case Target::Ref:
    return makeRefExecutor(program);
  case Target::Cpu:
#ifdef CLEW_ONEDNN
  {
    if (!program.states.empty()) {
      return makeWholeExecutor(program);
    }
    CpuOptions cpu;
    cpu.threads = options.threads;
    return makeCpuExecutor(program, cpu);
  }
#else
    return fail(ErrorKind::Unavailable, "this build has no cpu backend (built without oneDNN)");
#endif
  case Target::Cuda:
    return fail(ErrorKind::Unavailable, "this build has no cuda backend");
  }
  return fail(ErrorKind::Internal, "unknown target");
}

} // namespace

Executable::Executable(Key, Program program, Weights weights, ExecutableOptions options)
    : description(std::move(program)), values(std::move(weights)), chosen(options) {}

Result<std::shared_ptr<const Executable>> Executable::create(Program program, Weights weights,
                                                             ExecutableOptions options) {
  if (options.threads < 1) {
    return fail(ErrorKind::BadInput, fmt::format("expected at least one thread, found {}", options.threads));
  }
  if (auto ok = validate(program); !ok) {
    return fail(ok);
  }
  auto executable = std::make_shared<Executable>(Key(), std::move(program), std::move(weights), options);
  auto executor = makeExecutor(executable->description, options);
  if (!executor) {
    return fail(executor);
  }
  executable->backend = std::move(*executor);
  auto store = ConstantStore::build(executable->description, executable->values, executable->backend->packer());
  if (!store) {
    return fail(store);
  }
  executable->store = std::move(*store);
  return executable;
}

} // namespace clew
