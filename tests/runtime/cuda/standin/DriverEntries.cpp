// The driver's functions over Machine, by the names of NVIDIA's library. What they refuse is what the driver refuses.
#include "tests/runtime/cuda/standin/KernelCode.h"
#include "tests/runtime/cuda/standin/Machine.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <map>

using namespace clew;
using namespace clew::standin;
using cuda::Copy2D;

namespace {

constexpr Status kInvalidValue = 1;
constexpr Status kNotInitialized = 3;
constexpr Status kInvalidContext = 201;
constexpr Status kNotFound = 500;
constexpr Status kCaptureUnsupported = 900;
constexpr Status kIllegalAddress = 700;

thread_local cuda::Context current = nullptr;
int contextObject = 0;

using Lock = std::unique_lock<std::mutex>;

/// Locks the machine; `status` is what the function answers if it does nothing.
struct Entry {
  explicit Entry(const char *function, bool needsContext = true) : lock(Machine::get().mutex), machine(Machine::get()) {
    status = machine.enter(function, needsContext);
    if (status == 0 && needsContext && !current) {
      status = kInvalidContext;
    }
    if (status == 0 && !machine.initialized && needsContext) {
      status = kNotInitialized;
    }
  }
  Lock lock;
  Machine &machine;
  Status status = 0;
};

StreamState *stateOf(cuda::Stream stream) { return reinterpret_cast<StreamState *>(stream); }
KernelFunction *functionOf(cuda::Function function) { return reinterpret_cast<KernelFunction *>(function); }

/// A copy between the device at `device` and the host at `host`. Memory of the host that is not pinned is copied at once, as the driver
/// does.
Status enqueueCopy(Machine &machine, StreamState &stream, uintptr_t device, void *host, size_t bytes, bool toDevice) {
  Work work;
  work.what = toDevice ? "a copy to the device" : "a copy to the host";
  work.uses = {device};
  if (machine.isPinned(host, bytes)) {
    work.uses.push_back(reinterpret_cast<uintptr_t>(host));
  } else if (!toDevice || stream.capturing) {
    machine.report(fmt::format("{} with memory that is not pinned", work.what));
    return kInvalidValue;
  }
  std::shared_ptr<std::vector<std::byte>> kept;
  if (work.uses.size() == 1) {
    const auto *bytesOfHost = static_cast<const std::byte *>(host);
    kept = std::make_shared<std::vector<std::byte>>(bytesOfHost, bytesOfHost + bytes);
  }
  work.run = [&machine, device, host, bytes, toDevice, kept](std::vector<Touch> &touched) {
    void *other = kept ? kept->data() : host;
    const auto at = reinterpret_cast<uintptr_t>(other);
    std::memcpy(toDevice ? reinterpret_cast<void *>(device) : other,
                toDevice ? other : reinterpret_cast<void *>(device), bytes);
    touched.push_back({device, device + bytes, toDevice});
    touched.push_back({at, at + bytes, !toDevice});
    return machine.fault("copy");
  };
  return machine.enqueue(stream, std::move(work));
}

} // namespace

