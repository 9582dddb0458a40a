// See Subject.h: running. How a Subject is put together stands in OpenSubject.cpp.
#include "suites/run/Subject.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>

namespace clew {

Result<SessionSlot> Subject::makeSlot() const {
  Result<Session> session = Session::create(shared);
  if (!session) {
    return fail(session);
  }
  return SessionSlot{std::move(*session), {}, {}};
}

Result<std::deque<SessionSlot> *> Subject::keptSlots(size_t count) {
  while (slots.size() < count) {
    Result<SessionSlot> slot = makeSlot();
    if (!slot) {
      return fail(slot);
    }
    slots.push_back(std::move(*slot));
  }
  return &slots;
}

Result<void> Subject::encode(std::span<const Row> rows, SessionSlot &slot) const {
  slot.encoded.clear();
  for (size_t i = 0; i < rows.size(); ++i) {
    if (Result<void> done = rowEncoder.append(rows[i], static_cast<int32_t>(i), slot.encoded); !done) {
      Error error = done.error();
      error.message = fmt::format("row {}: {}", render(rows[i].id), error.message);
      return Failure(std::move(error));
    }
  }
  return {};
}

Result<void> Subject::run(SessionSlot &slot) const {
  if (slot.encoded.sequences.empty()) {
    return fail(ErrorKind::BadInput, "no rows to run");
  }
  if (isCarrying(shared->program()) && slot.encoded.sequences.size() != 1) {
    return fail(ErrorKind::BadInput, fmt::format("a model that carries states reads a text in one sequence, found {}",
                                                 slot.encoded.sequences.size()));
  }
  if (static_cast<int64_t>(slot.encoded.ids.size()) > kTokensOfARun) {
    return runInParts(slot);
  }
  const Batch batch = feed.batchOf(slot.encoded, 0, slot.encoded.sequences.size(), slot.memory);
  if (Result<void> ran = slot.session.run(batch); !ran) {
    return ran;
  }
  Result<OutputView> logits = slot.session.output("logits");
  if (!logits) {
    return fail(logits);
  }
  slot.logits = *logits;
  return {};
}

/// A whole book as the context of one question is more than one run has memory for.
Result<void> Subject::runInParts(SessionSlot &slot) const {
  const EncodedRows &all = slot.encoded;
  slot.joined.clear();
  slot.logits = {"logits", nullptr, 0, 0};
  for (size_t first = 0; first < all.sequences.size();) {
    size_t last = first + 1;  // one past the part's last sequence
    const auto goesOn = [&] { // the row that `last` is in the middle of
      return feed.readsRows() && all.sequences[last].row == all.sequences[last - 1].row;
    };
    while (last < all.sequences.size() && (goesOn() || all.offsets[last + 1] - all.offsets[first] <= kTokensOfARun)) {
      ++last;
    }
    if (Result<void> ran = slot.session.run(feed.batchOf(all, first, last, slot.memory)); !ran) {
      return ran;
    }
    Result<OutputView> logits = slot.session.output("logits");
    if (!logits) {
      return fail(logits);
    }
    slot.joined.insert(slot.joined.end(), logits->values().begin(), logits->values().end());
    slot.logits.rows += logits->rows;
    slot.logits.columns = logits->columns;
    first = last;
  }
  slot.logits.data = slot.joined.data();
  return {};
}

Result<void> Subject::decode(std::span<const Row> rows, const SessionSlot &slot,
                             std::vector<Prediction> &predictions) const {
  return clew::decode(judged, rows, slot.encoded, slot.logits, predictions);
}

Result<void> Subject::answer(std::span<const Row> rows, SessionSlot &slot, std::vector<Prediction> &predictions) const {
  if (Result<void> done = encode(rows, slot); !done) {
    return done;
  }
  if (Result<void> done = run(slot); !done) {
    return done;
  }
  return decode(rows, slot, predictions);
}

int64_t peakMemoryBytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) {
      return std::atoll(line.c_str() + 6) * 1024;
    }
  }
  return 0;
}

} // namespace clew
