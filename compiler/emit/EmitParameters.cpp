// See EmitParameters.h.
#include "compiler/emit/EmitParameters.h"

#include "compiler/nn/NN.h"

#include <fmt/format.h>

using namespace mlir;

namespace clew::compiler {

std::string whereOf(Location location) {
  std::string where;
  location->walk([&](Location inner) {
    if (auto position = dyn_cast<FileLineColLoc>(inner)) {
      where = fmt::format("{}:{}:{}", position.getFilename().str(), position.getLine(), position.getColumn());
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return where;
}

static Parameter parameterOf(nn::ParameterOp op) {
  Parameter parameter;
  parameter.name = op.getSymName().str();
  parameter.shape = cast<RankedTensorType>(op.getType()).getShape().vec();
  parameter.init = op.getInit() == nn::Init::Gain ? Init::Gain : Init::Normal;
  return parameter;
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
