// The context is the process's primary one, so that whoever else uses CUDA in this process shares it.
#include "runtime/cuda/Device.h"

#include <array>
#include <fmt/format.h>

namespace clew::cuda {

namespace {

/// Whether the context is dead after it: every later call fails the same way.
bool isFatal(Status status) {
  switch (status) {
  case status::eccUncorrectable:
  case status::nvlinkUncorrectable:
  case status::deviceUnavailable:
  case status::illegalAddress:
  case status::launchTimeout:
  case status::illegalInstruction:
  case status::launchFailed:
  case status::unknown:
    return true;
  default:
    return status > status::illegalAddress && status <= status::launchFailed && status != status::launchOutOfResources;
  }
}

} // namespace

Result<std::shared_ptr<const Device>> Device::open(const std::string &driverPath) {
  auto driver = Driver::open(driverPath);
  if (!driver) {
    return fail(driver);
  }
  auto device = std::make_shared<Device>(Key(), std::move(*driver));
  const DriverTable &call = device->call();
  DeviceIndex index = 0;
  if (auto found = device->driver().check(call.deviceGet(&index, 0), "finding the first GPU"); !found) {
    return fail(found);
  }
  if (auto entered = device->enter(index); !entered) {
    return fail(ErrorKind::Unavailable, entered.error().message);
  }
  return std::shared_ptr<const Device>(std::move(device));
}

Result<void> Device::enter(DeviceIndex index) {
  const DriverTable &table = call();
  std::array<char, 256> text{};
  if (table.deviceGetName(text.data(), static_cast<int>(text.size()) - 1, index) == status::success) {
    title = text.data();
  }
  const auto attribute = [&](DeviceAttribute which) {
    int value = 0;
    return table.deviceGetAttribute(&value, static_cast<int>(which), index) == status::success ? value : 0;
  };
  number = 10 * attribute(DeviceAttribute::ComputeCapabilityMajor) + attribute(DeviceAttribute::ComputeCapabilityMinor);
  sharedBytes = attribute(DeviceAttribute::MaxSharedMemoryPerBlockOptin);
  if (auto made = shared->check(table.contextRetain(&context, index), fmt::format("opening '{}'", title)); !made) {
    return made;
  }
  retained = index;
  return makeCurrent();
}

Device::~Device() {
  if (retained) {
    call().contextRelease(*retained);
  }
}

Result<void> Device::makeCurrent() const {
  if (isLost.load(std::memory_order_acquire)) {
    std::lock_guard lock(mutex);
    return Failure(*lost);
  }
  return check(call().contextSetCurrent(context), "using the GPU");
}

Result<void> Device::check(Status status, std::string_view doing) const {
  Result<void> done = shared->check(status, doing);
  if (!done && isFatal(status)) {
    std::lock_guard lock(mutex);
    if (!lost) {
      lost = done.error();
      isLost.store(true, std::memory_order_release);
    }
  }
  return done;
}

Memory::~Memory() {
  if (size > 0 && device->makeCurrent()) {
    // What fails here failed before; the context is going down with what it holds.
    kind == Kind::Device ? device->call().memoryFree(place) : device->call().hostFree(host());
  }
}

Result<Memory> Memory::allocate(std::shared_ptr<const Device> device, Kind kind, int64_t bytes) {
  Memory memory;
  if (bytes == 0) {
    return memory;
  }
  if (auto current = device->makeCurrent(); !current) {
    return fail(current);
  }
  const auto size = static_cast<size_t>(bytes);
  void *host = nullptr;
  Status status = status::success;
  if (kind == Kind::Device) {
    status = device->call().memoryAllocate(&memory.place, size);
  } else {
    status = device->call().hostAllocate(&host, size, 0);
    memory.place = reinterpret_cast<Address>(host);
  }
  if (status != status::success) {
    size_t free = 0;
    size_t total = 0;
    std::string room;
    if (status == status::outOfMemory && device->call().memoryInfo(&free, &total) == status::success) {
      room = fmt::format(" ({:.1f} of {:.1f} MB are free)", static_cast<double>(free) / 1e6,
                         static_cast<double>(total) / 1e6);
    }
    return fail(device->check(status, fmt::format("taking {:.1f} MB of {} memory{}", static_cast<double>(bytes) / 1e6,
                                                  kind == Kind::Device ? "the GPU's" : "pinned", room)));
  }
  memory.device = std::move(device);
  memory.kind = kind;
  memory.size = bytes;
  return memory;
}

Result<WorkStream> WorkStream::create(std::shared_ptr<const Device> device) {
  if (auto current = device->makeCurrent(); !current) {
    return fail(current);
  }
  Stream stream = nullptr;
  if (auto made = device->check(device->call().streamCreate(&stream, nonBlockingStream), "making a stream"); !made) {
    return fail(made);
  }
  return WorkStream(std::move(device), stream);
}

WorkStream::~WorkStream() {
  if (stream && device->makeCurrent()) {
    device->call().streamSynchronize(stream); // memory of the work may go right after
    device->call().streamDestroy(stream);
  }
}

Result<void> WorkStream::synchronize(std::string_view doing) const {
  return device->check(device->call().streamSynchronize(stream), doing);
}

} // namespace clew::cuda
