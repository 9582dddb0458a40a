// clew-generate: writes one function over vectors for each distinct kernel.rows, attention and recurrence, into the module @kernels.
#include "compiler/emit/ObjectCode.h"
#include "compiler/kernel/Kernel.h"
#include "compiler/kernel/Plan.h"
#include "compiler/kernel/generate/AttentionKernel.h"
#include "compiler/kernel/generate/RecurrenceKernel.h"
#include "compiler/kernel/generate/RowsKernel.h"
#include "compiler/kernel/generate/ViterbiKernel.h"
#include "compiler/nn/ElementType.h"
#include "compiler/passes/Passes.h"
#include "compiler/target/TargetCpu.h"
#include "runtime/base/NamedValues.h"
#include "runtime/program/RecurrentLayout.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace clew::compiler {
#define GEN_PASS_DEF_GENERATEPASS
#include "compiler/passes/Passes.h.inc"
} // namespace clew::compiler

using namespace mlir;
using namespace clew;
using namespace clew::compiler;

namespace {

int64_t columnsOf(Value value) { return cast<RankedTensorType>(value.getType()).getDimSize(1); }

/// What makes two ops the same function: names, attributes, types and how values hang together, but not which constants they read.
std::string fingerprint(Operation *op) {
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

struct Generated {
  std::string symbol;
  Extent scratch;
};

class Generator {
public:
  Generator(ModuleOp kernels, const TargetCpu &cpu) : builder(kernels, cpu) {}

  LogicalResult generate(Operation *op) {
    std::string key =
        isa<kernel::RecurrenceOp>(op) ? fingerprintOfRecurrence(cast<kernel::RecurrenceOp>(op)) : fingerprint(op);
    auto [entry, isNew] = functions.try_emplace(key);
    if (isNew && failed(write(op, entry->second))) {
      return failure();
    }
    const Generated &generated = entry->second;
    const Extent &scratch = generated.scratch;
    op->setAttr(kernel::symbolName, StringAttr::get(op->getContext(), generated.symbol));
    op->setAttr(kernel::scratchName, DenseI64ArrayAttr::get(op->getContext(), {scratch.constant, scratch.perLongest}));
    return success();
  }

private:
  std::string fingerprintOfRecurrence(kernel::RecurrenceOp op) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    RecurrenceShape shape = shapeOf(op);
    stream << "recurrence " << (shape.gru ? "gru" : "lstm") << ' ' << shape.hidden << ' ' << shape.ldGates << ' '
           << static_cast<int>(shape.weights) << ' ' << shape.projection << ' ' << shape.cellClip << ' '
           << shape.projectionClip << (shape.resetBefore ? " before" : "") << (shape.updateNew ? " new" : "");
    for (int64_t columns : shape.ldInitial) {
      stream << " from " << columns;
    }
    for (auto [at, reverse] : llvm::zip(shape.gatesAt, shape.reverse)) {
      stream << ' ' << at << (reverse ? '-' : '+');
    }
    return text;
  }

  LogicalResult write(Operation *op, Generated &made) {
    std::string prefix = op->getName().stripDialect().str();
    made.symbol = prefix + "_" + std::to_string(counts[prefix]++);
    if (auto rows = dyn_cast<kernel::RowsOp>(op)) {
      return buildRowsKernel(builder, rows, made.symbol, made.scratch);
    }
    if (auto attention = dyn_cast<kernel::AttentionOp>(op)) {
      AttentionShape shape = shapeOf(attention);
      buildAttentionKernel(builder, made.symbol, shape);
      made.scratch = attentionScratch(shape, builder.cpu());
      return success();
    }
    if (auto viterbi = dyn_cast<kernel::ViterbiOp>(op)) {
      const int64_t labels = columnsOf(viterbi.getX());
      buildViterbiKernel(builder, made.symbol, labels, static_cast<LabelMoves>(viterbi.getMoves()));
      made.scratch = viterbiScratch(labels, builder.cpu());
      return success();
    }
    RecurrenceShape shape = shapeOf(cast<kernel::RecurrenceOp>(op));
    buildRecurrenceKernel(builder, made.symbol, shape);
    if (canShareRecurrence(shape)) {
      buildSharedRecurrence(builder, made.symbol + std::string(sharedSuffix), shape);
    }
    made.scratch = recurrenceScratch(shape, builder.cpu());
    return success();
  }

  static AttentionShape shapeOf(kernel::AttentionOp op) {
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

  static DistanceTable tableOf(Value table, int64_t size) {
    auto type = table ? cast<RankedTensorType>(table.getType()) : RankedTensorType();
    return table ? DistanceTable{type.getDimSize(0) / 2, type.getDimSize(1), type.getDimSize(1) != size}
                 : DistanceTable();
  }

  static RecurrenceShape shapeOf(kernel::RecurrenceOp op) {
    RecurrenceShape shape;
    shape.hidden = op.getHidden();
    shape.gru = op.getGru();
    shape.ldGates = columnsOf(op.getGates());
    shape.ldOut = columnsOf(op.getY());
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
    return shape;
  }

  LoopBuilder builder;
  llvm::StringMap<int> counts;
  std::map<std::string, Generated> functions;
};

struct Generate : clew::compiler::impl::GeneratePassBase<Generate> {
  using GeneratePassBase::GeneratePassBase;

  void getDependentDialects(DialectRegistry &registry) const override { registerCodeDialects(registry); }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto function = module.lookupSymbol<func::FuncOp>("main");
    if (!function || failed(nn::checkLevels(function))) {
      return signalPassFailure();
    }
    auto choice = valueNamed(kBf16Products, "choice of bf16", bf16.getValue());
    auto named = choice ? TargetCpu::named(cpu.getValue()) : fail(choice);
    auto target = named ? named->multiplyingBf16(*choice) : fail(named);
    if (!target) {
      module.emitError() << target.error().message;
      return signalPassFailure();
    }
    OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
    auto kernels = ModuleOp::create(builder, module.getLoc(), kernel::kernelsName);
    Generator generator(kernels, *target);
    WalkResult walked = function.walk([&](Operation *op) {
      if (!isa<kernel::RowsOp, kernel::AttentionOp, kernel::RecurrenceOp, kernel::ViterbiOp>(op)) {
        return WalkResult::advance();
      }
      return failed(generator.generate(op)) ? WalkResult::interrupt() : WalkResult::skip();
    });
    if (walked.wasInterrupted()) {
      signalPassFailure();
    }
  }
};

} // namespace
