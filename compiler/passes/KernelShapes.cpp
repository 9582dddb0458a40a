// See KernelShapes.h.
#include "compiler/passes/KernelShapes.h"

#include "compiler/nn/ElementType.h"
#include "compiler/nn/NN.h"

#include <string>

using namespace mlir;

namespace clew::compiler {
namespace {

int64_t columnsOf(Value value) { return cast<RankedTensorType>(value.getType()).getDimSize(1); }

/// What makes two ops the same function: names, attributes, types and how values hang together, but not which constants they read.
std::string fingerprintOfOp(Operation *op) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  DenseMap<Value, int> numbers;
  auto describe = [&](Operation *inner) {
    // Properties alone: the plan of buffers is a discardable attribute, and differs between equal functions.
    stream << inner->getName() << inner->getPropertiesAsAttribute();
    for (Value operand : inner->getOperands()) {
      stream << ' ' << numbers.try_emplace(operand, numbers.size()).first->second << ':' << operand.getType();
    }
    for (Value result : inner->getResults()) {
      stream << '=' << numbers.try_emplace(result, numbers.size()).first->second << ':' << result.getType();
    }
    stream << '\n';
  };
  if (auto rows = dyn_cast<kernel::RowsOp>(op)) {
    for (BlockArgument argument : rows.getBody().front().getArguments()) {
      stream << numbers.try_emplace(argument, numbers.size()).first->second << ':' << argument.getType() << ' ';
    }
    rows.getBody().walk([&](Operation *inner) { describe(inner); });
  } else {
    describe(op);
  }
  return text;
}

std::string fingerprintOfRecurrence(kernel::RecurrenceOp op) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  RecurrenceShape shape = shapeOf(op);
  stream << "recurrence " << (shape.gru ? "gru" : "lstm") << ' ' << shape.hidden << ' ' << shape.ldGates << ' '
         << static_cast<int>(shape.weights) << ' ' << shape.projection << ' ' << shape.cellClip << ' '
         << shape.projectionClip << (shape.resetBefore ? " before" : "") << (shape.updateNew ? " new" : "");
  stream << (shape.ldCells > 0 ? " cells" : "");
  for (int64_t columns : shape.ldInitial) {
    stream << " from " << columns;
  }
  for (auto [at, reverse] : llvm::zip(shape.gatesAt, shape.reverse)) {
    stream << ' ' << at << (reverse ? '-' : '+');
  }
  return text;
}

DistanceTable tableOf(Value table, int64_t size) {
  auto type = table ? cast<RankedTensorType>(table.getType()) : RankedTensorType();
  return table ? DistanceTable{type.getDimSize(0) / 2, type.getDimSize(1), type.getDimSize(1) != size}
               : DistanceTable();
}

} // namespace

std::string fingerprint(Operation *op) {
  auto recurrence = dyn_cast<kernel::RecurrenceOp>(op);
  return recurrence ? fingerprintOfRecurrence(recurrence) : fingerprintOfOp(op);
}

AttentionShape shapeOf(kernel::AttentionOp op) {
  AttentionShape shape;
  shape.heads = op.getHeads();
  shape.keySize = op.getKeySize();
  shape.valueSize = columnsOf(op.getY()) / shape.heads;
  shape.ldQ = columnsOf(op.getQ());
  shape.ldK = columnsOf(op.getK());
  shape.ldV = columnsOf(op.getV());
  shape.ldOut = columnsOf(op.getY());
  shape.qAt = op.getQAt();
  shape.kAt = op.getKAt();
  shape.vAt = op.getVAt();
  shape.scale = op.getScale().convertToDouble();
  shape.bf16 = op.getBf16();
  shape.causal = op.getCausal();
  shape.window = op.getWindow();
  shape.relativeKeys = tableOf(op.getRelativeKeys(), shape.keySize);
  shape.relativeValues = tableOf(op.getRelativeValues(), shape.valueSize);
  if (Value relativeQ = op.getRelativeQ()) {
    shape.ldRelativeQ = columnsOf(relativeQ);
    shape.relativeQAt = op.getRelativeQAt();
  }
  shape.relativeBiases = tableOf(op.getRelativeBiases(), 1);
  if (Value keys = op.getSegmentKeys()) {
    shape.segmentKeys = columnsOf(keys);
  }
  if (Value segmentQ = op.getSegmentQ()) {
    shape.ldSegmentQ = columnsOf(segmentQ);
    shape.segmentQAt = op.getSegmentQAt();
  }
  return shape;
}

RecurrenceShape shapeOf(kernel::RecurrenceOp op) {
  RecurrenceShape shape;
  shape.hidden = op.getHidden();
  shape.gru = op.getGru();
  shape.ldGates = columnsOf(op.getGates());
  shape.ldOut = columnsOf(op.getY());
  shape.ldCells = op.getCells() ? columnsOf(op.getCells()) : 0;
  shape.gatesAt.assign(op.getGatesAt().begin(), op.getGatesAt().end());
  shape.reverse.assign(op.getReverse().begin(), op.getReverse().end());
  shape.resetBefore = op.getResetBefore();
  shape.updateNew = op.getUpdateNew();
  shape.projection = op.getProjection();
  shape.cellClip = op.getCellClip().convertToDouble();
  shape.projectionClip = op.getProjectionClip().convertToDouble();
  for (size_t direction = 0; direction < shape.gatesAt.size(); ++direction) {
    shape.outAt.push_back(direction * shape.outputs());
  }
  for (Value state : op.getInitial().take_front(op.getInitial().size() / shape.gatesAt.size())) {
    const bool oneForAll = cast<RankedTensorType>(state.getType()).getRank() == 1;
    shape.ldInitial.push_back(oneForAll ? 0 : columnsOf(state));
  }
  auto weights =
      SymbolTable::lookupNearestSymbolFrom<kernel::ConstantOp>(op, cast<FlatSymbolRefAttr>(op.getWeights()[0]));
  Type element = cast<RankedTensorType>(weights.getType()).getElementType();
  shape.weights = *nn::dtypeOf(element); // the verifier of kernel.constant knows these alone
  const auto directions = static_cast<int64_t>(shape.gatesAt.size());
  const auto constants = static_cast<int64_t>(op.getWeights().size()) / directions - (shape.gru ? 1 : 0);
  shape.columnSums = constants % 3 == 0;
  return shape;
}

} // namespace clew::compiler
