// NNWriter: builds a graph of nn op by op, with parameters that are tensors of a file and the recipes by which they are read from it. It knows
// nn and the shapes of weights, and nothing of ONNX's ops.
#pragma once

#include "compiler/nn/NN.h"
#include "compiler/recognize/Meaning.h"
#include "runtime/base/TensorRecipe.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringMap.h"

#include <map>
#include <string>

namespace clew::compiler {

/// A result of the graph, by the name that the file gives it.
struct NamedValue {
  std::string name;
  mlir::Value value;
};

/// The graph has the levels "batch" and "tokens". Failures are diagnostics.
class NNWriter {
public:
  NNWriter(const std::string &model, const std::string &file, mlir::MLIRContext &context);

  /// Applies an op whose results follow from operands and properties; its first result, or failure.
  template <typename OpTy, typename... Properties>
  mlir::FailureOr<mlir::Value> build(mlir::ValueRange operands, Properties &&...properties) {
    mlir::OperationState state(location, OpTy::getOperationName());
    state.addOperands(operands);
    ((state.getOrAddProperties<std::decay_t<Properties>>() = properties), ...);
    if (mlir::failed(OpTy::inferReturnTypes(builder.getContext(), location, operands, {}, state.getRawProperties(), {},
                                            state.types))) {
      return mlir::failure();
    }
    mlir::Operation *op = builder.create(state);
    if (mlir::failed(mlir::verify(op))) {
      op->erase();
      return mlir::failure();
    }
    return mlir::Value(op->getResult(0));
  }
  /// An activation, by its mnemonic.
  mlir::FailureOr<mlir::Value> activation(llvm::StringRef mnemonic, mlir::Value x);
  mlir::FailureOr<mlir::Value> scaled(mlir::Value x, double factor);
  mlir::FailureOr<mlir::Value> sliced(mlir::Value x, int64_t begin, int64_t width);
  mlir::FailureOr<mlir::Value> concatenated(mlir::ValueRange parts);

  mlir::Value values(const std::string &name); ///< the input of numbers for tokens that batches call so
  mlir::Value offsets() { return offsetsInput; }

  /// The weight as a parameter of this shape; `turned`: its transpose, of a matrix.
  mlir::FailureOr<mlir::Value> parameter(const Weight &weight, std::vector<int64_t> shape, bool turned = false);
  /// A parameter that is made by this recipe.
  mlir::FailureOr<mlir::Value> parameter(const std::string &name, std::vector<int64_t> shape,
                                         const TensorRecipe &recipe);

  /// Numbers of an input must be below (nn::limitName), or a sequence has at most so many tokens (nn::mostName).
  void limit(mlir::Value input, llvm::StringRef what, int64_t count);
  /// Of what a sequence may have at most; 0: any.
  int64_t most() const { return mostTokens; }

  /// The verified module, without what no output needs; null after a diagnostic. Nothing may be built afterwards.
  mlir::OwningOpRef<mlir::ModuleOp> finish(llvm::ArrayRef<NamedValue> outputs);

  mlir::OpBuilder builder;
  std::map<std::string, TensorRecipe> recipes; ///< by parameter; after finish() those that are read

private:
  void fuseBiases();
  void removeUnused();

  mlir::Location location;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp function;
  mlir::Value offsetsInput;
  int64_t mostTokens = 0;
  std::map<std::string, mlir::Value> inputs;
  llvm::DenseMap<mlir::Value, int64_t> limits;
  std::map<std::string, std::string> parameters; ///< names by shape and recipe
};

/// The part of a parameter that is this stretch, as the parameter's own rows.
TensorPart partOf(const Stretch &stretch);

} // namespace clew::compiler
