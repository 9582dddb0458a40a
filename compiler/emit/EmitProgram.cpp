// See EmitProgram.h. One pass over the graph function: every op but kernel.use is a step.
#include "compiler/emit/EmitProgram.h"

#include "compiler/emit/EmitParameters.h"
#include "compiler/emit/InputTable.h"
#include "compiler/kernel/Kernel.h"
#include "compiler/kernel/Plan.h"
#include "compiler/kernel/device/DeviceAttention.h"
#include "compiler/kernel/generate/AttentionKernel.h"
#include "compiler/kernel/generate/RecurrenceKernel.h"
#include "compiler/nn/ElementType.h"
#include "compiler/nn/Place.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <optional>

using namespace mlir;

namespace clew::compiler {
namespace {

ConstantKind kindOf(kernel::ConstantKind kind) {
  switch (kind) {
  case kernel::ConstantKind::Plain:
    return ConstantKind::Plain;
  case kernel::ConstantKind::Matmul:
    return ConstantKind::Matmul;
  case kernel::ConstantKind::Scales:
    return ConstantKind::Scales;
  case kernel::ConstantKind::ColumnSums:
    return ConstantKind::ColumnSums;
  case kernel::ConstantKind::Recurrent:
    return ConstantKind::Recurrent;
  case kernel::ConstantKind::Derived:
    return ConstantKind::Derived;
  }
  llvm_unreachable("the dialect has no other");
}

class Emitter {
public:
  Emitter(ModuleOp module, Program &program)
      : module(module), function(module.lookupSymbol<func::FuncOp>("main")), program(program) {}

  Result<void> run() {
    if (!function || !function->hasAttr(kernel::buffersName)) {
      return fail(ErrorKind::Internal, "no planned graph function in the module");
    }
    emitParameters(module, program);
    auto entered = InputTable::enter(function, program);
    if (!entered) {
      return fail(entered);
    }
    inputs.emplace(std::move(*entered));
    for (auto [index, parameter] : llvm::enumerate(program.parameters)) {
      parameterOf[parameter.name] = index;
    }
    for (auto constant : module.getOps<kernel::ConstantOp>()) {
      emitConstant(constant);
    }
    for (Attribute attribute : cast<ArrayAttr>(function->getAttr(kernel::buffersName))) {
      auto planned = kernel::PlannedBuffer::fromAttribute(attribute);
      if (failed(planned)) {
        return fail(ErrorKind::Internal, "a buffer of the plan is not in the form that clew-plan-buffers writes");
      }
      emitBuffer(*planned);
    }
    for (Operation &op : function.getBody().front().without_terminator()) {
      if (!isa<kernel::UseOp>(op)) {
        emitStep(&op);
      }
    }
    emitOutputs();
    return std::move(status);
  }

private:
  DType dtypeOf(Type element) {
    auto dtype = nn::dtypeOf(element);
    if (!dtype) {
      status = fail(ErrorKind::Internal, "a constant or buffer has no element type of the runtime");
    }
    return dtype.value_or(DType::F32);
  }

  /// One for each row of a value.
  Extent rowsOf(Type type) {
    nn::LevelAttr level = nn::levelOf(type);
    if (!level) {
      status = fail(ErrorKind::Internal, "a value of fixed rows has no buffer on the cpu target");
    }
    return level ? Extent::of(inputs->levelOf(level)) : Extent();
  }

  void emitConstant(kernel::ConstantOp op) {
    auto type = cast<RankedTensorType>(op.getType());
    Constant constant;
    constant.name = op.getSymName().str();
    constant.kind = kindOf(op.getKind());
    constant.dtype = dtypeOf(type.getElementType());
    constant.rows = type.getRank() == 2 ? type.getDimSize(0) : 1;
    constant.columns = type.getShape().back();
    constant.gates = static_cast<int64_t>(op.getGates());
    if (op.getMade()) {
      constant.made = madeBy(op);
    } else {
      for (Attribute source : op.getSources()) {
        constant.sources.push_back(parameterOf.lookup(cast<StringAttr>(source).getValue()));
      }
    }
    constantOf[op.getSymName()] = program.constants.size();
    program.constants.push_back(std::move(constant));
  }

