// crf_loss: negative log-likelihood of labels under a linear-chain conditional random field, by the forward-backward algorithm in logarithms.
// Lafferty, McCallum and Pereira, "Conditional random fields", ICML 2001, section 4.
#include "runtime/ref/Families.h"
#include "runtime/ref/Values.h"

#include <cmath>

namespace clew::ref {

namespace {

template <typename T> T logSum(const std::vector<T> &values) {
  const T most = *std::ranges::max_element(values);
  T sum = 0;
  for (T value : values) {
    sum += std::exp(value - most);
  }
  return most + std::log(sum);
}

/// transitions[i * labels + j]: from label i to label j.
template <typename T> struct Chain {
  size_t labels;
  std::vector<T> transitions, start, end;

  T move(size_t from, size_t to) const { return transitions[from * labels + to]; }
};

/// One sequence: x [length][labels], and the label of each token.
template <typename T> class Likelihood {
public:
  Likelihood(const Chain<T> &chain, std::vector<T> x, std::span<const int32_t> wanted)
      : c(chain), x(std::move(x)), wanted(wanted), forth(this->x.size()), back(this->x.size()) {
    walk();
  }

  /// log Z - score of the labels.
  T loss() const {
    T score = c.start[label(0)] + c.end[label(wanted.size() - 1)];
    for (size_t t = 0; t < wanted.size(); ++t) {
      score += x[t * c.labels + label(t)] + (t > 0 ? c.move(label(t - 1), label(t)) : T(0));
    }
    return whole - score;
  }

  /// Adds `share` times the expected counts less those of the labels; the row of token t goes to dx.
  void addTo(Chain<T> &d, T share, size_t t, std::vector<T> &dx) const {
    const size_t n = c.labels;
    for (size_t to = 0; to < n; ++to) {
      const size_t at = t * n + to;
      dx[to] = share * (std::exp(forth[at] + back[at] - whole) - (to == label(t) ? T(1) : T(0)));
      d.start[to] += t == 0 ? dx[to] : T(0);
      d.end[to] += t + 1 == wanted.size() ? dx[to] : T(0);
      for (size_t from = 0; from < n && t > 0; ++from) {
        const T both = forth[at - to - n + from] + c.move(from, to) + x[at] + back[at] - whole;
        const T seen = from == label(t - 1) && to == label(t) ? T(1) : T(0);
        d.transitions[from * n + to] += share * (std::exp(both) - seen);
      }
    }
  }

private:
  size_t label(size_t t) const { return static_cast<size_t>(wanted[t]); }

  /// forth: log of the sum over paths up to and with a token's label; back: over paths after it.
  void walk() {
    const size_t n = c.labels;
    const size_t length = wanted.size();
    std::vector<T> ways(n);
    for (size_t t = 0; t < length; ++t) {
      for (size_t to = 0; to < n; ++to) {
        for (size_t from = 0; from < n && t > 0; ++from) {
          ways[from] = forth[(t - 1) * n + from] + c.move(from, to);
        }
        forth[t * n + to] = x[t * n + to] + (t > 0 ? logSum(ways) : c.start[to]);
      }
    }
    for (size_t t = length; t-- > 0;) {
      for (size_t from = 0; from < n; ++from) {
        for (size_t to = 0; to < n && t + 1 < length; ++to) {
          ways[to] = c.move(from, to) + x[(t + 1) * n + to] + back[(t + 1) * n + to];
        }
        back[t * n + from] = t + 1 < length ? logSum(ways) : c.end[from];
      }
    }
    for (size_t to = 0; to < n; ++to) {
      ways[to] = forth[(length - 1) * n + to] + c.end[to];
    }
    whole = logSum(ways);
  }

  const Chain<T> &c;
  std::vector<T> x;
  std::span<const int32_t> wanted;
  std::vector<T> forth, back;
  T whole = 0;
};

Result<void> checkOperands(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  const int64_t labels = x.columns;
  auto like = [&](size_t result, int64_t rows, int64_t columns) {
    const RefTensor *view = call.result(result);
    return !view || (isFloat(*view) && view->elements() == rows * columns);
  };
  return require(
      {{isFloat({&x, &call.operands[3], &call.operands[4], &call.operands[5]}) && labels > 0,
        "x, transitions, start and end must be float"},
       {call.operands[1].dtype == DType::I32 && call.operands[1].elements() == x.rows,
        "labels must be one i32 for each token"},
       {hasShape(call.operands[3], labels, labels) && call.operands[4].elements() == labels &&
            call.operands[5].elements() == labels,
        "transitions must be [labels, labels], start and end have a value for each label"},
       {like(0, 1, 1) && like(1, x.rows, labels) && like(2, labels, labels) && like(3, 1, labels) && like(4, 1, labels),
        "results do not fit"}});
}

} // namespace

template <typename T> Result<void> crfLoss(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  const auto offsets = offsetsOf(call.operands[2], x.rows);
  if (!offsets) {
    return fail(offsets);
  }
  if (auto ok = checkOperands(call); !ok) {
    return ok;
  }
  const auto wanted = loadAll<int32_t>(call.operands[1]);
  if (auto ok = require({{std::ranges::all_of(wanted, [&](int32_t label) { return label >= 0 && label < x.columns; }),
                          "a label is not among the columns"}});
      !ok) {
    return ok;
  }
  const auto labels = static_cast<size_t>(x.columns);
  const Chain<T> chain{labels, loadAll<T>(call.operands[3]), loadAll<T>(call.operands[4]),
                       loadAll<T>(call.operands[5])};
  Chain<T> d{labels, std::vector<T>(labels * labels), std::vector<T>(labels), std::vector<T>(labels)};
  const auto sequences = static_cast<T>(offsets->size() - 1);
  const T share = 1 / (call.attribute("by_token", 0) != 0 ? static_cast<T>(x.rows) : sequences);
  T loss = 0;
  std::vector<T> row(labels);
  for (size_t s = 0; s + 1 < offsets->size(); ++s) {
    const int64_t begin = (*offsets)[s];
    const int64_t length = (*offsets)[s + 1] - begin;
    if (length == 0) {
      continue;
    }
    std::vector<T> part(static_cast<size_t>(length) * labels);
    load(x, begin * x.columns, length * x.columns, part.data());
    const Likelihood<T> likelihood(chain, std::move(part),
                                   std::span(wanted).subspan(static_cast<size_t>(begin), static_cast<size_t>(length)));
    loss += share * likelihood.loss();
    for (int64_t t = 0; t < length; ++t) {
      likelihood.addTo(d, share, static_cast<size_t>(t), row);
      if (call.result(1)) {
        storeRow(*call.result(1), begin + t, row.data());
      }
    }
  }
  const std::vector<T> number{loss};
  const std::vector<T> *sums[] = {&number, nullptr, &d.transitions, &d.start, &d.end};
  for (size_t i = 0; i < std::size(sums); ++i) {
    for (int64_t r = 0; sums[i] && call.result(i) && r < call.result(i)->rows; ++r) {
      storeRow(*call.result(i), r, sums[i]->data() + r * call.result(i)->columns);
    }
  }
  return {};
}

template Result<void> crfLoss<double>(const RefCall &);
template Result<void> crfLoss<float>(const RefCall &);

} // namespace clew::ref
