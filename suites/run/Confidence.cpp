// See Confidence.h.
#include "suites/run/Confidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace clew {
namespace {

/// The share of the greatest logit, softmax.
float greatestShare(std::span<const float> logits) {
  const float most = *std::ranges::max_element(logits);
  double sum = 0;
  for (const float logit : logits) {
    sum += std::exp(static_cast<double>(logit) - static_cast<double>(most));
  }
  return static_cast<float>(1 / sum);
}

float leastShare(const EncodedRows &encoded, size_t sequence, const OutputView &logits, const Entity &entity) {
  const auto columns = static_cast<size_t>(logits.columns);
  const auto begin = static_cast<size_t>(encoded.sequences[sequence].textBegin);
  const auto count = static_cast<size_t>(encoded.sequences[sequence].textTokens);
  float least = 1;
  for (size_t token = begin; token < begin + count; ++token) {
    if (encoded.begins[token] >= entity.begin && encoded.ends[token] <= entity.end) {
      least = std::min(least, greatestShare(logits.values().subspan(token * columns, columns)));
    }
  }
  return least;
}

} // namespace

Result<void> confidences(const Task &task, const EncodedRows &encoded, const OutputView &logits,
                         std::span<const Prediction> predictions, std::vector<std::vector<float>> &out) {
  if (encoded.sequences.size() != predictions.size()) {
    return fail(ErrorKind::Internal,
                fmt::format("{} sequences of {} rows", encoded.sequences.size(), predictions.size()));
  }
  out.assign(predictions.size(), {});
  for (size_t i = 0; i < predictions.size(); ++i) {
    if (const auto *entities = std::get_if<EntityAnswer>(&predictions[i].answer)) {
      for (const Entity &entity : entities->entities) {
        out[i].push_back(leastShare(encoded, i, logits, entity));
      }
    } else if (const auto *label = std::get_if<LabelAnswer>(&predictions[i].answer); label && !label->probs.empty()) {
      out[i].push_back(label->probs[static_cast<size_t>(label->label)]);
    } else {
      return fail(ErrorKind::Unsupported,
                  fmt::format("answers of the kind '{}' ('{}') have no confidence that rows could be kept by",
                              task.kind->name, task.name));
    }
  }
  return {};
}

} // namespace clew