  RefOp madeBy(kernel::ConstantOp op) {
    RefOp made;
    made.op = op.getMade().value_or("").str();
    for (Attribute source : op.getSources()) {
      made.operands.push_back(this->constant(cast<StringAttr>(source).getValue()));
    }
    for (NamedAttribute attribute : op.getSettings().value_or(DictionaryAttr::get(op.getContext()))) {
      made.attributes.emplace_back(attribute.getName().str(), cast<FloatAttr>(attribute.getValue()).getValueAsDouble());
    }
    return made;
  }

  void emitBuffer(const kernel::PlannedBuffer &planned) {
    Buffer buffer;
    buffer.name = "b" + std::to_string(program.buffers.size());
    buffer.dtype = dtypeOf(planned.type.getElementType());
    buffer.rows = rowsOf(planned.type);
    buffer.columns = planned.type.getRank() == 2 ? planned.type.getDimSize(1) : 1;
    buffer.first = planned.first;
    buffer.last = planned.last;
    buffer.local = planned.local;
    program.buffers.push_back(std::move(buffer));
  }

  Operand constant(StringRef name) { return {Operand::Kind::Constant, constantOf.lookup(name)}; }

  Operand resolve(Value value) {
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      Operation *owner = argument.getOwner()->getParentOp();
      if (owner != function) {
        return resolve(owner->getOperand(argument.getArgNumber()));
      }
      return inputs->operandOf(argument);
    }
    Operation *op = value.getDefiningOp();
    if (auto use = dyn_cast<kernel::UseOp>(op)) {
      return constant(use.getConstant());
    }
    return {Operand::Kind::Buffer, buffersOf(op)[cast<OpResult>(value).getResultNumber()]};
  }

  ArrayRef<int32_t> buffersOf(Operation *op) {
    return cast<DenseI32ArrayAttr>(op->getAttr(kernel::bufferOfName)).asArrayRef();
  }

  Call callOf(Operation *op, ArrayRef<Operand> extra = {}) {
    Call call;
    call.symbol = cast<StringAttr>(op->getAttr(kernel::symbolName)).str();
    for (Value operand : op->getOperands()) {
      call.operands.push_back(resolve(operand));
    }
    for (int32_t buffer : buffersOf(op)) {
      call.operands.push_back({Operand::Kind::Buffer, buffer});
    }
    call.operands.insert(call.operands.end(), extra.begin(), extra.end());
    return call;
  }

  Gemm gemmOf(kernel::GemmOp op) {
    Gemm gemm;
    gemm.x = resolve(op.getX());
    gemm.y = {Operand::Kind::Buffer, buffersOf(op)[0]};
    gemm.weight = constantOf.lookup(op.getWeight());
    gemm.bias = op.getBias() ? constantOf.lookup(*op.getBias()) : -1;
    return gemm;
  }

  void growScratch(Step &step, Operation *op) {
    auto sizes = op->getAttrOfType<DenseI64ArrayAttr>(kernel::scratchName);
    if (!sizes) {
      return;
    }
    step.scratch.constant = std::max(step.scratch.constant, sizes[0]);
    step.scratch.perLongest = std::max(step.scratch.perLongest, sizes[1]);
  }

  /// How clew-generate-device says that the op is launched; none on a cpu.
  static ArrayRef<int64_t> launchOf(Operation *op) {
    auto launch = op->getAttrOfType<DenseI64ArrayAttr>(kernel::launchName);
    return launch ? launch.asArrayRef() : ArrayRef<int64_t>();
  }

  /// The Counts that say how many elements the level has: its own, or, of the root, those of a level that it holds.
  Operand countsOf(int32_t level) {
    for (int32_t i = 0; level == 0 && i < static_cast<int32_t>(program.levels.size()); ++i) {
      level = program.levels[i].parent == 0 ? i : 0;
    }
    return inputs->derived(InputKind::Counts, level);
  }

