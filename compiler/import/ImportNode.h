// One node of a Model -> one nn op and the parameters that it reads.
#pragma once

#include "compiler/nn/NN.h"
#include "zoo/Model.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"

namespace clew::compiler {

/// Builds the ops of nodes one after the other. Errors are diagnostics at the node's position.
class NodeImporter {
public:
  /// Ops go to the end of `body`, parameters to the end of what stands before its function in `module`.
  NodeImporter(const Model &model, mlir::ModuleOp module, mlir::Block &body);

  /// The op of node number `index` applied to `operands`, in the order of its row in zoo/OpTable.h, null where one is left out, up to the
  /// last that is given; its first result.
  mlir::FailureOr<mlir::Value> import(int index, mlir::ValueRange operands);

  /// A state that begins where the batch before ended.
  struct Carried {
    std::string name;           ///< "forward_1.h_0"
    mlir::BlockArgument before; ///< f32 [batch, units]
    mlir::Value last;           ///< what the next batch finds there
  };
  llvm::ArrayRef<Carried> carriedStates() const { return carried; }

  /// Offsets, and how many elements may stand in one of the level above, since tables of distances reach no further.
  llvm::ArrayRef<std::pair<mlir::BlockArgument, int64_t>> lengthLimits() const { return limits; }

  static mlir::Location locationOf(const Position &at, mlir::MLIRContext *context);

private:
  using Method = mlir::FailureOr<mlir::Value> (NodeImporter::*)(mlir::ValueRange);
  static Method methodFor(llvm::StringRef op); ///< null for ops that read nothing but operands

  mlir::FailureOr<mlir::Value> embedding(mlir::ValueRange operands);
  mlir::FailureOr<mlir::Value> row(mlir::ValueRange operands);
  mlir::FailureOr<mlir::Value> vector(mlir::ValueRange operands);
  mlir::FailureOr<mlir::Value> table(mlir::ValueRange operands);
  mlir::FailureOr<mlir::Value> sinusoids(mlir::ValueRange operands);
  mlir::FailureOr<mlir::Value> buckets(mlir::ValueRange operands);
  mlir::FailureOr<mlir::Value> linear(mlir::ValueRange operands);
  mlir::FailureOr<mlir::Value> layerNorm(mlir::ValueRange operands);
  mlir::FailureOr<mlir::Value> attention(mlir::ValueRange operands);
  mlir::LogicalResult limitByTables(nn::AttentionOp op);
  mlir::FailureOr<mlir::Value> lstm(mlir::ValueRange operands);
  mlir::FailureOr<mlir::Value> gru(mlir::ValueRange operands);
  mlir::FailureOr<mlir::Value> viterbi(mlir::ValueRange operands);
  mlir::FailureOr<mlir::Value> crossEntropy(mlir::ValueRange operands);
  mlir::FailureOr<mlir::Value> softCrossEntropy(mlir::ValueRange operands);
  mlir::FailureOr<mlir::Value> crfLoss(mlir::ValueRange operands);
  mlir::FailureOr<mlir::Value> batchNorm(mlir::ValueRange operands);
  mlir::FailureOr<mlir::Value> gather(mlir::ValueRange operands);
  mlir::FailureOr<mlir::Value> window(mlir::ValueRange operands);
  mlir::FailureOr<mlir::Value> scale(mlir::ValueRange operands);
  mlir::FailureOr<mlir::Value> l2Normalize(mlir::ValueRange operands);
  mlir::FailureOr<mlir::Value> concat(mlir::ValueRange operands);
  mlir::FailureOr<mlir::Value> slice(mlir::ValueRange operands);
  mlir::FailureOr<mlir::Value> dropout(mlir::ValueRange operands);
  mlir::FailureOr<mlir::Value> chosen(mlir::ValueRange operands);
  mlir::FailureOr<mlir::Value> named(llvm::StringRef mnemonic, mlir::ValueRange operands);

  template <typename OpTy, typename... Properties>
  mlir::FailureOr<mlir::Value> build(mlir::ValueRange operands, Properties &&...properties);

  /// Reads the node's parameter `suffix`, declaring it on first use.
  mlir::FailureOr<mlir::Value> parameter(llvm::StringRef suffix, llvm::ArrayRef<int64_t> shape,
                                         nn::Init init = nn::Init::Normal);
  /// Reads several, by suffix and shape, in this order.
  mlir::LogicalResult
  appendParameters(llvm::SmallVectorImpl<mlir::Value> &operands,
                   llvm::ArrayRef<std::pair<llvm::StringRef, llvm::SmallVector<int64_t, 2>>> wanted);
  /// The parameters of a linear-chain conditional random field over `labels` labels.
  mlir::LogicalResult appendChain(llvm::SmallVectorImpl<mlir::Value> &operands, int64_t labels);
  mlir::LogicalResult appendInitial(llvm::SmallVectorImpl<mlir::Value> &all, mlir::ValueRange given,
                                    llvm::ArrayRef<std::pair<llvm::StringRef, int64_t>> states);
  /// Of `state: carry`: arguments for the states that a cell begins with; keepStates says what becomes of them.
  mlir::LogicalResult appendCarried(llvm::SmallVectorImpl<mlir::Value> &all,
                                    llvm::ArrayRef<std::pair<llvm::StringRef, int64_t>> states);
  void keepStates(mlir::Operation *cell);
  mlir::UnitAttr flag(bool set); ///< the attribute that is there or not
  /// Columns of the matrix `value`, or an error that calls it `name`.
  mlir::FailureOr<int64_t> columnsOf(mlir::Value value, llvm::StringRef name);

  template <typename T> T attribute(std::string_view name, T otherwise) const;

  const Model &model;
  mlir::OpBuilder builder;
  mlir::OpBuilder declarations;
  llvm::StringMap<nn::ParameterOp> parameters;
  llvm::StringMap<const CheckpointEntry *> entries;
  llvm::SmallVector<std::pair<mlir::BlockArgument, int64_t>> limits;
  llvm::SmallVector<Carried> carried;
  size_t begun = 0; ///< of `carried`, those that appendCarried made for the cell that comes
  const Node *node = nullptr;
  mlir::Location loc;
  int index = 0;
};

} // namespace clew::compiler
