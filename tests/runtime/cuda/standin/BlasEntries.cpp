// The functions of cuBLASLt that Clew calls, over the stand-in for the driver: products are work of their stream, which multiplies on the
// CPU. It takes what cuBLASLt takes for row-major x and W (W transposed, x not) and refuses what that refuses.
#include "runtime/base/DType.h"
#include "runtime/cuda/Blas.h"
#include "tests/runtime/cuda/standin/Machine.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

using namespace clew;
using namespace clew::standin;
using cuda::BlasAlgorithm;
using cuda::BlasChoice;

extern "C" {
Status clewStandInEnqueue(cuda::Stream stream, Work &&work);
uintptr_t clewStandInResolve(Address address, size_t bytes);
Status clewStandInFault(const char *kind);
void clewStandInAlive(const char *kind, int64_t more);
}

namespace {

constexpr int kSuccess = 0;
constexpr int kInvalidValue = 7;
constexpr int kNotSupported = 15;
constexpr int kF32 = 0;
constexpr int kS8 = 3;
constexpr int kI32 = 10;
constexpr int kBF16 = 14;
constexpr int kComputeF32 = 68;
constexpr int kComputeI32 = 72;

struct Desc {
  int compute = 0;
  int scale = 0;
  int transposeA = 0;
  int transposeB = 0;
  int epilogue = 1;
  int biasType = -1;
  Address bias = 0;
};

struct Layout {
  int type = 0;
  uint64_t rows = 0;
  uint64_t columns = 0;
  int64_t stride = 0;
};

size_t bytesOfType(int type) { return type == kS8 ? 1 : type == kBF16 ? 2 : 4; }
size_t bytesOf(const Layout &layout) {
  return (static_cast<size_t>(layout.stride) * (layout.columns - 1) + layout.rows) * bytesOfType(layout.type);
}

/// A product in the terms of the caller: y (rows x columns) = x (rows x depth) W^T.
struct Product {
  int type = 0;
  uint64_t rows = 0;
  uint64_t columns = 0;
  uint64_t depth = 0;
  const void *x = nullptr;
  const void *weight = nullptr;
  const float *bias = nullptr;
  void *y = nullptr;
};

float valueAt(const void *matrix, int type, size_t index) {
  return type == kBF16 ? static_cast<float>(static_cast<const BF16 *>(matrix)[index])
                       : static_cast<const float *>(matrix)[index];
}

template <typename Sum> void multiply(const Product &product, auto at, auto store) {
  for (uint64_t row = 0; row < product.rows; ++row) {
    for (uint64_t column = 0; column < product.columns; ++column) {
      constexpr size_t kParts = 8; // of a sum, so that the compiler may use vectors
      Sum parts[kParts] = {};
      const size_t x = row * product.depth;
      const size_t weight = column * product.depth;
      size_t k = 0;
      for (; k + kParts <= product.depth; k += kParts) {
        for (size_t part = 0; part < kParts; ++part) {
          parts[part] += at(product.x, x + k + part) * at(product.weight, weight + k + part);
        }
      }
      Sum sum = 0;
      for (; k < product.depth; ++k) {
        sum += at(product.x, x + k) * at(product.weight, weight + k);
      }
      for (const Sum part : parts) {
        sum += part;
      }
      store(row * product.columns + column, column, sum);
    }
  }
}

void run(const Product &product) {
  if (product.type == kS8) {
    multiply<int32_t>(
        product, [](const void *m, size_t i) { return int32_t(static_cast<const int8_t *>(m)[i]); },
        [&](size_t at, size_t, int32_t sum) { static_cast<int32_t *>(product.y)[at] = sum; });
    return;
  }
  multiply<float>(
      product, [&](const void *m, size_t i) { return valueAt(m, product.type, i); },
      [&](size_t at, size_t column, float sum) {
        static_cast<float *>(product.y)[at] = sum + (product.bias ? product.bias[column] : 0);
      });
}

/// Whether cuBLASLt would multiply these.
bool isSupported(const Desc &desc, const Layout &a, const Layout &b, const Layout &d) {
  const bool fits = desc.transposeA == 1 && desc.transposeB == 0 && a.rows == b.rows && a.columns == d.rows &&
                    b.columns == d.columns && a.type == b.type && a.stride == static_cast<int64_t>(a.rows) &&
                    b.stride == a.stride && d.stride == static_cast<int64_t>(d.rows);
  const bool integers = a.type == kS8 && d.type == kI32 && desc.compute == kComputeI32 && desc.scale == kI32 &&
                        desc.epilogue == 1 && a.rows % 4 == 0 && d.rows % 4 == 0;
  const bool floats = (a.type == kF32 || a.type == kBF16) && d.type == kF32 && desc.compute == kComputeF32 &&
                      desc.scale == kF32 && (desc.epilogue == 1 || (desc.epilogue == 4 && desc.biasType == kF32));
  return fits && (integers || floats);
}

uint64_t fingerprint(const Layout &a, const Layout &d) {
  return a.rows * 1000003 + a.columns * 10007 + d.columns * 101 + static_cast<uint64_t>(a.type) + 1;
}

} // namespace

