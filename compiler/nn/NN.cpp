// The dialect nn: registration, and the checks that no type inference makes: attributes of graphs, symbols, casts.
#include "compiler/nn/NN.h"

#include "compiler/nn/Kept.h"
#include "runtime/base/LabelMoves.h"
#include "runtime/ref/Activations.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace clew::nn;
using clew::LabelMoves;

#include "compiler/nn/NNDialect.cpp.inc"
#include "compiler/nn/NNEnums.cpp.inc"
#include "compiler/nn/NNInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "compiler/nn/NNAttributes.cpp.inc"

#define GET_OP_CLASSES
#include "compiler/nn/NNOps.cpp.inc"

Type clew::nn::rowOf(Type matrix) {
  auto type = cast<RankedTensorType>(matrix);
  return RankedTensorType::get(type.getShape().take_back(), type.getElementType());
}

/// Printed types say `#tokens` and `#tokens_in_batch`.
struct ShortNames : OpAsmDialectInterface {
  using OpAsmDialectInterface::OpAsmDialectInterface;

  AliasResult getAlias(Attribute attribute, llvm::raw_ostream &name) const override {
    if (auto level = dyn_cast<LevelAttr>(attribute)) {
      name << level.getName();
      return AliasResult::OverridableAlias;
    }
    if (auto offsets = dyn_cast<OffsetsAttr>(attribute)) {
      name << offsets.getLevel() << "_in_" << offsets.getParent();
      return AliasResult::OverridableAlias;
    }
    return AliasResult::NoAlias;
  }
};

void NNDialect::initialize() {
  addInterfaces<ShortNames>();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "compiler/nn/NNAttributes.cpp.inc"
      >();
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
  if (name == frozenName && isa<ParameterOp>(op)) {
    return isa<UnitAttr>(value) ? success() : op->emitOpError() << name << " takes no value";
  }
  if (name == keptName && isa<ParameterOp>(op)) {
    auto type = dyn_cast<StringAttr>(value);
    return type && (type == "f32" || type == "bf16") ? success()
                                                     : op->emitOpError() << name << " must be \"f32\" or \"bf16\"";
  }
  return op->emitOpError() << "unknown attribute " << name;
}

LogicalResult NNDialect::verifyRegionArgAttribute(Operation *op, unsigned, unsigned argument,
                                                  NamedAttribute attribute) {
  StringRef name = attribute.getName();
  Attribute value = attribute.getValue();
  auto function = dyn_cast<FunctionOpInterface>(op);
  Type type = function ? function.getArgumentTypes()[argument] : Type();
  const bool values = type && isValues(type);
  const bool offsets = type && cutOf(type);
  if (name == inputName) {
    auto text = dyn_cast<StringAttr>(value);
    if (!text || text.empty()) {
      return op->emitOpError() << "nn.input must be a name, found " << value;
    }
    return values || offsets
               ? success()
               : op->emitOpError() << "input " << text << " must be tensor<?xi32> of a level or of offsets";
  }
  if (name == carriedName) {
    auto text = dyn_cast<StringAttr>(value);
    auto matrix = dyn_cast_if_present<RankedTensorType>(type);
    return text && !text.empty() && matrix && matrix.getRank() == 2 && matrix.getElementType().isF32() &&
                   isRoot(levelOf(type))
               ? success()
               : op->emitOpError() << "nn.carried must name an f32 matrix with a row for each sequence";
  }
  if (name == derivedName) {
    auto text = dyn_cast<StringAttr>(value);
    return values && text && (text == positionsName || text == countsName)
               ? success()
               : op->emitOpError() << "nn.derived must be \"positions\" or \"counts\" of a level, found " << value;
  }
  if (name == optionalName) {
    return values && isa<UnitAttr>(value) ? success() : op->emitOpError() << "only values may be optional";
  }
  if (name == atName) {
    auto text = dyn_cast<StringAttr>(value);
    return values && text && !text.empty() ? success()
                                           : op->emitOpError() << "nn.at must name the level of what values are";
  }
  if (name != limitName && name != mostName) {
    return op->emitOpError() << "unknown attribute " << name << " of an argument";
  }
  auto number = dyn_cast<IntegerAttr>(value);
  const bool fits = number && number.getType().isInteger(64) && number.getInt() > 0;
  return fits && (name == limitName ? values : offsets)
             ? success()
             : op->emitOpError() << name << " must be a positive i64 of " << (name == limitName ? "values" : "offsets");
}

LogicalResult NNDialect::verifyRegionResultAttribute(Operation *op, unsigned, unsigned, NamedAttribute attribute) {
  if (attribute.getName() != outputName && attribute.getName() != carriedName) {
    return op->emitOpError() << "unknown attribute " << attribute.getName() << " of a result";
  }
  auto name = dyn_cast<StringAttr>(attribute.getValue());
  return name && !name.empty()
             ? success()
             : op->emitOpError() << attribute.getName().getValue() << " must be a name, found " << attribute.getValue();
}

LogicalResult AccumulateOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto parameter = symbols.lookupNearestSymbolFrom<ParameterOp>(*this, getParameterAttr());
  if (!parameter) {
    return emitOpError() << "unknown parameter " << getParameterAttr();
  }
  return parameter.getType() == getGradient().getType()
             ? success()
             : LogicalResult(emitOpError()
                             << "adds " << getGradient().getType() << ", but the parameter is " << parameter.getType());
}

LogicalResult DerivativeOp::verify() {
  return clew::ref::activationNumber(getFunction())
             ? success()
             : LogicalResult(emitOpError() << "there is no activation '" << getFunction() << "'");
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

LogicalResult ViterbiOp::verify() {
  const int64_t labels = cast<RankedTensorType>(getX().getType()).getDimSize(1);
  return areLabelsOf(static_cast<LabelMoves>(getMoves()), labels)
             ? success()
             : emitOpError() << labels << " labels are not O and those of whole types, as moves "
                             << stringifyMoves(getMoves()) << " wants them";
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
