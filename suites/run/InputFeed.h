// InputFeed: which of the numbers that texts give goes into which input of a model. A model says of its inputs what they have a number
// for (zoo/Model.h), so that they are told by that and not by a model's name.
#pragma once

#include "runtime/program/Batch.h"
#include "suites/run/EncodedRows.h"
#include "zoo/Model.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace clew {

/// Memory of a batch that is no part of EncodedRows; reused from batch to batch.
struct FeedMemory {
  std::vector<int32_t> offsets;
  std::vector<int32_t> rowOffsets;
  std::vector<int32_t> characterOffsets;
  std::vector<BatchInput> others;
};

class InputFeed {
public:
  /// Nothing feeds anything.
  InputFeed() = default;

  /// For a model that texts feed; of another's inputs those that they do.
  explicit InputFeed(const Model &model);

  /// Why texts do not feed all inputs of the model, read as its `text` says; nothing if they do.
  static std::optional<std::string> missing(const Model &model);

  /// The input that characters go into, or empty.
  const std::string &characters() const;

  /// Whether the model knows which sequences are one row's: rows must then not be cut between batches.
  bool readsRows() const;

  /// The sequences first .. last - 1 of `rows` as a batch, which refers to both.
  Batch batchOf(const EncodedRows &rows, size_t first, size_t last, FeedMemory &memory) const;

private:
  /// What texts give: one number for each token (ids, segments) or character, or where those stand.
  /// RowOffsets: which sequences are one row's, the choices of a question.
  enum class Source : uint8_t { Ids, Segments, Offsets, RowOffsets, Characters, CharacterOffsets };
  static std::optional<Source> sourceOf(const Model &model, const ModelInput &input);

  std::vector<std::pair<std::string, Source>> inputs;
};

} // namespace clew