  /// A kernel of a GPU: its blocks have `itemsPerCut` of the extent each.
  void emitLaunch(Operation *op, Step &step, std::vector<Operand> operands) {
    ArrayRef<int64_t> launch = launchOf(op);
    step.grid = Grid::Jobs;
    step.itemsPerCut = launch[2];
    step.stages.emplace_back(Launch{.symbol = cast<StringAttr>(op->getAttr(kernel::symbolName)).str(),
                                    .operands = std::move(operands),
                                    .threads = static_cast<int32_t>(launch[0]),
                                    .shared = {.constant = launch[1]}});
  }

  void emitDeviceStep(Operation *op, Step &step) {
    if (auto rows = dyn_cast<kernel::RowsOp>(op)) {
      step.extent = rowsOf(op->getResult(0).getType());
      return emitLaunch(op, step, callOf(op, countsOf(step.extent.level)).operands);
    }
    if (auto attention = dyn_cast<kernel::AttentionOp>(op)) {
      const int32_t level = inputs->levelIn(attention.getOffsets());
      step.extent = Extent::of(level);
      step.jobsPerCut = attention.getHeads();
      std::vector<Operand> operands(DeviceAttentionPlaces::Count);
      operands[DeviceAttentionPlaces::Counts] = inputs->derived(InputKind::Counts, level);
      fillAttention<DeviceAttentionPlaces>(attention, operands);
      return emitLaunch(op, step, std::move(operands));
    }
    Value offsets = isa<kernel::ViterbiOp>(op) ? cast<kernel::ViterbiOp>(op).getOffsets()
                                               : cast<kernel::RecurrenceOp>(op).getOffsets();
    const Operand order = overHolders(step, offsets);
    step.scratch = {};
    if (auto recurrence = dyn_cast<kernel::RecurrenceOp>(op)) {
      step.jobsPerCut = recurrence.getGatesAt().size();
      return emitLaunch(op, step, recurrenceOperands(recurrence, order));
    }
    emitLaunch(op, step, callOf(op, {order, inputs->derived(InputKind::Counts, inputs->levelIn(offsets))}).operands);
  }

  /// Jobs are cut from what holds the elements that `offsets` cut; longer ones come first.
  Operand overHolders(Step &step, Value offsets) {
    step.grid = Grid::Jobs;
    step.extent = Extent::of(inputs->holderIn(offsets));
    step.scratch.level = inputs->levelIn(offsets);
    return inputs->derived(InputKind::Order, inputs->levelIn(offsets));
  }

  void emitStep(Operation *op) {
    Step step;
    step.where = nn::whereOf(op->getLoc());
    growScratch(step, op);
    if (!launchOf(op).empty()) {
      emitDeviceStep(op, step);
    } else if (auto gemm = dyn_cast<kernel::GemmOp>(op)) {
      step.extent = rowsOf(op->getResult(0).getType());
      step.stages.emplace_back(gemmOf(gemm));
    } else if (auto chain = dyn_cast<kernel::ChainOp>(op)) {
      step.grid = Grid::Rows;
      step.extent = rowsOf(op->getResult(0).getType());
      step.scratch.level = step.extent.level;
      for (Operation &stage : chain.getBody().front().without_terminator()) {
        growScratch(step, &stage);
        if (auto gemm = dyn_cast<kernel::GemmOp>(stage)) {
          step.stages.emplace_back(gemmOf(gemm));
        } else {
          step.stages.emplace_back(callOf(&stage));
        }
      }
    } else if (auto attention = dyn_cast<kernel::AttentionOp>(op)) {
      const Operand order = overHolders(step, attention.getOffsets());
      step.jobsPerCut = attention.getHeads();
      std::vector<Operand> operands(AttentionPlaces::Count);
      operands[AttentionPlaces::Order] = order;
      fillAttention<AttentionPlaces>(attention, operands);
      step.stages.emplace_back(Call{cast<StringAttr>(op->getAttr(kernel::symbolName)).str(), std::move(operands)});
    } else if (auto viterbi = dyn_cast<kernel::ViterbiOp>(op)) {
      const Operand order = overHolders(step, viterbi.getOffsets());
      step.stages.emplace_back(callOf(op, order));
    } else if (auto recurrence = dyn_cast<kernel::RecurrenceOp>(op)) {
      emitRecurrence(recurrence, step);
    } else {
      status =
          fail(ErrorKind::Unsupported, "op '" + op->getName().getStringRef().str() + "' has no kernel", step.where);
    }
    program.steps.push_back(std::move(step));
  }

