// HostSpace: batches in the host's memory, step by step. Nothing is copied: steps read the batch where its owner has it, and outputs
// are read where steps wrote them.
#pragma once

#include "runtime/base/Arena.h"
#include "runtime/program/Executor.h"
#include "runtime/program/MemoryPlan.h"

#include <list>
#include <vector>

namespace clew {

class HostSpace final : public SessionSpace {
public:
  /// All of it outlives the space.
  HostSpace(const HostExecutor &executor, const SpaceBase &base) : executor(executor), base(base) {}

  Result<void> useStates(std::span<void *const> memory) override;
  Result<void> run(const Batch &batch, const BatchSize &size) override;
  const float *output(size_t index) const override;
  void restart() override { carried.clear(); }
  int64_t bytes() const override;

private:
  /// A layout and the size it is for, the most recently used first.
  struct Layout {
    BatchSize size;
    MemoryPlan plan;
    int64_t scratchBytes = 0; ///< of one thread
  };
  static constexpr size_t maxLayouts = 64;

  Result<const Layout *> layoutFor(const BatchSize &size);
  Result<void> bind(const Batch &batch, const BatchSize &size);
  void bindCarried(const BatchSize &size);
  void keepCarried(const BatchSize &size);

  const HostExecutor &executor;
  const SpaceBase base;
  std::list<Layout> layouts;
  Arena arena;
  Arena scratch;
  DerivedInputs derived;
  std::vector<std::vector<float>>
      carried; ///< by index into Program::inputs, rows of the most sequences that a batch had
  std::vector<void *> buffers;
  std::vector<void *> states;
  Frame frame;
};

} // namespace clew
