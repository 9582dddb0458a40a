// Executor: what a backend is to a Session. It makes the SessionSpaces in which Sessions run their batches. Those of the host (naive loops in
// runtime/ref, generated code in runtime/cpu) share one SessionSpace, which binds a batch into a Frame and runs one step after the other.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/program/Program.h"
#include "runtime/program/SessionSpace.h"

#include <cassert>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>

namespace clew {

/// Everything starts on such a boundary: the arena, each buffer, each packed constant, each thread's scratch. Plain constants
/// lie where the weights put them: aligned to an element only.
inline constexpr int64_t kAlignment = 64;
/// Buffers are padded to whole blocks of rows: products run on blocks of 16 rows, and may write what lies in the padding.
inline constexpr int64_t kRowBlock = 16;

/// What an Executable is made with.
struct ExecutableOptions {
  int threads = 1;            ///< of all Sessions together, at least 1
  bool deterministic = false; ///< the same bits for every number of threads and every neighbour in a batch
};

/// One bound batch: where everything lies while it runs on the host. The HostSpace owns all of the memory.
struct Frame {
  BatchSize size;
  /// By index into Program::inputs, i32 but for what is carried.
  std::span<const void *const> inputs;
  /// By index into Program::buffers; null for local buffers. Room for rows rounded up to kRowBlock. At the start of a run they
  /// hold arbitrary bytes (the padding rows too, always).
  std::span<void *const> buffers;
  /// By index into Program::constants: f32 values for Plain and Derived, else what the backend's ConstantPacker made.
  std::span<const void *const> constants;
  /// By index into Program::states; the caller of the Session owns them.
  std::span<void *const> states;
  /// `threads` pieces of `scratchBytes` bytes each (Executor::scratchBytes, rounded up to kAlignment).
  std::byte *scratch = nullptr;
  int64_t scratchBytes = 0;
  int threads = 1;
  bool deterministic = false; ///< results must not depend on threads or on the other sequences of the batch

  std::byte *scratchOf(int thread) const {
    assert(thread >= 0 && thread < threads);
    return scratch + static_cast<int64_t>(thread) * scratchBytes;
  }
  /// Base pointer of an operand, in the form that Call's kernels take.
  void *base(const Operand &operand) const {
    const auto index = static_cast<size_t>(operand.index);
    switch (operand.kind) {
    case Operand::Kind::Buffer:
      return buffers[index];
    case Operand::Kind::Constant:
      return const_cast<void *>(constants[index]);
    case Operand::Kind::Input:
      return const_cast<void *>(inputs[index]);
    case Operand::Kind::State:
      return states[index];
    }
    return nullptr;
  }
};

/// A constant in the form and the memory that a backend reads. Bytes at `data` begin on kAlignment.
struct PackedConstant {
  std::shared_ptr<const void> data;
  int64_t bytes = 0;
};

/// Makes the constants that are neither Plain nor Derived, once at load. Called by one thread, constants in order.
class ConstantPacker {
public:
  virtual ~ConstantPacker() = default;
  /// `sources[i]`: elements of parameter `program.constants[index].sources[i]`, f32, row-major; they stay only during the call.
  virtual Result<PackedConstant> pack(int32_t index, std::span<const std::span<const float>> sources) = 0;
  /// Makes a Derived constant from those that it reads, f32 and row-major, where the backend has a faster way than runtime/ref has;
  /// nothing: it has none.
  virtual std::optional<Result<PackedConstant>> derive(int32_t, std::span<const float *const>) { return std::nullopt; }
  /// Brings a constant of any kind, whose `bytes` stand at `host` during the call, to memory that only the backend reads; nothing: it
  /// reads the host's.
  virtual std::optional<Result<PackedConstant>> place(const void *host, int64_t bytes) { return std::nullopt; }
};

/// What every SessionSpace of an Executable stands on. All that it refers to outlives them.
struct SpaceBase {
  const Program &program;
  ExecutableOptions options;
  std::span<const void *const> constants; ///< by index into Program::constants, where the backend reads them
};

/// Runs one Program. Shared by all Sessions of an Executable, whose SessionSpaces run on many threads at once: what it caches inside must be
/// guarded. The Program outlives it and does not move.
class Executor {
public:
  virtual ~Executor() = default;
  /// A place for one Session. Errors: Unavailable where a device has no room for another.
  virtual Result<std::unique_ptr<SessionSpace>> space(const SpaceBase &base) const = 0;
  /// Makes the packed constants; null if the backend reads only Plain and Derived ones, where the host has them.
  virtual ConstantPacker *packer() { return nullptr; }
  /// How it computes here, beyond what the Program says.
  virtual ExecutionFacts facts() const { return {}; }
};

/// One that computes in the host's memory, one step after the other.
class HostExecutor : public Executor {
public:
  Result<std::unique_ptr<SessionSpace>> space(const SpaceBase &base) const final;
  /// Runs one step to its end; called by many threads at once with different Frames. Errors carry the step's `where`.
  virtual Result<void> run(const Step &step, int stepIndex, Frame &frame) const = 0;
  /// Bytes that each thread needs for scratch and local buffers, the most of any step.
  virtual int64_t scratchBytes(const BatchSize &size) const = 0;
};

} // namespace clew
