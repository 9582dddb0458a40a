// A Subject as the scenarios see it: rows by their number, each query text to label, the model's part timed apart.
#pragma once

#include "suites/run/Offline.h"
#include "suites/run/Scenario.h"

namespace clew {

class BenchSubject final : public SystemUnderTest {
public:
  /// `subject`, `data` and `encoder` (the subject's own, as a rule) outlive it. No query or answer is kept: each is encoded, run and decoded anew.
  static Result<BenchSubject> create(Subject &subject, std::span<const Row> data, const RowEncoder &encoder,
                                     int threads);

  int64_t rows() const override { return static_cast<int64_t>(data.size()); }
  Result<Work> answer(std::span<const int32_t> asked) override;
  Result<Work> answerAll(std::span<const int32_t> asked, int64_t &nanoseconds) override;

  /// Read around offline runs; null: none. It outlives them.
  void meter(JouleMeter *energy) { joules = energy; }

  /// Tokens of each row, windows together.
  Result<std::vector<int64_t>> lengths();

private:
  BenchSubject(Subject &subject, std::span<const Row> data, const RowEncoder &encoder, int threads, SessionSlot slot)
      : subject(subject), data(data), encoder(encoder), threads(threads), slot(std::move(slot)) {}

  Result<void> encode(std::span<const Row> rows);

  Subject &subject;
  std::span<const Row> data;
  const RowEncoder &encoder;
  int threads;
  SessionSlot slot;
  JouleMeter *joules = nullptr;
  std::vector<Row> picked;
  std::vector<Prediction> predictions;
};

} // namespace clew
