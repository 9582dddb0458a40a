// cuBLASLt counts by columns: a row-major matrix is its transpose there. So y^T (columns x rows) = W^T transposed, times x^T, which is the
// one form in which it multiplies s8, too.
#include "runtime/cuda/Blas.h"

#include "runtime/cuda/Library.h"

#include <fmt/format.h>
#include <utility>
#include <vector>

namespace clew::cuda {

namespace {

// cudaDataType_t, cublasComputeType_t, and attributes of cublasLt.h.
constexpr int kTypeF32 = 0;
constexpr int kTypeS8 = 3;
constexpr int kTypeI32 = 10;
constexpr int kTypeBF16 = 14;
constexpr int kComputeF32 = 68;
constexpr int kComputeI32 = 72;
constexpr int kDescTransposeA = 3;
constexpr int kDescEpilogue = 7;
constexpr int kDescBiasPointer = 8;
constexpr int kDescBiasType = 26;
constexpr int kEpilogueBias = 4;
constexpr int kPreferenceWorkspace = 1;
constexpr int kPreferenceAlignmentB = 6;
constexpr int kPreferenceAlignmentC = 7;
constexpr int kPreferenceAlignmentD = 8;
constexpr int kTransposed = 1;
constexpr uint32_t kAlignedBytes = 64; ///< of x and y: as the memory plan places buffers

constexpr int typeOf(DType dtype) {
  switch (dtype) {
  case DType::BF16:
    return kTypeBF16;
  case DType::S8:
    return kTypeS8;
  case DType::I32:
    return kTypeI32;
  case DType::F32:
  case DType::F64:
  case DType::I64:
  case DType::U8:
    break;
  }
  return kTypeF32; // a valid Program has no product of another
}

Result<void> readTable(const Library &library, BlasTable &table) {
  SymbolReader reader(library);
  reader.read(table.getVersion, "cublasLtGetVersion");
  reader.read(table.create, "cublasLtCreate");
  reader.read(table.destroy, "cublasLtDestroy");
  reader.read(table.descCreate, "cublasLtMatmulDescCreate");
  reader.read(table.descDestroy, "cublasLtMatmulDescDestroy");
  reader.read(table.descSet, "cublasLtMatmulDescSetAttribute");
  reader.read(table.layoutCreate, "cublasLtMatrixLayoutCreate");
  reader.read(table.layoutDestroy, "cublasLtMatrixLayoutDestroy");
  reader.read(table.preferenceCreate, "cublasLtMatmulPreferenceCreate");
  reader.read(table.preferenceDestroy, "cublasLtMatmulPreferenceDestroy");
  reader.read(table.preferenceSet, "cublasLtMatmulPreferenceSetAttribute");
  reader.read(table.heuristic, "cublasLtMatmulAlgoGetHeuristic");
  reader.read(table.matmul, "cublasLtMatmul");
  return reader.finish();
}

} // namespace

/// The descriptors of one product, which go with it; the first result that is no success stays.
class Blas::Call {
public:
  Call(const BlasTable &table, const ProductShape &shape, Address bias) : table(table) {
    const bool integer = shape.dtype == DType::S8;
    note(table.descCreate(&desc, integer ? kComputeI32 : kComputeF32, integer ? kTypeI32 : kTypeF32));
    setDesc(kDescTransposeA, kTransposed);
    if (shape.bias) {
      setDesc(kDescEpilogue, kEpilogueBias);
      setDesc(kDescBiasType, kTypeF32);
      setDesc(kDescBiasPointer, bias);
    }
    const auto rows = static_cast<uint64_t>(shape.rows);
    const auto columns = static_cast<uint64_t>(shape.columns);
    const auto depth = static_cast<uint64_t>(shape.depth);
    const int operand = typeOf(shape.dtype);
    note(table.layoutCreate(&weight, operand, depth, columns, shape.depth));
    note(table.layoutCreate(&x, operand, depth, rows, shape.depth));
    note(table.layoutCreate(&y, typeOf(shape.result()), columns, rows, shape.columns));
  }
  Call(const Call &) = delete;
  Call &operator=(const Call &) = delete;
  ~Call() {
    for (void *layout : {weight, x, y}) {
      layout ? table.layoutDestroy(layout) : 0;
    }
    desc ? table.descDestroy(desc) : 0;
  }

