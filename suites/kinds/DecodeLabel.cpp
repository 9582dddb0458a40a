// Scores of labels to one label and its probability.
#include "suites/kinds/Decoding.h"

#include <algorithm>
#include <cmath>

namespace clew {

int32_t argmax(std::span<const float> values) {
  return static_cast<int32_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

void softmax(std::span<const float> logits, std::vector<float> &probs) {
  const float greatest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  probs.resize(logits.size());
  for (size_t i = 0; i < logits.size(); ++i) {
    probs[i] = std::exp(logits[i] - greatest);
    sum += probs[i];
  }
  for (float &p : probs) {
    p = static_cast<float>(p / sum);
  }
}

} // namespace clew
