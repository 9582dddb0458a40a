// What each method of NodeImporter needs: attributes of the node, and ops whose types are inferred.
#pragma once

#include "compiler/import/ImportNode.h"

#include "mlir/IR/Verifier.h"

namespace clew::compiler {

template <typename T> T NodeImporter::attribute(std::string_view name, T otherwise) const {
  for (const auto &[key, value] : node->attributes) {
    if (key != name) {
      continue;
    }
    if (const T *same = std::get_if<T>(&value)) {
      return *same;
    }
    if constexpr (std::is_same_v<T, double>) {
      if (const int64_t *integer = std::get_if<int64_t>(&value)) {
        return static_cast<T>(*integer);
      }
    }
  }
  return otherwise;
}

template <typename OpTy, typename... Properties>
mlir::FailureOr<mlir::Value> NodeImporter::build(mlir::ValueRange operands, Properties &&...properties) {
  mlir::OperationState state(loc, OpTy::getOperationName());
  state.addOperands(operands);
  ((state.getOrAddProperties<std::decay_t<Properties>>() = properties), ...);
  if (mlir::failed(
          OpTy::inferReturnTypes(builder.getContext(), loc, operands, {}, state.getRawProperties(), {}, state.types))) {
    return mlir::failure();
  }
  mlir::Operation *op = builder.create(state);
  if (mlir::failed(verify(op))) {
    return mlir::failure();
  }
  return mlir::Value(op->getResult(0));
}

} // namespace clew::compiler
