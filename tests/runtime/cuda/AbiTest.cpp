// What runtime/cuda declares of NVIDIA's interfaces, against their own headers. Built where those are; nothing else needs them.
#include "runtime/cuda/Blas.h"
#include "runtime/cuda/Driver.h"

#include <cublasLt.h>
#include <cuda.h>
#include <doctest/doctest.h>

using namespace clew::cuda;

namespace {

static_assert(sizeof(CUdeviceptr) == sizeof(Address) && sizeof(CUresult) == sizeof(Status));
static_assert(CUDA_ERROR_OUT_OF_MEMORY == status::outOfMemory && CUDA_ERROR_NO_DEVICE == status::noDevice);
static_assert(CUDA_ERROR_INVALID_IMAGE == status::invalidImage &&
              CUDA_ERROR_NO_BINARY_FOR_GPU == status::noBinaryForGpu);
static_assert(CUDA_ERROR_ECC_UNCORRECTABLE == status::eccUncorrectable && CUDA_ERROR_INVALID_PTX == status::invalidPtx);
static_assert(CUDA_ERROR_NVLINK_UNCORRECTABLE == status::nvlinkUncorrectable);
static_assert(CUDA_ERROR_JIT_COMPILER_NOT_FOUND == status::jitCompilerNotFound);
static_assert(CUDA_ERROR_UNSUPPORTED_PTX_VERSION == status::unsupportedPtxVersion);
static_assert(CUDA_ERROR_DEVICE_UNAVAILABLE == status::deviceUnavailable && CUDA_ERROR_NOT_FOUND == status::notFound);
static_assert(CUDA_ERROR_ILLEGAL_ADDRESS == status::illegalAddress);
static_assert(CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES == status::launchOutOfResources);
static_assert(CUDA_ERROR_LAUNCH_TIMEOUT == status::launchTimeout);
static_assert(CUDA_ERROR_ILLEGAL_INSTRUCTION == status::illegalInstruction);
static_assert(CUDA_ERROR_LAUNCH_FAILED == status::launchFailed && CUDA_ERROR_UNKNOWN == status::unknown);
static_assert(CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK == int(DeviceAttribute::MaxThreadsPerBlock));
static_assert(CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT == int(DeviceAttribute::MultiprocessorCount));
static_assert(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR == int(DeviceAttribute::ComputeCapabilityMajor));
static_assert(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR == int(DeviceAttribute::ComputeCapabilityMinor));
static_assert(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN ==
              int(DeviceAttribute::MaxSharedMemoryPerBlockOptin));
static_assert(CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK == int(FunctionAttribute::MaxThreadsPerBlock));
static_assert(CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES == int(FunctionAttribute::SharedSizeBytes));
static_assert(CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES == int(FunctionAttribute::MaxDynamicSharedSizeBytes));
static_assert(CU_STREAM_NON_BLOCKING == nonBlockingStream && CU_STREAM_CAPTURE_MODE_THREAD_LOCAL == captureOfThread);
static_assert(CU_JIT_ERROR_LOG_BUFFER == jitErrorLog && CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES == jitErrorLogBytes);
static_assert(sizeof(CUDA_MEMCPY2D) == sizeof(Copy2D));
static_assert(offsetof(CUDA_MEMCPY2D, srcDevice) == offsetof(Copy2D, src));
static_assert(offsetof(CUDA_MEMCPY2D, srcPitch) == offsetof(Copy2D, srcPitch));
static_assert(offsetof(CUDA_MEMCPY2D, dstMemoryType) == offsetof(Copy2D, dstKind));
static_assert(offsetof(CUDA_MEMCPY2D, dstDevice) == offsetof(Copy2D, dst));
static_assert(offsetof(CUDA_MEMCPY2D, dstPitch) == offsetof(Copy2D, dstPitch));
static_assert(offsetof(CUDA_MEMCPY2D, WidthInBytes) == offsetof(Copy2D, widthBytes));
static_assert(offsetof(CUDA_MEMCPY2D, Height) == offsetof(Copy2D, height));
static_assert(CU_MEMORYTYPE_DEVICE == 2);
static_assert(CU_LAUNCH_PARAM_BUFFER_POINTER_AS_INT == launchParamBuffer);
static_assert(CU_LAUNCH_PARAM_BUFFER_SIZE_AS_INT == launchParamBufferSize &&
              CU_LAUNCH_PARAM_END_AS_INT == launchParamEnd);
static_assert(sizeof(cublasLtMatmulAlgo_t) == sizeof(BlasAlgorithm));
static_assert(sizeof(cublasLtMatmulHeuristicResult_t) == sizeof(BlasChoice));
static_assert(offsetof(cublasLtMatmulHeuristicResult_t, state) == offsetof(BlasChoice, state));

// What Blas.cpp keeps to itself.
static_assert(CUDA_R_32F == 0 && CUDA_R_8I == 3 && CUDA_R_32I == 10 && CUDA_R_16BF == 14);
static_assert(CUBLAS_COMPUTE_32F == 68 && CUBLAS_COMPUTE_32I == 72 && CUBLAS_OP_T == 1);
static_assert(CUBLASLT_MATMUL_DESC_TRANSA == 3 && CUBLASLT_MATMUL_DESC_EPILOGUE == 7);
static_assert(CUBLASLT_MATMUL_DESC_BIAS_POINTER == 8 && CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE == 26);
static_assert(CUBLASLT_EPILOGUE_BIAS == 4 && CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES == 1);
static_assert(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES == 6 && CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES == 7);
static_assert(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES == 8);

} // namespace

TEST_CASE("the declarations are those of the headers") {
  CHECK(CUDA_VERSION >= Driver::oldestVersion); // the comparison itself is made when this is compiled
}