extern "C" {

size_t cublasLtGetVersion() { return 130000; }

int cublasLtCreate(void **handle) {
  static int object = 0;
  *handle = &object;
  clewStandInAlive("handles of cuBLASLt", 1);
  return kSuccess;
}

int cublasLtDestroy(void *) {
  clewStandInAlive("handles of cuBLASLt", -1);
  return kSuccess;
}

int cublasLtMatmulDescCreate(void **desc, int compute, int scale) {
  *desc = new Desc{compute, scale};
  clewStandInAlive("descriptors", 1);
  return kSuccess;
}

int cublasLtMatmulDescDestroy(void *desc) {
  delete static_cast<Desc *>(desc);
  clewStandInAlive("descriptors", -1);
  return kSuccess;
}

int cublasLtMatmulDescSetAttribute(void *handle, int attribute, const void *value, size_t bytes) {
  auto &desc = *static_cast<Desc *>(handle);
  int *const numbers[] = {nullptr,          nullptr, nullptr, &desc.transposeA,
                          &desc.transposeB, nullptr, nullptr, &desc.epilogue};
  if (attribute == 8 && bytes == sizeof(Address)) {
    std::memcpy(&desc.bias, value, bytes);
    return kSuccess;
  }
  int *number = attribute == 26 ? &desc.biasType : attribute >= 0 && attribute < 8 ? numbers[attribute] : nullptr;
  if (!number || bytes != sizeof(int)) {
    return kInvalidValue;
  }
  std::memcpy(number, value, bytes);
  return kSuccess;
}

int cublasLtMatrixLayoutCreate(void **layout, int type, uint64_t rows, uint64_t columns, int64_t stride) {
  *layout = new Layout{type, rows, columns, stride};
  clewStandInAlive("descriptors", 1);
  return kSuccess;
}

int cublasLtMatrixLayoutDestroy(void *layout) {
  delete static_cast<Layout *>(layout);
  clewStandInAlive("descriptors", -1);
  return kSuccess;
}

int cublasLtMatmulPreferenceCreate(void **preference) {
  *preference = new uint64_t(0);
  clewStandInAlive("descriptors", 1);
  return kSuccess;
}

int cublasLtMatmulPreferenceDestroy(void *preference) {
  delete static_cast<uint64_t *>(preference);
  clewStandInAlive("descriptors", -1);
  return kSuccess;
}

int cublasLtMatmulPreferenceSetAttribute(void *preference, int attribute, const void *value, size_t bytes) {
  if (attribute == 1 && bytes == sizeof(uint64_t)) {
    std::memcpy(preference, value, bytes);
    return kSuccess;
  }
  return attribute >= 5 && attribute <= 8 && bytes == sizeof(uint32_t) ? kSuccess : kInvalidValue;
}

int cublasLtMatmulAlgoGetHeuristic(void *, void *desc, void *a, void *b, void *, void *d, void *, int,
                                   BlasChoice *found, int *count) {
  const auto &weight = *static_cast<Layout *>(a);
  const auto &result = *static_cast<Layout *>(d);
  if (!isSupported(*static_cast<Desc *>(desc), weight, *static_cast<Layout *>(b), result)) {
    *count = 0;
    return kNotSupported;
  }
  *found = {};
  found->algorithm.data[0] = fingerprint(weight, result);
  *count = 1;
  return kSuccess;
}

int cublasLtMatmul(void *, void *descHandle, const void *, const void *a, void *aLayout, const void *b, void *bLayout,
                   const void *, const void *c, void *, void *d, void *dLayout, const BlasAlgorithm *algorithm,
                   void *workspace, size_t workspaceBytes, cuda::Stream stream) {
  const auto &desc = *static_cast<Desc *>(descHandle);
  const auto &weight = *static_cast<Layout *>(aLayout);
  const auto &x = *static_cast<Layout *>(bLayout);
  const auto &y = *static_cast<Layout *>(dLayout);
  if (!isSupported(desc, weight, x, y) || algorithm->data[0] != fingerprint(weight, y) || c != d) {
    return kInvalidValue;
  }
  const auto resolve = [](const void *address, size_t bytes) {
    return clewStandInResolve(reinterpret_cast<Address>(address), bytes);
  };
  const uintptr_t atWeight = resolve(a, bytesOf(weight));
  const uintptr_t atX = resolve(b, bytesOf(x));
  const uintptr_t atY = resolve(d, bytesOf(y));
  const uintptr_t atWorkspace = resolve(workspace, workspaceBytes);
  const size_t biasBytes = desc.epilogue == 4 ? y.rows * sizeof(float) : 0;
  const uintptr_t atBias = biasBytes > 0 ? clewStandInResolve(desc.bias, biasBytes) : 0;
  if (!atWeight || !atX || !atY || !atWorkspace || (biasBytes > 0 && !atBias)) {
    return kInvalidValue;
  }
  const Product product{weight.type,
                        x.columns,
                        y.rows,
                        x.rows,
                        reinterpret_cast<const void *>(atX),
                        reinterpret_cast<const void *>(atWeight),
                        reinterpret_cast<const float *>(atBias),
                        reinterpret_cast<void *>(atY)};
  const std::vector<Touch> touches{{atWeight, atWeight + bytesOf(weight), false},
                                   {atX, atX + bytesOf(x), false},
                                   {atBias, atBias + biasBytes, false},
                                   {atY, atY + bytesOf(y), true},
                                   {atWorkspace, atWorkspace + workspaceBytes, true}};
  Work work{
      "a product", {atWeight, atX, atY, atWorkspace}, [product, touches, atWorkspace](std::vector<Touch> &touched) {
        run(product);
        constexpr size_t kScribbled = 4096; // the workspace is the library's to write to
        std::memset(reinterpret_cast<void *>(atWorkspace), 0xff, kScribbled);
        touched.insert(touched.end(), touches.begin(), touches.end());
        return clewStandInFault("product");
      }};
  return clewStandInEnqueue(stream, std::move(work)) == 0 ? kSuccess : 13;
}

} // extern "C"
