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

/// Ops that add to their result where they are told to.
bool canAccumulate(Operation *op) { return isa<nn::OuterSumOp, nn::SumRowsOp, nn::EmbeddingGradientOp>(op); }

class RefEmitter {
public:
  /// `training`: parameters are states, and so are their gradients.
  RefEmitter(ModuleOp module, Program &program, bool training)
      : module(module), function(module.lookupSymbol<func::FuncOp>("main")), program(program), training(training) {}

  Result<void> run() {
    if (!function) {
      return fail(ErrorKind::Internal, "no graph function in the module");
    }
    emitParameters(module, program);
    if (Result<void> done = mapInputs(); !done) {
      return done;
    }
    if (Result<void> done = training ? mapStates() : mapConstants(); !done) {
      return done;
    }
    for (Operation &op : function.getBody().front().without_terminator()) {
      if (auto get = dyn_cast<nn::GetOp>(op)) {
        const auto kind = training ? Operand::Kind::State : Operand::Kind::Constant;
        operandOf[get.getValue()] = {kind, parameterOf.lookup(get.getParameter())};
      } else if (auto random = dyn_cast<nn::RandomOp>(op); random && training) {
        operandOf[random.getBits()] = randomState();
      } else if (auto accumulate = dyn_cast<nn::AccumulateOp>(op); accumulate && training) {
        emitAccumulate(accumulate);
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

  Result<void> mapConstants() {
    for (size_t index = 0; index < program.parameters.size(); ++index) {
      const Parameter &parameter = program.parameters[index];
      Constant constant;
      constant.name = parameter.name;
      constant.sources = {static_cast<int32_t>(index)};
      constant.rows = parameter.shape.size() == 2 ? parameter.shape[0] : 1;
      constant.columns = parameter.shape.back();
      parameterOf[parameter.name] = static_cast<int32_t>(program.constants.size());
      program.constants.push_back(std::move(constant));
    }
    return {};
  }

  /// Every parameter is a state, and the gradient of each that something adds to.
  Result<void> mapStates() {
    size_t index = 0;
    for (auto op : module.getOps<nn::ParameterOp>()) {
      auto dtype = nn::dtypeOf(cast<RankedTensorType>(op.getType()).getElementType());
      if (!dtype) {
        return fail(ErrorKind::Internal, "no element type of the runtime for a parameter");
      }
      parameterOf[op.getSymName()] = addState(StateKind::Parameter, index++, *dtype);
    }
    for (auto op : function.getOps<nn::AccumulateOp>()) {
      if (!gradientOf.contains(op.getParameter())) {
        const State &parameter = program.states[parameterOf.lookup(op.getParameter())];
        gradientOf[op.getParameter()] = addState(StateKind::Gradient, parameter.parameter, parameter.dtype);
      }
    }
    return {};
  }

  int32_t addState(StateKind kind, size_t parameter, DType dtype) {
    const Parameter &described = program.parameters[parameter];
    const int64_t rows = described.shape.size() == 2 ? described.shape[0] : 1;
    program.states.push_back({described.name + (kind == StateKind::Gradient ? ".gradient" : ""), kind, dtype,
                              static_cast<int32_t>(parameter), rows, described.shape.back()});
    return static_cast<int32_t>(program.states.size()) - 1;
  }

  Operand randomState() {
    auto known = llvm::find_if(program.states, [](const State &state) { return state.kind == StateKind::Random; });
    const auto index = static_cast<int32_t>(known - program.states.begin());
    if (known == program.states.end()) {
      program.states.push_back({"random", StateKind::Random, DType::I32, -1, 1, 4});
    }
    return {Operand::Kind::State, index};
  }

  /// Where what computes a gradient can add to the parameter's itself, it has done so (resultOf).
  void emitAccumulate(nn::AccumulateOp op) {
    const Operand gradient{Operand::Kind::State, gradientOf.lookup(op.getParameter())};
    if (operandOf.lookup(op.getGradient()) == gradient) {
      return;
    }
    read(op.getGradient());
    Step step;
    step.grid = Grid::Whole;
    step.extent.constant = 1;
    step.where = nn::whereOf(op.getLoc());
    step.stages.emplace_back(RefOp{"accumulate", {operandOf.lookup(op.getGradient())}, {gradient}, {}});
    program.steps.push_back(std::move(step));
  }

  /// The state that the only reader of a result adds it to, if the op can do so by itself.
  std::optional<Operand> accumulatedInto(OpResult result) const {
    if (!training || !canAccumulate(result.getOwner()) || !result.hasOneUse()) {
      return std::nullopt;
    }
    auto accumulate = dyn_cast<nn::AccumulateOp>(*result.user_begin());
    return accumulate ? std::optional(Operand{Operand::Kind::State, gradientOf.lookup(accumulate.getParameter())})
                      : std::nullopt;
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
      } else if (std::optional<Operand> state = accumulatedInto(result)) {
        ref.attributes.emplace_back("accumulate", 1.0);
        operandOf[result] = *state;
        ref.results.push_back(*state);
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
    const Operand &first = *llvm::find_if(ref.results, [](const Operand &result) { return result.index >= 0; });
    step.extent = first.kind == Operand::Kind::Buffer ? program.buffers[first.index].rows : Extent{.constant = 1};
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
      if (Result<void> done = inputs->enterResult(function, index, operandOf.lookup(value)); !done) {
        return done;
      }
    }
    return {};
  }

  ModuleOp module;
  func::FuncOp function;
  Program &program;
  std::optional<InputTable> inputs;
  DenseMap<Value, Operand> operandOf;
  const bool training;
  llvm::StringMap<int32_t> parameterOf; ///< index into constants, or into states
  llvm::StringMap<int32_t> gradientOf;  ///< index into states
};

Result<Program> emit(ModuleOp module, bool training) {
  Program program;
  program.target = Target::Ref;
  if (Result<void> done = RefEmitter(module, program, training).run(); !done) {
    return fail(done);
  }
  return program;
}

} // namespace

Result<Program> emitRef(ModuleOp module) { return emit(module, false); }

Result<Program> emitTraining(ModuleOp module) { return emit(module, true); }

} // namespace clew::compiler
