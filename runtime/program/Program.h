// Program: a compiled model, immutable and without pointers. The compiler writes it, ProgramFile stores it, Sessions
// run it. It knows nothing of weights' values: it names parameters, and says how constants are made from them at load.
//
// Sizes are linear formulas in what a batch brings, because one Program serves every batch: in how many elements each level has
// (sequences, tokens, ...), all together and at most in one element of the level above.
#pragma once

#include "runtime/base/CheckpointForm.h"
#include "runtime/base/DType.h"
#include "runtime/base/Target.h"
#include "runtime/base/TensorRecipe.h"
#include "runtime/program/Code.h"
#include "runtime/program/Execution.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace clew {

/// More levels than any model has.
inline constexpr size_t kMostLevels = 4;

/// What rows run over: the sequences of a batch, the tokens of those, the characters of those. Levels form a tree, and the first is its
/// root, the batch itself.
struct Level {
  std::string name; ///< "batch", "tokens"
  int32_t parent =
      -1;           ///< index of the level whose elements hold those of this one, one after the other; of the root -1
  int64_t most = 0; ///< elements that one of the parent may have; 0 = any
};

/// What a batch brings of one level.
struct LevelSize {
  int64_t count = 0;   ///< elements
  int64_t longest = 0; ///< elements of that one of the parent which has most

  bool operator==(const LevelSize &) const = default;
};

/// By index into Program::levels.
using BatchSize = std::array<LevelSize, kMostLevels>;

/// constant + perElement * elements of the level + perLongest * its longest.
struct Extent {
  int64_t constant = 0;
  int32_t level = 0; ///< index into Program::levels
  int64_t perElement = 0;
  int64_t perLongest = 0;

  /// One for each element of the level.
  static constexpr Extent of(int32_t level) { return {0, level, 1, 0}; }
  int64_t at(const BatchSize &size) const {
    const LevelSize &elements = size[static_cast<size_t>(level)];
    return constant + perElement * elements.count + perLongest * elements.longest;
  }
  bool operator==(const Extent &) const = default;
};

/// What a Program reads of a batch, i32 but for what is carried. The first two come from the caller, those after them are derived from a
/// level's offsets when a batch is bound, and what is carried the Session keeps.
enum class InputKind : uint8_t {
  Values,    ///< [elements] from 0 to below the limit
  Offsets,   ///< [elements of the parent + 1] the first element of each, then the number of elements
  Positions, ///< [elements] index of an element in the one of the parent that holds it
  Order,     ///< [elements of the parent] by decreasing number of their elements, ties by index
  Counts,    ///< [3] elements, elements of the parent, longest
  Carried,   ///< [batch, columns] f32: what a buffer held when the batch before had run, zeros at first
};

struct Input {
  std::string name; ///< as batches call it: "ids"; derived ones after their level: "tokens.order"
  InputKind kind = InputKind::Values;
  int32_t level = 0;     ///< index into Program::levels; never the root but for values
  int64_t limit = 0;     ///< values only: they must be below; 0 = nothing looks them up
  bool optional = false; ///< values only: zeros if the batch has none
  /// Values only: a level with the same parent. A batch says for each value the index of one of its elements in what holds both; kernels
  /// read its index in the batch. -1: values are what they are.
  int32_t at = -1;
  int64_t columns = 0; ///< carried only
  /// Carried only: the buffer, of as many rows and columns, whose values the next batch begins with. Row i goes on where row i of the batch
  /// before ended; rows that it did not have stay as the last batch that had them left them.
  int32_t from = -1;
};

/// A dense row-major (rows x columns) tensor that steps write and read. It lives from step `first` to step `last`,
/// inclusive; the memory plan lets buffers share space whose lives do not meet. The buffer of an output lives to the last step
/// or beyond it (`last` = number of steps).
struct Buffer {
  std::string name;
  DType dtype = DType::F32;
  Extent rows;
  int64_t columns = 0;
  int32_t first = 0;
  int32_t last = 0;
  /// Local buffers hold one block of rows of one thread; they live inside one step and are not in the arena.
  bool local = false;
  /// Columns beside `columns` for each element of the longest of the rows' level: attention scores have one a head. 0 for all others.
  int64_t columnsPerLongest = 0;

