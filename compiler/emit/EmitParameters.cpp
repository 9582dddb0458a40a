// See EmitParameters.h.
#include "compiler/emit/EmitParameters.h"

#include "compiler/nn/NN.h"

using namespace mlir;

namespace clew::compiler {

static Init initOf(nn::Init init) {
  switch (init) {
  case nn::Init::Normal:
    return Init::Normal;
  case nn::Init::Gain:
    return Init::Gain;
  }
  llvm_unreachable("the dialect has no other");
}

static Parameter parameterOf(nn::ParameterOp op) {
  Parameter parameter;
  parameter.name = op.getSymName().str();
  parameter.shape = cast<RankedTensorType>(op.getType()).getShape().vec();
  parameter.init = initOf(op.getInit());
  return parameter;
}

void emitParameters(ModuleOp module, Program &program) {
  for (auto op : module.getOps<nn::ParameterOp>()) {
    program.parameters.push_back(parameterOf(op));
  }
  if (auto model = module->getAttrOfType<StringAttr>(nn::modelName)) {
    program.model = model.str();
  }
}

} // namespace clew::compiler
