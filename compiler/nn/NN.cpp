// The dialect nn: registration, and the checks that no type inference makes: attributes of graphs, symbols, casts.
#include "compiler/nn/NN.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

#include <cmath>

using namespace mlir;
using namespace clew::nn;

#include "compiler/nn/NNDialect.cpp.inc"
#include "compiler/nn/NNEnums.cpp.inc"
#include "compiler/nn/NNInterfaces.cpp.inc"

#define GET_OP_CLASSES
#include "compiler/nn/NNOps.cpp.inc"

bool clew::nn::isIndexVector(Type type) {
  return type == RankedTensorType::get({ShapedType::kDynamic}, IntegerType::get(type.getContext(), 32));
}

Type clew::nn::rowOf(Type matrix) {
  auto type = cast<RankedTensorType>(matrix);
  return RankedTensorType::get(type.getShape().take_back(), type.getElementType());
}

void NNDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "compiler/nn/NNOps.cpp.inc"
      >();
}

LogicalResult NNDialect::verifyOperationAttribute(Operation *op, NamedAttribute attribute) {
  StringRef name = attribute.getName();
  Attribute value = attribute.getValue();
  if (name == modelName) {
    return isa<StringAttr>(value) ? success() : op->emitOpError() << name << " must be a string";
  }
  if (name == vocabularyName || name == maxLengthName || name == segmentsName) {
    auto number = dyn_cast<IntegerAttr>(value);
    bool positive = number && number.getType().isInteger(64) && number.getInt() > 0;
    return positive ? success() : op->emitOpError() << name << " must be a positive i64";
  }
  return op->emitOpError() << "unknown attribute " << name;
}

LogicalResult NNDialect::verifyRegionArgAttribute(Operation *op, unsigned, unsigned argument,
                                                  NamedAttribute attribute) {
  if (attribute.getName() != inputName) {
    return op->emitOpError() << "unknown attribute " << attribute.getName() << " of an argument";
  }
  auto name = dyn_cast<StringAttr>(attribute.getValue());
  if (!name || !llvm::is_contained({"ids", "segments", "offsets", "positions"}, name.getValue())) {
    return op->emitOpError() << "nn.input must be \"ids\", \"segments\" or \"offsets\", found " << attribute.getValue();
  }
  auto function = dyn_cast<FunctionOpInterface>(op);
  if (!function || !isIndexVector(function.getArgumentTypes()[argument])) {
    return op->emitOpError() << "input " << name << " must be tensor<?xi32>";
  }
  return success();
}

LogicalResult NNDialect::verifyRegionResultAttribute(Operation *op, unsigned, unsigned, NamedAttribute attribute) {
  if (attribute.getName() != outputName) {
    return op->emitOpError() << "unknown attribute " << attribute.getName() << " of a result";
  }
  auto name = dyn_cast<StringAttr>(attribute.getValue());
  return name && !name.empty() ? success()
                               : op->emitOpError() << "nn.output must be a name, found " << attribute.getValue();
}

LogicalResult ParameterOp::verify() {
  auto type = cast<RankedTensorType>(getType());
  if (!type.hasStaticShape()) {
    return emitOpError() << "must have a static shape, found " << type;
  }
  if (getTensorsAttr() && getTensorsAttr().empty()) {
    return emitOpError() << "names no tensor after 'from'";
  }
  return success();
}

LogicalResult GetOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto parameter = symbols.lookupNearestSymbolFrom<ParameterOp>(*this, getParameterAttr());
  if (!parameter) {
    return emitOpError() << "unknown parameter " << getParameterAttr();
  }
  if (parameter.getType() != getType()) {
    InFlightDiagnostic error = emitOpError()
                               << "reads " << getType() << ", but the parameter is " << parameter.getType();
    error.attachNote(parameter.getLoc()) << "declared here";
    return error;
  }
  return success();
}

LogicalResult EmbeddingOp::verify() {
  const auto start = static_cast<int64_t>(getStart());
  const int64_t count = cast<RankedTensorType>(getTable().getType()).getDimSize(0);
  return start >= 0 && start < count ? success()
                                     : emitOpError() << "start must be from 0 to " << count - 1 << ", found " << start;
}

LogicalResult AttentionOp::verify() {
  const auto window = static_cast<int64_t>(getWindow());
  return window >= 0 ? success() : emitOpError() << "window must not be negative, found " << window;
}

LogicalResult L2NormalizeOp::verify() {
  double eps = getEps().convertToDouble();
  return eps > 0 ? success() : emitOpError() << "eps must be positive, found " << eps;
}

LogicalResult LayerNormOp::verify() {
  double eps = getEps().convertToDouble();
  return eps >= 0 ? success() : emitOpError() << "eps must not be negative, found " << eps;
}

LogicalResult BatchNormOp::verify() {
  double eps = getEps().convertToDouble();
  return eps > 0 ? success() : emitOpError() << "eps must be positive, found " << eps;
}

/// Bounds of an LSTM's state, 0 being none, and what only some cells have.
template <typename Cells> static LogicalResult verifyBounds(Cells op) {
  const double cell = op.getCellClip().convertToDouble();
  const double projection = op.getProjectionClip().convertToDouble();
  for (double clip : {cell, projection}) {
    if (!(clip >= 0) || std::isinf(clip)) {
      return op.emitOpError() << "a clip must be positive, or 0 for none, found " << clip;
    }
  }
  return projection == 0 || op.getWeightHr() ? success() : op.emitOpError() << "has projection_clip, but no projection";
}

LogicalResult LstmOp::verify() { return verifyBounds(*this); }

LogicalResult RecurrenceOp::verify() {
  const bool gru = getCell() == Cell::Gru;
  if (gru && (getWeightHr() || getC_0() || !getCellClip().isZero())) {
    return emitOpError() << "a gru has no projection, no c_0 and no clip";
  }
  if (!gru && (getResetBefore() || getUpdateNew() || static_cast<bool>(getH_0()) != static_cast<bool>(getC_0()))) {
    return emitOpError() << "an lstm has no reset or update, and h_0 and c_0 stand together";
  }
  return verifyBounds(*this);
}

LogicalResult DropoutOp::verify() {
  double rate = getRate().convertToDouble();
  return rate >= 0 && rate < 1 ? success() : emitOpError() << "rate must be in [0, 1), found " << rate;
}

LogicalResult CastOp::verify() {
  auto from = cast<RankedTensorType>(getX().getType());
  auto to = cast<RankedTensorType>(getY().getType());
  return from.getShape() == to.getShape() ? success()
                                          : emitOpError() << "changes the shape of " << from << " to " << to;
}
