// Verifiers of the dialect kernel.
#include "compiler/kernel/Kernel.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace clew::kernel;

#include "compiler/kernel/KernelDialect.cpp.inc"
#include "compiler/kernel/KernelEnums.cpp.inc"

#define GET_OP_CLASSES
#include "compiler/kernel/KernelOps.cpp.inc"

void KernelDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "compiler/kernel/KernelOps.cpp.inc"
      >();
}

/// The constant of that name, or an error at `user`.
static FailureOr<ConstantOp> lookUp(SymbolTableCollection &symbols, Operation *user, FlatSymbolRefAttr name) {
  auto constant = symbols.lookupNearestSymbolFrom<ConstantOp>(user, name);
  if (!constant) {
    return user->emitOpError() << "unknown constant " << name;
  }
  return constant;
}

LogicalResult UseOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto constant = lookUp(symbols, *this, getConstantAttr());
  if (failed(constant)) {
    return failure();
  }
  if (constant->getType() != getType()) {
    return emitOpError() << "reads " << getType() << " but " << getConstantAttr() << " is " << constant->getType();
  }
  return success();
}

LogicalResult GemmOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto weight = lookUp(symbols, *this, getWeightAttr());
  if (failed(weight)) {
    return failure();
  }
  auto type = cast<RankedTensorType>(weight->getType());
  auto x = cast<RankedTensorType>(getX().getType());
  auto y = cast<RankedTensorType>(getY().getType());
  if (weight->getKind() != ConstantKind::Matmul) {
    return emitOpError() << getWeightAttr() << " is no matmul constant";
  }
  if (type.getDimSize(1) != x.getDimSize(1) || type.getDimSize(0) != y.getDimSize(1)) {
    return emitOpError() << "weight " << type << " does not take " << x << " to " << y;
  }
  bool integer = x.getElementType().isInteger(8); // signed or not
  if (integer ? !type.getElementType().isInteger(8) || !y.getElementType().isInteger(32)
              : type.getElementType() != x.getElementType() || !y.getElementType().isF32()) {
    return emitOpError() << "no product of " << x << " and " << type << " gives " << y;
  }
  if (getBiasAttr()) {
    auto bias = lookUp(symbols, *this, getBiasAttr());
    if (failed(bias)) {
      return failure();
    }
    if (integer || cast<RankedTensorType>(bias->getType()).getNumElements() != y.getDimSize(1)) {
      return emitOpError() << "bias " << bias->getType() << " does not fit " << y;
    }
  }
  return success();
}

LogicalResult AttentionOp::verify() {
  int64_t values = cast<RankedTensorType>(getY().getType()).getDimSize(1);
  int64_t heads = getHeads();
  if (heads <= 0 || values % heads != 0) {
    return emitOpError() << values << " columns do not divide into " << heads << " heads";
  }
  int64_t keySize = getKeySize();
  auto fits = [&](Value v, uint64_t at, int64_t columns) {
    return int64_t(at) >= 0 && int64_t(at) + columns <= cast<RankedTensorType>(v.getType()).getDimSize(1);
  };
  if (keySize <= 0 || !fits(getQ(), getQAt(), heads * keySize) || !fits(getK(), getKAt(), heads * keySize) ||
      !fits(getV(), getVAt(), values)) {
    return emitOpError() << "columns of q, k or v lie outside their operand";
  }
  return success();
}

LogicalResult RecurrenceOp::verify() {
  int64_t hidden = getHidden();
  int64_t directions = getGatesAt().size();
  if (hidden <= 0 || directions == 0 || int64_t(getReverse().size()) != directions) {
    return emitOpError() << "expected one gates_at and one reverse a direction";
  }
  const bool gru = getGru();
  const auto projection = static_cast<int64_t>(getProjection());
  if (projection < 0 || (projection > 0 && gru)) {
    return emitOpError() << "an LSTM alone has a projection, and its rows";
  }
  const int64_t matrices = projection > 0 ? 2 : 1;
  const int64_t constants = int64_t(getWeights().size()) - (gru ? directions : 0);
  if (constants % (directions * matrices) != 0 || constants == 0 || constants > 3 * directions * matrices) {
    return emitOpError()
           << "expected one constant a direction, or weights, scales and perhaps column sums, and a GRU's bias";
  }
  if (!getInitial().empty() && int64_t(getInitial().size()) != directions * (gru ? 1 : 2)) {
    return emitOpError() << "expected h_0 and an LSTM's c_0 a direction, or none";
  }
  const int64_t outputs = projection > 0 ? projection : hidden;
  if (cast<RankedTensorType>(getY().getType()).getDimSize(1) != outputs * directions) {
    return emitOpError() << "expected " << outputs * directions << " result columns";
  }
  if (getCells() && (gru || cast<RankedTensorType>(getCells().getType()).getDimSize(1) != hidden * directions)) {
    return emitOpError() << "an LSTM alone has cells, in " << hidden * directions << " columns";
  }
  for (int64_t at : getGatesAt()) {
    if (at < 0 || at + (gru ? 3 : 4) * hidden > cast<RankedTensorType>(getGates().getType()).getDimSize(1)) {
      return emitOpError() << "gates at column " << at << " lie outside the operand";
    }
  }
  return success();
}

/// A body's arguments mirror the operands, its yield the results.
static LogicalResult verifyBody(Operation *op) {
  Block &body = op->getRegion(0).front();
  if (body.getArgumentTypes() != op->getOperandTypes()) {
    return op->emitOpError() << "body arguments do not match the operands";
  }
  if (body.getTerminator()->getOperandTypes() != op->getResultTypes()) {
    return op->emitOpError() << "yielded values do not match the results";
  }
  return success();
}

LogicalResult RowsOp::verify() { return verifyBody(*this); }
LogicalResult ChainOp::verify() { return verifyBody(*this); }
