// Session: one workspace in which an Executable runs batches. Many Sessions of one Executable run at once; they share its program,
// weights and threads.
#pragma once

#include "runtime/program/Batch.h"
#include "runtime/program/SessionSpace.h"
#include "runtime/session/Executable.h"

#include <memory>
#include <string_view>
#include <vector>

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
  /// Memory is taken when the first batch is bound. BadInput if there is no executable; Unavailable if a device has no room for another.
  static Result<Session> create(std::shared_ptr<const Executable> executable);

  /// The memory of Program::states, by index, which the Session's runs read and write from now on; it must outlive them. BadInput unless there
  /// is a place for each.
  Result<void> useStates(std::span<void *const> memory);

  /// The next batch begins anew, where the Program carries anything from batch to batch (InputKind::Carried); else nothing changes.
  void restart() { space->restart(); }

  /// Checks the batch (see checkBatch), lays out memory for its size and runs all steps. Memory grows with the largest batch and is
  /// kept; layouts are kept for the sizes used last, so that a size seen before costs no planning. Errors: BadInput for the batch,
  /// Io if memory runs out, Unavailable if a device's does or it is lost, else the first step's that failed; there are no outputs after
  /// an error, and what is carried is as it was before.
  Result<void> run(const Batch &batch);

  /// NotFound if the Program has no such output; BadInput if nothing has run.
  Result<OutputView> output(std::string_view name) const;
  /// In the Program's order; empty if nothing has run.
  std::vector<OutputView> outputs() const;

  const Executable &executable() const { return *shared; }
  /// Bytes of the workspace.
  int64_t bytes() const { return space->bytes(); }

private:
  Session(std::shared_ptr<const Executable> executable, std::unique_ptr<SessionSpace> space)
      : shared(std::move(executable)), space(std::move(space)) {}
  OutputView viewOf(size_t index) const;

  std::shared_ptr<const Executable> shared;
  std::unique_ptr<SessionSpace> space; ///< goes before what it stands on
  BatchSize size = {};                 ///< of the last batch
  bool hasStates = false;
  bool ran = false;
};

} // namespace clew
