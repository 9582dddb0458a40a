// See Count.h.
#include "compiler/import/Count.h"

#include "compiler/passes/RowExtent.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace clew::compiler {

int64_t parameterCount(nn::ParameterOp parameter, Counting counting) {
  int64_t elements = cast<RankedTensorType>(parameter.getType()).getNumElements();
  bool several = counting == Counting::Published && parameter.getTensorsAttr();
  return several ? elements * static_cast<int64_t>(parameter.getTensorsAttr().size()) : elements;
}

int64_t parameterCount(ModuleOp module, Counting counting) {
  int64_t count = 0;
  for (auto parameter : module.getOps<nn::ParameterOp>()) {
    count += parameterCount(parameter, counting);
  }
  return count;
}

static int64_t elementsOf(Value value) { return cast<RankedTensorType>(value.getType()).getNumElements(); }

int64_t flopsAt(ModuleOp module, int64_t tokens) {
  auto rowsOf = [&](Value value) { return rowExtent(value) == RowExtent::Batch ? 1 : tokens; };
  int64_t products = 0;
  module.walk([&](Operation *op) {
    products += TypeSwitch<Operation *, int64_t>(op)
                    .Case([&](nn::LinearOp linear) { return rowsOf(linear.getX()) * elementsOf(linear.getWeight()); })
                    .Case([&](nn::AttentionOp attention) {
                      int64_t hidden = cast<RankedTensorType>(attention.getQ().getType()).getDimSize(1);
                      return 2 * tokens * tokens * hidden;
                    })
                    .Case([&](nn::LstmOp lstm) {
                      return tokens * (elementsOf(lstm.getWeightIh()) + elementsOf(lstm.getWeightHh()));
                    })
                    .Case([&](nn::RecurrenceOp recurrence) { return tokens * elementsOf(recurrence.getWeightHh()); })
                    .Default([](Operation *) { return 0; });
  });
  return 2 * products;
}

} // namespace clew::compiler
