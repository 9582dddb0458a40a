// attention inside each sequence (arXiv:1706.03762): softmax(scale q k^T) v, head by head.
#include "runtime/ref/Families.h"
#include "runtime/ref/Values.h"

#include <cmath>
#include <limits>

namespace clew::ref {

namespace {

/// Queries, keys and values of one sequence of `length` tokens: [length, hidden] each.
template <typename T> struct Sequence {
  int64_t length;
  std::vector<T> q, k, v;
};

/// The columns of q, k and v that are one head's: from..from+width of `hidden`.
template <typename T> struct Head {
  int64_t from;
  int64_t width;
  int64_t hidden;
  T scale;
};

/// What one (token, head) gives: scores [length], out [width]; returns the log-sum-exp of the scores.
template <typename T> T attend(const Sequence<T> &sequence, int64_t token, const Head<T> &head, T *scores, T *out) {
  const auto [from, width, hidden, scale] = head;
  T most = -std::numeric_limits<T>::infinity();
  for (int64_t j = 0; j < sequence.length; ++j) {
    T dot = 0;
    for (int64_t d = from; d < from + width; ++d) {
      dot += sequence.q[static_cast<size_t>(token * hidden + d)] * sequence.k[static_cast<size_t>(j * hidden + d)];
    }
    scores[j] = dot * scale;
    most = std::max(most, scores[j]);
  }
  T sum = 0;
  std::fill_n(out, width, T(0));
  for (int64_t j = 0; j < sequence.length; ++j) {
    const T weight = std::exp(scores[j] - most);
    sum += weight;
    for (int64_t d = 0; d < width; ++d) {
      out[d] += weight * sequence.v[static_cast<size_t>(j * hidden + from + d)];
    }
  }
  for (int64_t d = 0; d < width; ++d) {
    out[d] /= sum;
  }
  return most + std::log(sum);
}

template <typename T> Sequence<T> sequenceOf(const RefCall &call, int64_t begin, int64_t end) {
  const int64_t hidden = call.operands[0].columns;
  const auto count = static_cast<size_t>((end - begin) * hidden);
  Sequence<T> sequence{end - begin, std::vector<T>(count), std::vector<T>(count), std::vector<T>(count)};
  load(call.operands[0], begin * hidden, (end - begin) * hidden, sequence.q.data());
  load(call.operands[1], begin * hidden, (end - begin) * hidden, sequence.k.data());
  load(call.operands[2], begin * hidden, (end - begin) * hidden, sequence.v.data());
  return sequence;
}

Result<void> checkOperands(const RefCall &call, int64_t heads) {
  const RefTensor &q = call.operands[0];
  const RefTensor *scores = call.result(1);
  const RefTensor *lse = call.result(2);
  return require({
      {isFloat({&q, &call.operands[1], &call.operands[2], &call.results[0]}), "q, k, v and the result must be float"},
      {sameShape(q, call.operands[1]) && sameShape(q, call.operands[2]), "q, k and v must have one shape"},
      {sameShape(q, call.results[0]), "the result must have the shape of q"},
      {q.columns % heads == 0, "the columns must be a multiple of the heads"},
      {!scores || (isFloat(*scores) && hasShape(*scores, q.rows, heads * call.size.longest)),
       "the scores must be float [tokens, heads*longest]"},
      {!lse || (isFloat(*lse) && hasShape(*lse, q.rows, heads)), "log-sum-exp must be float [tokens, heads]"},
  });
}

} // namespace

template <typename T> Result<void> attention(const RefCall &call) {
  const int64_t hidden = call.operands[0].columns;
  const auto heads = wholeAttribute(call, "heads", 0, 1, hidden);
  if (!heads) {
    return fail(heads);
  }
  if (auto ok = checkOperands(call, *heads); !ok) {
    return ok;
  }
  const auto offsets = offsetsOf(call.operands[3], call.operands[0].rows);
  if (!offsets) {
    return fail(offsets);
  }
  const int64_t width = hidden / *heads;
  const int64_t longest = call.size.longest;
  const T scale = static_cast<T>(call.attribute("scale", 1 / std::sqrt(static_cast<double>(width))));
  std::vector<T> out(static_cast<size_t>(hidden));
  std::vector<T> lse(static_cast<size_t>(*heads));
  for (size_t s = 0; s + 1 < offsets->size(); ++s) {
    const int64_t begin = (*offsets)[s];
    const auto sequence = sequenceOf<T>(call, begin, (*offsets)[s + 1]);
    if (sequence.length > longest) {
      return fail(ErrorKind::BadInput, "a sequence is longer than the longest");
    }
    for (int64_t i = 0; i < sequence.length; ++i) {
      std::vector<T> scores(static_cast<size_t>(*heads * longest));
      for (int64_t head = 0; head < *heads; ++head) {
        lse[static_cast<size_t>(head)] = attend(sequence, i, Head<T>{head * width, width, hidden, scale},
                                                scores.data() + head * longest, out.data() + head * width);
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
