// The offline scenario: all rows at once, as fast as the machine can, text to labels.
#pragma once

#include "suites/run/Scenario.h"
#include "suites/run/Subject.h"

namespace clew {

struct OfflineOptions {
  int threads = 1;
  /// Batches are cut at about so many tokens: enough to fill the kernels, few enough to stay in cache. The answers do not depend on it
  /// (in f32 to 1e-5, bit for bit if the Subject is deterministic).
  int64_t tokensOfABatch = 1024;
  JouleMeter *energy = nullptr; ///< read around the run text to labels
  bool withoutText = true;      ///< also times the model alone, over the same batches with the tokens made before
};

struct OfflineRun {
  std::vector<Prediction> predictions; ///< in the order of the rows
  double seconds = 0;                  ///< text to labels
  double secondsWithoutText = 0;       ///< the model alone; 0 if it was not asked for
  int64_t tokens = 0;                  ///< with [CLS], [SEP] and the overlaps of windows
  int64_t sequences = 0;
  int64_t batches = 0;
  std::map<std::string, double> joules = {}; ///< by counter, text to labels
};

/// Rows are put into batches by length (all are there at once, so their order is ours), the longest first; each thread takes the next batch,
/// tokenizes it, runs it in a slot of its own and decodes it, so that tokenizing, running and decoding overlap on `threads` threads in all and
/// nothing waits for anything. A model that carries states has each row in a batch of its own, in the order of the rows, on one thread, and
/// goes on where the last call ended. Packed batches hold no padding. Slots are kept in the Subject for the next
/// call. If several rows fail, the error is always the same one's. BadInput for no rows.
Result<OfflineRun> runOffline(Subject &subject, std::span<const Row> rows, const OfflineOptions &options);

} // namespace clew
