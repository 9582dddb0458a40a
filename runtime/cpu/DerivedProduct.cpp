// The weights are packed like any others, for this one product.
#include "runtime/cpu/DerivedProduct.h"

#include "runtime/base/Arena.h"
#include "runtime/base/ParallelFor.h"
#include "runtime/base/Rounding.h"
#include "runtime/cpu/CpuPacker.h"
#include "runtime/cpu/FirstError.h"
#include "runtime/cpu/PackedGemm.h"

#include <algorithm>
#include <cstring>

namespace clew {

Result<PackedConstant> DerivedProduct::run(const Execution &execution, int threads) const {
  Program single;
  single.execution = execution;
  Constant &matrix = single.constants.emplace_back();
  matrix.kind = ConstantKind::Matmul;
  matrix.dtype = DType::F32;
  matrix.rows = columns;
  matrix.columns = depth;
  CpuPacker packer(single, threads);
  const std::span<const float> source(weight, static_cast<size_t>(columns * depth));
  const Result<PackedConstant> packed = packer.pack(0, std::span(&source, 1));
  if (!packed) {
    return packed;
  }
  ProductCache cache;
  const PackedGemm gemm(MatrixLayout::choose(matrix, execution, threads), bias != nullptr, cache);
  const int64_t padded = roundUp(rows, kRowBlock);
  const int64_t jobs = ceilDiv(rows, RowLadder::most);
  const int64_t scratchBytes = std::max<int64_t>(gemm.scratchBytes(RowLadder::most), kAlignment);
  auto room = Arena::allocateArray(padded * depth, sizeof(float)); // products read whole blocks of rows
  auto result = Arena::allocateArray(padded * columns, sizeof(float));
  auto scratch = Arena::allocateArray(std::max(threads, 1), static_cast<size_t>(scratchBytes));
  if (!room || !result || !scratch) {
    return !room ? fail(room) : !result ? fail(result) : fail(scratch);
  }
  float *const from = room->as<float>().data();
  float *const to = result->as<float>().data();
  std::memcpy(from, x, static_cast<size_t>(rows * depth) * sizeof(float));
  FirstError error;
  parallelFor(threads, jobs, [&](int64_t job, int thread) {
    const int64_t begin = job * RowLadder::most;
    error.note(gemm.run(
        {from + begin * depth, packed->data.get(), bias, to + begin * columns, std::min(RowLadder::most, rows - begin)},
        scratch->data() + thread * scratchBytes));
  });
  if (auto done = error.take(); !done) {
    return fail(done);
  }
  auto owner = std::make_shared<Arena>(std::move(*result));
  return PackedConstant{std::shared_ptr<const void>(owner, owner->data()),
                        rows * columns * static_cast<int64_t>(sizeof(float))};
}

} // namespace clew
