// KernelModule: a Program's generated kernels on a device.
#pragma once

#include "runtime/cuda/Device.h"
#include "runtime/program/Code.h"

namespace clew::cuda {

/// Move-only; keeps its device.
class KernelModule {
public:
  /// Loads the cubin that fits the device best, else the PTX. Unavailable for a chip that is older than both; Unsupported, with what the
  /// driver's compiler said, for code that it does not take.
  static Result<KernelModule> load(std::shared_ptr<const Device> device, const CudaCode &code);

  KernelModule() = default;
  KernelModule(KernelModule &&other) noexcept { swap(other); }
  KernelModule &operator=(KernelModule &&other) noexcept {
    swap(other);
    return *this;
  }
  ~KernelModule();

  /// BadInput if there is no such kernel.
  Result<Function> find(const std::string &symbol) const;
  /// "cubin for sm_90"; "PTX for sm_80 and newer, compiled by the driver"
  const std::string &origin() const { return source; }

private:
  void swap(KernelModule &other) noexcept {
    std::swap(device, other.device);
    std::swap(module, other.module);
    std::swap(source, other.source);
  }

  std::shared_ptr<const Device> device;
  Module module = nullptr;
  std::string source;
};

/// The cubin to load on a chip (10 * major + minor), or null: machine code runs on its major version's chips that are no older; that of
/// "sm_90a" on its own alone.
const Cubin *cubinFor(const CudaCode &code, int chip);

} // namespace clew::cuda
