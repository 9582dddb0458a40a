// Binding: a batch's arrays, the memory plan of its size and the shared constants become a Frame; then the steps run in order.
#include "runtime/program/HostSpace.h"

#include "runtime/base/Rounding.h"

#include <algorithm>

namespace clew {

namespace {

/// Makes `arena` at least `bytes` large; its contents are lost. Grows by a quarter at least, so that slowly growing batches do not
/// take new memory each time.
Result<void> grow(Arena &arena, int64_t bytes) {
  const auto have = static_cast<int64_t>(arena.size());
  if (bytes <= have) {
    return {};
  }
  arena = Arena(); // the old memory goes before the new comes
  auto larger = Arena::allocate(static_cast<size_t>(std::max(bytes, have + have / 4)));
  if (!larger) {
    return fail(larger);
  }
  arena = std::move(*larger);
  return {};
}

} // namespace

Result<std::unique_ptr<SessionSpace>> HostExecutor::space(const SpaceBase &base) const {
  return std::make_unique<HostSpace>(*this, base);
}

Result<void> HostSpace::useStates(std::span<void *const> memory) {
  states.assign(memory.begin(), memory.end());
  return {};
}

Result<const HostSpace::Layout *> HostSpace::layoutFor(const BatchSize &size) {
  const auto known = std::ranges::find_if(layouts, [&](const Layout &layout) { return layout.size == size; });
  if (known != layouts.end()) {
    layouts.splice(layouts.begin(), layouts, known);
    return &layouts.front();
  }
  auto plan = planMemory(base.program.buffers, size);
  if (!plan) {
    return fail(plan);
  }
  if (layouts.size() == maxLayouts) {
    layouts.pop_back();
  }
  layouts.push_front({size, std::move(*plan), roundUp(executor.scratchBytes(size), kAlignment)});
  return &layouts.front();
}

Result<void> HostSpace::bind(const Batch &batch, const BatchSize &size) {
  const auto found = layoutFor(size);
  if (!found) {
    return fail(found);
  }
  const Layout &layout = **found;
  if (auto grown = grow(arena, layout.plan.bytes); !grown) {
    return grown;
  }
  if (auto grown = grow(scratch, layout.scratchBytes * base.options.threads); !grown) {
    return grown;
  }
  buffers.clear();
  for (int64_t offset : layout.plan.offsets) {
    buffers.push_back(offset < 0 ? nullptr : arena.data() + offset);
  }
  derive(base.program, batch, size, derived);
  bindCarried(size);
  frame.size = size;
  frame.inputs = derived.pointers;
  frame.buffers = buffers;
  frame.constants = base.constants;
  frame.states = states;
  frame.scratch = scratch.data();
  frame.scratchBytes = layout.scratchBytes;
  frame.threads = base.options.threads;
  frame.deterministic = base.options.deterministic;
  return {};
}

/// Rows that no batch had before begin as zeros.
void HostSpace::bindCarried(const BatchSize &size) {
  carried.resize(base.program.inputs.size());
  for (size_t index = 0; index < carried.size(); ++index) {
    const Input &input = base.program.inputs[index];
    if (input.kind == InputKind::Carried) {
      carried[index].resize(std::max(carried[index].size(), static_cast<size_t>(size[0].count * input.columns)));
      derived.pointers[index] = carried[index].data();
    }
  }
}

void HostSpace::keepCarried(const BatchSize &size) {
  for (size_t index = 0; index < carried.size(); ++index) {
    const Input &input = base.program.inputs[index];
    if (input.kind == InputKind::Carried) {
      std::copy_n(static_cast<const float *>(buffers[static_cast<size_t>(input.from)]), size[0].count * input.columns,
                  carried[index].begin());
    }
  }
}

int64_t HostSpace::bytes() const {
  size_t total = arena.size() + scratch.size();
  for (const std::vector<float> &rows : carried) {
    total += rows.size() * sizeof(float);
  }
  return static_cast<int64_t>(total);
}

Result<void> HostSpace::run(const Batch &batch, const BatchSize &size) {
  if (auto bound = bind(batch, size); !bound) {
    return bound;
  }
  const std::vector<Step> &steps = base.program.steps;
  for (size_t i = 0; i < steps.size(); ++i) {
    if (auto done = executor.run(steps[i], static_cast<int>(i), frame); !done) {
      return done;
    }
  }
  keepCarried(size);
  return {};
}

const float *HostSpace::output(size_t index) const {
  return static_cast<const float *>(buffers[static_cast<size_t>(base.program.outputs[index].buffer)]);
}

} // namespace clew
