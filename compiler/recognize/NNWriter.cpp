// See NNWriter.h.
#include "compiler/recognize/NNWriter.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <numeric>

using namespace mlir;

namespace clew::compiler {

NNWriter::NNWriter(const std::string &model, const std::string &file, MLIRContext &context)
    : builder(&context), location(FileLineColLoc::get(&context, file, 0, 0)), module(ModuleOp::create(location)) {
  (*module)->setAttr(nn::modelName, builder.getStringAttr(model));
  builder.setInsertionPointToEnd(module->getBody());
  function = func::FuncOp::create(builder, location, "main", builder.getFunctionType({}, {}));
  Block *body = function.addEntryBlock();
  auto type = RankedTensorType::get({ShapedType::kDynamic}, builder.getI32Type(),
                                    nn::OffsetsAttr::get(&context, "tokens", nn::rootLevel));
  offsetsInput = body->addArgument(type, location);
  inputs["offsets"] = offsetsInput;
  builder.setInsertionPointToEnd(body);
}

Value NNWriter::values(const std::string &name) {
  Value &known = inputs[name];
  if (!known) {
    known = function.getBody().front().addArgument(nn::valuesOf(nn::LevelAttr::get(builder.getContext(), "tokens")),
                                                   location);
  }
  return known;
}

FailureOr<Value> NNWriter::activation(StringRef mnemonic, Value x) {
  OperationState state(location, ("nn." + mnemonic).str());
  state.addOperands(x);
  state.addTypes(x.getType());
  Operation *op = builder.create(state);
  return failed(verify(op)) ? FailureOr<Value>(failure()) : Value(op->getResult(0));
}

FailureOr<Value> NNWriter::scaled(Value x, double factor) {
  if (cast<RankedTensorType>(x.getType()).getRank() != 2) {
    return LogicalResult(emitError(location) << "a vector of parameters is not scaled");
  }
  return Value(nn::ScaleOp::create(builder, location, x.getType(), x, builder.getF64FloatAttr(factor)));
}

FailureOr<Value> NNWriter::sliced(Value x, int64_t begin, int64_t width) {
  nn::SliceOp::Properties properties;
  properties.begin = builder.getI64IntegerAttr(begin);
  properties.width = builder.getI64IntegerAttr(width);
  return build<nn::SliceOp>(x, properties);
}

FailureOr<Value> NNWriter::concatenated(ValueRange parts) {
  nn::ConcatOp::Properties properties;
  properties.axis = builder.getI64IntegerAttr(1);
  return build<nn::ConcatOp>(parts, properties);
}

TensorPart partOf(const Stretch &stretch) {
  TensorPart part{.tensor = stretch.tensor};
  part.shape = stretch.dims;
  const int64_t all = std::accumulate(stretch.dims.begin(), stretch.dims.end(), int64_t{1}, std::multiplies<>());
  if (stretch.begin != 0 || stretch.count != all) {
    part.elements = {TensorRange::Kind::Span, stretch.begin, stretch.begin + stretch.count};
  }
  return part;
}

FailureOr<Value> NNWriter::parameter(const Weight &weight, std::vector<int64_t> shape, bool turned) {
  TensorRecipe recipe;
  for (const Stretch &stretch : weight.stretches) {
    recipe.blocks.push_back({partOf(stretch)});
  }
  if (weight.turned != turned) {
    TensorPart &part = recipe.blocks.front().front();
    const bool whole = recipe.blocks.size() == 1 && part.elements == TensorRange() && part.shape.size() == 2;
    if (!whole) {
      return LogicalResult(emitError(location)
                           << "a part of '" << weight.stretches.front().tensor << "' is transposed");
    }
    part.shape.clear();
    part.transpose = true;
  } else if (recipe.blocks.size() == 1 && recipe.blocks.front().front().shape == shape) {
    recipe.blocks.front().front().shape.clear();
  }
  return parameter(weight.stretches.front().tensor, std::move(shape), recipe);
}

FailureOr<Value> NNWriter::parameter(const std::string &name, std::vector<int64_t> shape, const TensorRecipe &recipe) {
  auto type = RankedTensorType::get(shape, builder.getF32Type());
  std::string &known = parameters[fmt::format("{} {}", fmt::join(shape, "x"), recipe.describe())];
  if (known.empty()) {
    known = name;
    for (int number = 2; recipes.contains(known); ++number) {
      known = fmt::format("{}#{}", name, number);
    }
    recipes.emplace(known, recipe);
    SmallVector<StringRef> tensors;
    for (const TensorPart &part : recipe.blocks.front()) {
      tensors.push_back(part.tensor);
    }
    OpBuilder declarations(function);
    nn::ParameterOp::create(declarations, location, known, nn::Init::Normal, type, builder.getStrArrayAttr(tensors));
  }
  return Value(nn::GetOp::create(builder, location, type, known));
}

void NNWriter::limit(Value input, StringRef what, int64_t count) {
  if (what == nn::mostName) {
    mostTokens = mostTokens == 0 ? count : std::min(mostTokens, count);
    return;
  }
  int64_t &known = limits[input];
  known = known == 0 ? count : std::min(known, count);
}

/// A linear without a bias and the vector that is added to it are one linear.
void NNWriter::fuseBiases() {
  for (Operation &op : llvm::make_early_inc_range(function.getBody().front())) {
    auto add = dyn_cast<nn::AddOp>(op);
    auto linear = add ? add.getX().getDefiningOp<nn::LinearOp>() : nullptr;
    auto bias = add ? add.getY().getDefiningOp<nn::GetOp>() : nullptr;
    const bool fits =
        linear && bias && !linear.getBias() && linear->hasOneUse() &&
        cast<RankedTensorType>(bias.getType()).getRank() == 1 &&
        cast<RankedTensorType>(bias.getType()).getDimSize(0) == cast<RankedTensorType>(linear.getType()).getDimSize(1);
    if (!fits) {
      continue;
    }
    builder.setInsertionPoint(add);
    auto fused = build<nn::LinearOp>({linear.getX(), linear.getWeight(), bias.getValue()});
    if (succeeded(fused)) {
      add.getZ().replaceAllUsesWith(*fused);
      add.erase();
      linear.erase();
    }
  }
}

void NNWriter::removeUnused() {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(function.getBody().front()))) {
    if (op.use_empty() && !isa<func::ReturnOp>(op)) {
      op.erase();
    }
  }
  llvm::StringMap<bool> read;
  function.walk([&](nn::GetOp get) { read[get.getParameter()] = true; });
  for (nn::ParameterOp parameter : llvm::make_early_inc_range(module->getOps<nn::ParameterOp>())) {
    if (!read.contains(parameter.getSymName())) {
      recipes.erase(parameter.getSymName().str());
      parameter.erase();
    }
  }
}

