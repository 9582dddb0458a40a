// See ImportModel.h.
#include "compiler/import/ImportModel.h"

#include "compiler/import/ImportNode.h"
#include "compiler/nn/NN.h"
#include "compiler/nn/Place.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"

#include <fmt/format.h>

using namespace mlir;

namespace clew::compiler {
namespace {

/// Which nodes the wanted values need. Nodes come after what they read.
std::vector<bool> neededNodes(const Model &model, ArrayRef<ValueRef> wanted) {
  std::vector<bool> needed(model.nodes.size());
  for (const ValueRef &value : wanted) {
    if (value.node >= 0) {
      needed[value.node] = true;
    }
  }
  for (size_t node = needed.size(); node-- > 0;) {
    if (!needed[node]) {
      continue;
    }
    for (const ValueRef &operand : model.nodes[node].operands) {
      if (operand.node >= 0) {
        needed[operand.node] = true;
      }
    }
  }
  return needed;
}

Result<SmallVector<ValueRef>> findOutputs(const Model &model, std::span<const std::string> names) {
  SmallVector<ValueRef> wanted;
  for (const std::string &name : names) {
    auto found = llvm::find_if(model.outputs, [&](const auto &output) { return output.first == name; });
    if (found == model.outputs.end()) {
      std::string known;
      for (const auto &output : model.outputs) {
        known += (known.empty() ? "" : ", ") + output.first;
      }
      return fail(ErrorKind::NotFound,
                  fmt::format("model '{}' has no output '{}'; it has {}", model.name(), name, known), model.file);
    }
    wanted.push_back(found->second);
  }
  return wanted;
}

class ModelImporter {
public:
  ModelImporter(const Model &model, std::span<const std::string> names, ArrayRef<ValueRef> wanted, MLIRContext &context)
      : model(model), names(names), wanted(wanted), builder(&context), module(ModuleOp::create(fileLocation())) {}

  /// The module, or nothing after an error diagnostic.
  OwningOpRef<ModuleOp> run() {
    SmallVector<Type> inputs;
    for (const ModelInput &input : model.inputs) {
      inputs.push_back(typeOf(input));
    }
    builder.setInsertionPointToEnd(module->getBody());
    function = func::FuncOp::create(builder, fileLocation(), "main", builder.getFunctionType(inputs, {}));
    for (auto [number, input] : llvm::enumerate(model.inputs)) {
      function.setArgAttr(number, nn::inputName, builder.getStringAttr(input.name));
      if (input.optional) {
        function.setArgAttr(number, nn::optionalName, builder.getUnitAttr());
      }
      if (!input.at.empty()) {
        function.setArgAttr(number, nn::atName, builder.getStringAttr(input.at));
      }
    }
    if (failed(importNodes()) || failed(finish()) || failed(verify(*module))) {
      return nullptr;
    }
    return std::move(module);
  }

private:
  Location fileLocation() { return FileLineColLoc::get(builder.getContext(), model.file, 1, 1); }

  Type typeOf(const ModelInput &input) {
    if (input.holder.empty()) {
      return nn::valuesOf(nn::LevelAttr::get(builder.getContext(), input.level));
    }
    return RankedTensorType::get({ShapedType::kDynamic}, builder.getI32Type(),
                                 nn::OffsetsAttr::get(builder.getContext(), input.level, input.holder));
  }

  Value valueOf(const ValueRef &ref) {
    return !ref.given() ? Value() : ref.node < 0 ? Value(function.getArgument(ref.result)) : values[ref.node];
  }

  LogicalResult importNodes() {
    NodeImporter importer(model, *module, *function.addEntryBlock());
    values.resize(model.nodes.size());
    std::vector<bool> needed = neededNodes(model, wanted);
    for (size_t index = 0; index < model.nodes.size(); ++index) {
      if (!needed[index]) {
        continue;
      }
      SmallVector<Value> operands;
      for (const ValueRef &operand : model.nodes[index].operands) {
        operands.push_back(valueOf(operand));
      }
      FailureOr<Value> value = importer.import(static_cast<int>(index), operands);
      if (failed(value)) {
        return failure();
      }
      values[index] = *value;
      noteLimits(*value);
    }
    for (auto [offsets, most] : importer.lengthLimits()) {
      limit(offsets, nn::mostName, most);
    }
    llvm::append_range(carried, importer.carriedStates());
    return success();
  }