  int64_t columnsAt(const BatchSize &size) const { return Extent{columns, rows.level, 0, columnsPerLongest}.at(size); }
};

/// Where a parameter's random values come from when no weights are given.
enum class Init : uint8_t {
  Normal, ///< N(0, 0.02): weights, tables and biases
  Gain,   ///< 1 + N(0, 0.1): norm gains
};

/// A parameter by its name in the model, e.g. "layer.0.self_attention.query.weight". Always f32 where it is stored.
struct Parameter {
  std::string name;
  std::vector<int64_t> shape;
  Init init = Init::Normal;
};

/// How the parameters are named in one of the formats in which the model's weights are published.
struct CheckpointNames {
  CheckpointForm form;
  std::vector<TensorRecipe> tensors; ///< by index into Program::parameters; CheckpointLayout.h says what they come to
};

/// A constant is made once from parameters when weights are loaded, and shared by all Sessions.
enum class ConstantKind : uint8_t {
  Plain,      ///< The sources' elements one after the other, f32, row-major. One source: read where it lies.
  Matmul,     ///< Weights (N x K), sources stacked along N, packed for Gemm in `dtype` (f32, bf16, s8).
  Scales,     ///< Of an s8 Matmul or Recurrent: f32, one row of N: max |w| of the output channel / 127.
  ColumnSums, ///< Of an s8 Matmul or Recurrent: i32, one row of N: sum over K of the quantized weights (for the +128 shift of activations).
  Recurrent,  ///< Recurrent weights (GH x K, G gates) in `dtype`, blocked for the cell kernel: RecurrentLayout.h
  Derived,    ///< What an op of runtime/ref makes of constants before it, f32, row-major: sinusoids, a row of a table.
};

/// What memory of training holds.
enum class StateKind : uint8_t {
  Parameter, ///< a parameter's values, which updates change between runs
  Gradient,  ///< of the loss by a parameter: runs add to it, updates clear it
  Random,    ///< [4] i32: seed and step, lower and upper halves (runtime/base/RandomBits.h)
};

/// Memory that outlives runs and belongs to whoever trains: a dense row-major matrix. A Program that has any computes gradients, and has no
/// constants.
struct State {
  std::string name;
  StateKind kind = StateKind::Parameter;
  DType dtype = DType::F32;
  int32_t parameter = -1; ///< index into Program::parameters; of Random none
  int64_t rows = 0;
  int64_t columns = 0;
};

/// What a stage reads or writes.
struct Operand {
  enum class Kind : uint8_t { Buffer, Constant, Input, State } kind = Kind::Buffer;
  int32_t index = 0; ///< into buffers, constants, inputs or states
  bool operator==(const Operand &) const = default;
};

/// An nn op run by runtime/ref: the op's name and attributes as the dialect prints them.
struct RefOp {
  std::string op;
  std::vector<Operand> operands;
  std::vector<Operand> results;
  std::vector<std::pair<std::string, double>> attributes;
};

/// In Constant::made: the operands one below the other.
inline constexpr std::string_view kStackOp = "stack";

struct Constant {
  std::string name;
  ConstantKind kind = ConstantKind::Plain;
  DType dtype = DType::F32;
  std::vector<int32_t> sources; ///< indices into Program::parameters; none where it is `made`
  int64_t rows = 0;             ///< N, or rows of a table; a vector has one row
  int64_t columns = 0;          ///< K, or width of a table or vector
  int64_t gates = 0;            ///< G of a Recurrent; 0 of all others
  /// Of a derived one, or "stack" of a Matmul, its Scales and ColumnSums: operands are Plain and Derived constants before it, no results.
  RefOp made = {};
};

