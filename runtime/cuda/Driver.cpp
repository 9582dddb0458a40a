// Finds the driver, says why there is none, and turns its results into errors.
#include "runtime/cuda/Driver.h"

#include "runtime/cuda/Library.h"

#include <array>
#include <fmt/format.h>

namespace clew::cuda {

namespace {

Result<void> readTable(const Library &library, DriverTable &table) {
  SymbolReader reader(library);
  reader.read(table.init, "cuInit");
  reader.read(table.driverGetVersion, "cuDriverGetVersion");
  reader.read(table.getErrorName, "cuGetErrorName");
  reader.read(table.getErrorString, "cuGetErrorString");
  reader.read(table.deviceGetCount, "cuDeviceGetCount");
  reader.read(table.deviceGet, "cuDeviceGet");
  reader.read(table.deviceGetName, "cuDeviceGetName");
  reader.read(table.deviceGetAttribute, "cuDeviceGetAttribute");
  reader.read(table.contextRetain, "cuDevicePrimaryCtxRetain");
  reader.read(table.contextRelease, "cuDevicePrimaryCtxRelease_v2");
  reader.read(table.contextSetCurrent, "cuCtxSetCurrent");
  reader.read(table.memoryInfo, "cuMemGetInfo_v2");
  reader.read(table.memoryAllocate, "cuMemAlloc_v2");
  reader.read(table.memoryFree, "cuMemFree_v2");
  reader.read(table.hostAllocate, "cuMemHostAlloc");
  reader.read(table.hostFree, "cuMemFreeHost");
  reader.read(table.copyToDevice, "cuMemcpyHtoDAsync_v2");
  reader.read(table.copyToHost, "cuMemcpyDtoHAsync_v2");
  reader.read(table.copy2D, "cuMemcpy2DAsync_v2");
  reader.read(table.fill, "cuMemsetD8Async");
  reader.read(table.streamCreate, "cuStreamCreate");
  reader.read(table.streamDestroy, "cuStreamDestroy_v2");
  reader.read(table.streamSynchronize, "cuStreamSynchronize");
  reader.read(table.streamBeginCapture, "cuStreamBeginCapture_v2");
  reader.read(table.streamEndCapture, "cuStreamEndCapture");
  reader.read(table.graphDestroy, "cuGraphDestroy");
  reader.read(table.graphInstantiate, "cuGraphInstantiateWithFlags");
  reader.read(table.graphLaunch, "cuGraphLaunch");
  reader.read(table.graphExecDestroy, "cuGraphExecDestroy");
  reader.read(table.moduleLoad, "cuModuleLoadDataEx");
  reader.read(table.moduleUnload, "cuModuleUnload");
  reader.read(table.moduleGetFunction, "cuModuleGetFunction");
  reader.read(table.functionGetAttribute, "cuFuncGetAttribute");
  reader.read(table.functionSetAttribute, "cuFuncSetAttribute");
  reader.read(table.launchKernel, "cuLaunchKernel");
  return reader.finish();
}

std::string versionOf(int version) { return fmt::format("{}.{}", version / 1000, version % 1000 / 10); }

/// What a result says of the device or of us.
ErrorKind kindOf(Status status) {
  switch (status) {
  case status::outOfMemory:
    return ErrorKind::Io;
  case status::invalidImage:
  case status::noBinaryForGpu:
  case status::invalidPtx:
  case status::jitCompilerNotFound:
  case status::unsupportedPtxVersion:
    return ErrorKind::Unsupported;
  case status::illegalAddress:
  case status::illegalInstruction:
    return ErrorKind::Internal;
  default:
    return ErrorKind::Unavailable;
  }
}

/// What to do about it, where there is something.
std::string_view adviceOn(Status status) {
  switch (status) {
  case status::outOfMemory:
    return "the GPU has not enough free memory; use smaller batches, or end what else runs on it";
  case status::noBinaryForGpu:
  case status::unsupportedPtxVersion:
    return "the driver is older than the program's code; install a newer one";
  case status::jitCompilerNotFound:
    return "the driver's compiler of PTX (libnvidia-ptxjitcompiler) is not installed";
  case status::eccUncorrectable:
  case status::nvlinkUncorrectable:
  case status::deviceUnavailable:
  case status::launchFailed:
  case status::launchTimeout:
  case status::unknown:
    return "the GPU is lost to this process; start it again";
  case status::illegalAddress:
  case status::illegalInstruction:
    return "a kernel is at fault; please report it";
  default:
    return "";
  }
}

} // namespace

Result<std::shared_ptr<const Driver>> Driver::open(const std::string &path) {
  const std::array<std::string, 2> usual{"libcuda.so.1", "libcuda.so"};
  const auto library = path.empty() ? Library::open(usual) : Library::open(std::span<const std::string>(&path, 1));
  if (!library) {
    return fail(ErrorKind::Unavailable, "no NVIDIA driver on this machine: " + library.error().message);
  }
  auto driver = std::make_shared<Driver>();
  if (auto read = readTable(*library, driver->table); !read) {
    return fail(ErrorKind::Unavailable, "the NVIDIA driver is too old: " + read.error().message);
  }
  driver->standIn = library->find("clewStandInVersion") != nullptr;
  const DriverTable &call = driver->table;
  int devices = 0;
  if (const Status status = call.init(0); status == status::noDevice) {
    return fail(ErrorKind::Unavailable, "the NVIDIA driver finds no GPU");
  } else if (status != status::success) {
    return fail(ErrorKind::Unavailable, "the NVIDIA driver does not start: " + driver->describe(status));
  }
  if (call.driverGetVersion(&driver->driverVersion) != status::success || driver->driverVersion < oldestVersion) {
    return fail(ErrorKind::Unavailable, fmt::format("the NVIDIA driver runs CUDA {}, expected {} or newer",
                                                    driver->versionText(), versionOf(oldestVersion)));
  }
  if (call.deviceGetCount(&devices) != status::success || devices < 1) {
    return fail(ErrorKind::Unavailable, "the NVIDIA driver finds no GPU");
  }
  return std::shared_ptr<const Driver>(std::move(driver));
}

std::string Driver::versionText() const { return versionOf(driverVersion); }

std::string Driver::describe(Status status) const {
  const char *name = nullptr;
  const char *text = nullptr;
  const bool known = table.getErrorName(status, &name) == status::success && name &&
                     table.getErrorString(status, &text) == status::success && text;
  return known ? fmt::format("{} ({}): {}", name, status, text) : fmt::format("result {}", status);
}

Result<void> Driver::check(Status status, std::string_view doing) const {
  if (status == status::success) {
    return {};
  }
  const std::string_view advice = adviceOn(status);
  return fail(kindOf(status), fmt::format("{}: {}{}{}", doing, describe(status), advice.empty() ? "" : "; ", advice));
}

} // namespace clew::cuda
