// See Kept.h.
#include "compiler/nn/Kept.h"

#include "mlir/IR/SymbolTable.h"

using namespace mlir;

namespace clew::nn {

void keep(ParameterOp parameter, StringRef type) {
  if (!parameter->hasAttr(keptName) || type == StringRef(nameOf(DType::F32))) {
    parameter->setAttr(keptName, StringAttr::get(parameter.getContext(), type));
  }
}

std::optional<DType> keptType(Value weights) {
  Operation *op = weights.getDefiningOp();
  std::optional<DType> kept;
  const auto note = [&](std::optional<DType> type) {
    kept = type == DType::F32 || !kept ? type : kept; // F32 wins over BF16, either over none
  };
  if (auto get = dyn_cast_or_null<GetOp>(op)) {
    auto parameter = SymbolTable::lookupNearestSymbolFrom<ParameterOp>(op, get.getParameterAttr());
    if (auto type = parameter ? parameter->getAttrOfType<StringAttr>(keptName) : StringAttr()) {
      note(type == StringRef(nameOf(DType::F32)) ? DType::F32 : DType::BF16); // the dialect knows no other
    }
    return kept;
  }
  for (Value part : op ? op->getOperands() : ValueRange()) {
    note(keptType(part));
  }
  return kept;
}

} // namespace clew::nn
