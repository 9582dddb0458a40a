// Losses as the standard has them: by class indices, with weights of classes and an index to ignore.
#include "runtime/evaluate/Ops.h"

#include <algorithm>
#include <cmath>

namespace clew::onnx {
namespace {

/// Takes log probabilities [n, classes, ...], gives the loss as output 0.
void negativeLog(Call &call, const Array &logs) {
  const Array target = converted(call, call.in(1), DataType::Int64);
  const std::string reduction = call.text("reduction", "mean");
  const bool ignores = call.attribute("ignore_index") != nullptr;
  const int64_t ignored = call.integer("ignore_index");
  if (!call.ok() ||
      !call.need(logs.type == DataType::Float && logs.rank() >= 2, "expected float [batch, classes, ...]")) {
    return;
  }
  const int64_t classes = logs.dims[1];
  const int64_t area = product(std::span<const int64_t>(logs.dims).subspan(2));
  Shape dims = logs.dims;
  dims.erase(dims.begin() + 1);
  const Array weights = call.has(2) ? call.in(2) : Array();
  if (!call.need(target.dims == dims &&
                     (!weights.data || (weights.count() == classes && weights.type == DataType::Float)) &&
                     (reduction == "none" || reduction == "mean" || reduction == "sum"),
                 "expected a class for each place, and weights of {} classes", classes)) {
    return;
  }
  Array losses = call.make(DataType::Float, dims);
  double sum = 0;
  double total = 0;
  for (int64_t i = 0; call.ok() && i < losses.count(); ++i) {
    const int64_t label = target.as<int64_t>()[i];
    float weight = 0;
    float loss = 0;
    if (!ignores || label != ignored) {
      if (!call.need(label >= 0 && label < classes, "expected classes below {}, found {}", classes, label)) {
        return;
      }
      weight = weights.data ? weights.as<float>()[label] : 1;
      loss = -weight * logs.as<float>()[(i / area * classes + label) * area + i % area];
    }
    losses.to<float>()[i] = loss;
    sum += loss;
    total += weight;
  }
  if (!call.ok()) {
    return;
  }
  call.outputs.resize(std::max<size_t>(1, call.outputs.size()));
  if (reduction == "none") {
    call.outputs[0] = Value(std::move(losses));
  } else if (Array *to = call.out(0, DataType::Float, {})) {
    *to->to<float>() = static_cast<float>(reduction == "sum" ? sum : sum / total);
  }
}

void softmaxCrossEntropy(Call &call) {
  const Array &x = call.in(0);
  if (!call.ok() || !call.need(x.type == DataType::Float && x.rank() >= 2, "expected float [batch, classes, ...]")) {
    return;
  }
  Array logs = call.make(DataType::Float, x.dims);
  const int64_t classes = x.dims[1];
  const int64_t area = product(std::span<const int64_t>(x.dims).subspan(2));
  for (int64_t line = 0; call.ok() && line < x.dims[0] * area; ++line) {
    const int64_t begin = line / area * classes * area + line % area;
    float most = -std::numeric_limits<float>::infinity();
    double sum = 0;
    for (int64_t c = 0; c < classes; ++c) {
      most = std::max(most, x.as<float>()[begin + c * area]);
    }
    for (int64_t c = 0; c < classes; ++c) {
      sum += std::exp(static_cast<double>(x.as<float>()[begin + c * area]) - most);
    }
    for (int64_t c = 0; c < classes; ++c) {
      logs.to<float>()[begin + c * area] = static_cast<float>(x.as<float>()[begin + c * area] - most - std::log(sum));
    }
  }
  call.outputs.resize(2);
  if (call.ok()) {
    negativeLog(call, logs);
    call.outputs[1] = Value(std::move(logs));
  }
}

} // namespace

void addLossOps(OpTable &table) {
  table["NegativeLogLikelihoodLoss"] = {[](Call &call) { negativeLog(call, call.in(0)); }, "ignore_index reduction", 1};
  table["SoftmaxCrossEntropyLoss"] = {softmaxCrossEntropy, "ignore_index reduction", 3};
}

} // namespace clew::onnx
