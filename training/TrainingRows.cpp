// See TrainingRows.h.
#include "training/TrainingRows.h"

#include "runtime/base/RandomBits.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

namespace clew {

/// Appends rows[i]; errors name the row.
static Result<void> encode(const RowEncoder &encoder, std::span<const Row> rows, size_t i, EncodedRows &encoded) {
  const Result<void> done = encoder.append(rows[i], static_cast<int32_t>(i), encoded);
  return done ? done
              : fail(done.error().kind, "row " + render(rows[i].id) + ": " + done.error().message, done.error().where);
}

Result<TrainingRows> TrainingRows::create(const Task &task, std::span<const Row> rows, const RowEncoder &encoder,
                                          int32_t elsewhere) {
  TrainingRows result;
  result.perToken = task.kind->sequence.logits == SequenceForm::Logits::Token;
  EncodedRows encoded;
  encoded.clear();
  for (size_t i = 0; i < rows.size(); ++i) {
    const size_t first = encoded.sequences.size();
    if (Result<void> done = encode(encoder, rows, i, encoded); !done) {
      return fail(done);
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
  for (const EncodedRows::Sequence &sequence : encoded.sequences) {
    result.rowOf.push_back(sequence.row);
  }
  result.begins = std::move(encoded.begins);
  result.tokens = {std::move(encoded.ids), std::move(encoded.segments), std::move(encoded.offsets)};
  return result;
}

namespace {

/// Where the tokens of one sequence of a text are in the teacher's: begins of ours; begins and ends of the teacher's, -1 for special
/// tokens. Nothing if the teacher reads less of the text.
std::optional<std::vector<int32_t>> placesByText(std::span<const int32_t> begins, std::span<const int32_t> theirBegins,
                                                 std::span<const int32_t> theirEnds) {
  const auto last = static_cast<int32_t>(theirBegins.size()) - 1;
  const bool anyText = std::ranges::any_of(theirBegins, [](int32_t begin) { return begin >= 0; });
  std::vector<int32_t> places;
  bool afterText = false;
  size_t at = 0;
  for (const int32_t begin : begins) {
    if (begin < 0) {
      places.push_back(afterText ? last : 0);
      continue;
    }
    afterText = true;
    while (at < theirEnds.size() && theirEnds[at] <= begin) {
      ++at; // special tokens end at -1
    }
    if (at == theirEnds.size() || !anyText) {
      return std::nullopt;
    }
    places.push_back(static_cast<int32_t>(at));
  }
  return places;
}

} // namespace

Result<void> TrainingRows::addTeacher(const Task &task, std::span<const Row> rows, const RowEncoder &encoder) {
  EncodedRows encoded;
  encoded.clear();
  for (size_t i = 0; i < rows.size(); ++i) {
    if (Result<void> done = encode(encoder, rows, i, encoded); !done) {
      return fail(done);
    }
  }
  const auto refuse = [&](size_t sequence, std::string_view why) {
    const auto row = static_cast<size_t>(rowOf[std::min(sequence, rowOf.size() - 1)]);
    return fail(ErrorKind::BadInput, fmt::format("row {}: the teacher {} than the student", render(rows[row].id), why));
  };
  const std::span<const int32_t> theirBegins = encoded.begins, theirEnds = encoded.ends;
  for (size_t s = 0; s < rowOf.size(); ++s) {
    if (encoded.sequences.size() != rowOf.size() || encoded.sequences[s].row != rowOf[s]) {
      return refuse(s, "makes another number of sequences of it");
    }
    const auto begin = static_cast<size_t>(encoded.offsets[s]);
    const size_t count = static_cast<size_t>(encoded.offsets[s + 1]) - begin;
    const auto ours = tokens.idsOf(static_cast<int64_t>(s));
    if (std::ranges::equal(ours, std::span(encoded.ids).subspan(begin, count))) {
      const size_t before = places.size();
      places.resize(before + count);
      std::iota(places.begin() + static_cast<int64_t>(before), places.end(), 0);
      continue;
    }
    if (task.kind->sequence.hasOther()) {
      return refuse(s, "makes other tokens of its two texts");
    }
    const auto found = placesByText(std::span(begins).subspan(static_cast<size_t>(tokens.offsets[s]), ours.size()),
                                    theirBegins.subspan(begin, count), theirEnds.subspan(begin, count));
    if (!found) {
      return refuse(s, "reads less of it");
    }
    places.insert(places.end(), found->begin(), found->end());
  }
  teacher = {std::move(encoded.ids), std::move(encoded.segments), std::move(encoded.offsets)};
  return {};
}

std::span<const int32_t> PackedTokens::idsOf(int64_t sequence) const {
  const auto begin = static_cast<size_t>(offsets[static_cast<size_t>(sequence)]);
  return std::span(ids).subspan(begin, static_cast<size_t>(offsets[static_cast<size_t>(sequence) + 1]) - begin);
}

void PackedTokens::clear() {
  ids.clear();
  segments.clear();
  offsets.assign(1, 0);
}

void PackedTokens::append(const PackedTokens &from, int64_t sequence) {
  const auto begin = from.offsets[static_cast<size_t>(sequence)];
  const auto end = from.offsets[static_cast<size_t>(sequence) + 1];
  ids.insert(ids.end(), from.ids.begin() + begin, from.ids.begin() + end);
  segments.insert(segments.end(), from.segments.begin() + begin, from.segments.begin() + end);
  offsets.push_back(static_cast<int32_t>(ids.size()));
}

int64_t TrainingRows::longest() const {
  int64_t most = 0;
  for (int64_t s = 0; s < sequences(); ++s) {
    most = std::max(most, static_cast<int64_t>(tokens.idsOf(s).size()));
  }
  return most;
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

void TrainingRows::fill(const Program &program, std::span<const int64_t> numbers, TrainingBatch &out) const {
  const auto perTokenOf = [&](const std::vector<int32_t> &from, int64_t number, std::vector<int32_t> &to) {
    to.insert(to.end(), from.begin() + tokens.offsets[static_cast<size_t>(number)],
              from.begin() + tokens.offsets[static_cast<size_t>(number) + 1]);
  };
  out.tokens.clear();
  out.teacher.clear();
  out.labels.clear();
  out.places.clear();
  for (int64_t number : numbers) {
    out.tokens.append(tokens, number);
    if (perToken) {
      perTokenOf(labels, number, out.labels);
    } else {
      out.labels.push_back(labels[static_cast<size_t>(number)]);
    }
    if (!places.empty()) {
      out.teacher.append(teacher, number);
      perTokenOf(places, number, out.places);
    }
  }
  out.others.clear();
  for (const BatchInput &input :
       {BatchInput{"labels", out.labels}, BatchInput{"teacher_ids", out.teacher.ids},
        BatchInput{"teacher_segments", out.teacher.segments}, BatchInput{"teacher_offsets", out.teacher.offsets},
        BatchInput{"teacher_places", out.places}}) {
    if (std::ranges::find(program.inputs, input.name, &Input::name) != program.inputs.end()) {
      out.others.push_back(input);
    }
  }
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
