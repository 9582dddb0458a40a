// Binding: a batch's arrays, the memory plan of its size and the shared constants become a Frame; then the steps run in order.
#include "runtime/session/Session.h"

#include "runtime/base/Rounding.h"

#include <algorithm>
#include <fmt/format.h>

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

Result<Session> Session::create(std::shared_ptr<const Executable> executable) {
  if (!executable) {
    return fail(ErrorKind::BadInput, "a session needs an executable");
  }
  return Session(std::move(executable));
}

Result<void> Session::useStates(std::span<void *const> memory) {
  if (memory.size() != shared->program().states.size() || std::ranges::find(memory, nullptr) != memory.end()) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected memory for {} states, found {}", shared->program().states.size(), memory.size()));
  }
  states.assign(memory.begin(), memory.end());
  return {};
}

Result<const Session::Layout *> Session::layoutFor(const BatchSize &size) {
  const auto known = std::ranges::find_if(layouts, [&](const Layout &layout) { return layout.size == size; });
  if (known != layouts.end()) {
    layouts.splice(layouts.begin(), layouts, known);
    return &layouts.front();
  }
  auto plan = planMemory(shared->program().buffers, size);
  if (!plan) {
    return fail(plan);
  }
  if (layouts.size() == maxLayouts) {
    layouts.pop_back();
  }
  layouts.push_front({size, std::move(*plan), roundUp(shared->executor().scratchBytes(size), kAlignment)});
  return &layouts.front();
}

Result<void> Session::bind(const Batch &batch, const BatchSize &size) {
  const auto found = layoutFor(size);
  if (!found) {
    return fail(found);
  }
  const Layout &layout = **found;
  const ExecutableOptions &options = shared->options();
  if (auto grown = grow(arena, layout.plan.bytes); !grown) {
    return grown;
  }
  if (auto grown = grow(scratch, layout.scratchBytes * options.threads); !grown) {
    return grown;
  }
  buffers.clear();
  for (int64_t offset : layout.plan.offsets) {
    buffers.push_back(offset < 0 ? nullptr : arena.data() + offset);
  }
  derive(shared->program(), batch, size, derived);
  frame.size = size;
  frame.inputs = derived.pointers;
  frame.buffers = buffers;
  frame.constants = shared->constants().pointers();
  frame.states = states;
  frame.scratch = scratch.data();
  frame.scratchBytes = layout.scratchBytes;
  frame.threads = options.threads;
  frame.deterministic = options.deterministic;
  return {};
}

Result<void> Session::run(const Batch &batch) {
  ran = false;
  const Program &program = shared->program();
  const auto size = checkBatch(program, batch);
  if (!size) {
    return fail(size);
  }
  if (states.size() != program.states.size()) {
    return fail(ErrorKind::BadInput, "the program needs the memory of whoever trains it");
  }
  if (auto bound = bind(batch, *size); !bound) {
    return bound;
  }
  for (size_t i = 0; i < program.steps.size(); ++i) {
    if (auto done = shared->executor().run(program.steps[i], static_cast<int>(i), frame); !done) {
      return done;
    }
  }
  ran = true;
  return {};
}

OutputView Session::viewOf(const Output &output) const {
  const auto index = static_cast<size_t>(output.buffer);
  const Buffer &buffer = shared->program().buffers[index];
  return {output.name, static_cast<const float *>(buffers[index]), buffer.rows.at(frame.size),
          buffer.columnsAt(frame.size)};
}

Result<OutputView> Session::output(std::string_view name) const {
  const auto &known = shared->program().outputs;
  const auto found = std::ranges::find(known, name, &Output::name);
  if (found == known.end()) {
    return fail(ErrorKind::NotFound, fmt::format("the program has no output '{}'", name));
  }
  if (!ran) {
    return fail(ErrorKind::BadInput, "nothing has run");
  }
  return viewOf(*found);
}

std::vector<OutputView> Session::outputs() const {
  std::vector<OutputView> views;
  for (const Output &output : shared->program().outputs) {
    if (ran) {
      views.push_back(viewOf(output));
    }
  }
  return views;
}

} // namespace clew
