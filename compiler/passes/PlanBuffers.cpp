// clew-plan-buffers: gives every value a buffer with a lifetime in steps. Values that live inside one chain get local buffers: a block of
// rows of one thread, never in the arena. A loop may write over an operand that dies there.
#include "compiler/kernel/Kernel.h"
#include "compiler/kernel/Plan.h"
#include "compiler/passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

namespace clew::compiler {
#define GEN_PASS_DEF_PLANBUFFERSPASS
#include "compiler/passes/Passes.h.inc"
} // namespace clew::compiler

using namespace mlir;
using namespace clew;
using clew::kernel::PlannedBuffer;

namespace {

class Planner {
public:
  explicit Planner(func::FuncOp function) : function(function) {}

  void run() {
    Block &body = function.getBody().front();
    int step = 0;
    for (Operation &op : body.without_terminator()) {
      if (!isa<kernel::UseOp>(op)) {
        stepOf[&op] = step++;
      }
    }
    for (auto [op, number] : stepOf) {
      planStep(op, number);
    }
    int end = step;
    for (Value result : body.getTerminator()->getOperands()) {
      if (auto number = bufferOf.find(result); number != bufferOf.end()) {
        buffers[number->second].last = end;
      }
    }
    MLIRContext *context = function.getContext();
    SmallVector<Attribute> attributes;
    for (const PlannedBuffer &buffer : buffers) {
      attributes.push_back(buffer.toAttribute(context));
    }
    function->setAttr(kernel::buffersName, ArrayAttr::get(context, attributes));
  }

private:
  int make(Value value, int step, bool local) {
    int last = step;
    if (!local) {
      for (Operation *user : value.getUsers()) {
        last = std::max(last, stepOf.lookup(user));
      }
    }
    buffers.push_back({cast<RankedTensorType>(value.getType()), step, last, local});
    return buffers.size() - 1;
  }

  void planStep(Operation *op, int step) {
    for (Value result : op->getResults()) {
      bufferOf[result] = make(result, step, false);
    }
    write(op);
    if (auto chain = dyn_cast<kernel::ChainOp>(op)) {
      planChain(chain, step);
    }
  }

  void planChain(kernel::ChainOp chain, int step) {
    Block &body = chain.getBody().front();
    Operation *yield = body.getTerminator();
    for (auto [value, result] : llvm::zip(yield->getOperands(), chain.getResults())) {
      bufferOf[value] = bufferOf[result];
    }
    for (Operation &op : body.without_terminator()) {
      for (Value result : op.getResults()) {
        if (!bufferOf.count(result)) {
          std::optional<int> taken = dyingOperand(&op, result);
          bufferOf[result] = taken ? *taken : make(result, step, true);
        }
      }
      write(&op);
    }
  }

  /// A local buffer that an element-wise loop reads for the last time: it reads a column before it writes it, in one pass over the row.
  std::optional<int> dyingOperand(Operation *op, Value result) {
    auto rows = dyn_cast<kernel::RowsOp>(op);
    bool elementWise = rows && llvm::all_of(rows.getBody().front().without_terminator(), [](Operation &inner) {
                         auto op = dyn_cast<nn::GraphOp>(inner);
                         return op && op.isElementWise();
                       });
    if (!elementWise || rows.getNumResults() != 1) {
      return std::nullopt;
    }
    for (Value operand : rows.getOperands()) {
      auto number = bufferOf.find(operand);
      if (number != bufferOf.end() && buffers[number->second].local && operand.getType() == result.getType() &&
          llvm::hasSingleElement(operand.getUses())) {
        return number->second;
      }
    }
    return std::nullopt;
  }

  void write(Operation *op) {
    SmallVector<int32_t> numbers;
    for (Value result : op->getResults()) {
      numbers.push_back(bufferOf[result]);
    }
    op->setAttr(kernel::bufferOfName, DenseI32ArrayAttr::get(op->getContext(), numbers));
  }

  func::FuncOp function;
  llvm::MapVector<Operation *, int> stepOf;
  DenseMap<Value, int> bufferOf;
  SmallVector<PlannedBuffer> buffers;
};

struct PlanBuffers : clew::compiler::impl::PlanBuffersPassBase<PlanBuffers> {
  void runOnOperation() override {
    if (failed(nn::checkLevels(getOperation()))) {
      return signalPassFailure();
    }
    Planner(getOperation()).run();
  }
};

} // namespace
