// See ImportNode.h. A method for each op with attributes or parameters; zoo/OpTable.h has the operands and attributes in the same order.
#include "compiler/import/ImportNode.h"

#include "compiler/import/NodeAttributes.h"
#include "compiler/nn/Kept.h"
#include "zoo/Parameters.h"

#include "mlir/IR/Verifier.h"

#include <cmath>

using namespace mlir;

namespace clew::compiler {

/// More elements than any machine holds: beyond this, sizes in a YAML are mistakes, and their products would overflow.
static constexpr double mostElements = 1e12;

NodeImporter::NodeImporter(const Model &model, ModuleOp module, Block &body)
    : model(model), builder(OpBuilder::atBlockEnd(&body)), declarations(body.getParentOp()),
      loc(UnknownLoc::get(module.getContext())) {
  if (!model.checkpoints.empty()) {
    for (const CheckpointEntry &entry : model.checkpoints.front().entries) {
      entries[entry.parameter] = &entry;
    }
  }
}

Location NodeImporter::locationOf(const Position &at, MLIRContext *context) {
  return FileLineColLoc::get(context, at.file, std::max(at.line, 0), std::max(at.column, 0));
}

FailureOr<Value> NodeImporter::parameter(StringRef suffix, ArrayRef<int64_t> shape, nn::Init init) {
  std::string name = pathOf(*node, suffix) + "." + suffix.str();
  auto type = RankedTensorType::get(shape, builder.getF32Type());
  double elements = 1;
  for (int64_t size : shape) {
    elements *= static_cast<double>(size);
  }
  if (elements > mostElements) {
    return LogicalResult(emitError(loc) << "parameter '" << name << "' would have " << type << ": too large");
  }
  nn::ParameterOp &declared = parameters[name];
  if (declared && declared.getType() != type) {
    auto first = cast<FileLineColLoc>(declared->getLoc());
    return LogicalResult(emitError(loc) << "parameter '" << name << "' is " << type << " here, but "
                                        << declared.getType() << " at " << first.getFilename().getValue() << ":"
                                        << first.getLine() << ":" << first.getColumn());
  }
  if (!declared) {
    SmallVector<StringRef> tensors{name};
    if (auto entry = entries.find(name); entry != entries.end()) {
      // How many add up, which is what counting asks: every block of a recipe has as many parts.
      tensors.clear();
      for (const TensorPart &part : entry->second->recipe.blocks.front()) {
        tensors.push_back(part.tensor.empty() ? StringRef(name) : StringRef(part.tensor));
      }
    }
    declared = nn::ParameterOp::create(declarations, loc, name, init, type, builder.getStrArrayAttr(tensors));
  }
  if (const std::string kept = attribute<std::string>("keep", ""); !kept.empty() && suffix.starts_with("weight")) {
    nn::keep(declared, kept);
  }
  return Value(nn::GetOp::create(builder, loc, type, name));
}

LogicalResult NodeImporter::appendParameters(SmallVectorImpl<Value> &operands,
                                             ArrayRef<std::pair<StringRef, SmallVector<int64_t, 2>>> wanted) {
  for (const auto &[suffix, shape] : wanted) {
    auto value = parameter(suffix, shape);
    if (failed(value)) {
      return failure();
    }
    operands.push_back(*value);
  }
  return success();
}

UnitAttr NodeImporter::flag(bool set) { return set ? builder.getUnitAttr() : UnitAttr(); }

FailureOr<int64_t> NodeImporter::columnsOf(Value value, StringRef name) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || type.getRank() != 2) {
    return LogicalResult(emitError(loc) << "'" << node->op << "' wants a matrix as " << name << ", found "
                                        << value.getType());
  }
  return type.getDimSize(1);
}

/// The activation or pooling that an attribute names, so that a param may choose it; zoo knows their names.
FailureOr<Value> NodeImporter::chosen(ValueRange operands) {
  return named(attribute<std::string>("function", ""), operands);
}

/// The op of the dialect with this name, which reads nothing but operands.
FailureOr<Value> NodeImporter::named(StringRef mnemonic, ValueRange operands) {
  auto name = RegisteredOperationName::lookup(("nn." + mnemonic).str(), builder.getContext());
  auto *inference = name ? name->getInterface<InferTypeOpInterface>() : nullptr;
  if (!inference) {
    return LogicalResult(emitError(loc) << "op '" << mnemonic << "' has no meaning in the dialect nn");
  }
  OperationState state(loc, *name);
  state.addOperands(operands);
  if (failed(inference->inferReturnTypes(builder.getContext(), loc, operands, {}, state.getRawProperties(), {},
                                         state.types))) {
    return failure();
  }
  Operation *op = builder.create(state);
  if (failed(verify(op))) {
    return failure();
  }
  return Value(op->getResult(0));
}

