// The table of ref ops: name, number of operands and results, functions. Activations have a table of their own (Activations.h).
#include "runtime/ref/RefOps.h"

#include "runtime/ref/Families.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <vector>

namespace clew {

namespace {

using namespace ref;

constexpr std::array kOps{
    RefEntry{"positions", 1, 1, 1, positions, positions},
    RefEntry{"embedding", 2, 2, 1, embedding<double>, embedding<float>},
    RefEntry{"linear", 2, 3, 1, linear<double>, linear<float>},
    RefEntry{"add", 2, 2, 1, add<double>, add<float>},
    RefEntry{"subtract", 2, 2, 1, subtract<double>, subtract<float>},
    RefEntry{"multiply", 2, 2, 1, multiply<double>, multiply<float>},
    RefEntry{"scale", 1, 1, 1, scale<double>, scale<float>},
    RefEntry{"softmax", 1, 1, 1, softmax<double>, softmax<float>},
    RefEntry{"dropout", 1, 1, 1, identity<double>, identity<float>},
    RefEntry{"layer_norm", 3, 3, 1, layerNorm<double>, layerNorm<float>},
    RefEntry{"batch_norm", 5, 5, 1, batchNorm<double>, batchNorm<float>},
    RefEntry{"window", 2, 2, 1, window, window},
    RefEntry{"gather", 2, 2, 1, gather, gather},
    RefEntry{"attention", 4, 11, 3, attention<double>, attention<float>},
    RefEntry{"lstm", 5, 8, 3, lstm<double>, lstm<float>},
    RefEntry{"gru", 6, 7, 2, gru<double>, gru<float>},
    RefEntry{"recurrence", 3, 8, 3, recurrence<double>, recurrence<float>},
    RefEntry{"cast", 1, 1, 1, cast<double>, cast<float>},
    RefEntry{"quantize", 1, 1, 2, quantize<double>, quantize<float>},
    RefEntry{"dequantize", 3, 3, 1, dequantize<double>, dequantize<float>},
    RefEntry{"slice", 1, 1, 1, slice, slice},
    RefEntry{"row", 1, 1, 1, row, row},
    RefEntry{"sinusoids", 0, 0, 1, sinusoids, sinusoids},
    RefEntry{"buckets", 1, 1, 1, buckets, buckets},
    RefEntry{"concat", 2, 64, 1, concat, concat},
    RefEntry{"first", 2, 2, 1, first, first},
    RefEntry{"last", 2, 2, 1, last<double>, last<float>},
    RefEntry{"mean", 2, 2, 1, mean<double>, mean<float>},
    RefEntry{"max", 2, 2, 1, max<double>, max<float>},
    RefEntry{"l2_normalize", 1, 1, 1, l2Normalize<double>, l2Normalize<float>},
    RefEntry{"viterbi", 5, 5, 1, viterbi<double>, viterbi<float>},
    RefEntry{"derivative", 2, 2, 1, derivative<double>, derivative<float>},
    RefEntry{"standardize", 1, 1, 1, standardize<double>, standardize<float>},
    RefEntry{"layer_norm_gradient", 3, 3, 1, layerNormGradient<double>, layerNormGradient<float>},
    RefEntry{"softmax_gradient", 2, 2, 1, softmaxGradient<double>, softmaxGradient<float>},
    RefEntry{"l2_normalize_gradient", 2, 2, 1, l2NormalizeGradient<double>, l2NormalizeGradient<float>},
    RefEntry{"batch_norm_gradient", 5, 5, 3, batchNormGradient<double>, batchNormGradient<float>, true},
    RefEntry{"scale_by", 2, 2, 1, scaleBy<double>, scaleBy<float>},
    RefEntry{"fill", 0, 0, 1, fill<double>, fill<float>},
    RefEntry{"pad", 1, 1, 1, pad<double>, pad<float>},
    RefEntry{"drop", 2, 2, 1, drop<double>, drop<float>},
    RefEntry{"matmul", 2, 2, 1, matmul<double>, matmul<float>},
    RefEntry{"outer_sum", 2, 2, 1, outerSum<double>, outerSum<float>},
    RefEntry{"sum_rows", 1, 1, 1, sumRows<double>, sumRows<float>},
    RefEntry{"sum", 1, 1, 1, sum<double>, sum<float>},
    RefEntry{"accumulate", 1, 1, 1, accumulate<double>, accumulate<float>},
    RefEntry{"embedding_gradient", 2, 2, 1, embeddingGradient<double>, embeddingGradient<float>},
    RefEntry{"spread", 2, 2, 1, spread<double>, spread<float>},
    RefEntry{"max_gradient", 3, 3, 1, maxGradient<double>, maxGradient<float>},
    RefEntry{"shift", 2, 3, 1, shift<double>, shift<float>},
    RefEntry{"window_gradient", 2, 2, 1, windowGradient<double>, windowGradient<float>},
    RefEntry{"attention_gradient", 7, 10, 6, attentionGradient<double>, attentionGradient<float>, true},
    RefEntry{"recurrence_gradient", 4, 11, 6, recurrenceGradient<double>, recurrenceGradient<float>, true},
    RefEntry{"cross_entropy", 2, 2, 2, crossEntropy<double>, crossEntropy<float>, true},
    RefEntry{"soft_cross_entropy", 2, 2, 2, softCrossEntropy<double>, softCrossEntropy<float>, true},
    RefEntry{"mean_square", 2, 2, 3, meanSquare<double>, meanSquare<float>, true},
    RefEntry{"crf_loss", 6, 6, 5, crfLoss<double>, crfLoss<float>, true},
};

} // namespace

double RefCall::attribute(std::string_view name, double otherwise) const {
  for (const auto &[key, value] : attributes) {
    if (key == name) {
      return value;
    }
  }
  return otherwise;
}

const RefTensor *RefCall::result(size_t index) const {
  return index < results.size() && results[index].data ? &results[index] : nullptr;
}

Result<void> RefEntry::checkCounts(const RefCall &call) const {
  if (call.operands.size() < leastOperands || call.operands.size() > mostOperands) {
    return fail(ErrorKind::BadInput, fmt::format("{}: takes {} to {} operands, found {}", name, leastOperands,
                                                 mostOperands, call.operands.size()));
  }
  bool any = false;
  for (size_t index = 0; index < call.results.size(); ++index) {
    any = any || call.result(index);
  }
  if (call.results.size() > mostResults || !any || (!anyResult && !call.result(0))) {
    return fail(ErrorKind::BadInput, fmt::format("{}: gives {} and at most {} results, found {}", name,
                                                 anyResult ? "one" : "a first", mostResults, call.results.size()));
  }
  return {};
}

Result<void> RefEntry::run(const RefCall &call, RefCompute compute) const {
  if (auto ok = checkCounts(call); !ok) {
    return ok;
  }
  auto done = compute == RefCompute::F64 ? f64(call) : f32(call);
  if (!done) {
    return fail(done.error().kind, fmt::format("{}: {}", name, done.error().message), done.error().where);
  }
  return {};
}

std::span<const RefEntry> refOps() {
  static const std::vector<RefEntry> all = [] {
    std::vector<RefEntry> entries(kOps.begin(), kOps.end());
    const std::span<const RefEntry> activations = activationOps();
    entries.insert(entries.end(), activations.begin(), activations.end());
    return entries;
  }();
  return all;
}

const RefEntry *findRefOp(std::string_view name) {
  const std::span<const RefEntry> all = refOps();
  const auto found = std::ranges::find(all, name, &RefEntry::name);
  return found == all.end() ? nullptr : &*found;
}

} // namespace clew