/// y (rows x N) = x (rows x K) times W^T, W a Matmul constant. f32 and bf16 accumulate and store f32; s8 weights store i32, and take on
/// the cpu target u8 activations (quantized value + 128), on the cuda target s8 ones.
struct Gemm {
  Operand x;
  Operand y;
  int32_t weight = 0; ///< into constants
  int32_t bias = -1;  ///< into constants (Plain, one row of N), or none; only with f32 results
};

/// A call of a generated kernel `symbol(void *const *operands, int64_t begin, int64_t end, void *scratch)`, where
/// begin..end are rows, or jobs of the step's grid. Kernels are serial and touch only what belongs to their range.
struct Call {
  std::string symbol;
  std::vector<Operand> operands;
};

/// A generated kernel of a device: `.entry symbol(ptr operand0, ptr operand1, ...)`, one 64-bit address in the device's memory an operand
/// and nothing else. The step's jobs are the one-dimensional grid of its blocks. Of the batch's size it knows what it reads from inputs
/// of kind Counts; a block beyond the end returns at once, so that a grid for a larger batch does the same.
struct Launch {
  std::string symbol;
  std::vector<Operand> operands;
  int32_t threads = 0; ///< of a block, 1 to 1024
  Extent shared = {};  ///< bytes of dynamic shared memory of a block
};

using Stage = std::variant<Gemm, Call, RefOp, Launch>;

/// How a step's work is cut.
enum class Grid : uint8_t {
  Rows,  ///< Every stage works row by row over `extent` rows: a block of rows may run through all stages on one thread.
  Jobs,  ///< One Call with independent jobs, or one Launch with a block a job.
  Whole, ///< One stage, run once (runtime/ref).
};

struct Step {
  Grid grid = Grid::Rows;
  Extent extent;           ///< rows, or items that jobs are cut from
  int64_t itemsPerCut = 1; ///< Jobs: the extent is cut into ceil(extent / itemsPerCut) cuts
  int64_t jobsPerCut = 1;  ///< Jobs: heads, directions; job = cut * jobsPerCut + which
  Extent scratch;          ///< bytes that each thread needs beside the buffers
  std::vector<Stage> stages;
  std::string where; ///< position in the model's YAML, for errors and profiles
};

/// A named result: the buffer, all rows and columns, f32.
struct Output {
  std::string name;
  int32_t buffer = 0;
};

struct Program {
  std::string model; ///< e.g. "bert/base"
  Target target = Target::Ref;
  Precision precision = Precision::F32;
  /// What the passes made of the precision, in words: element types of products, and what stays f32. Records quote it.
  std::string scheme;
  Execution execution;       ///< what was asked for; code is generated for it, and products follow it
  std::vector<Level> levels; ///< parents before what they hold; at most kMostLevels
  std::vector<Input> inputs;
  std::vector<CheckpointNames>
      checkpoints; ///< weights are in the one that fits; none: tensors are called like parameters
  std::vector<Parameter> parameters;
  std::vector<Constant> constants;
  std::vector<State> states;
  std::vector<Buffer> buffers;
  std::vector<Step> steps;
  std::vector<Output> outputs;
  Code code; ///< the generated kernels, in the form of the target
};

/// The input of that name, or null.
const Input *findInput(const Program &program, std::string_view name);
/// What values of the input must be below; 0 if the Program has none of that name, or looks nothing up by it.
int64_t limitOf(const Program &program, std::string_view input);
/// K of the matrix that Scales or ColumnSums are of. They are one row of N: how wide it is, only what they are made of knows.
int64_t depthOfChannels(const Program &program, const Constant &constant);
/// Tokens that a sequence may have, 0 for any: `most` of the level that the input `offsets` cuts.
int64_t mostTokens(const Program &program);

std::string_view nameOf(ConstantKind kind);
std::string_view nameOf(InputKind kind);

/// Whether batches go on where the one before ended, so that their order matters.
bool isCarrying(const Program &program);
std::string_view nameOf(StateKind kind);
std::string_view nameOf(Grid grid);

} // namespace clew
