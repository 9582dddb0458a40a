// ConstantStore: the constants of a Program, made once from weights and shared by all Sessions of an Executable.
#pragma once

#include "runtime/program/Executor.h"
#include "runtime/weights/Weights.h"

namespace clew {

/// Immutable after build(); move-only. Refers to the Weights that it was built from: they must outlive it.
class ConstantStore {
public:
  /// Makes every constant of a valid Program: a Plain one with a single source is read where the weights have it, other Plain ones
  /// are copied, derived ones are computed by runtime/ref in f64, the rest goes through `packer`, which may bring each to memory of its own
  /// (ConstantPacker::place). Parameters that nothing reads any more are released on the way, so that packed and plain weights are not in
  /// memory at once. Errors: those of the weights and of the packer; Unsupported if a constant needs
  /// a packer and there is none.
  static Result<ConstantStore> build(const Program &program, const Weights &weights, ConstantPacker *packer);

  /// Base pointers by index into Program::constants.
  std::span<const void *const> pointers() const { return bases; }
  /// Bytes that were made, beside those of the weights.
  int64_t bytes() const { return made; }

private:
  class Builder;

  std::vector<const void *> bases;
  std::vector<std::shared_ptr<const void>> owners;
  int64_t made = 0;
};

} // namespace clew
