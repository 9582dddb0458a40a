// clew-to-kernel: products, attention and recurrence become kernel ops; everything that is computed from parameters alone becomes a
// kernel.constant, which the runtime makes once when weights are loaded.
#include "compiler/kernel/Kernel.h"
#include "compiler/nn/NN.h"
#include "compiler/passes/KernelConstants.h"
#include "compiler/passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"

namespace clew::compiler {
#define GEN_PASS_DEF_TOKERNELPASS
#include "compiler/passes/Passes.h.inc"
} // namespace clew::compiler

using namespace mlir;
using namespace clew;
using clew::compiler::KernelConstants;
using clew::compiler::sourcesOf;
using Kind = kernel::ConstantKind;

namespace {

class Lowering {
public:
  Lowering(ModuleOp module, func::FuncOp function, bool signedBytes)
      : module(module), function(function), builder(function.getContext()), signedBytes(signedBytes),
        constants(function) {}

  LogicalResult run() {
    for (Operation &op : llvm::make_early_inc_range(function.getBody().front().without_terminator())) {
      builder.setInsertionPoint(&op);
      if (failed(lower(&op))) {
        return failure();
      }
    }
    readConstants();
    dropUnused();
    return success();
  }

private:
  LogicalResult lower(Operation *op) {
    if (KernelConstants::isDerived(op)) {
      return constants.lowerDerived(builder, cast<nn::GraphOp>(op));
    }
    if (auto linear = dyn_cast<nn::LinearOp>(op)) {
      return lowerLinear(linear);
    }
    if (auto quantize = dyn_cast<nn::QuantizeOp>(op); quantize && nn::levelOf(quantize.getX())) {
      return lowerQuantize(quantize);
    }
    if (auto dequantize = dyn_cast<nn::DequantizeOp>(op)) {
      return lowerDequantize(dequantize);
    }
    if (auto attention = dyn_cast<nn::AttentionOp>(op)) {
      return lowerAttention(attention);
    }
    if (auto recurrence = dyn_cast<nn::RecurrenceOp>(op)) {
      return lowerRecurrence(recurrence);
    }
    if (auto viterbi = dyn_cast<nn::ViterbiOp>(op)) {
      return lowerViterbi(viterbi);
    }
    if (auto window = dyn_cast<nn::WindowOp>(op)) {
      Type indices = nn::valuesOf(nn::levelOf(window.getX().getType()));
      auto made = kernel::WindowOp::create(builder, window.getLoc(), window.getType(), window.getX(),
                                           derived(nn::positionsName, indices), derived(nn::countsName, indices),
                                           window.getSize(), window.getBefore(), window.getWhole());
      window.replaceAllUsesWith(made.getY());
      window.erase();
      return success();
    }
    if (auto sum = dyn_cast<nn::WindowGradientOp>(op)) {
      return lowerWindowSum(sum);
    }
    if (auto positions = dyn_cast<nn::PositionsOp>(op)) {
      positions.replaceAllUsesWith(derived(nn::positionsName, positions.getType()));
      positions.erase();
    }
    return success();
  }

  /// The argument of this name that the runtime derives from the offsets of the type's level.
  Value derived(StringRef name, Type type) {
    auto text = builder.getStringAttr(name);
    for (BlockArgument argument : function.getArguments()) {
      if (argument.getType() == type && function.getArgAttr(argument.getArgNumber(), nn::derivedName) == text) {
        return argument;
      }
    }
    unsigned index = function.getNumArguments();
    auto attributes = builder.getDictionaryAttr(builder.getNamedAttr(nn::derivedName, text));
    (void)function.insertArgument(index, type, attributes, function.getLoc());
    return function.getArgument(index);
  }

