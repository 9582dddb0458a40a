// clew-generate-device: writes one kernel of a GPU for each distinct kernel.rows, attention, recurrence and viterbi, into the gpu.module
// @kernels.
#include "compiler/emit/DeviceCode.h"
#include "compiler/emit/ObjectCode.h"
#include "compiler/kernel/Kernel.h"
#include "compiler/kernel/Plan.h"
#include "compiler/kernel/device/DeviceAttention.h"
#include "compiler/kernel/device/DeviceRecurrence.h"
#include "compiler/kernel/device/DeviceRows.h"
#include "compiler/kernel/device/DeviceViterbi.h"
#include "compiler/passes/KernelShapes.h"
#include "compiler/passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <map>

namespace clew::compiler {
#define GEN_PASS_DEF_GENERATEDEVICEPASS
#include "compiler/passes/Passes.h.inc"
} // namespace clew::compiler

using namespace mlir;
using namespace clew;
using namespace clew::compiler;

namespace {

class Generator {
public:
  Generator(ModuleOp module, gpu::GPUModuleOp kernels) : builder(module, kernels) {}

  LogicalResult generate(Operation *op) {
    auto [entry, isNew] = kernels.try_emplace(fingerprint(op));
    DeviceLaunch &launch = entry->second;
    if (isNew) {
      std::string prefix = op->getName().stripDialect().str();
      launch.symbol = prefix + "_" + std::to_string(counts[prefix]++);
      if (failed(write(op, launch))) {
        return failure();
      }
    }
    MLIRContext *context = op->getContext();
    op->setAttr(kernel::symbolName, StringAttr::get(context, launch.symbol));
    op->setAttr(kernel::launchName,
                DenseI64ArrayAttr::get(context, {launch.threads, launch.sharedBytes, launch.itemsPerCut}));
    return success();
  }

private:
  LogicalResult write(Operation *op, DeviceLaunch &launch) {
    if (auto rows = dyn_cast<kernel::RowsOp>(op)) {
      const bool ofRoot = nn::isRoot(nn::levelOf(rows->getResult(0)));
      return buildDeviceRows(builder, rows, ofRoot ? CountOf::Parent : CountOf::Level, launch);
    }
    Result<void> done = writeSequences(op, launch);
    return done ? success() : LogicalResult(op->emitOpError() << done.error().message);
  }

  Result<void> writeSequences(Operation *op, DeviceLaunch &launch) {
    if (auto attention = dyn_cast<kernel::AttentionOp>(op)) {
      return buildDeviceAttention(builder, shapeOf(attention), launch);
    }
    if (auto viterbi = dyn_cast<kernel::ViterbiOp>(op)) {
      const int64_t labels = cast<RankedTensorType>(viterbi.getX().getType()).getDimSize(1);
      return buildDeviceViterbi(builder, labels, static_cast<LabelMoves>(viterbi.getMoves()), launch);
    }
    return buildDeviceRecurrence(builder, shapeOf(cast<kernel::RecurrenceOp>(op)), launch);
  }

  DeviceBuilder builder;
  llvm::StringMap<int> counts;
  std::map<std::string, DeviceLaunch> kernels;
};

struct GenerateDevice : clew::compiler::impl::GenerateDevicePassBase<GenerateDevice> {
  void getDependentDialects(DialectRegistry &registry) const override {
    registerCodeDialects(registry);
    registerDeviceDialects(registry);
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto function = module.lookupSymbol<func::FuncOp>("main");
    if (!function || failed(nn::checkLevels(function))) {
      return signalPassFailure();
    }
    OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
    auto kernels = gpu::GPUModuleOp::create(builder, module.getLoc(), kernel::kernelsName);
    Generator generator(module, kernels);
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
