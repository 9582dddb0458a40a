// Chooses among what the Program carries, and lets the driver load it.
#include "runtime/cuda/KernelModule.h"

#include <array>
#include <cctype>
#include <fmt/format.h>

namespace clew::cuda {

namespace {

constexpr int kOneMajor = 10;

/// An image, and what it is.
struct Choice {
  const std::string *image = nullptr;
  std::string source;
};

Result<Choice> choose(const Device &device, const CudaCode &code) {
  const Cubin *cubin = cubinFor(code, device.chip());
  if (!cubin && device.chip() < chipNumber(code.chip)) {
    return fail(ErrorKind::Unavailable, fmt::format("'{}' is a chip of sm_{}, the program needs {} or newer",
                                                    device.name(), device.chip(), code.chip));
  }
  if (device.driver().isStandIn()) {
    return code.emulation.empty() ? fail(ErrorKind::Unsupported, "the program carries no emulated kernels")
                                  : Result<Choice>(Choice{&code.emulation, "emulated on the CPU"});
  }
  if (cubin) {
    return Choice{&cubin->image, "cubin for " + cubin->chip};
  }
  return Choice{&code.ptx, fmt::format("PTX for {} and newer, compiled by the driver", code.chip)};
}

} // namespace

const Cubin *cubinFor(const CudaCode &code, int chip) {
  const Cubin *best = nullptr;
  for (const Cubin &cubin : code.cubins) {
    const int number = chipNumber(cubin.chip);
    const bool own = std::isalpha(static_cast<unsigned char>(cubin.chip.back())) != 0;
    const bool runs = own ? number == chip : number / kOneMajor == chip / kOneMajor && number <= chip;
    if (runs && (!best || number > chipNumber(best->chip) || (own && number == chipNumber(best->chip)))) {
      best = &cubin;
    }
  }
  return best;
}

Result<KernelModule> KernelModule::load(std::shared_ptr<const Device> device, const CudaCode &code) {
  auto choice = choose(*device, code);
  if (!choice) {
    return fail(choice);
  }
  std::array<char, 4096> log{};
  std::array<int, 2> names{jitErrorLog, jitErrorLogBytes};
  std::array<void *, 2> values{log.data(), reinterpret_cast<void *>(log.size() - 1)};
  KernelModule loaded;
  const Status status =
      device->call().moduleLoad(&loaded.module, choice->image->c_str(), names.size(), names.data(), values.data());
  if (auto ok = device->check(status, fmt::format("loading the kernels ({})", choice->source)); !ok) {
    const std::string_view said(log.data());
    return fail(ok.error().kind, said.empty()
                                     ? ok.error().message
                                     : fmt::format("{}: {}", ok.error().message, said.substr(0, said.find('\n'))));
  }
  loaded.device = std::move(device);
  loaded.source = std::move(choice->source);
  return loaded;
}

KernelModule::~KernelModule() {
  if (module && device->makeCurrent()) {
    device->call().moduleUnload(module);
  }
}

Result<Function> KernelModule::find(const std::string &symbol) const {
  Function function = nullptr;
  const Status status = module ? device->call().moduleGetFunction(&function, module, symbol.c_str()) : status::notFound;
  if (status == status::notFound) {
    return fail(ErrorKind::BadInput, fmt::format("the program's code has no kernel '{}'", symbol));
  }
  auto ok = device->check(status, fmt::format("finding kernel '{}'", symbol));
  return ok ? Result<Function>(function) : fail(ok);
}

} // namespace clew::cuda