FailureOr<Value> NodeImporter::embedding(ValueRange operands) {
  auto table = parameter("weight", {attribute<int64_t>("count", 0), attribute<int64_t>("width", 0)});
  nn::EmbeddingOp::Properties properties;
  properties.start = builder.getI64IntegerAttr(attribute<int64_t>("start", 0));
  return failed(table) ? table : build<nn::EmbeddingOp>({operands[0], *table}, properties);
}

FailureOr<Value> NodeImporter::row(ValueRange) {
  auto table = parameter("weight", {attribute<int64_t>("count", 0), attribute<int64_t>("width", 0)});
  nn::RowOp::Properties properties;
  properties.index = builder.getI64IntegerAttr(attribute<int64_t>("index", 0));
  return failed(table) ? table : build<nn::RowOp>(*table, properties);
}

/// A parameter by itself.
FailureOr<Value> NodeImporter::vector(ValueRange) {
  const bool gain = attribute<std::string>("init", "normal") == "gain";
  return parameter("weight", {attribute<int64_t>("width", 0)}, gain ? nn::Init::Gain : nn::Init::Normal);
}

FailureOr<Value> NodeImporter::table(ValueRange) {
  return parameter("weight", {attribute<int64_t>("count", 0), attribute<int64_t>("width", 0)});
}

FailureOr<Value> NodeImporter::sinusoids(ValueRange operands) {
  nn::SinusoidsOp::Properties properties;
  properties.count = builder.getI64IntegerAttr(attribute<int64_t>("count", 0));
  properties.width = builder.getI64IntegerAttr(attribute<int64_t>("width", 0));
  properties.from = builder.getI64IntegerAttr(attribute<int64_t>("from", 0));
  properties.step = builder.getI64IntegerAttr(attribute<int64_t>("step", 1));
  if (attribute("interleaved", false)) {
    properties.interleaved = builder.getUnitAttr();
  }
  return build<nn::SinusoidsOp>(operands, properties);
}

FailureOr<Value> NodeImporter::buckets(ValueRange operands) {
  nn::BucketsOp::Properties properties;
  properties.furthest = builder.getI64IntegerAttr(attribute<int64_t>("furthest", 0));
  properties.causal = flag(attribute("causal", false));
  return build<nn::BucketsOp>(operands, properties);
}

FailureOr<Value> NodeImporter::linear(ValueRange operands) {
  auto columns = columnsOf(operands[0], "x");
  if (failed(columns)) {
    return failure();
  }
  auto width = attribute<int64_t>("width", 0);
  auto weight = parameter("weight", {width, *columns});
  if (failed(weight) || !attribute("bias", true)) {
    return failed(weight) ? weight : build<nn::LinearOp>({operands[0], *weight});
  }
  auto bias = parameter("bias", {width});
  return failed(bias) ? bias : build<nn::LinearOp>({operands[0], *weight, *bias});
}

FailureOr<Value> NodeImporter::layerNorm(ValueRange operands) {
  auto columns = columnsOf(operands[0], "x");
  if (failed(columns)) {
    return failure();
  }
  auto weight = parameter("weight", {*columns}, nn::Init::Gain);
  auto bias = parameter("bias", {*columns});
  if (failed(weight) || failed(bias)) {
    return failure();
  }
  nn::LayerNormOp::Properties properties;
  properties.eps = builder.getF64FloatAttr(attribute("eps", 1e-12));
  return build<nn::LayerNormOp>({operands[0], *weight, *bias}, properties);
}

