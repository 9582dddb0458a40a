// KernelConstants: the kernel.constants of a graph. What is computed from parameters alone is made once, when weights are loaded.
#pragma once

#include "compiler/kernel/Kernel.h"
#include "compiler/nn/NN.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/MapVector.h"

#include <optional>

namespace clew::compiler {

/// The parameters that a value is made of: one nn.get, or an nn.concat of them. Casts and quantization do not change them.
std::optional<llvm::SmallVector<mlir::Attribute>> sourcesOf(mlir::Value value);

class KernelConstants {
public:
  /// Constants are written before `function`.
  explicit KernelConstants(mlir::func::FuncOp function) : function(function) {}

  /// One symbol for each (kind, sources, type, how it is made). `sources` name parameters, or constants if `made` says how; see KernelOps.td.
  mlir::FlatSymbolRefAttr get(kernel::ConstantKind kind, llvm::ArrayRef<mlir::Attribute> sources,
                              mlir::RankedTensorType type, mlir::StringAttr made = {},
                              mlir::DictionaryAttr settings = {}, int64_t gates = 0);

  /// A matrix that products multiply by, or what stands beside it: of parameters, or of constants one below the other. Null where it is
  /// made of what a batch brings.
  mlir::FlatSymbolRefAttr matrix(kernel::ConstantKind kind, mlir::Value value, mlir::RankedTensorType type);

  /// The constant that `value` is, if it is made of parameters alone; null otherwise.
  mlir::FlatSymbolRefAttr of(mlir::Value value);

  /// Whether the op reads parameters alone and is more than their stack or a change of type.
  static bool isDerived(mlir::Operation *op);
  /// Replaces such an op by a use of what it makes.
  llvm::LogicalResult lowerDerived(mlir::OpBuilder &builder, nn::GraphOp op);

private:
  bool stack(mlir::Value value, llvm::SmallVectorImpl<mlir::Attribute> &parts);

  mlir::func::FuncOp function;
  using Key = std::tuple<int, mlir::Attribute, mlir::Type, mlir::Attribute, mlir::Attribute, int64_t>;
  llvm::MapVector<Key, mlir::FlatSymbolRefAttr> symbols;
};

} // namespace clew::compiler
