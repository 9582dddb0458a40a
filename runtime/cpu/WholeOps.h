// WholeOps: ops of a training Program on the cpu target, each run whole by all threads. What they compute is what runtime/ref/RefOps.h
// says; an op that has no function of its own here is run by runtime/ref, in f32, its rows shared by threads where it works row by row.
#pragma once

#include "runtime/cpu/RowTraining.h"

namespace clew {

/// How ops of a Program are run here, looked up once.
class WholeOp {
public:
  /// Unsupported for an op that runtime/ref does not know.
  static Result<WholeOp> find(std::string_view op);

  /// Results are the same bits for every number of threads. Errors: BadInput for operands that do not fit.
  Result<void> run(const RefCall &call, int threads, Workspace &memory) const;

private:
  const RefEntry *entry = nullptr;
  WholeForm form;           ///< empty if there is none
  uint32_t rowOperands = 0; ///< bits of the operands whose rows are those of the result; 0: it does not work row by row
};

} // namespace clew
