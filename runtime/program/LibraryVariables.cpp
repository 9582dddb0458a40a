// See LibraryVariables.h.
#include "runtime/program/LibraryVariables.h"

#include <algorithm>
#include <array>
#include <unistd.h>

namespace clew {

namespace {

/// Of CUDA's those that say which device and how, not where its tools are.
constexpr std::array<std::string_view, 8> kOfCuda{
    "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_", "CUDA_FORCE_", "CUDA_DISABLE_",
    "CUDA_LAUNCH_",         "CUDA_MODULE_", "CUBLAS",      "NVIDIA_TF32_"};
constexpr std::array<std::string_view, 2> kOfOneDnn{"ONEDNN_", "DNNL_"};

bool beginsWithOneOf(std::string_view name, const auto &prefixes) {
  return std::ranges::any_of(prefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

} // namespace

bool isLibraryVariable(Target target, std::string_view name) {
  return target == Target::Cuda ? beginsWithOneOf(name, kOfCuda) : beginsWithOneOf(name, kOfOneDnn);
}

ExecutionFacts libraryVariables(Target target) {
  if (target != Target::Cuda) {
    return libraryEnvironment();
  }
  ExecutionFacts found;
  for (char **entry = environ; entry && *entry; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (equals != std::string_view::npos && isLibraryVariable(target, text.substr(0, equals))) {
      found.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  std::ranges::sort(found);
  return found;
}

} // namespace clew
