// CudaPacker: makes the constants of the cuda backend and brings all of them to the device, once; Sessions share them.
#pragma once

#include "runtime/base/FunctionRef.h"
#include "runtime/cuda/Device.h"
#include "runtime/program/Executor.h"

namespace clew::cuda {

/// How a Matmul of N x K lies on the device: row-major, as it is; a Recurrent as RecurrentLayout says. Products of s8 take multiples of 4 only: what does not fit is padded with
/// zeros, and the product runs on padded copies of x and y.
struct WeightLayout {
  int64_t rows = 0;    ///< N, padded
  int64_t columns = 0; ///< K, padded

  static WeightLayout of(const Constant &constant);
};

class CudaPacker final : public ConstantPacker {
public:
  /// The Program outlives it. `threads` convert.
  static Result<std::unique_ptr<CudaPacker>> create(const Program &program, std::shared_ptr<const Device> device,
                                                    int threads);

  Result<PackedConstant> pack(int32_t index, std::span<const std::span<const float>> sources) override;
  std::optional<Result<PackedConstant>> place(const void *host, int64_t bytes) override;

private:
  CudaPacker(const Program &program, std::shared_ptr<const Device> device, int threads, WorkStream stream,
             Memory staging)
      : program(program), device(std::move(device)), threads(threads), stream(std::move(stream)),
        staging(std::move(staging)) {}
  Result<PackedConstant> packMatmul(const Constant &constant, std::span<const float *const> rows) const;
  Result<PackedConstant> packRecurrent(const Constant &constant, std::span<const float *const> rows) const;
  /// Of `rows` of `depth`: a number each.
  Result<PackedConstant> packChannels(const Constant &constant, std::span<const float *const> rows,
                                      int64_t depth) const;
  Result<PackedConstant> filled(int64_t bytes, int64_t jobs,
                                FunctionRef<void(int64_t job, std::byte *base)> fill) const;
  Result<PackedConstant> upload(const void *host, int64_t bytes);

  const Program &program;
  std::shared_ptr<const Device> device;
  int threads;
  WorkStream stream;
  Memory staging;                ///< pinned; one piece of it is on its way at a time
  std::shared_ptr<Memory> chunk; ///< small constants share one
  int64_t used = 0;
};

} // namespace clew::cuda