FailureOr<Value> NodeImporter::attention(ValueRange operands) {
  auto columns = columnsOf(operands[0], "q");
  if (failed(columns)) {
    return failure();
  }
  auto heads = attribute<int64_t>("heads", 1);
  double perHead = static_cast<double>(*columns) / static_cast<double>(heads);
  nn::AttentionOp::Properties properties;
  properties.heads = builder.getI64IntegerAttr(heads);
  properties.scale = builder.getF64FloatAttr(attribute("scale", 1 / std::sqrt(perHead)));
  properties.causal = flag(attribute("causal", false));
  properties.window = builder.getI64IntegerAttr(attribute<int64_t>("window", 0));
  SmallVector<Value> given;
  for (auto [index, size] : llvm::enumerate(properties.operandSegmentSizes)) {
    size = index < operands.size() && operands[index] ? 1 : 0;
    if (size == 1) {
      given.push_back(operands[index]);
    }
  }
  FailureOr<Value> out = build<nn::AttentionOp>(given, properties);
  if (succeeded(out) && !attribute("clamp", true)) {
    return failed(limitByTables(out->getDefiningOp<nn::AttentionOp>())) ? FailureOr<Value>(failure()) : out;
  }
  return out;
}

/// Without `clamp`, distances that the tables do not have must not occur: sequences have at most as many tokens as they reach.
LogicalResult NodeImporter::limitByTables(nn::AttentionOp op) {
  int64_t most = 0;
  for (Value table : {op.getRelativeKeys(), op.getRelativeValues(), op.getRelativeBiases()}) {
    if (table) {
      const int64_t reach = cast<RankedTensorType>(table.getType()).getDimSize(0) / 2;
      most = most == 0 ? reach + 1 : std::min(most, reach + 1);
    }
  }
  if (most == 0) {
    return emitError(loc) << "'clamp: false' is about tables of distances, of which 'attention' has none here";
  }
  limits.push_back({cast<BlockArgument>(op.getOffsets()), most});
  return success();
}

FailureOr<Value> NodeImporter::viterbi(ValueRange operands) {
  auto labels = columnsOf(operands[0], "x");
  if (failed(labels)) {
    return failure();
  }
  SmallVector<Value> all(operands);
  if (failed(appendChain(all, *labels))) {
    return failure();
  }
  nn::ViterbiOp::Properties properties;
  const auto moves =
      nn::symbolizeMoves(attribute<std::string>("moves", "all")).value_or(nn::Moves::All); // zoo knows them
  properties.moves = nn::MovesAttr::get(builder.getContext(), moves);
  return build<nn::ViterbiOp>(all, properties);
}

LogicalResult NodeImporter::appendChain(SmallVectorImpl<Value> &operands, int64_t labels) {
  return appendParameters(
      operands, {{"transitions", {labels, labels}}, {"start_transitions", {labels}}, {"end_transitions", {labels}}});
}

FailureOr<Value> NodeImporter::crossEntropy(ValueRange operands) {
  nn::CrossEntropyOp::Properties properties;
  properties.smoothing = builder.getF64FloatAttr(attribute<double>("smoothing", 0));
  return build<nn::CrossEntropyOp>(operands, properties);
}

FailureOr<Value> NodeImporter::softCrossEntropy(ValueRange operands) {
  nn::SoftCrossEntropyOp::Properties properties;
  properties.temperature = builder.getF64FloatAttr(attribute<double>("temperature", 1));
  properties.divergence = flag(attribute<bool>("divergence", false));
  return build<nn::SoftCrossEntropyOp>(operands, properties);
}

FailureOr<Value> NodeImporter::crfLoss(ValueRange operands) {
  auto labels = columnsOf(operands[0], "x");
  SmallVector<Value> all(operands);
  if (failed(labels) || failed(appendChain(all, *labels))) {
    return failure();
  }
  nn::CrfLossOp::Properties properties;
  properties.by_token = flag(attribute<bool>("by_token", false));
  return build<nn::CrfLossOp>(all, properties);
}

FailureOr<Value> NodeImporter::batchNorm(ValueRange operands) {
  auto columns = columnsOf(operands[0], "x");
  if (failed(columns)) {
    return failure();
  }
  SmallVector<Value> all(operands);
  for (auto [suffix, init] : {std::pair{"weight", nn::Init::Gain},
                              {"bias", nn::Init::Normal},
                              {"running_mean", nn::Init::Normal},
                              {"running_var", nn::Init::Gain}}) {
    auto vector = parameter(suffix, {*columns}, init);
    if (failed(vector)) {
      return failure();
    }
    all.push_back(*vector);
  }
  nn::BatchNormOp::Properties properties;
  properties.eps = builder.getF64FloatAttr(attribute("eps", 1e-5));
  return build<nn::BatchNormOp>(all, properties);
}

