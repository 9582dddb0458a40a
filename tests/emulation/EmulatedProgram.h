// EmulatedProgram: a Program of the cuda target, compiled with its host form, run in the host's memory: launches by the Emulator, products by
// plain loops. It is what kernels are held against ref with; driver, streams and graphs are not in it (tests/runtime/cuda has those).
#pragma once

#include "runtime/base/Result.h"
#include "runtime/program/Batch.h"
#include "runtime/program/Program.h"
#include "runtime/session/Session.h"
#include "runtime/weights/Weights.h"
#include "tests/emulation/Emulator.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace clew::emulation {

class EmulatedProgram {
public:
  /// Unsupported if the Program has no host form. `seed`: of the order of blocks, warps and threads.
  static Result<EmulatedProgram> create(Program program, Weights weights, uint64_t seed = 1);
  EmulatedProgram(EmulatedProgram &&other) noexcept;
  ~EmulatedProgram();

  /// A kernel may touch its operands alone, to their last element. Errors: those of the batch; Internal for what the Emulator refuses.
  Result<void> run(const Batch &batch);
  /// Of the last run; valid until the next.
  std::vector<OutputView> outputs() const;
  const Program &program() const;

  /// What a kernel moved of each of its operands in its last launch, and how large they are.
  struct KernelTraffic {
    int64_t launches = 0; ///< in all runs
    std::vector<Operand> operands;
    std::vector<Traffic> moved;
    std::vector<int64_t> bytes;
  };
  /// By symbol.
  const std::map<std::string, KernelTraffic> &traffic() const;

private:
  struct State;
  explicit EmulatedProgram(std::unique_ptr<State> state);
  std::unique_ptr<State> state;
};

} // namespace clew::emulation