  /// What attention reads and writes, to where Places has it, then those of its further operands that are there.
  template <typename Places> void fillAttention(kernel::AttentionOp op, std::vector<Operand> &operands) {
    operands[Places::Q] = resolve(op.getQ());
    operands[Places::K] = resolve(op.getK());
    operands[Places::V] = resolve(op.getV());
    operands[Places::Out] = {Operand::Kind::Buffer, buffersOf(op)[0]};
    operands[Places::Offsets] = resolve(op.getOffsets());
    for (Value more : {op.getRelativeKeys(), op.getRelativeValues(), op.getRelativeQ(), op.getSegments(),
                       op.getSegmentKeys(), op.getSegmentQ(), op.getRelativeBiases()}) {
      if (more) {
        operands.push_back(resolve(more));
      }
    }
  }

  void emitRecurrence(kernel::RecurrenceOp op, Step &step) {
    const Operand order = overHolders(step, op.getOffsets());
    step.itemsPerCut = recurrenceGroup;
    step.jobsPerCut = op.getGatesAt().size();
    step.stages.emplace_back(
        Call{cast<StringAttr>(op->getAttr(kernel::symbolName)).str(), recurrenceOperands(op, order)});
  }

  std::vector<Operand> recurrenceOperands(kernel::RecurrenceOp op, Operand order) {
    const auto directions = static_cast<int64_t>(op.getGatesAt().size());
    const RecurrencePlaces places(directions, static_cast<int64_t>(op.getWeights().size()) / directions,
                                  static_cast<int64_t>(op.getInitial().size()) / directions, op.getCells() != nullptr);
    std::vector<Operand> operands(places.count());
    operands[places.gates()] = resolve(op.getGates());
    operands[places.out()] = {Operand::Kind::Buffer, buffersOf(op)[0]};
    if (op.getCells()) {
      operands[places.cells()] = {Operand::Kind::Buffer, buffersOf(op)[1]};
    }
    // The op has them in this order: by direction, its constants (RecurrencePlaces).
    for (auto [index, weight] : llvm::enumerate(op.getWeights())) {
      operands[places.constants() + index] = constant(cast<FlatSymbolRefAttr>(weight).getValue());
    }
    for (auto [index, state] : llvm::enumerate(op.getInitial())) {
      operands[places.initial(0) + index] = resolve(state);
    }
    operands[places.offsets()] = resolve(op.getOffsets());
    operands[places.order()] = order;
    operands[places.counts()] = inputs->derived(InputKind::Counts, inputs->levelIn(op.getOffsets()));
    return operands;
  }

  void emitOutputs() {
    for (auto [index, value] : llvm::enumerate(function.getBody().front().getTerminator()->getOperands())) {
      if (Result<void> done = inputs->enterResult(function, index, resolve(value)); !done) {
        status = std::move(done);
        return;
      }
    }
  }

  ModuleOp module;
  func::FuncOp function;
  Program &program;
  std::optional<InputTable> inputs;
  Result<void> status;
  llvm::StringMap<int32_t> parameterOf;
  llvm::StringMap<int32_t> constantOf;
};

} // namespace

Result<Program> emitProgram(ModuleOp module) {
  Program program;
  if (Result<void> done = Emitter(module, program).run(); !done) {
    return fail(done);
  }
  return program;
}

} // namespace clew::compiler
