// CpuPacker: makes the constants of the cpu backend from parameters, once at load: packed matrices, scales, column sums and the
// recurrent weights of the cell kernel.
#pragma once

#include "runtime/base/Arena.h"
#include "runtime/cpu/MatrixLayout.h"
#include "runtime/program/Executor.h"
#include "runtime/program/Program.h"

#include <cstdint>
#include <memory>
#include <span>

namespace clew {

/// Rows of several row-major matrices of equal width, one above the other.
class StackedRows {
public:
  StackedRows(std::span<const std::span<const float>> sources, int64_t width) : sources(sources), width(width) {}

  int64_t rows() const;
  size_t columns() const { return static_cast<size_t>(width); }
  const float *row(int64_t index) const;
  /// Rows index .. index+count-1 where they lie if they are contiguous, else null.
  const float *contiguous(int64_t index, int64_t count) const;

private:
  std::span<const std::span<const float>> sources;
  int64_t width;
};

class CpuPacker : public ConstantPacker {
public:
  /// Packs with `threads` threads, and cuts matrices for `threads` as the executor does. The Program outlives the packer.
  CpuPacker(const Program &program, int threads) : program(program), threads(threads) {}

  Result<PackedConstant> pack(int32_t index, std::span<const std::span<const float>> sources) override;
  std::optional<Result<PackedConstant>> derive(int32_t index, std::span<const float *const> operands) override;

private:
  Result<PackedConstant> packMatmul(const Constant &constant, const StackedRows &rows);
  Result<PackedConstant> packRecurrent(const Constant &constant, const StackedRows &rows);
  Result<PackedConstant> packScales(const StackedRows &rows);
  Result<PackedConstant> packColumnSums(const StackedRows &rows);
  /// One value a row.
  template <typename T, typename Reduce> Result<PackedConstant> packChannels(const StackedRows &rows, Reduce reduce);
  Result<PackedConstant> allocate(int64_t bytes);

  const Program &program;
  int threads;
  std::shared_ptr<Arena> chunk; ///< constants share large chunks, so that they lie on huge pages
  int64_t used = 0;
};

} // namespace clew
