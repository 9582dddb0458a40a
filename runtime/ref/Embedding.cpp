// embedding (rows of a table by id), positions (index of each token in its sequence) and sinusoids (a table of waves).
#include "runtime/base/Waves.h"
#include "runtime/ref/Families.h"
#include "runtime/ref/Values.h"

#include <fmt/format.h>

namespace clew::ref {

template <typename T> Result<void> embedding(const RefCall &call) {
  const RefTensor &ids = call.operands[0];
  const RefTensor &table = call.operands[1];
  const RefTensor &y = call.results[0];
  if (auto ok = require(
          {{ids.dtype == DType::I32 && ids.columns == 1, "ids must be one column of i32"},
           {isFloat({&table, &y}), "table and result must be float"},
           {hasShape(y, ids.rows, table.columns), "the result must have a row for each id, as wide as the table"}});
      !ok) {
    return ok;
  }
  const auto start = wholeAttribute(call, "start", 0, 0, std::max<int64_t>(table.rows - 1, 0));
  if (!start) {
    return fail(start);
  }
  std::vector<T> row(static_cast<size_t>(table.columns));
  for (int64_t i = 0; i < ids.rows; ++i) {
    const int32_t id = static_cast<const int32_t *>(ids.data)[i];
    if (id < 0 || id >= table.rows - *start) {
      return fail(ErrorKind::BadInput,
                  fmt::format("id {} of row {} is not in a table of {} rows, of which the first is {}", id, i,
                              table.rows, *start));
    }
    loadRow(table, *start + id, row.data());
    storeRow(y, i, row.data());
  }
  return {};
}

Result<void> sinusoids(const RefCall &call) {
  const RefTensor &y = call.results[0];
  const auto interleaved = wholeAttribute(call, "interleaved", 0, 0, 1);
  const auto from = wholeAttribute(call, "from", 0, -INT32_MAX, INT32_MAX);
  const auto step = wholeAttribute(call, "step", 1, -INT32_MAX, INT32_MAX);
  if (!interleaved || !from || !step) {
    return !interleaved ? fail(interleaved) : !from ? fail(from) : fail(step);
  }
  if (auto ok = require({{isFloat(y) && y.columns % 2 == 0, "the result must be float and as wide as an even number"}});
      !ok) {
    return ok;
  }
  std::vector<double> values(static_cast<size_t>(y.columns));
  for (int64_t i = 0; i < y.rows; ++i) {
    fillWaves(*from + *step * i, *interleaved != 0, values);
    storeRow(y, i, values.data());
  }
  return {};
}

Result<void> positions(const RefCall &call) {
  const RefTensor &y = call.results[0];
  if (auto ok = require({{y.dtype == DType::I32 && y.columns == 1, "the result must be one column of i32"}}); !ok) {
    return ok;
  }
  const auto offsets = offsetsOf(call.operands[0], y.rows);
  if (!offsets) {
    return fail(offsets);
  }
  auto *out = static_cast<int32_t *>(y.data);
  for (size_t s = 0; s + 1 < offsets->size(); ++s) {
    for (int32_t token = (*offsets)[s]; token < (*offsets)[s + 1]; ++token) {
      out[token] = token - (*offsets)[s];
    }
  }
  return {};
}

template Result<void> embedding<double>(const RefCall &);
template Result<void> embedding<float>(const RefCall &);

} // namespace clew::ref
