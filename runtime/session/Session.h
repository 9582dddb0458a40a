// Session: one workspace in which an Executable runs batches. Many Sessions of one Executable run at once; they share its program,
// weights and threads.
#pragma once

#include "runtime/base/Arena.h"
#include "runtime/program/Batch.h"
#include "runtime/program/MemoryPlan.h"
#include "runtime/session/Executable.h"

#include <list>
#include <string_view>

namespace clew {

/// One named result of the last run: f32, row-major, rows x columns, in the Session's memory until its next run.
struct OutputView {
  std::string_view name;
  const float *data = nullptr;
  int64_t rows = 0;
  int64_t columns = 0;

  std::span<const float> values() const { return {data, static_cast<size_t>(rows * columns)}; }
};

/// Used by one thread at a time. Movable.
class Session {
public:
  /// Memory is taken when the first batch is bound. BadInput if there is no executable.
  static Result<Session> create(std::shared_ptr<const Executable> executable);

  /// The memory of Program::states, by index, which the Session's runs read and write from now on; it must outlive them. BadInput unless there
  /// is a place for each.
  Result<void> useStates(std::span<void *const> memory);

  /// Checks the batch (see checkBatch), lays out memory for its size and runs all steps. Memory grows with the largest batch and is
  /// kept; layouts are kept for the sizes used last, so that a size seen before costs no planning. Errors: BadInput for the batch,
  /// Io if memory runs out, else the first step's that failed; there are no outputs after an error.
  Result<void> run(const Batch &batch);

  /// NotFound if the Program has no such output; BadInput if nothing has run.
  Result<OutputView> output(std::string_view name) const;
  /// In the Program's order; empty if nothing has run.
  std::vector<OutputView> outputs() const;

  const Executable &executable() const { return *shared; }
  /// Bytes of the workspace.
  int64_t bytes() const { return static_cast<int64_t>(arena.size() + scratch.size()); }

private:
  /// A layout and the size it is for, the most recently used first.
  struct Layout {
    BatchSize size;
    MemoryPlan plan;
    int64_t scratchBytes = 0; ///< of one thread
  };
  static constexpr size_t maxLayouts = 64;

  explicit Session(std::shared_ptr<const Executable> executable) : shared(std::move(executable)) {}
  Result<const Layout *> layoutFor(const BatchSize &size);
  Result<void> bind(const Batch &batch, const BatchSize &size);
  OutputView viewOf(const Output &output) const;

  std::shared_ptr<const Executable> shared;
  std::list<Layout> layouts;
  Arena arena;
  Arena scratch;
  DerivedInputs derived;
  std::vector<void *> buffers;
  std::vector<void *> states;
  Frame frame;
  bool ran = false;
};

} // namespace clew
