// See WholeExecutor.h. Memory of products is lent to one run at a time.
#include "runtime/cpu/WholeExecutor.h"

#include "runtime/cpu/WholeOps.h"
#include "runtime/ref/RefExecutor.h"

#include <fmt/format.h>
#include <mutex>
#include <vector>

namespace clew {
namespace {

class WholeExecutor final : public HostExecutor {
public:
  explicit WholeExecutor(const Program &program) : program(program) {}

  Result<void> prepare() {
    for (const Step &step : program.steps) {
      const auto *op = step.stages.size() == 1 ? std::get_if<RefOp>(&step.stages.front()) : nullptr;
      auto found =
          op ? WholeOp::find(op->op) : fail(ErrorKind::Unsupported, "a program with states has whole steps alone");
      if (!found) {
        return fail(found.error().kind, found.error().message, step.where);
      }
      ops.push_back(*found);
    }
    return {};
  }

  Result<void> run(const Step &step, int stepIndex, Frame &frame) const override {
    std::lock_guard lock(mutex);
    return runRefOp(program, step, frame, [&](const RefCall &call) {
      return ops[static_cast<size_t>(stepIndex)].run(call, frame.threads, memory);
    });
  }
  int64_t scratchBytes(const BatchSize &) const override { return 0; }

private:
  const Program &program;
  std::vector<WholeOp> ops;
  mutable std::mutex mutex;
  mutable Workspace memory;
};

} // namespace

Result<std::unique_ptr<HostExecutor>> makeWholeExecutor(const Program &program) {
  auto executor = std::make_unique<WholeExecutor>(program);
  if (auto ready = executor->prepare(); !ready) {
    return fail(ready);
  }
  return executor;
}

} // namespace clew
