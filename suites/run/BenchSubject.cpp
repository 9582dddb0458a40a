// Asks the Subject and looks at the clock.
#include "suites/run/BenchSubject.h"

#include <chrono>

namespace clew {

Result<BenchSubject> BenchSubject::create(Subject &subject, std::span<const Row> data, const RowEncoder &encoder,
                                          int threads) {
  Result<SessionSlot> slot = subject.makeSlot();
  return slot ? Result<BenchSubject>(BenchSubject(subject, data, encoder, threads, std::move(*slot))) : fail(slot);
}

Result<void> BenchSubject::encode(std::span<const Row> rows) {
  slot.encoded.clear();
  for (size_t i = 0; i < rows.size(); ++i) {
    if (Result<void> done = encoder.append(rows[i], static_cast<int32_t>(i), slot.encoded); !done) {
      return done;
    }
  }
  return {};
}

Result<Work> BenchSubject::answer(std::span<const int32_t> asked) {
  std::span<const Row> rows;
  if (asked.size() == 1) {
    rows = data.subspan(static_cast<size_t>(asked[0]), 1);
  } else {
    picked.resize(asked.size());
    for (size_t i = 0; i < asked.size(); ++i) {
      picked[i] = data[static_cast<size_t>(asked[i])];
    }
    rows = picked;
  }
  if (Result<void> done = encode(rows); !done) {
    return fail(done);
  }
  const auto begin = std::chrono::steady_clock::now();
  if (Result<void> done = subject.run(slot); !done) {
    return fail(done);
  }
  const auto end = std::chrono::steady_clock::now();
  if (Result<void> done = subject.decode(rows, slot, predictions); !done) {
    return fail(done);
  }
  return Work{std::chrono::duration_cast<std::chrono::nanoseconds>(end - begin).count(),
              static_cast<int64_t>(slot.encoded.ids.size())};
}

Result<Work> BenchSubject::answerAll(std::span<const int32_t> asked, int64_t &nanoseconds) {
  std::vector<Row> rows;
  rows.reserve(asked.size());
  for (const int32_t row : asked) {
    rows.push_back(data[static_cast<size_t>(row)]);
  }
  OfflineOptions options;
  options.threads = threads;
  options.energy = joules;
  const Result<OfflineRun> run = runOffline(subject, rows, options);
  if (!run) {
    return fail(run);
  }
  nanoseconds = static_cast<int64_t>(run->seconds * 1e9);
  return Work{static_cast<int64_t>(run->secondsWithoutText * 1e9), run->tokens, run->joules};
}

Result<std::vector<int64_t>> BenchSubject::lengths() {
  std::vector<int64_t> tokens;
  tokens.reserve(data.size());
  for (const Row &row : data) {
    if (Result<void> done = encode({&row, 1}); !done) {
      return fail(done);
    }
    tokens.push_back(static_cast<int64_t>(slot.encoded.ids.size()));
  }
  return tokens;
}

} // namespace clew
