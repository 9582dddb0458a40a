// See ElementType.h.
#include "compiler/nn/ElementType.h"

#include "mlir/IR/BuiltinTypes.h"

namespace clew::nn {

std::optional<DType> dtypeOf(mlir::Type element) {
  if (element.isBF16()) {
    return DType::BF16;
  }
  if (element.isF32()) {
    return DType::F32;
  }
  if (element.isF64()) {
    return DType::F64;
  }
  if (element.isUnsignedInteger(8)) {
    return DType::U8;
  }
  if (element.isInteger(8)) {
    return DType::S8;
  }
  return element.isInteger(32) && !element.isUnsignedInteger() ? std::optional(DType::I32) : std::nullopt;
}

} // namespace clew::nn
