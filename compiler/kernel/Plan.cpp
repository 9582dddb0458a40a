// See Plan.h.
#include "compiler/kernel/Plan.h"

#include "mlir/IR/Builders.h"

using namespace mlir;

namespace clew::kernel {

DictionaryAttr PlannedBuffer::toAttribute(MLIRContext *context) const {
  Builder builder(context);
  return builder.getDictionaryAttr({builder.getNamedAttr("type", TypeAttr::get(type)),
                                    builder.getNamedAttr("first", builder.getI32IntegerAttr(first)),
                                    builder.getNamedAttr("last", builder.getI32IntegerAttr(last)),
                                    builder.getNamedAttr("local", builder.getBoolAttr(local))});
}

FailureOr<PlannedBuffer> PlannedBuffer::fromAttribute(Attribute attribute) {
  auto fields = dyn_cast<DictionaryAttr>(attribute);
  if (!fields) {
    return failure();
  }
  auto type = fields.getAs<TypeAttr>("type");
  auto matrix = type ? dyn_cast<RankedTensorType>(type.getValue()) : RankedTensorType();
  auto first = fields.getAs<IntegerAttr>("first");
  auto last = fields.getAs<IntegerAttr>("last");
  auto local = fields.getAs<BoolAttr>("local");
  if (!matrix || !first || !last || !local) {
    return failure();
  }
  return PlannedBuffer{matrix, static_cast<int>(first.getInt()), static_cast<int>(last.getInt()), local.getValue()};
}

} // namespace clew::kernel
