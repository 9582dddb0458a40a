// Executable: a Program joined with weights and a backend, ready to run. Immutable and shared by all Sessions.
#pragma once

#include "runtime/program/Executor.h"
#include "runtime/session/ConstantStore.h"
#include "runtime/weights/Weights.h"

namespace clew {

/// Safe to use from many threads; lives as long as its last Session.
class Executable {
  struct Key {}; // keeps the constructor to create()

public:
  /// Validates the Program, asks its backend for an Executor and makes the constants; this is the expensive part of loading.
  /// Errors: BadInput for a bad Program or bad options; Unavailable if this build or this machine has no such backend; Unsupported if
  /// this machine lacks what the Program was generated for; what the weights say.
  static Result<std::shared_ptr<const Executable>> create(Program program, Weights weights,
                                                          ExecutableOptions options = {});

  Executable(Key, Program program, Weights weights, ExecutableOptions options);
  Executable(const Executable &) = delete;
  Executable &operator=(const Executable &) = delete;

  const Program &program() const { return description; }
  const Weights &weights() const { return values; }
  const ExecutableOptions &options() const { return chosen; }
  const Executor &executor() const { return *backend; }
  /// How it computes on this machine: the CPU that code was generated for, whose products in which arithmetic, the library's version and
  /// instruction set, and the variables of libraryEnvironment(). Empty on ref.
  ExecutionFacts facts() const { return backend->facts(); }
  const ConstantStore &constants() const { return store; }

private:
  const Program description;
  const Weights values;
  const ExecutableOptions chosen;
  std::unique_ptr<Executor> backend;
  ConstantStore store;
};

} // namespace clew