  /// A table says how large what looks it up may be; one of positions, how many elements may stand in one of the level above.
  void noteLimits(Value value) {
    noteLabels(value);
    auto embedding = value.getDefiningOp<nn::EmbeddingOp>();
    if (!embedding) {
      return;
    }
    int64_t count = cast<RankedTensorType>(embedding.getTable().getType()).getDimSize(0) -
                    static_cast<int64_t>(embedding.getStart());
    if (auto positions = embedding.getIds().getDefiningOp<nn::PositionsOp>()) {
      limit(cast<BlockArgument>(positions.getOffsets()), nn::mostName, count);
    } else if (auto ids = dyn_cast<BlockArgument>(embedding.getIds())) {
      limit(ids, nn::limitName, count);
    }
  }

  /// Labels are below the number of columns that they choose from; one more says that a row is left out.
  void noteLabels(Value value) {
    Operation *op = value.getDefiningOp();
    if (!isa_and_nonnull<nn::CrossEntropyOp, nn::CrfLossOp>(op)) {
      return;
    }
    const int64_t columns = cast<RankedTensorType>(op->getOperand(0).getType()).getDimSize(1);
    if (auto labels = dyn_cast<BlockArgument>(op->getOperand(1))) {
      limit(labels, nn::limitName, isa<nn::CrossEntropyOp>(op) ? columns + 1 : columns);
    }
  }

  void limit(BlockArgument argument, StringRef name, int64_t count) {
    auto known = function.getArgAttrOfType<IntegerAttr>(argument.getArgNumber(), name);
    function.setArgAttr(argument.getArgNumber(), name,
                        builder.getI64IntegerAttr(known ? std::min(known.getInt(), count) : count));
  }

  LogicalResult finish() {
    SmallVector<Value> results;
    SmallVector<Type> types;
    for (auto [name, ref] : llvm::zip(names, wanted)) {
      Value value = valueOf(ref);
      auto type = dyn_cast<RankedTensorType>(value.getType());
      if (!type || type.getRank() != 2) {
        return emitError(value.getLoc()) << "output '" << name << "' is no matrix: " << value.getType();
      }
      results.push_back(value);
      types.push_back(type);
    }
    for (const NodeImporter::Carried &state : carried) {
      results.push_back(state.last);
      types.push_back(state.last.getType());
    }
    builder.setInsertionPointToEnd(&function.getBody().front());
    func::ReturnOp::create(builder, fileLocation(), results);
    function.setType(builder.getFunctionType(function.getArgumentTypes(), types));
    for (auto [number, name] : llvm::enumerate(names)) {
      function.setResultAttr(number, nn::outputName, builder.getStringAttr(name));
    }
    for (auto [number, state] : llvm::enumerate(carried)) {
      function.setResultAttr(static_cast<unsigned>(names.size() + number), nn::carriedName,
                             builder.getStringAttr(state.name));
    }
    describeModel();
    return success();
  }

  void describeModel() { (*module)->setAttr(nn::modelName, builder.getStringAttr(model.name())); }

  const Model &model;
  std::span<const std::string> names;
  ArrayRef<ValueRef> wanted;
  OpBuilder builder;
  OwningOpRef<ModuleOp> module;
  func::FuncOp function;
  std::vector<Value> values;
  SmallVector<NodeImporter::Carried> carried;
};

} // namespace

Result<OwningOpRef<ModuleOp>> importModel(const Model &model, std::span<const std::string> outputs,
                                          MLIRContext &context) {
  Result<SmallVector<ValueRef>> wanted = findOutputs(model, outputs);
  if (!wanted) {
    return fail(wanted);
  }
  context.loadDialect<nn::NNDialect, func::FuncDialect>();
  std::optional<Error> first;
  ScopedDiagnosticHandler collect(&context, [&](Diagnostic &diagnostic) {
    if (!first && diagnostic.getSeverity() == DiagnosticSeverity::Error) {
      first = Error{ErrorKind::BadInput, diagnostic.str(), nn::whereOf(diagnostic.getLocation())};
    }
    return success();
  });
  OwningOpRef<ModuleOp> module = ModelImporter(model, outputs, *wanted, context).run();
  if (!module) {
    Error error = first.value_or(Error{ErrorKind::Internal, "import failed without saying why", model.file});
    return fail(error.kind, error.message, error.where);
  }
  return module;
}

} // namespace clew::compiler
