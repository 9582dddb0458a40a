// See Judge.h.
#include "training/Judge.h"

#include "suites/run/Offline.h"

#include <algorithm>
#include <map>

namespace clew {

Result<Scores> judge(Subject &subject, std::span<const Row> rows, int threads) {
  OfflineOptions offline;
  offline.threads = threads;
  offline.withoutText = false;
  Result<OfflineRun> answered = runOffline(subject, rows, offline);
  if (!answered) {
    return fail(answered);
  }
  BootstrapOptions bootstrap;
  bootstrap.threads = threads;
  return score(subject.task(), rows, answered->predictions, bootstrap);
}

double majorityScore(std::span<const Row> rows) {
  std::map<int32_t, int64_t> counts;
  int64_t most = 0;
  for (const Row &row : rows) {
    if (const int32_t *label = std::get_if<int32_t>(&row.gold)) {
      most = std::max(most, ++counts[*label]);
    }
  }
  return rows.empty() ? 0 : 100.0 * static_cast<double>(most) / static_cast<double>(rows.size());
}

} // namespace clew