OwningOpRef<ModuleOp> NNWriter::finish(ArrayRef<NamedValue> outputs) {
  SmallVector<Value> results;
  for (const NamedValue &output : outputs) {
    results.push_back(output.value);
  }
  builder.setInsertionPointToEnd(&function.getBody().front());
  func::ReturnOp::create(builder, location, results);
  fuseBiases();
  removeUnused();
  Operation *end = function.getBody().front().getTerminator();
  function.setType(builder.getFunctionType(function.getBody().front().getArgumentTypes(), end->getOperandTypes()));
  for (const auto &[name, value] : inputs) {
    const unsigned number = cast<BlockArgument>(value).getArgNumber();
    function.setArgAttr(number, nn::inputName, builder.getStringAttr(name));
    if (const int64_t below = limits.lookup(value); below > 0) {
      function.setArgAttr(number, nn::limitName, builder.getI64IntegerAttr(below));
    }
  }
  if (mostTokens > 0) {
    function.setArgAttr(cast<BlockArgument>(offsetsInput).getArgNumber(), nn::mostName,
                        builder.getI64IntegerAttr(mostTokens));
  }
  for (auto [number, output] : llvm::enumerate(outputs)) {
    function.setResultAttr(number, nn::outputName, builder.getStringAttr(output.name));
  }
  return failed(verify(*module)) ? OwningOpRef<ModuleOp>() : std::move(module);
}

} // namespace clew::compiler
