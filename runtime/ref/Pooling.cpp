// mean and max over the tokens of each sequence, and its last token. (first is a movement: Movement.cpp.)
#include "runtime/ref/Families.h"
#include "runtime/ref/Values.h"

#include <cmath>

namespace clew::ref {

namespace {

/// Calls `pool(first token, length, row)` for each sequence; what it leaves in `row` is stored.
template <typename T, typename Function> Result<void> eachSequence(const RefCall &call, Function pool) {
  const RefTensor &x = call.operands[0];
  const RefTensor &y = call.results[0];
  const auto offsets = offsetsOf(call.operands[1], x.rows);
  if (!offsets) {
    return fail(offsets);
  }
  const auto batch = static_cast<int64_t>(offsets->size()) - 1;
  if (auto ok = require({{isFloat({&x, &y}), "x and the result must be float"},
                         {hasShape(y, batch, x.columns), "the result must be [batch, columns of x]"}});
      !ok) {
    return ok;
  }
  std::vector<T> row(static_cast<size_t>(x.columns));
  for (int64_t s = 0; s < batch; ++s) {
    const int64_t first = (*offsets)[static_cast<size_t>(s)];
    const int64_t length = (*offsets)[static_cast<size_t>(s) + 1] - first;
    if (length == 0) {
      return fail(ErrorKind::BadInput, "an empty sequence has nothing to pool");
    }
    pool(first, length, row);
    storeRow(y, s, row.data());
  }
  return {};
}

} // namespace

template <typename T> Result<void> last(const RefCall &call) {
  return eachSequence<T>(call, [&](int64_t first, int64_t length, std::vector<T> &row) {
    loadRow(call.operands[0], first + length - 1, row.data());
  });
}

template <typename T> Result<void> mean(const RefCall &call) {
  std::vector<T> token(static_cast<size_t>(call.operands[0].columns));
  return eachSequence<T>(call, [&](int64_t first, int64_t length, std::vector<T> &row) {
    std::ranges::fill(row, T(0));
    for (int64_t t = first; t < first + length; ++t) {
      loadRow(call.operands[0], t, token.data());
      for (size_t j = 0; j < row.size(); ++j) {
        row[j] += token[j];
      }
    }
    for (T &value : row) {
      value /= static_cast<T>(length);
    }
  });
}

template <typename T> Result<void> max(const RefCall &call) {
  std::vector<T> token(static_cast<size_t>(call.operands[0].columns));
  return eachSequence<T>(call, [&](int64_t first, int64_t length, std::vector<T> &row) {
    loadRow(call.operands[0], first, row.data());
    for (int64_t t = first + 1; t < first + length; ++t) {
      loadRow(call.operands[0], t, token.data());
      for (size_t j = 0; j < row.size(); ++j) {
        const bool larger = token[j] > row[j] || std::isnan(token[j]);
        row[j] = larger && !std::isnan(row[j]) ? token[j] : row[j];
      }
    }
  });
}

#define CLEW_BOTH(NAME)                                                                                                \
  template Result<void> NAME<double>(const RefCall &);                                                                 \
  template Result<void> NAME<float>(const RefCall &)
CLEW_BOTH(last);
CLEW_BOTH(mean);
CLEW_BOTH(max);
#undef CLEW_BOTH

} // namespace clew::ref
