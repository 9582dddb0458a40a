// Levels: the encodings that say them, and what is asked of types.
#include "compiler/nn/NN.h"

#include "mlir/IR/Builders.h"

using namespace mlir;

namespace clew::nn {

/// Rows are dynamic, columns are not; of scores, the last dimension is the longest element.
static LogicalResult verifyRows(ArrayRef<int64_t> shape, function_ref<InFlightDiagnostic()> emitError) {
  const bool columns = shape.size() < 2 || !ShapedType::isDynamic(shape[1]);
  return !shape.empty() && ShapedType::isDynamic(shape[0]) && columns
             ? success()
             : LogicalResult(emitError() << "a level needs dynamic rows and static columns");
}

LogicalResult LevelAttr::verifyEncoding(ArrayRef<int64_t> shape, Type,
                                        function_ref<InFlightDiagnostic()> emitError) const {
  return verifyRows(shape, emitError);
}

LogicalResult OffsetsAttr::verifyEncoding(ArrayRef<int64_t> shape, Type element,
                                          function_ref<InFlightDiagnostic()> emitError) const {
  if (shape.size() != 1 || !element.isInteger(32)) {
    return emitError() << "offsets are tensor<?xi32>";
  }
  if (getLevel() == rootLevel || getLevel() == getParent()) {
    return emitError() << "offsets cannot cut '" << getLevel() << "' out of '" << getParent() << "'";
  }
  return verifyRows(shape, emitError);
}

LevelAttr levelOf(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor ? dyn_cast_or_null<LevelAttr>(tensor.getEncoding()) : LevelAttr();
}

static bool isIndices(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() == 1 && tensor.isDynamicDim(0) && tensor.getElementType().isInteger(32);
}

bool isValues(Type type) { return isIndices(type) && levelOf(type); }

RankedTensorType valuesOf(LevelAttr level) {
  return RankedTensorType::get({ShapedType::kDynamic}, IntegerType::get(level.getContext(), 32), level);
}

OffsetsAttr cutOf(Type type) {
  return isIndices(type) ? dyn_cast_or_null<OffsetsAttr>(cast<RankedTensorType>(type).getEncoding()) : OffsetsAttr();
}

bool isNumber(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() == 2 && tensor.hasStaticShape() && tensor.getNumElements() == 1 &&
         (tensor.getElementType().isF32() || tensor.getElementType().isF64());
}

LogicalResult checkLevels(Operation *function) {
  auto known = [](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return !tensor || tensor.getRank() == 0 || !tensor.isDynamicDim(0) || levelOf(type) || cutOf(type);
  };
  WalkResult walked = function->walk([&](Operation *op) {
    for (Type type : op->getResultTypes()) {
      if (!known(type)) {
        op->emitOpError() << "gives " << type << ", which does not say what its rows run over";
        return WalkResult::interrupt();
      }
    }
    for (Region &region : op->getRegions()) {
      for (Type type : region.getArgumentTypes()) {
        if (!known(type)) {
          op->emitOpError() << "takes " << type << ", which does not say what its rows run over";
          return WalkResult::interrupt();
        }
      }
    }
    return WalkResult::advance();
  });
  return failure(walked.wasInterrupted());
}

} // namespace clew::nn
