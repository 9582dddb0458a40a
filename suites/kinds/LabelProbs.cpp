// See LabelProbs.h.
#include "suites/kinds/LabelProbs.h"

#include "runtime/base/Excerpt.h"
#include "suites/kinds/JsonText.h"

#include <fmt/format.h>

#include <cmath>

namespace clew {

using nlohmann::json;

static constexpr double kProbabilitySlack = 1e-3; ///< softmax in low precision may pass 1 by a little

std::string probsText(const Task &task, const std::vector<float> &probs) {
  std::string text;
  for (size_t i = 0; i < probs.size(); ++i) {
    text += fmt::format("{}{}: {}", i > 0 ? ", " : "", jsonText(task.labels[i]),
                        std::isfinite(probs[i]) ? fmt::format("{}", probs[i]) : "null");
  }
  return text;
}

Result<void> readProbs(const LabelIndex &labels, const json &probs, std::vector<float> &out) {
  const size_t count = labels.task().labels.size();
  if (!probs.is_object() || probs.size() != count) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected \"probs\", an object with one number for each of the {} labels", count));
  }
  out.assign(count, -1);
  for (const auto &[name, value] : probs.items()) {
    const Result<int32_t> found = labels.find(name);
    if (!found) {
      return fail(found);
    }
    const double number = value.is_number() ? value.get<double>() : -1;
    if (!(number >= 0 && number <= 1 + kProbabilitySlack)) {
      return fail(ErrorKind::BadInput, fmt::format("the probability of '{}' is no number from 0 to 1", excerpt(name)));
    }
    float &place = out[static_cast<size_t>(*found)];
    if (place >= 0) {
      return fail(ErrorKind::BadInput, fmt::format("'{}' has two probabilities, one by an alias", excerpt(name)));
    }
    place = static_cast<float>(number);
  }
  return {};
}

} // namespace clew
