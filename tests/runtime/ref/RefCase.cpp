// Tensors with their own memory, and the call of one op on them.
#include "tests/runtime/ref/RefCase.h"

#include "runtime/ref/Values.h"

#include <cmath>

namespace clew::test {

Tensor::Tensor(DType dtype, int64_t rows, int64_t columns, const std::vector<double> &values)
    : dtype(dtype), rows(rows), columns(columns), bytes(static_cast<size_t>(rows * columns) * bytesOf(dtype)) {
  if (values.empty()) {
    return;
  }
  REQUIRE(values.size() == static_cast<size_t>(rows * columns));
  for (int64_t row = 0; row < rows; ++row) {
    ref::storeRow(view(), row, values.data() + row * columns);
  }
}

std::vector<double> Tensor::values() const { return ref::loadAll<double>(const_cast<Tensor *>(this)->view()); }

Tensor i32(const std::vector<double> &values) { return {DType::I32, static_cast<int64_t>(values.size()), 1, values}; }

std::vector<double> noise(int64_t count, unsigned seed) {
  std::vector<double> values;
  uint32_t state = seed * 2654435761u + 12345;
  for (int64_t i = 0; i < count; ++i) {
    state = state * 1664525u + 1013904223u;
    values.push_back(static_cast<double>(static_cast<float>(state >> 8) / 8388608.0f - 1.0f));
  }
  return values;
}

Run run(std::string_view op, std::initializer_list<Tensor *> operands, std::initializer_list<Tensor *> results,
        const Attributes &attributes, RefCompute compute) {
  std::vector<RefTensor> in;
  for (Tensor *tensor : operands) {
    in.push_back(tensor->view());
  }
  std::vector<RefTensor> out;
  for (Tensor *tensor : results) {
    out.push_back(tensor ? tensor->view() : RefTensor());
  }
  const RefEntry *entry = findRefOp(op);
  REQUIRE(entry);
  return {entry->run({in, out, attributes}, compute)};
}

void checkValues(const Tensor &found, const std::vector<double> &expected, double tolerance) {
  const auto values = found.values();
  REQUIRE(values.size() == expected.size());
  for (size_t i = 0; i < values.size(); ++i) {
    INFO("element ", i, ": found ", values[i], ", expected ", expected[i]);
    const bool bothNan = std::isnan(values[i]) && std::isnan(expected[i]);
    CHECK((bothNan || values[i] == expected[i] || std::abs(values[i] - expected[i]) <= tolerance));
  }
}

} // namespace clew::test
