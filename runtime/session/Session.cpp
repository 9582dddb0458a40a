// Checks what is given, and hands it to the space.
#include "runtime/session/Session.h"

#include <algorithm>
#include <fmt/format.h>

namespace clew {

Result<Session> Session::create(std::shared_ptr<const Executable> executable) {
  if (!executable) {
    return fail(ErrorKind::BadInput, "a session needs an executable");
  }
  auto space =
      executable->executor().space({executable->program(), executable->options(), executable->constants().pointers()});
  if (!space) {
    return fail(space);
  }
  return Session(std::move(executable), std::move(*space));
}

Result<void> Session::useStates(std::span<void *const> memory) {
  if (memory.size() != shared->program().states.size() || std::ranges::find(memory, nullptr) != memory.end()) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected memory for {} states, found {}", shared->program().states.size(), memory.size()));
  }
  auto used = space->useStates(memory);
  hasStates = used.has_value();
  return used;
}

Result<void> Session::run(const Batch &batch) {
  ran = false;
  const auto checked = checkBatch(shared->program(), batch);
  if (!checked) {
    return fail(checked);
  }
  if (!hasStates && !shared->program().states.empty()) {
    return fail(ErrorKind::BadInput, "the program needs the memory of whoever trains it");
  }
  size = *checked;
  auto done = space->run(batch, size);
  ran = done.has_value();
  return done;
}

OutputView Session::viewOf(size_t index) const {
  const Program &program = shared->program();
  const Output &output = program.outputs[index];
  const Buffer &buffer = program.buffers[static_cast<size_t>(output.buffer)];
  return {output.name, space->output(index), buffer.rows.at(size), buffer.columnsAt(size)};
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
  return viewOf(static_cast<size_t>(found - known.begin()));
}

std::vector<OutputView> Session::outputs() const {
  std::vector<OutputView> views;
  for (size_t index = 0; ran && index < shared->program().outputs.size(); ++index) {
    views.push_back(viewOf(index));
  }
  return views;
}

} // namespace clew
