// A Subject as the queue sees it: rows to the lines of `clew predict`.
#pragma once

#include "suites/run/Subject.h"
#include "suites/serve/AnswerQueue.h"

namespace clew {

class SubjectAnswerer final : public RowAnswerer {
public:
  /// `subject` outlives it; nobody else runs it meanwhile.
  SubjectAnswerer(Subject &subject, int threads) : subject(subject), threads(threads) {}

  /// One row is shared by all threads; several are dealt out to them, packed.
  Result<std::vector<std::string>> answer(std::span<const Row> rows) override;

private:
  Subject &subject;
  int threads;
};

} // namespace clew
