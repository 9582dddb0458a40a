// What would otherwise be decided again for each batch.
#include "runtime/cuda/DevicePlan.h"

#include "runtime/base/Rounding.h"
#include "runtime/cuda/CudaPacker.h"
#include "runtime/program/MemoryPlan.h"

#include <algorithm>
#include <fmt/format.h>

namespace clew::cuda {

namespace {

constexpr int64_t kBoundary = 256;

Result<DeviceStep> planProduct(const Program &program, const Step &step, const Gemm &gemm) {
  const Constant &weight = program.constants[static_cast<size_t>(gemm.weight)];
  const WeightLayout layout = WeightLayout::of(weight);
  DeviceProduct product;
  product.shape = {0, layout.rows, layout.columns, weight.dtype, gemm.bias >= 0};
  product.x = gemm.x.index;
  product.y = gemm.y.index;
  product.weight = gemm.weight;
  product.bias = gemm.bias;
  product.columns = weight.rows;
  product.depth = weight.columns;
  return DeviceStep{&step, product};
}

Result<DeviceStep> planLaunch(const Step &step, const Launch &launch, const Device &device,
                              const KernelModule &kernels) {
  const auto function = kernels.find(launch.symbol);
  if (!function) {
    return fail(function.error().kind, function.error().message, step.where);
  }
  const auto attribute = [&](FunctionAttribute which) {
    int value = 0;
    const Status status = device.call().functionGetAttribute(&value, static_cast<int>(which), *function);
    return status == status::success ? value : 0;
  };
  if (const int most = attribute(FunctionAttribute::MaxThreadsPerBlock); most < launch.threads) {
    return fail(ErrorKind::Unsupported,
                fmt::format("kernel '{}' has blocks of {} threads, '{}' runs at most {} of it", launch.symbol,
                            launch.threads, device.name(), most),
                step.where);
  }
  return DeviceStep{&step, DeviceLaunch{*function, &launch, attribute(FunctionAttribute::SharedSizeBytes)}};
}

} // namespace

int64_t DeviceProduct::paddedX(int64_t rows) const {
  return depth == shape.depth ? 0 : roundUp(rows * shape.depth * static_cast<int64_t>(bytesOf(shape.dtype)), kBoundary);
}

int64_t DeviceProduct::paddedY(int64_t rows) const {
  const auto element = static_cast<int64_t>(bytesOf(shape.result()));
  return columns == shape.columns ? 0 : roundUp(rows * shape.columns * element, kBoundary);
}

Result<std::vector<DeviceStep>> planSteps(const Program &program, const Device &device, const KernelModule &kernels) {
  std::vector<DeviceStep> steps;
  for (const Step &step : program.steps) {
    const Stage &stage = step.stages.front();
    const auto *gemm = std::get_if<Gemm>(&stage);
    const auto *launch = std::get_if<Launch>(&stage);
    if (step.stages.size() != 1 || (!gemm && !launch)) {
      return fail(ErrorKind::Unsupported, "the cuda backend runs steps of one product or one launch each", step.where);
    }
    auto planned = gemm ? planProduct(program, step, *gemm) : planLaunch(step, *launch, device, kernels);
    if (!planned) {
      return fail(planned);
    }
    steps.push_back(*planned);
  }
  return steps;
}

int64_t numbersOf(const Program &program, const Input &input, const BatchSize &size) {
  const auto level = static_cast<size_t>(input.level);
  const int64_t elements = size[level].count;
  const int64_t holders = level == 0 ? 0 : size[static_cast<size_t>(program.levels[level].parent)].count;
  switch (input.kind) {
  case InputKind::Values:
  case InputKind::Positions:
    return elements;
  case InputKind::Offsets:
    return holders + 1;
  case InputKind::Order:
    return holders;
  case InputKind::Counts:
    return 3;
  case InputKind::Carried:
    return 0; // refused when the executor is made
  }
  return 0;
}

Result<DeviceLayout> DeviceLayout::make(const Program &program, std::span<const DeviceStep> steps,
                                        const BatchSize &bucket) {
  DeviceLayout layout;
  layout.bucket = bucket;
  const auto take = [&](int64_t bytes) {
    const int64_t at = layout.bytes;
    layout.bytes += roundUp(bytes, kBoundary);
    return at;
  };
  const bool multiplies = std::ranges::any_of(
      steps, [](const DeviceStep &step) { return std::holds_alternative<DeviceProduct>(step.work); });
  take(multiplies ? Blas::workspaceBytes : 0); // the workspace is first: its place is that of the memory
  layout.inputsAt = layout.bytes;
  for (const Input &input : program.inputs) {
    layout.inputs.push_back(take(numbersOf(program, input, bucket) * static_cast<int64_t>(sizeof(int32_t))) -
                            layout.inputsAt);
  }
  layout.inputBytes = layout.bytes - layout.inputsAt;
  layout.outputsAt = layout.bytes;
  layout.buffers.assign(program.buffers.size(), -1);
  std::vector<Buffer> inner = program.buffers;
  for (const Output &output : program.outputs) {
    const auto index = static_cast<size_t>(output.buffer);
    if (inner[index].local) {
      continue; // an output of another name, too
    }
    const auto bytes = plannedBytes(inner[index], bucket);
    if (!bytes) {
      return fail(bytes);
    }
    layout.buffers[index] = take(*bytes);
    inner[index].local = true; // not one of those that share memory
  }
  layout.outputBytes = layout.bytes - layout.outputsAt;
  layout.paddingAt = layout.bytes;
  int64_t padding = 0;
  for (const DeviceStep &step : steps) {
    if (const auto *product = std::get_if<DeviceProduct>(&step.work)) {
      const int64_t rows = step.step->extent.at(bucket);
      padding = std::max(padding, product->paddedX(rows) + product->paddedY(rows));
    }
  }
  take(padding);
  const auto plan = planMemory(inner, bucket);
  if (!plan) {
    return fail(plan);
  }
  const int64_t buffersAt = take(plan->bytes);
  for (size_t i = 0; i < inner.size(); ++i) {
    layout.buffers[i] = plan->offsets[i] < 0 ? layout.buffers[i] : buffersAt + plan->offsets[i];
  }
  return layout;
}

} // namespace clew::cuda
