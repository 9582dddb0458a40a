// CudaSpace: where one Session runs its batches on a GPU: its stream, its memory, and the graphs of the sizes that it has seen.
#pragma once

#include "runtime/cuda/DevicePlan.h"
#include "runtime/program/Executor.h"

#include <list>

namespace clew::cuda {

/// What all Sessions of an Executable share. Outlives them.
struct CudaParts {
  std::shared_ptr<const Device> device;
  std::shared_ptr<const Blas> blas; ///< null if the Program multiplies nothing
  KernelModule kernels;
  std::vector<DeviceStep> steps;
  mutable std::mutex sharedMutex; ///< of the functions' limits of shared memory, which only rise
};

class CudaSpace final : public SessionSpace {
public:
  static Result<std::unique_ptr<SessionSpace>> create(const CudaParts &parts, const SpaceBase &base);

  CudaSpace(const CudaParts &parts, const SpaceBase &base, WorkStream stream)
      : parts(parts), base(base), stream(std::move(stream)) {}
  CudaSpace(const CudaSpace &) = delete;
  CudaSpace &operator=(const CudaSpace &) = delete;
  ~CudaSpace() override;

  Result<void> useStates(std::span<void *const> memory) override;
  /// Batches of a bucket that was seen before run its graph: one call.
  Result<void> run(const Batch &batch, const BatchSize &size) override;
  const float *output(size_t index) const override;
  void restart() override {} // nothing is carried
  int64_t bytes() const override { return arena.bytes() + sent.bytes() + got.bytes(); }

private:
  /// A bucket of sizes; those used last are first.
  struct Bucket {
    DeviceLayout layout;
    GraphExec graph = nullptr;
    int64_t runs = 0;
    bool captures = true; ///< false after capturing failed: its batches run call by call
  };
  static constexpr size_t maxBuckets = 64;

  Result<Bucket *> bucketFor(const BatchSize &size);
  Result<void> makeRoom(const DeviceLayout &layout);
  void drop(Bucket &bucket);
  void stage(const Batch &batch, const BatchSize &size, const DeviceLayout &layout);

  Result<void> start(Bucket &bucket);
  Result<void> capture(Bucket &bucket);
  /// Puts everything from the copy of the inputs to that of the outputs on the stream.
  Result<void> enqueue(const DeviceLayout &layout);
  Result<void> enqueue(const DeviceStep &step, const DeviceProduct &product, const DeviceLayout &layout);
  Result<void> enqueue(const DeviceStep &step, const DeviceLaunch &launch, const DeviceLayout &layout);
  Result<int64_t> sharedBytes(const DeviceStep &step, const DeviceLaunch &launch, const BatchSize &bucket);
  /// A matrix of `rows` rows to one of another width; widths in bytes.
  Result<void> copyRows(Address source, int64_t sourceWidth, Address target, int64_t targetWidth, int64_t rows);
  Address addressOf(const Operand &operand, const DeviceLayout &layout) const;
  Address bufferAt(int32_t index, const DeviceLayout &layout) const {
    return arena.address() + static_cast<Address>(layout.buffers[static_cast<size_t>(index)]);
  }

  const CudaParts &parts;
  const SpaceBase base;
  WorkStream stream; ///< goes after the memory that its work uses
  Memory arena;
  Memory sent; ///< pinned: inputs on their way to the device
  Memory got;  ///< pinned: outputs
  std::list<Bucket> buckets;
  DerivedInputs derived;
  const DeviceLayout *current = nullptr; ///< of the last run
};

} // namespace clew::cuda
