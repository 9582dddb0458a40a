// DevicePlan: the steps of a Program as work for the device, prepared once, and where all of it lies for a bucket of sizes.
#pragma once

#include "runtime/cuda/Blas.h"
#include "runtime/cuda/KernelModule.h"
#include "runtime/program/Program.h"

#include <span>
#include <string>
#include <variant>
#include <vector>

namespace clew::cuda {

/// A product of a step. `shape.rows` is the bucket's; columns and depth are padded where cuBLASLt needs it.
struct DeviceProduct {
  ProductShape shape;
  int32_t x = 0; ///< by index into Program::buffers
  int32_t y = 0;
  int32_t weight = 0; ///< into Program::constants
  int32_t bias = -1;
  int64_t columns = 0; ///< of the buffers, where they are not the shape's
  int64_t depth = 0;

  bool isPadded() const { return columns != shape.columns || depth != shape.depth; }
  /// Bytes of padded copies of x and y for so many rows, each from a boundary of 256 on.
  int64_t paddedX(int64_t rows) const;
  int64_t paddedY(int64_t rows) const;
};

/// A launch of a step.
struct DeviceLaunch {
  Function function = nullptr;
  const Launch *stage = nullptr;
  int64_t staticBytes = 0; ///< of shared memory
};

struct DeviceStep {
  const Step *step = nullptr;
  std::variant<DeviceProduct, DeviceLaunch> work;
};

/// Prepares every step. Errors, with the step's place: BadInput for a kernel that the code has not; Unsupported for stages that are not of
/// this backend, and blocks that the device cannot hold.
Result<std::vector<DeviceStep>> planSteps(const Program &program, const Device &device, const KernelModule &kernels);

/// Where everything lies for a bucket: bytes from the beginning of a Session's memory on the device, on boundaries of 256. What the host
/// sends lies together, and so does what it gets.
struct DeviceLayout {
  BatchSize bucket = {};
  std::vector<int64_t> inputs; ///< by index into Program::inputs, from `inputsAt` on
  std::vector<int64_t>
      buffers; ///< by index into Program::buffers, from the beginning; outputs lie in the outputs' part
  int64_t inputsAt = 0;
  int64_t inputBytes = 0;
  int64_t outputsAt = 0;
  int64_t outputBytes = 0;
  int64_t paddingAt = 0; ///< padded copies for products
  int64_t bytes = 0;

  /// BadInput if the batch is too large to be addressed.
  static Result<DeviceLayout> make(const Program &program, std::span<const DeviceStep> steps, const BatchSize &bucket);
};

/// Numbers that a batch of that size has of an input, or may have in a bucket.
int64_t numbersOf(const Program &program, const Input &input, const BatchSize &size);

} // namespace clew::cuda
