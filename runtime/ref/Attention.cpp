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
  std::vector<int32_t> segments = {};
  std::vector<T> segmentQ = {}; ///< like q, or none
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
  Distances<T> keys, values, biases;
  bool ownQueries = false; ///< the sequence's `relativeQ` meet the keys, not its q
};

/// Keys of tokens of the same segment and of another one (arXiv:1906.08237 section 2.5).
template <typename T> struct SegmentKeys {
  const RefTensor *view = nullptr; ///< null: there are none
  std::vector<T> values = {};
  bool ownQueries = false; ///< the sequence's `segmentQ` meet them, not its q

  /// What token i gains from j, at the columns of head `number`, `size` of them.
  T term(const Sequence<T> &sequence, int64_t i, int64_t j, int64_t number, int64_t size, int64_t hidden) const {
    const bool same = sequence.segments[static_cast<size_t>(i)] == sequence.segments[static_cast<size_t>(j)];
    const T *key = values.data() + (same ? 0 : view->columns) + (view->columns == size ? 0 : number * size);
    const T *query = (ownQueries ? sequence.segmentQ : sequence.q).data() + i * hidden + number * size;
    T dot = 0;
    for (int64_t d = 0; d < size; ++d) {
      dot += query[d] * key[d];
    }
    return dot;
  }
};

/// Columns of one head in q and k, and in v; `scale` is that of its scores.
template <typename T> struct Head {
  int64_t number;
  int64_t size, hidden;
  int64_t valueSize, width;
  T scale;
  const Relative<T> &relative;
  const SegmentKeys<T> &segments;
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
    if (head.segments.view) {
      dot += head.segments.term(sequence, token, j, head.number, head.size, head.hidden);
    }
    scores[j] = dot * head.scale;
    if (relative.biases.view) {
      scores[j] += *relative.biases.row(token, j, head.number, 1);
    }
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

/// The operands behind the offsets; null where there are none.
struct MoreOperands {
  const RefTensor *keys = nullptr;
  const RefTensor *values = nullptr;
  const RefTensor *q = nullptr;
  const RefTensor *biases = nullptr;
  const RefTensor *segments = nullptr;
  const RefTensor *segmentKeys = nullptr;
  const RefTensor *segmentQ = nullptr;
};

Result<MoreOperands> moreOperands(const RefCall &call) {
  const auto relative = wholeAttribute(call, "relative", 0, 0, 15);
  const auto segments = wholeAttribute(call, "segments", 0, 0, 3);
  if (!relative || !segments) {
    return !relative ? fail(relative) : fail(segments);
  }
  MoreOperands found;
  size_t next = 4;
  const auto take = [&](bool present, const RefTensor *&operand) {
    if (present) {
      operand = next < call.operands.size() ? &call.operands[next] : nullptr;
      ++next;
    }
  };
  take((*relative & 1) != 0, found.keys);
  take((*relative & 2) != 0, found.values);
  take((*relative & 4) != 0, found.q);
  take((*relative & 8) != 0, found.biases);
  take((*segments & 1) != 0, found.segments);
  take((*segments & 1) != 0, found.segmentKeys);
  take((*segments & 2) != 0, found.segmentQ);
  if (auto ok = require({{call.operands.size() == next, "'relative' and 'segments' must say which operands there are"},
                         {!found.q || found.keys, "relative q need relative keys"},
                         {!found.segmentQ || found.segments, "segment q need segments"}});
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

Result<void> checkMore(const RefCall &call, const MoreOperands &more, int64_t heads) {
  const RefTensor &q = call.operands[0];
  const int64_t size = q.columns / heads;
  return require({
      {!more.q || sameShape(*more.q, q), "relative q must have the shape of q"},
      {isTable(more.keys, heads, size) && isTable(more.values, heads, call.operands[2].columns / heads),
       "relative keys and values must have an odd number of rows, as wide as a head or as all"},
      {!more.biases || (isFloat(*more.biases) && more.biases->rows % 2 == 1 && more.biases->columns == heads),
       "relative biases must have an odd number of rows and a column for each head"},
      {!more.segments || (more.segments->dtype == DType::I32 && more.segments->elements() == q.rows),
       "segments must be an i32 for each token"},
      {!more.segmentKeys || (isFloat(*more.segmentKeys) && more.segmentKeys->rows == 2 &&
                             (more.segmentKeys->columns == size || more.segmentKeys->columns == q.columns)),
       "segment keys must be two rows, as wide as a head or as all"},
      {!more.segmentQ || (isFloat(*more.segmentQ) && sameShape(*more.segmentQ, q)),
       "segment q must have the shape of q"},
  });
}

template <typename T>
Sequence<T> sequenceOf(const RefCall &call, const MoreOperands &more, int64_t begin, int64_t end) {
  const auto rows = [&](const RefTensor *view) { return view ? rowsOf<T>(*view, begin, end) : std::vector<T>(); };
  Sequence<T> sequence{end - begin, rows(&call.operands[0]), rows(&call.operands[1]), rows(&call.operands[2]),
                       rows(more.q)};
  if (more.segments) {
    const auto *segments = static_cast<const int32_t *>(more.segments->data);
    sequence.segments.assign(segments + begin, segments + end);
  }
  sequence.segmentQ = rows(more.segmentQ);
  return sequence;
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
  const auto more = moreOperands(call);
  if (!more) {
    return fail(more);
  }
  if (auto ok = checkMore(call, *more, *heads); !ok) {
    return ok;
  }
  const Relative<T> relative{Distances<T>(more->keys), Distances<T>(more->values), Distances<T>(more->biases),
                             more->q != nullptr};
  const SegmentKeys<T> segments{more->segmentKeys,
                                more->segmentKeys ? loadAll<T>(*more->segmentKeys) : std::vector<T>(),
                                more->segmentQ != nullptr};
  const int64_t values = call.operands[2].columns;
  const T scale = static_cast<T>(call.attribute("scale", 1 / std::sqrt(static_cast<double>(hidden / *heads))));
  std::vector<T> out(static_cast<size_t>(values));
  std::vector<T> lse(static_cast<size_t>(*heads));
  for (size_t s = 0; s + 1 < offsets->size(); ++s) {
    const int64_t begin = (*offsets)[s];
    const auto sequence = sequenceOf<T>(call, *more, begin, (*offsets)[s + 1]);
    for (int64_t i = 0; i < sequence.length; ++i) {
      std::vector<T> scores(static_cast<size_t>(*heads * longest));
      const Reach reach(i, sequence.length, *causal != 0, *window);
      for (int64_t number = 0; number < *heads; ++number) {
        const Head<T> head{number, hidden / *heads, hidden, values / *heads, values, scale, relative, segments};
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
