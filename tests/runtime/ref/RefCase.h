// Runs one ref op on values written in a test.
#pragma once

#include "runtime/ref/RefOps.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <vector>

namespace clew::test {

/// A tensor with its own memory: values are given and read as doubles, stored as `dtype`.
struct Tensor {
  Tensor(DType dtype, int64_t rows, int64_t columns, const std::vector<double> &values = {});

  RefTensor view() { return {dtype, rows, columns, bytes.data()}; }
  std::vector<double> values() const;
  double at(int64_t row, int64_t column) const { return values()[static_cast<size_t>(row * columns + column)]; }

  DType dtype;
  int64_t rows;
  int64_t columns;
  std::vector<std::byte> bytes;
};

inline Tensor f32(int64_t rows, int64_t columns, const std::vector<double> &values = {}) {
  return {DType::F32, rows, columns, values};
}
/// Offsets of a batch, or any other column of i32.
Tensor i32(const std::vector<double> &values);
/// Values in -1..1 that look random, the same for the same seed.
std::vector<double> noise(int64_t count, unsigned seed);

using Attributes = std::vector<std::pair<std::string, double>>;

struct Run {
  Result<void> status;
  bool ok() const { return status.has_value(); }
  std::string message() const { return ok() ? "" : status.error().message; }
};

/// Runs `op`. A null result is one that nobody needs.
Run run(std::string_view op, std::initializer_list<Tensor *> operands, std::initializer_list<Tensor *> results,
        const Attributes &attributes = {}, RefCompute compute = RefCompute::F64);

/// Values agree within `tolerance`; says which do not.
void checkValues(const Tensor &found, const std::vector<double> &expected, double tolerance = 1e-6);

} // namespace clew::test
