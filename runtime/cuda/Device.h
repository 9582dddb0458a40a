// Device: the GPU that Programs run on, and memory of it that frees itself.
#pragma once

#include "runtime/cuda/Driver.h"

#include <atomic>
#include <mutex>
#include <optional>
#include <utility>

namespace clew::cuda {

/// The first GPU that the driver shows (CUDA_VISIBLE_DEVICES chooses), with the process's context on it. Shared by all that stands on it;
/// any thread may use it, after makeCurrent().
class Device {
  struct Key {}; // keeps the constructor to open()

public:
  /// Errors: those of Driver::open; Unavailable for a GPU that another process keeps to itself.
  static Result<std::shared_ptr<const Device>> open(const std::string &driverPath = {});

  Device(Key, std::shared_ptr<const Driver> driver) : shared(std::move(driver)) {}
  Device(const Device &) = delete;
  Device &operator=(const Device &) = delete;
  ~Device();

  const Driver &driver() const { return *shared; }
  const DriverTable &call() const { return shared->call(); }
  const std::string &name() const { return title; } ///< "NVIDIA H100 80GB HBM3"
  int chip() const { return number; }               ///< 10 * major + minor of the compute capability: 90
  int64_t sharedBytesPerBlock() const { return sharedBytes; }

  /// Makes the context that of the calling thread: before any other call, on each thread.
  Result<void> makeCurrent() const;

  /// See Driver::check. Remembers results after which nothing on the device can succeed any more: from then on makeCurrent() fails with
  /// the first of them.
  Result<void> check(Status status, std::string_view doing) const;

private:
  Result<void> enter(DeviceIndex index);

  std::shared_ptr<const Driver> shared;
  std::optional<DeviceIndex> retained;
  Context context = nullptr;
  std::string title;
  int number = 0;
  int64_t sharedBytes = 0;
  mutable std::mutex mutex;
  mutable std::optional<Error> lost;
  mutable std::atomic<bool> isLost{false};
};

/// Memory of the device, or of the host where the device can reach it ("pinned"). Move-only; keeps its device.
class Memory {
public:
  enum class Kind : uint8_t { Device, Pinned };

  Memory() = default;
  Memory(Memory &&other) noexcept { swap(other); }
  Memory &operator=(Memory &&other) noexcept {
    swap(other);
    return *this;
  }
  ~Memory();

  /// Arbitrary bytes, on a boundary of 256; 0 bytes give an empty one. Io if there is no room.
  static Result<Memory> allocate(std::shared_ptr<const Device> device, Kind kind, int64_t bytes);

  Address address() const { return place; }                                ///< of Kind::Device
  std::byte *host() const { return reinterpret_cast<std::byte *>(place); } ///< of Kind::Pinned
  int64_t bytes() const { return size; }

private:
  void swap(Memory &other) noexcept {
    std::swap(device, other.device);
    std::swap(kind, other.kind);
    std::swap(place, other.place);
    std::swap(size, other.size);
  }

  std::shared_ptr<const Device> device;
  Kind kind = Kind::Device;
  Address place = 0;
  int64_t size = 0;
};

/// An order of work on the device. Move-only; destroyed when its work is done.
class WorkStream {
public:
  static Result<WorkStream> create(std::shared_ptr<const Device> device);
  WorkStream(WorkStream &&other) noexcept
      : device(std::move(other.device)), stream(std::exchange(other.stream, nullptr)) {}
  WorkStream &operator=(WorkStream &&other) noexcept {
    std::swap(device, other.device);
    std::swap(stream, other.stream);
    return *this;
  }
  ~WorkStream();

  Stream get() const { return stream; }
  /// Waits until all work is done; errors are those of the work.
  Result<void> synchronize(std::string_view doing) const;

private:
  WorkStream(std::shared_ptr<const Device> device, Stream stream) : device(std::move(device)), stream(stream) {}

  std::shared_ptr<const Device> device;
  Stream stream = nullptr;
};

} // namespace clew::cuda
