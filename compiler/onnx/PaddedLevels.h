// PaddedLevels: the packed batch of a graph of nn as the padded inputs of an ONNX graph, and back for its outputs. What rows run over is a
// level (compiler/nn/NNDialect.td); here a level's rows are two axes: the elements of the level above, all of them one after the other with
// their padding, and the places that each has for elements of its own. Rules work on such values and never see more axes:
//
//     rows of "batch"     [batch, w]
//     rows of a level     [elements above, places, w]
//     numbers of a level  i64 [elements above, places]
#pragma once

#include "compiler/nn/NN.h"
#include "compiler/onnx/GraphBuilder.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <map>

namespace clew::compiler {

/// Inputs are called as other exporters call them: `ids`, `segments` and the mask of what `offsets` cuts are input_ids, token_type_ids and
/// attention_mask, with the axes batch and sequence. Other numbers keep their names; of other offsets an input says how many elements each
/// has: `character_offsets` becomes character_lengths.
class PaddedLevels {
public:
  /// Declares inputs for all that `function` reads. Names of its outputs must be taken already.
  PaddedLevels(mlir::func::FuncOp function, onnx::Graph &graph, GraphBuilder &builder);

  /// The numbers of an argument.
  std::string numbers(mlir::BlockArgument values);
  std::string real(nn::LevelAttr level);       ///< bool [elements above, places]: what is no padding
  std::string realColumn(nn::LevelAttr level); ///< bool [elements above, places, 1]
  std::string lengths(nn::LevelAttr level);    ///< i64 [elements above]; 0 for padding
  std::string places(nn::LevelAttr level);     ///< i64 [1]: how many places each has
  std::string counter(nn::LevelAttr level);    ///< i64 [places]: 0, 1, ...

  /// `x` (elements above, width): one row for each element of the level above `level`, as rows of that.
  std::string asRowsAbove(nn::LevelAttr level, const std::string &x, int64_t width);
  /// The other way round: (elements above, width) from rows of the level above.
  std::string fromRowsAbove(nn::LevelAttr level, const std::string &x, int64_t width);

  /// Makes `x` (rows of `level`, `width` columns) the graph's output `name`, one axis for each level on the way from the batch. Padding is 0.
  /// Of a sequence whose inputs break the condition (docs/onnx.md) all is NaN: one without elements, or with some behind padding.
  void output(const std::string &name, nn::LevelAttr level, const std::string &x, int64_t width);

private:
  /// A level and how it is cut out of the one above; the first is the batch itself.
  struct Level {
    llvm::StringRef name;
    int parent = -1;                              ///< index into levels
    mlir::BlockArgument offsets = {};             ///< null for the batch
    std::string axis = "batch";                   ///< what ONNX calls its places
    std::string mask = {};                        ///< the input that says which places are taken; or
    std::string counts = {};                      ///< the one that says how many are
    std::map<std::string, std::string> made = {}; ///< values of it, by what they are
  };

  void findLevels(mlir::func::FuncOp function);
  void declareInputs(mlir::func::FuncOp function);
  std::string declare(const std::string &name, const Level &level);
  std::vector<std::string> axesOf(const Level &level) const;
  Level &find(llvm::StringRef name);
  Level *above(const Level &level) { return level.parent < 0 ? nullptr : &levels[level.parent]; }
  bool isBatch(const Level &level) const { return level.parent < 0; }

  /// A value that is made when it is first asked for.
  std::string once(Level &level, const char *what, llvm::function_ref<std::string()> make);
  std::string extent(const std::string &axis); ///< i64 [1]
  std::string shapeOf(const Level &level);     ///< i64: the extents of its axes from the batch on
  std::string flat(const std::string &input, const Level &level);
  std::string realOf(Level &level);
  std::string lengthsOf(Level &level);
  std::string counterOf(Level &level);
  std::string fits(Level &level);
  std::string allOf(const std::string &x);
  std::string validSequences();

  GraphBuilder &builder;
  onnx::Graph &graph;
  llvm::SmallVector<Level> levels; ///< those above before those below
  llvm::DenseMap<mlir::Value, std::string> inputs;
  std::map<std::string, std::pair<std::string, int64_t>> witnesses; ///< of each axis an input, and which axis of it
};

} // namespace clew::compiler