extern "C" {

int clewStandInVersion() { return 1; }

void clewStandInConfigure(const char *settings) {
  const Lock lock(Machine::get().mutex);
  Machine::get().configure(settings);
}

void clewStandInForget() {
  const Lock lock(Machine::get().mutex);
  Machine::get().forget();
}

/// Problems so far, one a line.
size_t clewStandInProblems(char *text, size_t room) {
  const Lock lock(Machine::get().mutex);
  std::string all;
  for (const std::string &problem : Machine::get().problems) {
    all += problem + "\n";
  }
  std::snprintf(text, room, "%s", all.c_str());
  return Machine::get().problems.size();
}

/// What is alive: "1 streams, 2 device memory"; empty if nothing.
size_t clewStandInLeaks(char *text, size_t room) {
  const Lock lock(Machine::get().mutex);
  const std::string all = Machine::get().leaks();
  std::snprintf(text, room, "%s", all.c_str());
  return all.size();
}

int64_t clewStandInCount(const char *function) {
  const Lock lock(Machine::get().mutex);
  return Machine::get().counters[function];
}

Status cuInit(unsigned) {
  Entry entry("cuInit", false);
  if (entry.status == 0 && entry.machine.devices == 0) {
    return cuda::status::noDevice;
  }
  entry.machine.initialized = entry.status == 0;
  return entry.status;
}

Status cuDriverGetVersion(int *version) {
  Entry entry("cuDriverGetVersion", false);
  *version = entry.machine.version;
  return entry.status;
}

Status cuGetErrorName(Status status, const char **name) {
  static thread_local std::string text;
  text = status == cuda::status::outOfMemory    ? "CUDA_ERROR_OUT_OF_MEMORY"
         : status == cuda::status::launchFailed ? "CUDA_ERROR_LAUNCH_FAILED"
                                                : fmt::format("CUDA_ERROR_{}", status);
  *name = text.c_str();
  return 0;
}

Status cuGetErrorString(Status status, const char **text) {
  *text = status == cuda::status::outOfMemory ? "out of memory" : "the stand-in says so";
  return 0;
}

Status cuDeviceGetCount(int *count) {
  Entry entry("cuDeviceGetCount", false);
  *count = entry.machine.devices;
  return entry.status;
}

Status cuDeviceGet(cuda::DeviceIndex *device, int ordinal) {
  Entry entry("cuDeviceGet", false);
  *device = ordinal;
  return entry.status != 0 ? entry.status : ordinal < entry.machine.devices ? 0 : Status(101);
}

Status cuDeviceGetName(char *name, int length, cuda::DeviceIndex) {
  Entry entry("cuDeviceGetName", false);
  std::snprintf(name, static_cast<size_t>(length), "%s", "Clew's stand-in for a GPU");
  return entry.status;
}

Status cuDeviceGetAttribute(int *value, int attribute, cuda::DeviceIndex) {
  Entry entry("cuDeviceGetAttribute", false);
  const std::map<int, int> known{
      {static_cast<int>(cuda::DeviceAttribute::MaxThreadsPerBlock), 1024},
      {static_cast<int>(cuda::DeviceAttribute::MultiprocessorCount), 2},
      {static_cast<int>(cuda::DeviceAttribute::ComputeCapabilityMajor), entry.machine.chip / 10},
      {static_cast<int>(cuda::DeviceAttribute::ComputeCapabilityMinor), entry.machine.chip % 10},
      {static_cast<int>(cuda::DeviceAttribute::MaxSharedMemoryPerBlockOptin), kMostShared}};
  const auto found = known.find(attribute);
  *value = found == known.end() ? 0 : found->second;
  return entry.status != 0 ? entry.status : found == known.end() ? kInvalidValue : 0;
}

Status cuDevicePrimaryCtxRetain(cuda::Context *context, cuda::DeviceIndex) {
  Entry entry("cuDevicePrimaryCtxRetain", false);
  if (entry.status == 0) {
    ++entry.machine.contexts;
    *context = reinterpret_cast<cuda::Context>(&contextObject);
  }
  return entry.status;
}

Status cuDevicePrimaryCtxRelease_v2(cuda::DeviceIndex) {
  const Lock lock(Machine::get().mutex); // also of a lost device
  --Machine::get().contexts;
  return 0;
}

Status cuCtxSetCurrent(cuda::Context context) {
  Entry entry("cuCtxSetCurrent", false);
  current = entry.status == 0 ? context : current;
  return entry.status;
}

Status cuMemGetInfo_v2(size_t *free, size_t *total) {
  const Lock lock(Machine::get().mutex);
  *total = Machine::get().memory;
  *free = *total - std::min(*total, Machine::get().used);
  return 0;
}

Status cuMemAlloc_v2(Address *address, size_t bytes) {
  Entry entry("cuMemAlloc_v2");
  if (entry.status == 0 && entry.machine.spoilsCapture()) {
    return kCaptureUnsupported;
  }
  uintptr_t host = 0;
  entry.status = entry.status != 0 ? entry.status : entry.machine.allocate(bytes, false, host);
  *address = host | kDeviceBit;
  return entry.status;
}

Status cuMemFree_v2(Address address) {
  Entry entry("cuMemFree_v2");
  if (entry.status == 0 && entry.machine.spoilsCapture()) {
    return kCaptureUnsupported;
  }
  return entry.status != 0 ? entry.status : entry.machine.release(static_cast<uintptr_t>(address & ~kDeviceBit), false);
}

Status cuMemHostAlloc(void **memory, size_t bytes, unsigned) {
  Entry entry("cuMemHostAlloc");
  uintptr_t host = 0;
  entry.status = entry.status != 0 ? entry.status : entry.machine.allocate(bytes, true, host);
  *memory = reinterpret_cast<void *>(host);
  return entry.status;
}

Status cuMemFreeHost(void *memory) {
  Entry entry("cuMemFreeHost");
  return entry.status != 0 ? entry.status : entry.machine.release(reinterpret_cast<uintptr_t>(memory), true);
}

Status cuMemcpyHtoDAsync_v2(Address target, const void *source, size_t bytes, cuda::Stream stream) {
  Entry entry("cuMemcpyHtoDAsync_v2");
  uintptr_t device = 0;
  if (entry.status != 0 || !entry.machine.resolve(target, bytes, device)) {
    return entry.status != 0 ? entry.status : kInvalidValue;
  }
  return enqueueCopy(entry.machine, *stateOf(stream), device, const_cast<void *>(source), bytes, true);
}

Status cuMemcpyDtoHAsync_v2(void *target, Address source, size_t bytes, cuda::Stream stream) {
  Entry entry("cuMemcpyDtoHAsync_v2");
  uintptr_t device = 0;
  if (entry.status != 0 || !entry.machine.resolve(source, bytes, device)) {
    return entry.status != 0 ? entry.status : kInvalidValue;
  }
  return enqueueCopy(entry.machine, *stateOf(stream), device, target, bytes, false);
}

Status cuMemcpy2DAsync_v2(const Copy2D *copy, cuda::Stream stream) {
  Entry entry("cuMemcpy2DAsync_v2");
  uintptr_t source = 0;
  uintptr_t target = 0;
  constexpr unsigned kDevice = 2;
  if (entry.status != 0) {
    return entry.status;
  }
  if (copy->srcKind != kDevice || copy->dstKind != kDevice || copy->height == 0 || copy->srcPitch < copy->widthBytes ||
      copy->dstPitch < copy->widthBytes ||
      !entry.machine.resolve(copy->src, copy->srcPitch * (copy->height - 1) + copy->widthBytes, source) ||
      !entry.machine.resolve(copy->dst, copy->dstPitch * (copy->height - 1) + copy->widthBytes, target)) {
    return kInvalidValue;
  }
  Work work{"a copy of rows", {source, target}, [source, target, rows = *copy](std::vector<Touch> &touched) {
              for (size_t i = 0; i < rows.height; ++i) {
                std::memcpy(reinterpret_cast<void *>(target + i * rows.dstPitch),
                            reinterpret_cast<const void *>(source + i * rows.srcPitch), rows.widthBytes);
              }
              touched.push_back({source, source + rows.srcPitch * (rows.height - 1) + rows.widthBytes, false});
              touched.push_back({target, target + rows.dstPitch * (rows.height - 1) + rows.widthBytes, true});
              return Status(0);
            }};
  return entry.machine.enqueue(*stateOf(stream), std::move(work));
}

Status cuMemsetD8Async(Address address, unsigned char value, size_t bytes, cuda::Stream stream) {
  Entry entry("cuMemsetD8Async");
  uintptr_t target = 0;
  if (entry.status != 0 || !entry.machine.resolve(address, bytes, target)) {
    return entry.status != 0 ? entry.status : kInvalidValue;
  }
  return entry.machine.enqueue(*stateOf(stream), {"a fill", {target}, [=](std::vector<Touch> &touched) {
                                                    std::memset(reinterpret_cast<void *>(target), value, bytes);
                                                    touched.push_back({target, target + bytes, true});
                                                    return Status(0);
                                                  }});
}

Status cuModuleLoadDataEx(cuda::Module *module, const void *image, unsigned options, int *names, void **values) {
  Entry entry("cuModuleLoadDataEx");
  if (entry.status != 0) {
    return entry.status;
  }
  auto loaded = loadKernels(image);
  if (!loaded) {
    for (unsigned i = 0; i < options; ++i) {
      if (names[i] == cuda::jitErrorLog) {
        std::strcpy(static_cast<char *>(values[i]), loaded.error().message.substr(0, 200).c_str());
      }
    }
    return cuda::status::invalidImage;
  }
  *module = reinterpret_cast<cuda::Module>(loaded->release());
  ++entry.machine.alive["modules"];
  return 0;
}

Status cuModuleUnload(cuda::Module module) {
  Entry entry("cuModuleUnload");
  --entry.machine.alive["modules"];
  delete reinterpret_cast<KernelCode *>(module);
  return entry.status;
}

Status cuModuleGetFunction(cuda::Function *function, cuda::Module module, const char *name) {
  Entry entry("cuModuleGetFunction");
  KernelFunction *found = reinterpret_cast<KernelCode *>(module)->find(name);
  *function = reinterpret_cast<cuda::Function>(found);
  return entry.status != 0 ? entry.status : found ? 0 : kNotFound;
}

Status cuFuncGetAttribute(int *value, int attribute, cuda::Function function) {
  Entry entry("cuFuncGetAttribute");
  const std::map<int, int> known{
      {static_cast<int>(cuda::FunctionAttribute::MaxThreadsPerBlock), 1024},
      {static_cast<int>(cuda::FunctionAttribute::SharedSizeBytes), 0},
      {static_cast<int>(cuda::FunctionAttribute::MaxDynamicSharedSizeBytes), functionOf(function)->sharedLimit}};
  const auto found = known.find(attribute);
  *value = found == known.end() ? 0 : found->second;
  return entry.status != 0 ? entry.status : found == known.end() ? kInvalidValue : 0;
}

Status cuFuncSetAttribute(cuda::Function function, int attribute, int value) {
  Entry entry("cuFuncSetAttribute");
  if (attribute != static_cast<int>(cuda::FunctionAttribute::MaxDynamicSharedSizeBytes) || value > kMostShared) {
    return kInvalidValue;
  }
  functionOf(function)->sharedLimit = value;
  return entry.status;
}

Status cuLaunchKernel(cuda::Function function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
                      unsigned blockY, unsigned blockZ, unsigned sharedBytes, cuda::Stream stream, void **parameters,
                      void **extra) {
  Entry entry("cuLaunchKernel");
  if (entry.status != 0) {
    return entry.status;
  }
  const bool isBlock = extra && reinterpret_cast<uintptr_t>(extra[0]) == cuda::launchParamBuffer &&
                       reinterpret_cast<uintptr_t>(extra[2]) == cuda::launchParamBufferSize &&
                       reinterpret_cast<uintptr_t>(extra[4]) == cuda::launchParamEnd;
  if (parameters || !isBlock || gridX == 0 || gridY != 1 || gridZ != 1 || blockX == 0 || blockX > 1024 || blockY != 1 ||
      blockZ != 1 || static_cast<int>(sharedBytes) > functionOf(function)->sharedLimit) {
    return kInvalidValue;
  }
  const auto *addresses = static_cast<const Address *>(extra[1]);
  const size_t count = *static_cast<const size_t *>(extra[3]) / sizeof(Address);
  std::vector<void *> operands;
  std::vector<uintptr_t> uses;
  for (size_t i = 0; i < count; ++i) {
    uintptr_t host = 0;
    if (!entry.machine.resolve(addresses[i], 1, host)) {
      entry.machine.report(fmt::format("operand {} of '{}' is no memory of the device", i, functionOf(function)->name));
      return entry.machine.breakDown(kIllegalAddress);
    }
    operands.push_back(reinterpret_cast<void *>(host));
    uses.push_back(host);
  }
  const KernelLaunch launch{functionOf(function), std::move(operands), gridX, static_cast<int32_t>(blockX),
                            sharedBytes};
  return entry.machine.enqueue(*stateOf(stream), {launch.function->name, std::move(uses),
                                                  [&machine = entry.machine, launch](std::vector<Touch> &touched) {
                                                    const Status due = machine.fault("kernel");
                                                    return due != 0 ? due : runKernel(machine, launch, touched);
                                                  }});
}

} // extern "C"
