// See TrainingRows.h.
#include "training/TrainingRows.h"

#include "runtime/base/RandomBits.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace clew {

Result<TrainingRows> TrainingRows::create(const Task &task, std::span<const Row> rows, const RowEncoder &encoder,
                                          int32_t elsewhere) {
  TrainingRows result;
  result.perToken = task.kind->sequence.logits == SequenceForm::Logits::Token;
  EncodedRows encoded;
  encoded.clear();
  for (size_t i = 0; i < rows.size(); ++i) {
    const size_t first = encoded.sequences.size();
    if (Result<void> done = encoder.append(rows[i], static_cast<int32_t>(i), encoded); !done) {
      return fail(done.error().kind, "row " + render(rows[i].id) + ": " + done.error().message, done.error().where);
    }
    for (size_t s = first; s < encoded.sequences.size(); ++s) {
      const EncodedRows::Sequence &sequence = encoded.sequences[s];
      const auto begin = static_cast<size_t>(encoded.offsets[s]);
      const auto at = static_cast<size_t>(sequence.textBegin);
      const auto count = static_cast<size_t>(sequence.textTokens);
      const size_t before = result.labels.size();
      if (result.perToken) {
        result.labels.resize(before + at - begin, elsewhere);
      }
      const SequencePlaces places{std::span(encoded.begins).subspan(at, count),
                                  std::span(encoded.ends).subspan(at, count)};
      if (Result<void> done = task.kind->targetsOf(task, rows[i], places, result.labels); !done) {
        return fail(done);
      }
      if (result.perToken) {
        result.labels.resize(before + static_cast<size_t>(encoded.offsets[s + 1]) - begin, elsewhere);
      }
    }
  }
  result.ids = std::move(encoded.ids);
  result.segments = std::move(encoded.segments);
  result.offsets = std::move(encoded.offsets);
  return result;
}

int64_t TrainingRows::longest() const {
  int64_t most = 0;
  for (size_t s = 0; s + 1 < offsets.size(); ++s) {
    most = std::max<int64_t>(most, offsets[s + 1] - offsets[s]);
  }
  return most;
}

std::optional<int64_t> TrainingRows::firstOther(const TrainingRows &rows) const {
  const auto tokensOf = [](const TrainingRows &of, size_t s) {
    const auto begin = static_cast<size_t>(of.offsets[s]);
    return std::span(of.ids).subspan(begin, static_cast<size_t>(of.offsets[s + 1]) - begin);
  };
  for (size_t s = 0; s + 1 < std::max(offsets.size(), rows.offsets.size()); ++s) {
    const bool both = s + 1 < std::min(offsets.size(), rows.offsets.size());
    if (!both || !std::ranges::equal(tokensOf(*this, s), tokensOf(rows, s))) {
      return static_cast<int64_t>(s);
    }
  }
  return std::nullopt;
}

double TrainingRows::majorityShare(const TrainingRows &judged) const {
  if (perToken || labels.empty() || judged.labels.empty()) {
    return 0;
  }
  std::map<int32_t, int64_t> counts;
  for (const int32_t label : labels) {
    ++counts[label];
  }
  const int32_t most = std::ranges::max_element(counts, {}, [](const auto &entry) { return entry.second; })->first;
  return static_cast<double>(std::ranges::count(judged.labels, most)) / static_cast<double>(judged.labels.size());
}

void TrainingRows::fill(std::span<const int64_t> numbers, TrainingBatch &out) const {
  out.ids.clear();
  out.segments.clear();
  out.labels.clear();
  out.offsets.assign(1, 0);
  for (int64_t number : numbers) {
    const auto begin = offsets[static_cast<size_t>(number)];
    const auto end = offsets[static_cast<size_t>(number) + 1];
    out.ids.insert(out.ids.end(), ids.begin() + begin, ids.begin() + end);
    out.segments.insert(out.segments.end(), segments.begin() + begin, segments.begin() + end);
    if (perToken) {
      out.labels.insert(out.labels.end(), labels.begin() + begin, labels.begin() + end);
    } else {
      out.labels.push_back(labels[static_cast<size_t>(number)]);
    }
    out.offsets.push_back(static_cast<int32_t>(out.ids.size()));
  }
  out.others.assign(1, BatchInput{"labels", out.labels});
}

std::vector<int64_t> shuffled(int64_t count, uint64_t seed, uint64_t epoch) {
  constexpr uint32_t site = 0x5EED0DE5; // none that a graph has
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), int64_t{0});
  const RandomState state = randomState(seed, epoch);
  for (size_t i = order.size(); i > 1; --i) {
    // The product's upper half: even to 2^-32 of i.
    const uint64_t word = randomWord(state, site, i);
    std::swap(order[i - 1], order[static_cast<size_t>(word * i >> 32)]);
  }
  return order;
}

} // namespace clew
