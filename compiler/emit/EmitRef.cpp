// See EmitRef.h. One pass over the graph function.
#include "compiler/emit/EmitRef.h"

#include "compiler/emit/EmitParameters.h"
#include "compiler/emit/InputTable.h"
#include "compiler/nn/ElementType.h"
#include "compiler/nn/NN.h"
#include "compiler/nn/Place.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringMap.h"

#include <optional>

using namespace mlir;

namespace clew::compiler {
namespace {

class RefEmitter {
public:
  RefEmitter(ModuleOp module, Program &program)
      : module(module), function(module.lookupSymbol<func::FuncOp>("main")), program(program) {}

  Result<void> run() {
    if (!function) {
      return fail(ErrorKind::Internal, "no graph function in the module");
    }
    emitParameters(module, program);
    if (Result<void> done = mapInputs(); !done) {
      return done;
    }
    mapConstants();
    for (Operation &op : function.getBody().front().without_terminator()) {
      if (auto get = dyn_cast<nn::GetOp>(op)) {
        operandOf[get.getValue()] = {Operand::Kind::Constant, constantOf.lookup(get.getParameter())};
      } else if (Result<void> done = emitStep(&op); !done) {
        return done;
      }
    }
    endLives();
    return emitOutputs();
  }

private:
  Result<void> mapInputs() {
    auto entered = InputTable::enter(function, program);
    if (!entered) {
      return fail(entered);
    }
    inputs.emplace(std::move(*entered));
    for (BlockArgument argument : function.getArguments()) {
      operandOf[argument] = inputs->operandOf(argument);
    }
    return {};
  }

  void mapConstants() {
    for (size_t index = 0; index < program.parameters.size(); ++index) {
      const Parameter &parameter = program.parameters[index];
      Constant constant;
      constant.name = parameter.name;
      constant.sources = {static_cast<int32_t>(index)};
      constant.rows = parameter.shape.size() == 2 ? parameter.shape[0] : 1;
      constant.columns = parameter.shape.back();
      constantOf[parameter.name] = static_cast<int32_t>(program.constants.size());
      program.constants.push_back(std::move(constant));
    }
  }

  Result<void> emitStep(Operation *op) {
    std::string where = nn::whereOf(op->getLoc());
    auto graphOp = dyn_cast<nn::GraphOp>(op);
    if (!graphOp || !isa_and_present<nn::NNDialect>(op->getDialect())) {
      return fail(ErrorKind::Internal, "op '" + op->getName().getStringRef().str() + "' is not of the dialect nn",
                  where);
    }
    RefOp ref;
    ref.op = op->getName().stripDialect().str();
    for (auto [name, value] : graphOp.refAttributes()) {
      ref.attributes.emplace_back(name.str(), value);
    }
    for (Value operand : op->getOperands()) {
      ref.operands.push_back(operandOf.lookup(operand));
      read(operand);
    }
    for (OpResult result : op->getResults()) {
      if (result.use_empty()) {
        ref.results.push_back({Operand::Kind::Buffer, -1});
      } else if (Result<void> done = makeBuffer(result, where); done) {
        ref.results.push_back(operandOf[result]);
      } else {
        return done;
      }
    }
    while (!ref.results.empty() && ref.results.back().index < 0) {
      ref.results.pop_back();
    }
    if (ref.results.empty()) {
      return {}; // nobody needs it
    }
    Step step;
    step.grid = Grid::Whole;
    step.extent =
        program.buffers[llvm::find_if(ref.results, [](const Operand &result) { return result.index >= 0; })->index]
            .rows;
    step.where = std::move(where);
    step.stages.emplace_back(std::move(ref));
    program.steps.push_back(std::move(step));
    return {};
  }

  int32_t now() const { return static_cast<int32_t>(program.steps.size()); }

  void read(Value value) {
    if (Operand operand = operandOf.lookup(value); operand.kind == Operand::Kind::Buffer) {
      program.buffers[operand.index].last = now();
    }
  }

  Result<void> makeBuffer(OpResult result, const std::string &where) {
    auto type = cast<RankedTensorType>(result.getType());
    auto dtype = nn::dtypeOf(type.getElementType());
    if (!dtype) {
      return fail(ErrorKind::Internal, "no element type of the runtime for an op's result", where);
    }
    Buffer buffer;
    buffer.name = "b" + std::to_string(program.buffers.size());
    buffer.dtype = *dtype;
    auto rows = rowsOf(type);
    if (!rows) {
      return fail(ErrorKind::Internal, "nothing says what the rows of an op's result run over", where);
    }
    buffer.rows = *rows;
    buffer.columns = type.getRank() == 1 && type.isDynamicDim(0) ? 1 : type.getShape().back();
    if (type.getRank() == 3) {
      // Scores of attention: a column for each head and token of the longest sequence.
      buffer.columns = 0;
      buffer.columnsPerLongest = type.getDimSize(1);
    }
    buffer.first = buffer.last = now();
    operandOf[result] = {Operand::Kind::Buffer, static_cast<int32_t>(program.buffers.size())};
    program.buffers.push_back(std::move(buffer));
    return {};
  }

  std::optional<Extent> rowsOf(RankedTensorType type) const {
    if (!type.isDynamicDim(0)) {
      return Extent{.constant = type.getRank() == 1 ? 1 : type.getDimSize(0)};
    }
    nn::LevelAttr level = nn::levelOf(type);
    return level ? std::optional(Extent::of(inputs->levelOf(level))) : std::nullopt;
  }

  /// Outputs live to the last step.
  void endLives() {
    for (Value value : function.getBody().front().getTerminator()->getOperands()) {
      if (Operand operand = operandOf.lookup(value); operand.kind == Operand::Kind::Buffer) {
        program.buffers[operand.index].last = now() - 1;
      }
    }
  }

  Result<void> emitOutputs() {
    for (auto [index, value] : llvm::enumerate(function.getBody().front().getTerminator()->getOperands())) {
      auto name = function.getResultAttrOfType<StringAttr>(index, nn::outputName);
      Operand operand = operandOf.lookup(value);
      if (!name || operand.kind != Operand::Kind::Buffer) {
        return fail(ErrorKind::Internal, "a result of the graph function has no name, or no op computes it");
      }
      program.outputs.push_back({name.str(), operand.index});
    }
    return {};
  }

  ModuleOp module;
  func::FuncOp function;
  Program &program;
  std::optional<InputTable> inputs;
  DenseMap<Value, Operand> operandOf;
  llvm::StringMap<int32_t> constantOf;
};

} // namespace

Result<Program> emitRef(ModuleOp module) {
  Program program;
  program.target = Target::Ref;
  if (Result<void> done = RefEmitter(module, program).run(); !done) {
    return fail(done);
  }
  return program;
}

} // namespace clew::compiler
