// Validates, then joins the Program with its backend and the constants that this reads.
#include "runtime/session/Executable.h"

#include "runtime/program/Validate.h"
#include "runtime/session/Backends.h"

#include <fmt/format.h>

namespace clew {

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
