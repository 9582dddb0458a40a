// See Count.h.
#include "compiler/import/Count.h"

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

int64_t flopsAt(ModuleOp module, int64_t tokens) {
  int64_t products = 0;
  module.walk([&](nn::GraphOp op) { products += op.multiplyAdds(tokens); });
  return 2 * products;
}

} // namespace clew::compiler