  LogicalResult lowerLinear(nn::LinearOp op) {
    auto weight = constants.matrix(Kind::Matmul, op.getWeight(), cast<RankedTensorType>(op.getWeight().getType()));
    if (!weight) {
      return op.emitOpError("weight is not made of parameters alone");
    }
    FlatSymbolRefAttr bias;
    if (op.getBias()) {
      auto parts = sourcesOf(op.getBias());
      if (!parts) {
        return op.emitOpError("bias is not made of parameters alone");
      }
      bias = constants.get(Kind::Plain, *parts, cast<RankedTensorType>(op.getBias().getType()));
    }
    Value x = quantized.count(op.getX()) ? quantized[op.getX()] : op.getX();
    auto gemm = kernel::GemmOp::create(builder, op.getLoc(), op.getType(), x, weight, bias);
    op.replaceAllUsesWith(gemm.getY());
    op.erase();
    return success();
  }

  LogicalResult lowerQuantize(nn::QuantizeOp op) {
    auto type = cast<RankedTensorType>(op.getQ().getType());
    auto shifted = type.clone(IntegerType::get(op.getContext(), 8, IntegerType::Unsigned));
    auto made = kernel::QuantizeOp::create(builder, op.getLoc(),
                                           TypeRange{signedBytes ? type : shifted, op.getScale().getType()}, op.getX());
    quantized[op.getQ()] = made.getQ();
    op.getScale().replaceAllUsesWith(made.getScale());
    return success();
  }

  LogicalResult lowerDequantize(nn::DequantizeOp op) {
    int64_t width = cast<RankedTensorType>(op.getAcc().getType()).getDimSize(1);
    auto beside = [&](Kind kind, Type element) -> Value {
      auto type = RankedTensorType::get({width}, element);
      FlatSymbolRefAttr constant = constants.matrix(kind, op.getColumnScale(), type);
      return constant ? kernel::UseOp::create(builder, op.getLoc(), type, constant).getValue() : Value();
    };
    Value scales = beside(Kind::Scales, builder.getF32Type());
    Value sums = signedBytes ? Value()
                             : beside(Kind::ColumnSums, builder.getI32Type()); // undo the shift of unsigned activations
    if (!scales || (!sums && !signedBytes)) {
      return op.emitOpError("column scale is not made of parameters alone");
    }
    auto made =
        kernel::DequantizeOp::create(builder, op.getLoc(), op.getType(), op.getAcc(), op.getRowScale(), scales, sums);
    op.replaceAllUsesWith(made.getY());
    op.erase();
    return success();
  }

  /// A slice is read in place: its operand and first column.
  static std::pair<Value, int64_t> throughSlice(Value value) {
    if (auto slice = value.getDefiningOp<nn::SliceOp>()) {
      return {slice.getX(), slice.getBegin()};
    }
    return {value, 0};
  }

  LogicalResult lowerWindowSum(nn::WindowGradientOp op) {
    if (op.getWhole()) {
      return op.emitOpError("of windows that are moved has no loop on the cpu target; use the ref target");
    }
    auto [x, at] = throughSlice(op.getDy());
    Type indices = nn::valuesOf(nn::levelOf(x.getType()));
    auto made = kernel::WindowSumOp::create(builder, op.getLoc(), op.getType(), x, derived(nn::positionsName, indices),
                                            derived(nn::countsName, indices), op.getSize(), op.getBefore(), at);
    op.replaceAllUsesWith(made.getY());
    op.erase();
    return success();
  }

