// ExportRules: how each op of nn is said in ONNX. A rule is a function for one op; rules stand in a file for each family of ops, which adds
// them to the table. An op without a rule is an error that names it: nothing is left out silently.
#pragma once

#include "compiler/nn/NN.h"
#include "compiler/onnx/ExportedGraph.h"
#include "compiler/onnx/GraphBuilder.h"
#include "compiler/onnx/PaddedLevels.h"

#include "llvm/ADT/StringMap.h"

#include <string>
#include <vector>

namespace clew::compiler {

/// What rules read and write while a graph is exported: names of values, weights, and the graph itself.
class GraphExport {
public:
  GraphExport(mlir::ModuleOp module, mlir::func::FuncOp function, ExportedGraph &out);

  GraphBuilder onnx;
  PaddedLevels levels;

  /// The name of a value: what set() said, an argument's input, or an initializer with the parameter that it reads.
  std::string get(mlir::Value value);
  void set(mlir::Value value, std::string name) { names[value] = std::move(name); }

  /// Another form of the parameter that `value` reads: an initializer called after it and `form`, made once. Fails, with a diagnostic at `op`,
  /// where `value` is no parameter.
  mlir::FailureOr<std::string> weight(mlir::Operation *op, mlir::Value value, llvm::StringRef form,
                                      std::vector<int64_t> dims, Arrangement arrange);

  /// Whether every op that reads the parameter of `value` reads it as the weight of a linear map.
  bool isWeightOfLinears(mlir::Value value);

private:
  std::string initializer(std::string name, std::vector<int64_t> dims, llvm::StringRef parameter, Arrangement arrange);

  mlir::ModuleOp module;
  ExportedGraph &out;
  llvm::DenseMap<mlir::Value, std::string> names;
  llvm::StringMap<std::string> initializers; ///< names by parameter and form
};

using ExportRule = llvm::LogicalResult (*)(mlir::Operation *op, GraphExport &to);
/// By the op's name: "nn.linear".
using ExportRules = llvm::StringMap<ExportRule>;

// A function for each family.
void addRowRules(ExportRules &rules);     ///< what works row by row
void addTableRules(ExportRules &rules);   ///< what makes rows of numbers and of tables
void addPoolingRules(ExportRules &rules); ///< rows from other rows
void addAttentionRules(ExportRules &rules);
void addCellRules(ExportRules &rules);  ///< LSTM and GRU
void addChainRules(ExportRules &rules); ///< conditional random fields

/// All of them.
const ExportRules &exportRules();

/// Adds the rule for ops of one type.
template <typename OpTy, llvm::LogicalResult (*rule)(OpTy, GraphExport &)> void addRule(ExportRules &rules) {
  rules[OpTy::getOperationName()] = [](mlir::Operation *op, GraphExport &to) { return rule(llvm::cast<OpTy>(op), to); };
}

/// (n, k) -> (k, n): a weight as PyTorch has it becomes the right side of a MatMul.
Arrangement transposedRows(int64_t n, int64_t k);

/// Columns of a matrix, or elements of a vector.
int64_t widthOf(mlir::Value value);

} // namespace clew::compiler
