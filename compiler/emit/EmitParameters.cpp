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

std::optional<Extent> extentOf(nn::RowExtent rows) {
  switch (rows) {
  case nn::RowExtent::Tokens:
    return Extent{0, 1, 0, 0};
  case nn::RowExtent::Batch:
    return Extent{0, 0, 1, 0};
  case nn::RowExtent::Fixed:
    break;
  }
  return std::nullopt;
}

void emitParameters(ModuleOp module, Program &program) {
  for (auto op : module.getOps<nn::ParameterOp>()) {
    program.parameters.push_back(parameterOf(op));
  }
  auto integer = [&](StringRef name) {
    auto attribute = module->getAttrOfType<IntegerAttr>(name);
    return attribute ? attribute.getInt() : int64_t(0);
  };
  program.vocabulary = integer(nn::vocabularyName);
  program.maxLength = integer(nn::maxLengthName);
  program.segments = integer(nn::segmentsName);
  if (auto model = module->getAttrOfType<StringAttr>(nn::modelName)) {
    program.model = model.str();
  }
}

} // namespace clew::compiler