  LogicalResult lowerAttention(nn::AttentionOp op) {
    if (!op.getScores().use_empty() || !op.getLse().use_empty()) {
      return op.emitOpError("the cpu target computes no attention scores; use the ref target");
    }
    const bool bf16 = getElementTypeOrSelf(op.getQ()).isBF16();
    SmallVector<std::pair<Value, int64_t>> columns;
    for (Value operand : {op.getQ(), op.getK(), op.getV(), op.getRelativeKeys(), op.getRelativeValues(),
                          op.getRelativeQ(), op.getRelativeBiases(), op.getSegmentKeys(), op.getSegmentQ()}) {
      // The kernel rounds what it reads.
      auto cast = bf16 && operand ? operand.getDefiningOp<nn::CastOp>() : nn::CastOp();
      columns.push_back(operand ? throughSlice(cast ? cast.getX() : operand) : std::pair<Value, int64_t>());
      if (operand && !getElementTypeOrSelf(columns.back().first).isF32()) {
        return op.emitOpError("reads bf16 that is not rounded from f32");
      }
    }
    auto [q, k, v, relativeQ, segmentQ] = std::tuple(columns[0], columns[1], columns[2], columns[5], columns[8]);
    for (const auto &[table, at] : {columns[3], columns[4], columns[6], columns[7]}) {
      if (table && (at != 0 || !constants.of(table))) {
        return op.emitOpError("tables of distances and of segments must be made of parameters alone");
      }
    }
    const auto keySize =
        cast<RankedTensorType>(op.getQ().getType()).getDimSize(1) / static_cast<int64_t>(op.getHeads());
    auto made = kernel::AttentionOp::create(builder, op.getLoc(), op.getOut().getType(), q.first, k.first, v.first,
                                            op.getOffsets(), columns[3].first, columns[4].first, relativeQ.first,
                                            columns[6].first, op.getSegments(), columns[7].first, segmentQ.first,
                                            relativeQ.second, segmentQ.second, op.getHeads(), keySize, op.getScale(),
                                            q.second, k.second, v.second, bf16, op.getCausal(), op.getWindow());
    op.getOut().replaceAllUsesWith(made.getY());
    op.erase();
    return success();
  }

  LogicalResult lowerViterbi(nn::ViterbiOp op) {
    auto made =
        kernel::ViterbiOp::create(builder, op.getLoc(), op.getType(), op.getX(), op.getOffsets(), op.getTransitions(),
                                  op.getStart(), op.getEnd(), static_cast<int64_t>(op.getMoves()));
    op.replaceAllUsesWith(made.getY());
    op.erase();
    return success();
  }

  /// A matrix of `gates` gates, and what stands beside s8.
  LogicalResult appendMatrix(Value matrix, int64_t gates, SmallVectorImpl<Attribute> &weights) {
    auto sources = sourcesOf(matrix);
    if (!sources) {
      return emitError(matrix.getLoc(), "recurrent weights are not made of parameters alone");
    }
    auto type = cast<RankedTensorType>(matrix.getType());
    weights.push_back(constants.get(Kind::Recurrent, *sources, type, {}, {}, gates));
    if (type.getElementType().isInteger(8)) {
      int64_t width = type.getDimSize(0);
      weights.push_back(constants.get(Kind::Scales, *sources, RankedTensorType::get({width}, builder.getF32Type())));
      if (!signedBytes) {
        weights.push_back(
            constants.get(Kind::ColumnSums, *sources, RankedTensorType::get({width}, builder.getI32Type())));
      }
    }
    return success();
  }

  LogicalResult appendWeights(nn::RecurrenceOp op, SmallVectorImpl<Attribute> &weights) {
    if (failed(appendMatrix(op.getWeightHh(), op.getCell() == nn::Cell::Gru ? 3 : 4, weights)) ||
        (op.getWeightHr() && failed(appendMatrix(op.getWeightHr(), 1, weights)))) {
      return failure();
    }
    if (Value bias = op.getBias()) {
      auto parts = sourcesOf(bias);
      if (!parts) {
        return op.emitOpError("bias is not made of parameters alone");
      }
      weights.push_back(constants.get(Kind::Plain, *parts, cast<RankedTensorType>(bias.getType())));
    }
    return success();
  }

  /// The one concatenation that reads the cell's result; none if there are several.
  static nn::ConcatOp concatOf(nn::RecurrenceOp op) {
    nn::ConcatOp only;
    for (Operation *user : op.getY().getUsers()) {
      auto concat = dyn_cast<nn::ConcatOp>(user);
      if (concat && only) {
        return {};
      }
      only = concat ? concat : only;
    }
    return only;
  }

