// See InputFeed.h.
#include "suites/run/InputFeed.h"

#include "runtime/text/TokenizerTable.h"

#include <algorithm>
#include <fmt/format.h>
#include <span>

namespace clew {
namespace {

bool givesCharacters(const Model &model) {
  const Result<const TokenizerKind *> kind = findTokenizerKind(model.text.tokenizer);
  return kind && (*kind)->givesCharacters;
}

/// The offsets that cut a level, or null.
const ModelInput *cutOf(const Model &model, const std::string &level) {
  const auto cut = std::ranges::find_if(
      model.inputs, [&](const ModelInput &other) { return other.level == level && !other.holder.empty(); });
  return cut == model.inputs.end() ? nullptr : &*cut;
}

/// The level that holds the tokens beside the batch, if there is one: the choices of a question. Null: the batch holds them.
const ModelInput *choicesOf(const Model &model) {
  const ModelInput *tokens = cutOf(model, "tokens");
  const ModelInput *holder = tokens ? cutOf(model, tokens->holder) : nullptr;
  return holder && holder->holder == "batch" ? holder : nullptr;
}

/// Where the rows of the sequences first .. last - 1 begin and end, counted from the first of them.
std::span<const int32_t> rowsIn(const EncodedRows &rows, size_t first, size_t last, std::vector<int32_t> &memory) {
  memory.assign(1, 0);
  for (size_t i = first; i < last; ++i) {
    if (i + 1 == last || rows.sequences[i].row != rows.sequences[i + 1].row) {
      memory.push_back(static_cast<int32_t>(i + 1 - first));
    }
  }
  return memory;
}

/// Numbers begin .. end of `offsets`, counted from the first of them.
std::span<const int32_t> rebased(const std::vector<int32_t> &offsets, size_t begin, size_t end,
                                 std::vector<int32_t> &memory) {
  const std::span<const int32_t> part = std::span(offsets).subspan(begin, end - begin + 1);
  if (part.front() == 0) {
    return part;
  }
  memory.resize(part.size());
  std::ranges::transform(part, memory.begin(), [&](int32_t offset) { return offset - part.front(); });
  return memory;
}

} // namespace

std::optional<InputFeed::Source> InputFeed::sourceOf(const Model &model, const ModelInput &input) {
  const ModelInput *cut = cutOf(model, input.level);
  if (!cut) {
    return std::nullopt;
  }
  const ModelInput *choices = choicesOf(model);
  const bool ofTokens = cut->level == "tokens" && (cut->holder == "batch" || choices);
  const bool ofCharacters = cut->holder == "tokens" && givesCharacters(model);
  if (!input.holder.empty()) {
    return ofTokens         ? std::optional(Source::Offsets)
           : cut == choices ? std::optional(Source::RowOffsets)
           : ofCharacters   ? std::optional(Source::CharacterOffsets)
                            : std::nullopt;
  }
  if (ofTokens) {
    return input.name == "ids"        ? std::optional(Source::Ids)
           : input.name == "segments" ? std::optional(Source::Segments)
                                      : std::nullopt;
  }
  const auto isLike = [&](const ModelInput &other) { return other.level == input.level && other.holder.empty(); };
  const bool single = std::ranges::count_if(model.inputs, isLike) == 1;
  return ofCharacters && single ? std::optional(Source::Characters) : std::nullopt;
}

InputFeed::InputFeed(const Model &model) {
  for (const ModelInput &input : model.inputs) {
    if (const std::optional<Source> source = sourceOf(model, input)) {
      inputs.emplace_back(input.name, *source);
    }
  }
}

std::optional<std::string> InputFeed::missing(const Model &model) {
  const auto isFed = [&](const ModelInput &input) { return sourceOf(model, input).has_value(); };
  const auto other = std::ranges::find_if_not(model.inputs, isFed);
  if (other == model.inputs.end()) {
    return std::nullopt;
  }
  return fmt::format("it reads '{}' of {}{}, which texts that are read by '{}' do not give", other->name, other->level,
                     other->holder.empty() ? "" : " in " + other->holder, model.text.tokenizer);
}

bool InputFeed::readsRows() const {
  return std::ranges::find(inputs, Source::RowOffsets, &std::pair<std::string, Source>::second) != inputs.end();
}

const std::string &InputFeed::characters() const {
  static const std::string none;
  const auto found = std::ranges::find(inputs, Source::Characters, &std::pair<std::string, Source>::second);
  return found == inputs.end() ? none : found->first;
}

Batch InputFeed::batchOf(const EncodedRows &rows, size_t first, size_t last, FeedMemory &memory) const {
  const auto begin = static_cast<size_t>(rows.offsets[first]);
  const auto end = static_cast<size_t>(rows.offsets[last]);
  memory.others.clear();
  for (const auto &[name, source] : inputs) {
    std::span<const int32_t> values;
    switch (source) {
    case Source::Ids:
      values = std::span(rows.ids).subspan(begin, end - begin);
      break;
    case Source::Segments:
      values = std::span(rows.segments).subspan(begin, end - begin);
      break;
    case Source::Offsets:
      values = rebased(rows.offsets, first, last, memory.offsets);
      break;
    case Source::RowOffsets:
      values = rowsIn(rows, first, last, memory.rowOffsets);
      break;
    case Source::Characters: {
      const auto from = static_cast<size_t>(rows.characterOffsets[begin]);
      values = std::span(rows.characters).subspan(from, static_cast<size_t>(rows.characterOffsets[end]) - from);
      break;
    }
    case Source::CharacterOffsets:
      values = rebased(rows.characterOffsets, begin, end, memory.characterOffsets);
      break;
    }
    memory.others.push_back({name, values});
  }
  return {{}, {}, {}, memory.others};
}

} // namespace clew
