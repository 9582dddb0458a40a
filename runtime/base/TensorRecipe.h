// TensorRecipe: of which tensors of a published checkpoint a parameter is made: of one as it is, as a rule; else of parts that are cut
// out of tensors, turned, added up and joined. A model's YAML states it (docs/adding-a-model.md), a Program carries it, and
// runtime/program/CheckpointLayout works out where every element lies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

/// Which rows or which columns of a tensor.
struct TensorRange {
  enum class Kind : uint8_t {
    All,
    Share, ///< the `from`-th, counted from 1, of `to` equal parts
    Span,  ///< `from` up to, but without, `to`; wholeRest: to the end
    First, ///< as many as the parameter needs, from the beginning
    Last,  ///< as many as the parameter needs, up to the end
  };
  static constexpr int64_t wholeRest = -1;

  Kind kind = Kind::All;
  int64_t from = 0;
  int64_t to = 0;
  bool operator==(const TensorRange &) const = default;
};

std::string_view nameOf(TensorRange::Kind kind);

/// Extents and axes that a part may name, and blocks of a recipe and parts of a block.
constexpr size_t mostRecipeRank = 8;
constexpr size_t mostRecipeBlocks = 64;
constexpr size_t mostBlockParts = 8;

/// A piece of a tensor. Rows count along the tensor's first extent as the file has it, columns along its last; a vector has only
/// one extent, which goes by either name. `elements` count along all of its elements in the order of the file: with them rows and
/// columns are those of the stretch, which is as large as its parts need.
struct TensorPart {
  std::string tensor;
  TensorRange elements = {};
  TensorRange rows = {};
  TensorRange columns = {};
  bool transpose = false; ///< rows and columns change places, after they were cut; nothing for a vector
  std::vector<int64_t> shape =
      {}; ///< the extents in the file, if they are not the parameter's: it is read in this order
  std::vector<int32_t> axes = {}; ///< with shape: which of its axes comes first, second, ...; none: as they are
  float plus = 0;                 ///< is added to every element

  /// Whether the part is the tensor, and nothing else.
  bool isPlain() const { return *this == TensorPart{.tensor = tensor}; }
  bool operator==(const TensorPart &) const = default;
};

/// Blocks, joined along the parameter's rows. A block is the sum of its parts.
struct TensorRecipe {
  std::vector<std::vector<TensorPart>> blocks;

  /// The sum of whole tensors.
  static TensorRecipe sum(const std::vector<std::string> &tensors);

  /// All tensors that it names, in its order, each once.
  std::vector<std::string> tensors() const;
  /// All that it says, in one line; two recipes that differ have different ones.
  std::string describe() const;
  bool operator==(const TensorRecipe &) const = default;
};

} // namespace clew
