// See Judge.h.
#include "training/Judge.h"

#include "suites/run/Offline.h"

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

} // namespace clew