  int result = 0;
  void *desc = nullptr;
  void *weight = nullptr;
  void *x = nullptr;
  void *y = nullptr;

private:
  void note(int status) { result = result == 0 ? status : result; }
  template <typename T> void setDesc(int attribute, T value) {
    if (result == 0) {
      note(table.descSet(desc, attribute, &value, sizeof(value)));
    }
  }
  const BlasTable &table;
};

Result<std::shared_ptr<const Blas>> Blas::open(std::shared_ptr<const Device> device, const std::string &path) {
  // A library is as new as the driver at most: the newer one first, if this runs it.
  std::vector<std::string> names;
  if (!path.empty()) {
    names = {path};
  } else {
    for (const int major : {13, 12}) {
      if (device->driver().version() >= 1000 * major) {
        names.push_back(fmt::format("libcublasLt.so.{}", major));
      }
    }
  }
  const auto library = Library::open(names);
  if (!library) {
    return fail(ErrorKind::Unavailable, fmt::format("no cuBLASLt for CUDA {} on this machine: {}",
                                                    device->driver().versionText(), library.error().message));
  }
  auto blas = std::make_shared<Blas>(Key(), std::move(device));
  if (auto read = readTable(*library, blas->table); !read) {
    return fail(read);
  }
  if (const int status = blas->table.create(&blas->handle); status != 0) {
    blas->handle = nullptr;
    return fail(ErrorKind::Unavailable,
                fmt::format("{} does not start on '{}': result {}", library->name(), blas->device->name(), status));
  }
  return std::shared_ptr<const Blas>(std::move(blas));
}

Blas::~Blas() {
  if (handle && device->makeCurrent()) {
    table.destroy(handle);
  }
}

std::string Blas::versionText() const {
  const size_t version = table.getVersion(); // 130002, 120803
  return fmt::format("{}.{}.{}", version / 10000, version / 100 % 100, version % 100);
}

Result<BlasAlgorithm> Blas::algorithmFor(const ProductShape &shape, Call &call) const {
  std::lock_guard lock(mutex);
  if (const auto found = known.find(shape); found != known.end()) {
    return found->second;
  }
  void *preference = nullptr;
  BlasChoice choice{};
  int count = 0;
  int status = table.preferenceCreate(&preference);
  const uint64_t most = workspaceBytes;
  status = status == 0 ? table.preferenceSet(preference, kPreferenceWorkspace, &most, sizeof(most)) : status;
  for (const int which : {kPreferenceAlignmentB, kPreferenceAlignmentC, kPreferenceAlignmentD}) {
    status = status == 0 ? table.preferenceSet(preference, which, &kAlignedBytes, sizeof(kAlignedBytes)) : status;
  }
  status = status == 0
               ? table.heuristic(handle, call.desc, call.weight, call.x, call.y, call.y, preference, 1, &choice, &count)
               : status;
  preference ? table.preferenceDestroy(preference) : 0;
  if (status != 0 || count < 1 || choice.state != 0) {
    return fail(ErrorKind::Unsupported,
                fmt::format("cuBLASLt has no product of {} rows, {} columns and depth {} in {} (result {})", shape.rows,
                            shape.columns, shape.depth, nameOf(shape.dtype), status != 0 ? status : choice.state));
  }
  known.emplace(shape, choice.algorithm);
  return choice.algorithm;
}

Result<void> Blas::multiply(const ProductShape &shape, const ProductOperands &operands, Stream stream) const {
  Call call(table, shape, operands.bias);
  if (call.result != 0) {
    return fail(ErrorKind::Unavailable, fmt::format("cuBLASLt: result {} when describing a product", call.result));
  }
  const auto algorithm = algorithmFor(shape, call);
  if (!algorithm) {
    return fail(algorithm);
  }
  const float one = 1;
  const float zero = 0;
  const int32_t oneInteger = 1;
  const int32_t zeroInteger = 0;
  const bool integer = shape.dtype == DType::S8;
  const void *alpha = integer ? static_cast<const void *>(&oneInteger) : &one;
  const void *beta = integer ? static_cast<const void *>(&zeroInteger) : &zero;
  const auto at = [](Address address) { return reinterpret_cast<void *>(address); };
  const int status = table.matmul(handle, call.desc, alpha, at(operands.weight), call.weight, at(operands.x), call.x,
                                  beta, at(operands.y), call.y, at(operands.y), call.y, &*algorithm,
                                  at(operands.workspace), workspaceBytes, stream);
  return status == 0 ? Result<void>()
                     : fail(ErrorKind::Unavailable, fmt::format("cuBLASLt: result {} for a product of {} x {} x {}",
                                                                status, shape.rows, shape.columns, shape.depth));
}

} // namespace clew::cuda
