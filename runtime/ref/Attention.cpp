// attention inside each sequence (arXiv:1706.03762): softmax(scale q k^T) v, head by head.
#include "runtime/ref/Families.h"
#include "runtime/ref/Values.h"

#include <bit>
#include <cmath>
#include <limits>

namespace clew::ref {

namespace {

/// Queries, keys [length, hidden] and values [length, width] of one sequence of `length` tokens.
template <typename T> struct Sequence {
  int64_t length;
  std::vector<T> q, k, v;
  std::vector<T> relativeQ = {}; ///< like q, or none
};

/// The tokens that `token` looks at: begin..end.
struct Reach {
  int64_t begin, end;

  Reach(int64_t token, int64_t length, bool causal, int64_t window)
      : begin(window > 0 ? std::max<int64_t>(0, token - window + 1) : 0), end(causal ? token + 1 : length) {
    end = window > 0 ? std::min(end, token + window) : end;
  }
};

/// Tables of relative positions (arXiv:1803.02155): row c + d is that of the distance d, -c..c; further ones read the ends.
template <typename T> struct Distances {
  const RefTensor *view = nullptr; ///< null: no such table
  std::vector<T> values = {};

  explicit Distances(const RefTensor *view) : view(view) {
    if (view) {
      values = loadAll<T>(*view);
    }
  }
  /// The row for token j as seen from token i, at the columns of head `number`, `size` of them.
  const T *row(int64_t i, int64_t j, int64_t number, int64_t size) const {
    const int64_t reach = view->rows / 2;
    const int64_t index = std::clamp(j - i, -reach, reach) + reach;
    return values.data() + index * view->columns + (view->columns == size ? 0 : number * size);
  }
};

template <typename T> struct Relative {
  Distances<T> keys, values;
  bool ownQueries = false; ///< the sequence's `relativeQ` meet the keys, not its q
};

/// Columns of one head in q and k, and in v; `scale` is that of its scores.
template <typename T> struct Head {
  int64_t number;
  int64_t size, hidden;
  int64_t valueSize, width;
  T scale;
  const Relative<T> &relative;
};

/// What one (token, head) gives: scores [length], 0 outside of the reach, and out [valueSize]; returns the log-sum-exp of the scores.
template <typename T>
T attend(const Sequence<T> &sequence, int64_t token, const Head<T> &head, const Reach &reach, T *scores, T *out) {
  const Relative<T> &relative = head.relative;
  const T *seeker =
      (relative.ownQueries ? sequence.relativeQ : sequence.q).data() + token * head.hidden + head.number * head.size;
  T most = -std::numeric_limits<T>::infinity();
  for (int64_t j = reach.begin; j < reach.end; ++j) {
    T dot = 0;
    for (int64_t d = head.number * head.size; d < (head.number + 1) * head.size; ++d) {
      dot += sequence.q[static_cast<size_t>(token * head.hidden + d)] *
             sequence.k[static_cast<size_t>(j * head.hidden + d)];
    }
    if (relative.keys.view) {
      const T *row = relative.keys.row(token, j, head.number, head.size);
      for (int64_t d = 0; d < head.size; ++d) {
        dot += seeker[d] * row[d];
      }
    }
    scores[j] = dot * head.scale;
    most = std::max(most, scores[j]);
  }
  T sum = 0;
  std::fill_n(out, head.valueSize, T(0));
  for (int64_t j = reach.begin; j < reach.end; ++j) {
    const T weight = std::exp(scores[j] - most);
    sum += weight;
    const T *row = relative.values.view ? relative.values.row(token, j, head.number, head.valueSize) : nullptr;
    for (int64_t d = 0; d < head.valueSize; ++d) {
      const T value = sequence.v[static_cast<size_t>(j * head.width + head.number * head.valueSize + d)];
      out[d] += weight * (row ? value + row[d] : value);
    }
  }
  for (int64_t d = 0; d < head.valueSize; ++d) {
    out[d] /= sum;
  }
  return most + std::log(sum);
}

template <typename T> std::vector<T> rowsOf(const RefTensor &view, int64_t begin, int64_t end) {
  std::vector<T> rows(static_cast<size_t>((end - begin) * view.columns));
  load(view, begin * view.columns, (end - begin) * view.columns, rows.data());
  return rows;
}

/// Which operands are relative keys, values and q; null where there are none.
struct RelativeOperands {
  const RefTensor *keys = nullptr;
  const RefTensor *values = nullptr;
  const RefTensor *q = nullptr;
};

Result<RelativeOperands> relativeOperands(const RefCall &call) {
  const auto present = wholeAttribute(call, "relative", 0, 0, 7);
  if (!present) {
    return fail(present);
  }
  RelativeOperands found;
  size_t next = 4;
  int64_t bit = 1;
  for (const RefTensor **operand : {&found.keys, &found.values, &found.q}) {
    if ((*present & bit) != 0 && next < call.operands.size()) {
      *operand = &call.operands[next++];
    }
    bit *= 2;
  }
  const size_t wanted = 4 + static_cast<size_t>(std::popcount(static_cast<uint64_t>(*present)));
  if (auto ok = require({{call.operands.size() == wanted, "'relative' must say which operands there are"},
                         {!found.q || found.keys, "relative q need relative keys"}});
      !ok) {
    return fail(ok);
  }
  return found;
}

/// A table of distances for heads of `size` columns.
bool isTable(const RefTensor *table, int64_t heads, int64_t size) {
  return !table ||
         (isFloat(*table) && table->rows % 2 == 1 && (table->columns == size || table->columns == heads * size));
}

template <typename T>
Sequence<T> sequenceOf(const RefCall &call, const RelativeOperands &relative, int64_t begin, int64_t end) {
  return {end - begin, rowsOf<T>(call.operands[0], begin, end), rowsOf<T>(call.operands[1], begin, end),
          rowsOf<T>(call.operands[2], begin, end), relative.q ? rowsOf<T>(*relative.q, begin, end) : std::vector<T>()};
}

Result<void> checkOperands(const RefCall &call, int64_t heads, int64_t longest) {
  const RefTensor &q = call.operands[0];
  const RefTensor &v = call.operands[2];
  const RefTensor *scores = call.result(1);
  const RefTensor *lse = call.result(2);
  return require({
      {isFloat({&q, &call.operands[1], &v, &call.results[0]}), "q, k, v and the result must be float"},
      {sameShape(q, call.operands[1]) && q.rows == v.rows, "q and k must have one shape, and v as many rows"},
      {sameShape(v, call.results[0]), "the result must have the shape of v"},
      {q.columns % heads == 0 && v.columns % heads == 0, "the columns must be a multiple of the heads"},
      {!scores || (isFloat(*scores) && hasShape(*scores, q.rows, heads * longest)),
       "the scores must be float [tokens, heads*longest]"},
      {!lse || (isFloat(*lse) && hasShape(*lse, q.rows, heads)), "log-sum-exp must be float [tokens, heads]"},
  });
}

} // namespace

template <typename T> Result<void> attention(const RefCall &call) {
  const int64_t hidden = call.operands[0].columns;
  const auto heads = wholeAttribute(call, "heads", 0, 1, hidden);
  const auto causal = wholeAttribute(call, "causal", 0, 0, 1);
  const auto window = wholeAttribute(call, "window", 0, 0, INT32_MAX);
  if (!heads || !causal || !window) {
    return !heads ? fail(heads) : !causal ? fail(causal) : fail(window);
  }
  const auto offsets = offsetsOf(call.operands[3], call.operands[0].rows);
  if (!offsets) {
    return fail(offsets);
  }
  int64_t longest = 0;
  for (size_t s = 0; s + 1 < offsets->size(); ++s) {
    longest = std::max<int64_t>(longest, (*offsets)[s + 1] - (*offsets)[s]);
  }
  if (auto ok = checkOperands(call, *heads, longest); !ok) {
    return ok;
  }
  const auto tables = relativeOperands(call);
  if (!tables) {
    return fail(tables);
  }
  if (auto ok = require({{!tables->q || sameShape(*tables->q, call.operands[0]), "relative q must have the shape of q"},
                         {isTable(tables->keys, *heads, hidden / *heads) &&
                              isTable(tables->values, *heads, call.operands[2].columns / *heads),
                          "relative keys and values must have an odd number of rows, as wide as a head or as all"}});
      !ok) {
    return ok;
  }
  const Relative<T> relative{Distances<T>(tables->keys), Distances<T>(tables->values), tables->q != nullptr};
  const int64_t values = call.operands[2].columns;
  const T scale = static_cast<T>(call.attribute("scale", 1 / std::sqrt(static_cast<double>(hidden / *heads))));
  std::vector<T> out(static_cast<size_t>(values));
  std::vector<T> lse(static_cast<size_t>(*heads));
  for (size_t s = 0; s + 1 < offsets->size(); ++s) {
    const int64_t begin = (*offsets)[s];
    const auto sequence = sequenceOf<T>(call, *tables, begin, (*offsets)[s + 1]);
    for (int64_t i = 0; i < sequence.length; ++i) {
      std::vector<T> scores(static_cast<size_t>(*heads * longest));
      const Reach reach(i, sequence.length, *causal != 0, *window);
      for (int64_t number = 0; number < *heads; ++number) {
        const Head<T> head{number, hidden / *heads, hidden, values / *heads, values, scale, relative};
        lse[static_cast<size_t>(number)] =
            attend(sequence, i, head, reach, scores.data() + number * longest, out.data() + number * head.valueSize);
      }
      storeRow(call.results[0], begin + i, out.data());
      if (call.result(1)) {
        storeRow(*call.result(1), begin + i, scores.data());
      }
      if (call.result(2)) {
        storeRow(*call.result(2), begin + i, lse.data());
      }
    }
  }
  return {};
}

template Result<void> attention<double>(const RefCall &);
template Result<void> attention<float>(const RefCall &);

} // namespace clew::ref