FailureOr<Value> NodeImporter::window(ValueRange operands) {
  const auto size = attribute<int64_t>("size", 1);
  nn::WindowOp::Properties properties;
  properties.size = builder.getI64IntegerAttr(size);
  properties.before = builder.getI64IntegerAttr(attribute<int64_t>("before", (size - 1) / 2));
  properties.whole = flag(attribute("whole", false));
  return build<nn::WindowOp>(operands, properties);
}

/// What a batch says must have been held against the level that is read: an input that says so.
FailureOr<Value> NodeImporter::gather(ValueRange operands) {
  auto rows = dyn_cast<BlockArgument>(operands[1]);
  nn::LevelAttr level = nn::levelOf(operands[0]);
  const ModelInput *input = rows ? &model.inputs[rows.getArgNumber()] : nullptr;
  if (!input || !level || input->at != level.getName()) {
    return LogicalResult(emitError(loc) << "'gather' wants rows of an input that says {at: "
                                        << (level ? level.getName() : "LEVEL") << "}, the level of x");
  }
  return build<nn::GatherOp>(operands);
}

FailureOr<Value> NodeImporter::scale(ValueRange operands) {
  nn::ScaleOp::Properties properties;
  properties.factor = builder.getF64FloatAttr(attribute("factor", 1.0));
  return build<nn::ScaleOp>(operands, properties);
}

FailureOr<Value> NodeImporter::l2Normalize(ValueRange operands) {
  nn::L2NormalizeOp::Properties properties;
  properties.eps = builder.getF64FloatAttr(attribute("eps", 1e-12));
  return build<nn::L2NormalizeOp>(operands, properties);
}

FailureOr<Value> NodeImporter::concat(ValueRange operands) {
  nn::ConcatOp::Properties properties;
  properties.axis = builder.getI64IntegerAttr(1);
  return build<nn::ConcatOp>(operands, properties);
}

FailureOr<Value> NodeImporter::slice(ValueRange operands) {
  nn::SliceOp::Properties properties;
  properties.begin = builder.getI64IntegerAttr(attribute<int64_t>("begin", 0));
  properties.width = builder.getI64IntegerAttr(attribute<int64_t>("width", 0));
  return build<nn::SliceOp>(operands, properties);
}

FailureOr<Value> NodeImporter::dropout(ValueRange operands) {
  // Numbered by node, so that a site keeps its bits whichever outputs are asked for.
  nn::DropoutOp::Properties properties;
  properties.rate = builder.getF64FloatAttr(attribute("rate", 0.0));
  properties.site = builder.getI64IntegerAttr(index);
  return build<nn::DropoutOp>(operands, properties);
}

NodeImporter::Method NodeImporter::methodFor(StringRef op) {
  static const llvm::StringMap<Method> methods{{"embedding", &NodeImporter::embedding},
                                               {"row", &NodeImporter::row},
                                               {"parameter", &NodeImporter::vector},
                                               {"table", &NodeImporter::table},
                                               {"buckets", &NodeImporter::buckets},
                                               {"sinusoids", &NodeImporter::sinusoids},
                                               {"linear", &NodeImporter::linear},
                                               {"layer_norm", &NodeImporter::layerNorm},
                                               {"gather", &NodeImporter::gather},
                                               {"window", &NodeImporter::window},
                                               {"scale", &NodeImporter::scale},
                                               {"batch_norm", &NodeImporter::batchNorm},
                                               {"attention", &NodeImporter::attention},
                                               {"lstm", &NodeImporter::lstm},
                                               {"gru", &NodeImporter::gru},
                                               {"viterbi", &NodeImporter::viterbi},
                                               {"cross_entropy", &NodeImporter::crossEntropy},
                                               {"soft_cross_entropy", &NodeImporter::softCrossEntropy},
                                               {"crf_loss", &NodeImporter::crfLoss},
                                               {"l2_normalize", &NodeImporter::l2Normalize},
                                               {"activation", &NodeImporter::chosen},
                                               {"pooling", &NodeImporter::chosen},
                                               {"concat", &NodeImporter::concat},
                                               {"slice", &NodeImporter::slice},
                                               {"dropout", &NodeImporter::dropout}};
  return methods.lookup(op);
}

FailureOr<Value> NodeImporter::import(int number, ValueRange operands) {
  index = number;
  node = &model.nodes[number];
  loc = locationOf(node->at, builder.getContext());
  Method method = methodFor(node->op);
  return method ? (this->*method)(operands) : named(node->op, operands);
}

} // namespace clew::compiler
