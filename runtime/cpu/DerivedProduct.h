// DerivedProduct: a linear map of a table, made once when weights are loaded, with the products that steps use: naive loops in f64 would take
// seconds for the tables of distances of a model with many layers.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/program/Executor.h"
#include "runtime/program/Program.h"

#include <cstdint>

namespace clew {

/// y [rows, columns] = x [rows, depth] W^T + bias, all f32 and dense; W is columns x depth, bias null or `columns` numbers.
struct DerivedProduct {
  int64_t rows = 0;
  int64_t columns = 0;
  int64_t depth = 0;
  const float *x = nullptr;
  const float *weight = nullptr;
  const float *bias = nullptr;

  /// y, made with up to `threads` threads by the products that `execution` chooses. Io where there is no memory.
  Result<PackedConstant> run(const Execution &execution, int threads) const;
};

} // namespace clew
