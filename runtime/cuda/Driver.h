// Driver: the functions of NVIDIA's driver that we call, found in its library when a cuda Program is first opened. One binary serves machines
// with and without a GPU. No header of CUDA is needed to build it: what is declared here is the driver's published ABI (CUDA Driver API 12
// and 13), which a test compares with those headers where they are.
#pragma once

#include "runtime/base/Result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace clew::cuda {

using Status = int;       ///< CUresult; 0 is success
using DeviceIndex = int;  ///< CUdevice
using Address = uint64_t; ///< CUdeviceptr
using Context = struct ContextObject *;
using Module = struct ModuleObject *;
using Function = struct FunctionObject *;
using Stream = struct StreamObject *;
using Graph = struct GraphObject *;
using GraphExec = struct GraphExecObject *;

/// Results that we tell apart.
namespace status {
inline constexpr Status success = 0;
inline constexpr Status outOfMemory = 2;
inline constexpr Status noDevice = 100;
inline constexpr Status invalidImage = 200;
inline constexpr Status noBinaryForGpu = 209;
inline constexpr Status eccUncorrectable = 214;
inline constexpr Status invalidPtx = 218;
inline constexpr Status nvlinkUncorrectable = 220;
inline constexpr Status jitCompilerNotFound = 221;
inline constexpr Status unsupportedPtxVersion = 222;
inline constexpr Status deviceUnavailable = 46;
inline constexpr Status notFound = 500;
inline constexpr Status illegalAddress = 700;
inline constexpr Status launchOutOfResources = 701;
inline constexpr Status launchTimeout = 702;
inline constexpr Status illegalInstruction = 715;
inline constexpr Status launchFailed = 719;
inline constexpr Status unknown = 999;
} // namespace status

/// CUdevice_attribute.
enum class DeviceAttribute : int {
  MaxThreadsPerBlock = 1,
  MultiprocessorCount = 16,
  ComputeCapabilityMajor = 75,
  ComputeCapabilityMinor = 76,
  MaxSharedMemoryPerBlockOptin = 97,
};

/// CUfunction_attribute.
enum class FunctionAttribute : int { MaxThreadsPerBlock = 0, SharedSizeBytes = 1, MaxDynamicSharedSizeBytes = 8 };

inline constexpr unsigned nonBlockingStream = 1;      ///< CU_STREAM_NON_BLOCKING
inline constexpr int captureOfThread = 1;             ///< CU_STREAM_CAPTURE_MODE_THREAD_LOCAL
inline constexpr int jitErrorLog = 5;                 ///< CU_JIT_ERROR_LOG_BUFFER
inline constexpr int jitErrorLogBytes = 6;            ///< CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES
inline constexpr uintptr_t launchParamEnd = 0;        ///< CU_LAUNCH_PARAM_END
inline constexpr uintptr_t launchParamBuffer = 1;     ///< CU_LAUNCH_PARAM_BUFFER_POINTER
inline constexpr uintptr_t launchParamBufferSize = 2; ///< CU_LAUNCH_PARAM_BUFFER_SIZE

/// CUDA_MEMCPY2D, of which we use copies from device to device.
struct Copy2D {
  size_t srcX = 0;
  size_t srcY = 0;
  unsigned srcKind = 2; ///< CU_MEMORYTYPE_DEVICE
  const void *srcHost = nullptr;
  Address src = 0;
  void *srcArray = nullptr;
  size_t srcPitch = 0;
  size_t dstX = 0;
  size_t dstY = 0;
  unsigned dstKind = 2;
  void *dstHost = nullptr;
  Address dst = 0;
  void *dstArray = nullptr;
  size_t dstPitch = 0;
  size_t widthBytes = 0;
  size_t height = 0;
};

/// Each by the symbol that Driver.cpp lists. All may be called from any thread.
struct DriverTable {
  Status (*init)(unsigned flags);
  Status (*driverGetVersion)(int *version);
  Status (*getErrorName)(Status status, const char **name);
  Status (*getErrorString)(Status status, const char **text);
  Status (*deviceGetCount)(int *count);
  Status (*deviceGet)(DeviceIndex *device, int ordinal);
  Status (*deviceGetName)(char *name, int length, DeviceIndex device);
  Status (*deviceGetAttribute)(int *value, int attribute, DeviceIndex device);
  Status (*contextRetain)(Context *context, DeviceIndex device);
  Status (*contextRelease)(DeviceIndex device);
  Status (*contextSetCurrent)(Context context);
  Status (*memoryInfo)(size_t *free, size_t *total);
  Status (*memoryAllocate)(Address *address, size_t bytes);
  Status (*memoryFree)(Address address);
  Status (*hostAllocate)(void **memory, size_t bytes, unsigned flags);
  Status (*hostFree)(void *memory);
  Status (*copyToDevice)(Address target, const void *source, size_t bytes, Stream stream);
  Status (*copyToHost)(void *target, Address source, size_t bytes, Stream stream);
  Status (*copy2D)(const Copy2D *copy, Stream stream);
  Status (*fill)(Address target, unsigned char value, size_t bytes, Stream stream);
  Status (*streamCreate)(Stream *stream, unsigned flags);
  Status (*streamDestroy)(Stream stream);
  Status (*streamSynchronize)(Stream stream);
  Status (*streamBeginCapture)(Stream stream, int mode);
  Status (*streamEndCapture)(Stream stream, Graph *graph);
  Status (*graphDestroy)(Graph graph);
  Status (*graphInstantiate)(GraphExec *exec, Graph graph, unsigned long long flags);
  Status (*graphLaunch)(GraphExec exec, Stream stream);
  Status (*graphExecDestroy)(GraphExec exec);
  Status (*moduleLoad)(Module *module, const void *image, unsigned options, int *names, void **values);
  Status (*moduleUnload)(Module module);
  Status (*moduleGetFunction)(Function *function, Module module, const char *name);
  Status (*functionGetAttribute)(int *value, int attribute, Function function);
  Status (*functionSetAttribute)(Function function, int attribute, int value);
  Status (*launchKernel)(Function function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
                         unsigned blockY, unsigned blockZ, unsigned sharedBytes, Stream stream, void **parameters,
                         void **extra);
};

/// An initialized driver. Immutable; safe to use from many threads; stays loaded.
class Driver {
public:
  /// The driver of this machine, or the library at `path`. Unavailable, in one line: no driver, none that answers, one older than
  /// `oldestVersion`, no GPU.
  static Result<std::shared_ptr<const Driver>> open(const std::string &path = {});

  /// CUDA 12.0: older ones run no cuBLASLt that we know.
  static constexpr int oldestVersion = 12000;

  const DriverTable &call() const { return table; }
  int version() const { return driverVersion; } ///< 1000 * major + 10 * minor of the newest CUDA that it runs
  std::string versionText() const;              ///< "13.0"
  /// Whether the library is one that computes on the CPU, for tests: it loads CudaCode::emulation.
  bool isStandIn() const { return standIn; }

  /// Success, or what went wrong while `doing` ("copying the batch to the GPU"): Io if memory ran out; Unavailable if the device is lost;
  /// Internal if a kernel did what it must not; Unsupported for code that the driver does not take; else Unavailable.
  Result<void> check(Status status, std::string_view doing) const;
  /// "CUDA_ERROR_LAUNCH_FAILED (719): unspecified launch failure"
  std::string describe(Status status) const;

private:
  DriverTable table{};
  int driverVersion = 0;
  bool standIn = false;
};

} // namespace clew::cuda
