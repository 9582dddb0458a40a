// See Count.h.
#include "compiler/import/Count.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

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

/// Elements of each level for one sequence; `tokens` are what the input `offsets` cuts.
static nn::LevelCounts countsOf(func::FuncOp function, int64_t tokens) {
  nn::LevelCounts counts;
  counts[nn::rootLevel] = 1;
  for (size_t known = 0; known != counts.size();) {
    known = counts.size();
    for (BlockArgument argument : function.getArguments()) {
      nn::OffsetsAttr cut = nn::cutOf(argument.getType());
      if (!cut || !counts.contains(cut.getParent()) || counts.contains(cut.getLevel())) {
        continue;
      }
      auto name = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), nn::inputName);
      auto most = function.getArgAttrOfType<IntegerAttr>(argument.getArgNumber(), nn::mostName);
      const bool cutsTokens = name && name.getValue() == "offsets";
      counts[cut.getLevel()] = counts.lookup(cut.getParent()) * (cutsTokens ? tokens : most ? most.getInt() : 1);
    }
  }
  return counts;
}

int64_t flopsAt(ModuleOp module, int64_t tokens) {
  const nn::LevelCounts counts = countsOf(module.lookupSymbol<func::FuncOp>("main"), tokens);
  int64_t products = 0;
  module.walk([&](nn::GraphOp op) { products += op.multiplyAdds(counts); });
  return 2 * products;
}

} // namespace clew::compiler
