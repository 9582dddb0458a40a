// See SubjectAnswerer.h.
#include "suites/serve/SubjectAnswerer.h"

#include "suites/metrics/Prediction.h"
#include "suites/run/Offline.h"

#include <algorithm>

namespace clew {

Result<std::vector<std::string>> SubjectAnswerer::answer(std::span<const Row> rows) {
  OfflineOptions options;
  options.threads = threads;
  options.withoutText = false;
  size_t bytes = 0;
  for (const Row &row : rows) {
    for (const std::string &text : row.fields) {
      bytes += text.size();
    }
  }
  // A part for each thread, but none so small that its products do not fill the kernels. Three bytes are about a token.
  constexpr int64_t least = 64;
  const auto share = static_cast<int64_t>(bytes / 3) / threads;
  options.tokensOfABatch = std::clamp(share, least, options.tokensOfABatch);
  const Result<OfflineRun> run = runOffline(subject, rows, options);
  if (!run) {
    return fail(run);
  }
  std::vector<std::string> lines;
  lines.reserve(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    lines.push_back(renderPrediction(subject.task(), rows[i], run->predictions[i]));
  }
  return lines;
}

} // namespace clew