  /// Two directions whose results are concatenated become one op, so that they can run side by side.
  nn::RecurrenceOp partner(nn::RecurrenceOp op) {
    nn::ConcatOp concat = concatOf(op);
    if (!concat || concat->getNumOperands() != 2 || concat->getOperand(0) != op.getY()) {
      return {};
    }
    auto other = concat->getOperand(1).getDefiningOp<nn::RecurrenceOp>();
    auto typeOf = [](Value value) { return value ? value.getType() : Type(); };
    // What reads one of the results must do so where both are there.
    auto isReadLater = [&](nn::RecurrenceOp direction) {
      return llvm::all_of(direction->getUsers(),
                          [&](Operation *user) { return op->isBeforeInBlock(user) && other->isBeforeInBlock(user); });
    };
    bool fits = other && other != op && other.getCell() == op.getCell() && concatOf(other) == concat &&
                isReadLater(op) && isReadLater(other) && other.getWeightHh().getType() == op.getWeightHh().getType() &&
                typeOf(other.getWeightHr()) == typeOf(op.getWeightHr()) &&
                typeOf(other.getH_0()) == typeOf(op.getH_0()) && typeOf(other.getC_0()) == typeOf(op.getC_0()) &&
                other.getResetBefore() == op.getResetBefore() && other.getUpdateNew() == op.getUpdateNew() &&
                other.getCellClip() == op.getCellClip() && other.getProjectionClip() == op.getProjectionClip() &&
                other.getOffsets() == op.getOffsets();
    return fits ? other : nn::RecurrenceOp();
  }

  LogicalResult lowerRecurrence(nn::RecurrenceOp op) {
    SmallVector<nn::RecurrenceOp> directions{op};
    nn::RecurrenceOp other = partner(op);
    if (!other && llvm::any_of(op.getY().getUsers(), [&](Operation *user) {
          auto concat = dyn_cast<nn::ConcatOp>(user);
          auto first = concat ? concat->getOperand(0).getDefiningOp<nn::RecurrenceOp>() : nn::RecurrenceOp();
          return first && first != op && partner(first) == op;
        })) {
      return success(); // the first direction takes this one along
    }
    if (other) {
      directions.push_back(other);
    }
    Operation *last = other && op->isBeforeInBlock(other) ? other : op;
    builder.setInsertionPointAfter(last);
    auto [gates, gatesAt] = gatesOf(directions);
    SmallVector<Attribute> weights;
    SmallVector<bool> reverse;
    SmallVector<Value> initial;
    for (nn::RecurrenceOp direction : directions) {
      if (failed(appendWeights(direction, weights))) {
        return failure();
      }
      reverse.push_back(direction.getReverse());
      for (Value state : {direction.getH_0(), direction.getC_0()}) {
        if (state) {
          initial.push_back(state);
        }
      }
    }
    const bool gru = op.getCell() == nn::Cell::Gru;
    const int64_t outputs = cast<RankedTensorType>(op.getY().getType()).getDimSize(1);
    const int64_t hidden = cast<RankedTensorType>(op.getCN().getType()).getDimSize(1);
    auto typeOf = [&](int64_t columns) {
      return RankedTensorType::get({ShapedType::kDynamic, columns * static_cast<int64_t>(directions.size())},
                                   builder.getF32Type(), nn::levelOf(op.getY()));
    };
    const bool hasCells =
        !gru && llvm::any_of(directions, [](nn::RecurrenceOp one) { return !one.getCN().use_empty(); });
    auto made = kernel::RecurrenceOp::create(
        builder, op.getLoc(), typeOf(outputs), hasCells ? typeOf(hidden) : RankedTensorType(), gates, op.getOffsets(),
        initial, builder.getArrayAttr(weights), hidden, gatesAt, reverse, gru, op.getResetBefore(), op.getUpdateNew(),
        op.getWeightHr() ? outputs : 0, op.getCellClip(), op.getProjectionClip());
    for (auto [index, direction] : llvm::enumerate(directions)) {
      replaceStates(direction, made, static_cast<int64_t>(index));
    }
    if (!other) {
      op.getY().replaceAllUsesWith(made.getY());
      return success();
    }
    nn::ConcatOp both = concatOf(op);
    both.getY().replaceAllUsesWith(made.getY());
    for (auto [index, direction] : llvm::enumerate(directions)) {
      if (!direction.getY().hasOneUse()) { // others read one direction alone
        Value own =
            nn::SliceOp::create(builder, op.getLoc(), made.getY(), static_cast<int64_t>(index) * outputs, outputs);
        direction.getY().replaceUsesWithIf(own, [&](OpOperand &use) { return use.getOwner() != both; });
      }
    }
    return success();
  }

