// See ExportGraph.h, ExportRules.h.
#include "compiler/onnx/ExportGraph.h"

#include "compiler/nn/Carried.h"
#include "compiler/nn/Place.h"
#include "compiler/onnx/ExportRules.h"

using namespace mlir;

namespace clew::compiler {

int64_t widthOf(Value value) { return cast<RankedTensorType>(value.getType()).getShape().back(); }

Arrangement transposedRows(int64_t n, int64_t k) {
  return [n, k](std::span<const float> values, std::vector<float> &out) {
    out.resize(values.size());
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = 0; j < k; ++j) {
        out[static_cast<size_t>(j * n + i)] = values[static_cast<size_t>(i * k + j)];
      }
    }
  };
}

const ExportRules &exportRules() {
  static const ExportRules rules = [] {
    ExportRules all;
    addRowRules(all);
    addTableRules(all);
    addPoolingRules(all);
    addAttentionRules(all);
    addCellRules(all);
    addChainRules(all);
    return all;
  }();
  return rules;
}

/// Names of outputs are fixed: nothing else may have them.
static GraphBuilder builderFor(func::FuncOp function, ExportedGraph &out) {
  GraphBuilder builder(out.graph);
  for (unsigned number = 0; number < function.getNumResults(); ++number) {
    builder.unique(function.getResultAttrOfType<StringAttr>(number, nn::outputName).getValue());
  }
  return builder;
}

GraphExport::GraphExport(ModuleOp module, func::FuncOp function, ExportedGraph &out)
    : onnx(builderFor(function, out)), levels(function, out.graph, onnx), module(module), out(out) {}

std::string GraphExport::initializer(std::string name, std::vector<int64_t> dims, StringRef parameter,
                                     Arrangement arrange) {
  std::string &known = initializers[name];
  if (known.empty()) {
    known = onnx.unique(name);
    out.weights.push_back({known, std::move(dims), parameter.str(), std::move(arrange)});
  }
  return known;
}

std::string GraphExport::get(Value value) {
  if (auto known = names.find(value); known != names.end()) {
    return known->second;
  }
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    return levels.numbers(argument);
  }
  auto read = cast<nn::GetOp>(value.getDefiningOp());
  return initializer(read.getParameter().str(), cast<RankedTensorType>(value.getType()).getShape().vec(),
                     read.getParameter(), nullptr);
}

FailureOr<std::string> GraphExport::weight(Operation *op, Value value, StringRef form, std::vector<int64_t> dims,
                                           Arrangement arrange) {
  auto read = value.getDefiningOp<nn::GetOp>();
  if (!read) {
    return LogicalResult(op->emitOpError("is exported to ONNX with weights that are parameters, found computed ones"));
  }
  return initializer((read.getParameter() + "." + form).str(), std::move(dims), read.getParameter(),
                     std::move(arrange));
}

bool GraphExport::isWeightOfLinears(Value value) {
  auto read = value.getDefiningOp<nn::GetOp>();
  if (!read) {
    return false;
  }
  bool all = true;
  module.walk([&](nn::GetOp other) {
    if (other.getParameter() == read.getParameter()) {
      all &= llvm::all_of(other->getUses(), [](OpOperand &use) {
        return isa<nn::LinearOp>(use.getOwner()) && use.getOperandNumber() == 1;
      });
    }
  });
  return all;
}

namespace {

/// The model's name for what an op computes: that of its parameters, else the op's own.
std::string scopeOf(Operation *op) {
  for (Value operand : op->getOperands()) {
    if (auto read = operand.getDefiningOp<nn::GetOp>()) {
      return read.getParameter().rsplit('.').first.str();
    }
  }
  return op->getName().stripDialect().str();
}

LogicalResult exportOps(func::FuncOp function, GraphExport &to) {
  for (Operation &op : function.getBody().front()) {
    if (isa<nn::GetOp, func::ReturnOp>(op)) {
      continue;
    }
    const ExportRule rule = exportRules().lookup(op.getName().getStringRef());
    if (!rule) {
      return op.emitError() << "op '" << op.getName().stripDialect() << "' has no form in ONNX: it cannot be exported";
    }
    to.onnx.setScope(scopeOf(&op));
    if (failed(rule(&op, to))) {
      return failure();
    }
  }
  return success();
}

LogicalResult exportOutputs(func::FuncOp function, GraphExport &to) {
  for (auto [number, value] : llvm::enumerate(function.getBody().front().getTerminator()->getOperands())) {
    const StringRef name = function.getResultAttrOfType<StringAttr>(number, nn::outputName).getValue();
    nn::LevelAttr level = nn::levelOf(value);
    if (!level) {
      return emitError(value.getLoc()) << "output '" << name << "' does not depend on the batch: it cannot be exported";
    }
    to.onnx.setScope(("output/" + name).str());
    to.levels.output(name.str(), level, to.get(value), widthOf(value));
  }
  return success();
}

} // namespace

Result<ExportedGraph> exportGraph(ModuleOp module) {
  std::optional<Error> first;
  ScopedDiagnosticHandler collect(module.getContext(), [&](Diagnostic &diagnostic) {
    if (!first && diagnostic.getSeverity() == DiagnosticSeverity::Error) {
      first = Error{ErrorKind::Unsupported, diagnostic.str(), nn::whereOf(diagnostic.getLocation())};
    }
    return success();
  });
  auto function = module.lookupSymbol<func::FuncOp>("main");
  if (BlockArgument carried = nn::firstCarried(function)) {
    return fail(ErrorKind::Unsupported,
                "states that are carried from batch to batch have no form in ONNX: say 'state: reset'",
                nn::whereOf(carried.getLoc()));
  }
  ExportedGraph out;
  out.graph.name = module->getAttrOfType<StringAttr>(nn::modelName).str();
  GraphExport to(module, function, out);
  if (failed(exportOps(function, to)) || failed(exportOutputs(function, to))) {
    return Failure(first.value_or(Error{ErrorKind::Internal, "an ONNX rule failed without saying why", ""}));
  }
  return out;
}

} // namespace clew::compiler
