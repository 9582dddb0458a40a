// Opens the device, loads the Program's code, and prepares its steps.
#include "runtime/cuda/CudaExecutor.h"

#include "runtime/cuda/CudaPacker.h"
#include "runtime/cuda/CudaSpace.h"
#include "runtime/program/LibraryVariables.h"

#include <algorithm>
#include <fmt/format.h>

namespace clew {

namespace {

using namespace cuda;

class CudaExecutor final : public Executor {
public:
  explicit CudaExecutor(const Program &program) : program(program) {}

  Result<void> prepare(const CudaOptions &options);
  Result<std::unique_ptr<SessionSpace>> space(const SpaceBase &base) const override {
    return CudaSpace::create(parts, base);
  }
  ConstantPacker *packer() override { return constantPacker.get(); }
  ExecutionFacts facts() const override;

private:
  const Program &program;
  CudaParts parts;
  std::unique_ptr<CudaPacker> constantPacker;
};

template <typename T> bool hasStage(const Program &program) {
  return std::ranges::any_of(program.steps, [](const Step &step) {
    return std::ranges::any_of(step.stages, [](const Stage &stage) { return std::holds_alternative<T>(stage); });
  });
}

/// Variables by which cuBLASLt multiplies f32 as something else: a scheme that says f32 would not be true.
Result<void> refuseShorterProducts() {
  for (const auto &[name, value] : libraryVariables(Target::Cuda)) {
    const bool shortens = name == "NVIDIA_TF32_OVERRIDE" || name.starts_with("CUBLAS_EMULATE_");
    if (shortens && value != "0") {
      return fail(ErrorKind::Unsupported,
                  fmt::format("{}={} makes cuBLASLt multiply f32 as something else; unset it", name, value));
    }
  }
  return {};
}

Result<void> CudaExecutor::prepare(const CudaOptions &options) {
  if (options.deterministic) {
    return fail(ErrorKind::Unsupported, "on cuda the sums of products change with the number of rows: deterministic "
                                        "runs need the cpu or the ref target");
  }
  if (auto plain = refuseShorterProducts(); !plain) {
    return plain;
  }
  if (isCarrying(program)) {
    return fail(ErrorKind::Unsupported, "states that are carried from batch to batch need the cpu or the ref target");
  }
  auto device = Device::open(options.driver);
  if (!device) {
    return fail(device);
  }
  parts.device = std::move(*device);
  if (hasStage<Gemm>(program)) {
    auto blas = Blas::open(parts.device, options.blas);
    if (!blas) {
      return fail(blas);
    }
    parts.blas = std::move(*blas);
  }
  if (hasStage<Launch>(program)) {
    auto kernels = KernelModule::load(parts.device, std::get<CudaCode>(program.code));
    if (!kernels) {
      return fail(kernels);
    }
    parts.kernels = std::move(*kernels);
  }
  auto steps = planSteps(program, *parts.device, parts.kernels);
  if (!steps) {
    return fail(steps);
  }
  parts.steps = std::move(*steps);
  auto made = CudaPacker::create(program, parts.device, options.threads);
  if (!made) {
    return fail(made);
  }
  constantPacker = std::move(*made);
  return {};
}

ExecutionFacts CudaExecutor::facts() const {
  ExecutionFacts facts = {{"device", parts.device->name()},
                          {"chip", fmt::format("sm_{}", parts.device->chip())},
                          {"driver", "CUDA " + parts.device->driver().versionText()},
                          {"kernels", parts.kernels.origin().empty() ? "none" : parts.kernels.origin()},
                          {"library", parts.blas ? "cuBLASLt " + parts.blas->versionText() : "none"}};
  for (auto &variable : libraryVariables(Target::Cuda)) {
    facts.push_back(std::move(variable));
  }
  return facts;
}

} // namespace

Result<std::unique_ptr<Executor>> makeCudaExecutor(const Program &program, const CudaOptions &options) {
  auto executor = std::make_unique<CudaExecutor>(program);
  if (auto ready = executor->prepare(options); !ready) {
    return fail(ready);
  }
  return executor;
}

} // namespace clew