  /// The states that the last steps leave are those of the tokens at which sequences end; of direction number `index` of `made`.
  void replaceStates(nn::RecurrenceOp op, kernel::RecurrenceOp made, int64_t index) {
    for (Value state : {op.getHN(), op.getCN()}) {
      if (state.use_empty()) {
        continue;
      }
      Value all = state == op.getCN() && made.getCells() ? made.getCells() : made.getY();
      Value ends = op.getReverse() ? nn::FirstOp::create(builder, op.getLoc(), all, op.getOffsets()).getY()
                                   : nn::LastOp::create(builder, op.getLoc(), all, op.getOffsets()).getY();
      const int64_t width = cast<RankedTensorType>(state.getType()).getDimSize(1);
      if (cast<RankedTensorType>(ends.getType()).getDimSize(1) != width) {
        ends = nn::SliceOp::create(builder, op.getLoc(), ends, index * width, width);
      }
      state.replaceAllUsesWith(ends);
    }
  }

  /// The matrix that holds the gates of all directions, and where in it theirs begin: one product, or two put side by side.
  std::pair<Value, SmallVector<int64_t>> gatesOf(ArrayRef<nn::RecurrenceOp> directions) {
    SmallVector<Value> parts;
    SmallVector<int64_t> at;
    SmallVector<int64_t> joined;
    int64_t width = 0;
    for (nn::RecurrenceOp direction : directions) {
      auto [value, begin] = throughSlice(direction.getGates());
      at.push_back(begin);
      joined.push_back(width);
      width += cast<RankedTensorType>(direction.getGates().getType()).getDimSize(1);
      if (!llvm::is_contained(parts, value)) {
        parts.push_back(value);
      }
    }
    if (parts.size() == 1) {
      return {parts.front(), at};
    }
    SmallVector<Value> gates;
    for (nn::RecurrenceOp direction : directions) {
      gates.push_back(direction.getGates());
    }
    return {nn::ConcatOp::create(builder, gates.front().getLoc(), gates, 1), joined};
  }

  /// What is left of parameter reads: vectors and tables that loops read.
  void readConstants() {
    for (Operation &op : llvm::make_early_inc_range(function.getBody().front().without_terminator())) {
      for (OpOperand &operand : op.getOpOperands()) {
        auto type = dyn_cast<RankedTensorType>(operand.get().getType());
        if (isa<nn::GetOp, nn::ConcatOp, nn::CastOp>(op) && sourcesOf(op.getResult(0))) {
          break;
        }
        if (auto sources = type && type.getElementType().isF32() ? sourcesOf(operand.get()) : std::nullopt) {
          builder.setInsertionPoint(&op);
          operand.set(kernel::UseOp::create(builder, op.getLoc(), type, constants.get(Kind::Plain, *sources, type)));
        }
      }
    }
  }

  void dropUnused() {
    SmallVector<Operation *> ops;
    for (Operation &op : function.getBody().front().without_terminator()) {
      ops.push_back(&op);
    }
    for (Operation *op : llvm::reverse(ops)) {
      if (isOpTriviallyDead(op)) {
        op->erase();
      }
    }
  }

  ModuleOp module;
  func::FuncOp function;
  OpBuilder builder;
  bool signedBytes; ///< activations of s8 products are i8, not ui8 shifted by 128
  KernelConstants constants;
  DenseMap<Value, Value> quantized;
};

struct ToKernel : clew::compiler::impl::ToKernelPassBase<ToKernel> {
  using ToKernelPassBase::ToKernelPassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto function = module.lookupSymbol<func::FuncOp>("main");
    if (!function || failed(Lowering(module, function, signedBytes).run())) {
      signalPassFailure();
    }
  }
};

} // namespace
