// Exact match and F1 of answers, as CMRC2018's official script counts them: by text, the best over the accepted answers.
#include "suites/metrics/CmrcWords.h"
#include "suites/metrics/Measure.h"

#include <algorithm>

namespace clew {
namespace {

constexpr int64_t kExact = 0;
constexpr int64_t kOverlap = 1;
constexpr int64_t kTextSlots = 2;

double exactMatch(std::span<const double> sums, int64_t rows) { return 100 * sums[kExact] / static_cast<double>(rows); }
double overlapF1(std::span<const double> sums, int64_t rows) {
  return 100 * sums[kOverlap] / static_cast<double>(rows);
}

using Segments = std::vector<std::u32string>;

/// Segments of the longest stretch that both have in one piece (a substring, although the script calls it LCS).
int64_t longestCommon(const Segments &a, const Segments &b) {
  std::vector<int64_t> lengths(b.size() + 1, 0); // lengths[j+1]: of the common stretch that ends at a[i] and b[j]
  int64_t longest = 0;
  for (const std::u32string &segment : a) {
    for (size_t j = b.size(); j > 0; --j) {
      lengths[j] = segment == b[j - 1] ? lengths[j - 1] + 1 : 0;
      longest = std::max(longest, lengths[j]);
    }
  }
  return longest;
}

double f1(const Segments &answer, const Segments &prediction) {
  const int64_t common = longestCommon(answer, prediction);
  if (common == 0) {
    return 0;
  }
  const double precision = static_cast<double>(common) / static_cast<double>(prediction.size());
  const double recall = static_cast<double>(common) / static_cast<double>(answer.size());
  return 2 * precision * recall / (precision + recall);
}

} // namespace

const std::vector<Metric> &textMetrics() {
  static const std::vector<Metric> kAll = {{"em", exactMatch, true}, {"f1", overlapF1}};
  return kAll;
}

Result<Measure> measureTexts(std::span<const Row> rows, std::span<const Prediction> predictions) {
  Measure measure;
  measure.counts.width = kTextSlots;
  measure.metrics = textMetrics();
  for (size_t i = 0; i < rows.size(); ++i) {
    const Result<const std::vector<std::string> *> accepted = goldOf<std::vector<std::string>>(rows[i]);
    const Result<const TextAnswer *> given = answerOf<TextAnswer>(rows[i], predictions[i]);
    if (!accepted || !given) {
      return accepted ? fail(given) : fail(accepted);
    }
    const std::u32string predicted = cmrcNormalized((*given)->text);
    const Segments segments = cmrcSegments(predicted);
    bool exact = false;
    double best = 0;
    for (const std::string &text : **accepted) {
      const std::u32string answer = cmrcNormalized(text);
      exact = exact || answer == predicted;
      best = std::max(best, f1(cmrcSegments(answer), segments));
    }
    measure.counts.add(kExact, exact ? 1 : 0);
    measure.counts.add(kOverlap, best);
    measure.counts.endRow();
  }
  return measure;
}

} // namespace clew
