// KernelCode: emulated kernels that the stand-in loaded, and how it runs one.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/cpu/CodeImage.h"
#include "tests/runtime/cuda/standin/Machine.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace clew::standin {

inline constexpr int kMostShared = 160 << 10; ///< bytes of a block
inline constexpr int kUsualShared = 48 << 10; ///< without raising a function's limit

struct KernelFunction {
  std::string name;
  void *entry = nullptr;
  int sharedLimit = kUsualShared;
};

class KernelCode {
public:
  explicit KernelCode(CodeImage image) : image(std::move(image)) {}
  /// Null if there is none.
  KernelFunction *find(const char *name);

private:
  CodeImage image;
  std::map<std::string, KernelFunction, std::less<>> functions;
};

/// From an ELF object, whose end its headers tell. BadInput for what is none.
Result<std::unique_ptr<KernelCode>> loadKernels(const void *image);

struct KernelLaunch {
  KernelFunction *function = nullptr;
  std::vector<void *> operands; ///< host addresses
  int64_t blocks = 0;
  int32_t threads = 0;
  int64_t sharedBytes = 0;
};

/// Runs it; what it touches is found by watching. What the emulator refuses is reported, and breaks the machine.
Status runKernel(Machine &machine, const KernelLaunch &launch, std::vector<Touch> &touched);

} // namespace clew::standin
