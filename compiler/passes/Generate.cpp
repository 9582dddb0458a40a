// clew-generate: writes one function over vectors for each distinct kernel.rows, attention and recurrence, into the module @kernels.
#include "compiler/emit/ObjectCode.h"
#include "compiler/kernel/Kernel.h"
#include "compiler/kernel/Plan.h"
#include "compiler/kernel/generate/AttentionKernel.h"
#include "compiler/kernel/generate/RecurrenceKernel.h"
#include "compiler/kernel/generate/RowsKernel.h"
#include "compiler/kernel/generate/ViterbiKernel.h"
#include "compiler/passes/KernelShapes.h"
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

struct Generated {
  std::string symbol;
  Extent scratch;
};

class Generator {
public:
  Generator(ModuleOp kernels, const TargetCpu &cpu) : builder(kernels, cpu) {}

  LogicalResult generate(Operation *op) {
    auto [entry, isNew] = functions.try_emplace(fingerprint(op));
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
      const int64_t labels = cast<RankedTensorType>(viterbi.getX().getType()).getDimSize(1);
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
