// PaddedForm: how the padded tensors of an ONNX file stand to the packed batch of a Program that was recognised in it (docs/onnx.md), and the
// condition under which both compute the same. It exists so that whoever runs such a Program needs no compiler.
#pragma once

#include "runtime/base/Result.h"

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace clew::onnx {

/// What an axis of an output counts, the outermost first: sequences, their places, or `size` columns of the row, `stride` apart.
struct PaddedAtom {
  enum class Kind : uint8_t { Batch, Token, Column } kind = Kind::Batch;
  int64_t size = 0;
  int64_t stride = 0;
};

struct PaddedInput {
  std::string name;                ///< in the file: [batch, places]
  std::string packed;              ///< in the Program; "": nothing reads it
  std::vector<int64_t> never = {}; ///< tokens must not have these: the file takes them for padding
};

struct PaddedOutput {
  std::string name;
  std::vector<std::vector<PaddedAtom>> axes; ///< none in an axis: it is 1 long
};

struct PaddedForm {
  std::vector<PaddedInput> inputs; ///< all of the file, in its order
  int mask = -1;                   ///< which of them is 1 at tokens and 0 at padding; -1: there is no padding
  int64_t mostPlaces = 0;          ///< that a row may have; 0: any
  std::string wholeOnly;           ///< why rows with padding are computed differently; "": they are not
  std::vector<PaddedOutput> outputs;
};

/// A batch of the file's inputs, packed.
struct PackedRows {
  int64_t batch = 0;
  int64_t places = 0;
  std::vector<int32_t> offsets;
  std::vector<std::vector<int32_t>> values; ///< by input; empty where nothing reads it
};

/// Whole numbers of an input, row-major.
struct PaddedValues {
  std::vector<int64_t> dims;
  std::vector<int64_t> values;
};

/// Packs the inputs, which are in the order of the form. BadInput, saying why, where the condition does not hold: tokens first and at least
/// one, a mask of 0 and 1, the same shape everywhere, ids that are not negative, and what the form says.
Result<PackedRows> pack(const PaddedForm &form, std::span<const PaddedValues> inputs);

/// The shape of an output for a batch.
std::vector<int64_t> dimsOf(const PaddedOutput &output, const PackedRows &rows);

/// Spreads rows of a Program's output, of `columns` each, over the file's axes, with 0 at padding. `to` has as many elements as dimsOf() says.
void spread(const PaddedOutput &output, const PackedRows &rows, std::span<const float> from, int64_t columns,
            std::span<float> to);

} // namespace clew::onnx
