// Recurrent cells: their parameters, what they begin with, and what becomes of the states that they end with.
#include "compiler/import/NodeAttributes.h"
#include "zoo/Parameters.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace clew::compiler {

/// Moves operands that give initial states behind the parameters, where the dialect has them, or reads those that are parameters.
LogicalResult NodeImporter::appendInitial(SmallVectorImpl<Value> &all, ValueRange given,
                                          ArrayRef<std::pair<StringRef, int64_t>> states) {
  const bool own = attribute("initial", false);
  if (attribute<std::string>("state", "reset") == "carry") {
    if (own || !given.empty()) {
      return emitError(loc) << "'" << node->op
                            << "' with 'state: carry' begins where the batch before ended: it has no '"
                            << states.front().first << "' and no 'initial: true' beside";
    }
    return appendCarried(all, states);
  }
  if (own && !given.empty()) {
    return emitError(loc) << "'" << node->op << "' has both '" << states.front().first
                          << "' and 'initial: true', which makes it a parameter";
  }
  if (!given.empty() && (given.size() < states.size() || !llvm::all_of(given, [](Value v) { return bool(v); }))) {
    return emitError(loc) << "'" << node->op << "' wants all of its initial states, or none";
  }
  llvm::append_range(all, given);
  for (const auto &[suffix, columns] : states) {
    if (own && failed(appendParameters(all, {{suffix, {columns}}}))) {
      return failure();
    }
  }
  return success();
}

LogicalResult NodeImporter::appendCarried(SmallVectorImpl<Value> &all, ArrayRef<std::pair<StringRef, int64_t>> states) {
  nn::OffsetsAttr cut = nn::cutOf(all[1].getType());
  if (!cut || cut.getParent() != nn::rootLevel) {
    return emitError(loc) << "'state: carry' is about the sequences of a batch, and '" << node->op
                          << "' reads offsets of " << all[1].getType();
  }
  auto function = cast<func::FuncOp>(builder.getInsertionBlock()->getParentOp());
  for (const auto &[suffix, columns] : states) {
    std::string name = pathOf(*node, suffix) + "." + suffix.str();
    const auto others =
        llvm::count_if(carried, [&](const Carried &other) { // steps that share weights do not share states
          return other.name == name || StringRef(other.name).starts_with(name + "#");
        });
    name += others > 0 ? "#" + std::to_string(others + 1) : "";
    auto type = RankedTensorType::get({ShapedType::kDynamic, columns}, builder.getF32Type(),
                                      nn::LevelAttr::get(builder.getContext(), nn::rootLevel));
    const unsigned number = function.getNumArguments();
    auto said = builder.getDictionaryAttr(builder.getNamedAttr(nn::carriedName, builder.getStringAttr(name)));
    if (failed(function.insertArgument(number, type, said, loc))) {
      return emitError(loc) << "no place for a state of the batch before";
    }
    carried.push_back({name, function.getArgument(number), {}});
    all.push_back(function.getArgument(number));
  }
  return success();
}

void NodeImporter::keepStates(Operation *cell) {
  for (unsigned result = 1; begun < carried.size(); ++begun) {
    carried[begun].last = cell->getResult(result++);
  }
}

FailureOr<Value> NodeImporter::lstm(ValueRange operands) {
  auto columns = columnsOf(operands[0], "x");
  if (failed(columns)) {
    return failure();
  }
  auto hidden = attribute<int64_t>("hidden", 0);
  auto projection = attribute<int64_t>("projection", 0);
  const int64_t outputs = projection > 0 ? projection : hidden;
  SmallVector<Value> all(operands.take_front(2));
  if (failed(appendParameters(
          all,
          {{"weight_ih", {4 * hidden, *columns}}, {"weight_hh", {4 * hidden, outputs}}, {"bias", {4 * hidden}}})) ||
      (projection > 0 && failed(appendParameters(all, {{"weight_hr", {projection, hidden}}})))) {
    return failure();
  }
  const size_t weights = all.size();
  if (failed(appendInitial(all, operands.drop_front(2), {{"h_0", outputs}, {"c_0", hidden}}))) {
    return failure();
  }
  const int states = all.size() > weights ? 1 : 0;
  const int given[] = {1, 1, 1, 1, 1, projection > 0 ? 1 : 0, states, states};
  nn::LstmOp::Properties properties;
  llvm::copy(given, properties.operandSegmentSizes.begin());
  properties.reverse = flag(attribute("reverse", false));
  properties.cell_clip = builder.getF64FloatAttr(attribute("cell_clip", 0.0));
  properties.projection_clip = builder.getF64FloatAttr(attribute("projection_clip", 0.0));
  FailureOr<Value> out = build<nn::LstmOp>(all, properties);
  if (succeeded(out)) {
    keepStates(out->getDefiningOp());
  }
  return out;
}

FailureOr<Value> NodeImporter::gru(ValueRange operands) {
  auto columns = columnsOf(operands[0], "x");
  if (failed(columns)) {
    return failure();
  }
  auto hidden = attribute<int64_t>("hidden", 0);
  SmallVector<Value> all(operands.take_front(2));
  if (failed(appendParameters(all, {{"weight_ih", {3 * hidden, *columns}},
                                    {"weight_hh", {3 * hidden, hidden}},
                                    {"bias_ih", {3 * hidden}},
                                    {"bias_hh", {3 * hidden}}})) ||
      failed(appendInitial(all, operands.drop_front(2), {{"h_0", hidden}}))) {
    return failure();
  }
  nn::GruOp::Properties properties;
  properties.reverse = flag(attribute("reverse", false));
  properties.reset_before = flag(attribute<std::string>("reset", "after") == "before");
  properties.update_new = flag(attribute<std::string>("update", "old") == "new");
  FailureOr<Value> out = build<nn::GruOp>(all, properties);
  if (succeeded(out)) {
    keepStates(out->getDefiningOp());
  }
  return out;
}

} // namespace clew::compiler
