// See Offline.h.
#include "suites/run/Offline.h"

#include "runtime/base/ParallelFor.h"
#include "runtime/base/Stopwatch.h"

#include <algorithm>
#include <mutex>
#include <numeric>
#include <optional>

namespace clew {
namespace {

/// About as many as a text of so many bytes gives: Chinese has three bytes a character and a token each; Latin words have more.
int64_t guessedTokens(const Row &row) {
  size_t bytes = 0;
  for (const std::string &text : row.fields) {
    bytes += text.size();
  }
  return static_cast<int64_t>(bytes / 3 + 3);
}

/// Rows of a batch, as indices, and the batch's tokens where they are kept.
struct RowBatch {
  std::vector<size_t> rows;
  EncodedRows encoded;
};

std::vector<RowBatch> cut(std::span<const Row> rows, int64_t tokensOfABatch) {
  std::vector<size_t> order(rows.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, [&](size_t a, size_t b) {
    const int64_t x = guessedTokens(rows[a]);
    const int64_t y = guessedTokens(rows[b]);
    return x != y ? x > y : a < b;
  });
  std::vector<RowBatch> batches;
  int64_t tokens = 0;
  for (size_t index : order) {
    const int64_t more = guessedTokens(rows[index]);
    if (batches.empty() || tokens + more > tokensOfABatch) {
      batches.emplace_back();
      tokens = 0;
    }
    batches.back().rows.push_back(index);
    tokens += more;
  }
  return batches;
}

/// Each by itself, as they stand.
std::vector<RowBatch> inOrder(std::span<const Row> rows) {
  std::vector<RowBatch> batches(rows.size());
  for (size_t index = 0; index < rows.size(); ++index) {
    batches[index].rows = {index};
  }
  return batches;
}

/// The error of the first row of all that failed.
class FirstRowError {
public:
  void report(size_t row, const Error &found) {
    const std::lock_guard guard(mutex);
    if (!error || row < at) {
      error = found;
      at = row;
    }
  }
  Result<void> result() const { return error ? Result<void>(Failure(*error)) : Result<void>(); }

private:
  std::mutex mutex;
  std::optional<Error> error;
  size_t at = 0;
};

class Runner {
public:
  Runner(const Subject &subject, std::span<const Row> rows, std::deque<SessionSlot> &slots)
      : subject(subject), rows(rows), slots(slots), scratch(slots.size()) {}

  /// One batch, text to labels; keeps its tokens if `keep`.
  Result<void> answer(RowBatch &batch, size_t thread, std::vector<Prediction> &predictions, bool keep) {
    SessionSlot &slot = slots[thread];
    Scratch &mine = scratch[thread];
    mine.picked.resize(batch.rows.size());
    for (size_t i = 0; i < batch.rows.size(); ++i) {
      mine.picked[i] = rows[batch.rows[i]];
    }
    if (Result<void> answered = subject.answer(mine.picked, slot, mine.predictions); !answered) {
      return answered;
    }
    for (size_t i = 0; i < batch.rows.size(); ++i) {
      predictions[batch.rows[i]] = std::move(mine.predictions[i]);
    }
    mine.tokens += static_cast<int64_t>(slot.encoded.ids.size());
    mine.sequences += static_cast<int64_t>(slot.encoded.sequences.size());
    if (keep) {
      batch.encoded = slot.encoded;
    }
    return {};
  }

  Result<void> runAlone(RowBatch &batch, size_t thread) {
    std::swap(slots[thread].encoded, batch.encoded);
    Result<void> ran = subject.run(slots[thread]);
    std::swap(slots[thread].encoded, batch.encoded);
    return ran;
  }

  void countInto(OfflineRun &run) const {
    for (const Scratch &each : scratch) {
      run.tokens += each.tokens;
      run.sequences += each.sequences;
    }
  }

private:
  struct Scratch {
    std::vector<Row> picked;
    std::vector<Prediction> predictions;
    int64_t tokens = 0;
    int64_t sequences = 0;
  };

  const Subject &subject;
  std::span<const Row> rows;
  std::deque<SessionSlot> &slots;
  std::vector<Scratch> scratch;
};

} // namespace

Result<OfflineRun> runOffline(Subject &subject, std::span<const Row> rows, const OfflineOptions &options) {
  if (rows.empty()) {
    return fail(ErrorKind::BadInput, "no rows to run");
  }
  const bool carries = isCarrying(subject.executable().program());
  const auto threads = carries ? size_t{1} : static_cast<size_t>(std::max(options.threads, 1));
  Result<std::deque<SessionSlot> *> slots = subject.keptSlots(threads);
  if (!slots) {
    return fail(slots);
  }
  OfflineRun run;
  run.predictions.resize(rows.size());
  Runner runner(subject, rows, **slots);
  FirstRowError errors;
  if (options.energy) {
    options.energy->begin();
  }
  const Stopwatch answering;
  std::vector<RowBatch> batches = carries ? inOrder(rows) : cut(rows, options.tokensOfABatch);
  parallelFor(static_cast<int>(threads), static_cast<int64_t>(batches.size()), [&](int64_t task, int thread) {
    RowBatch &batch = batches[static_cast<size_t>(task)];
    if (Result<void> done = runner.answer(batch, static_cast<size_t>(thread), run.predictions, options.withoutText);
        !done) {
      errors.report(batch.rows.front(), done.error());
    }
  });
  run.seconds = answering.seconds();
  run.joules = options.energy ? options.energy->end() : run.joules;
  run.batches = static_cast<int64_t>(batches.size());
  runner.countInto(run);
  if (Result<void> failed = errors.result(); !failed || !options.withoutText) {
    return failed ? Result<OfflineRun>(std::move(run)) : fail(failed);
  }
  const Stopwatch again;
  parallelFor(static_cast<int>(threads), static_cast<int64_t>(batches.size()), [&](int64_t task, int thread) {
    RowBatch &batch = batches[static_cast<size_t>(task)];
    if (Result<void> done = runner.runAlone(batch, static_cast<size_t>(thread)); !done) {
      errors.report(batch.rows.front(), done.error());
    }
  });
  run.secondsWithoutText = again.seconds();
  Result<void> failed = errors.result();
  return failed ? Result<OfflineRun>(std::move(run)) : fail(failed);
}

} // namespace clew
