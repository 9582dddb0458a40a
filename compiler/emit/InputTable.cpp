// See InputTable.h.
#include "compiler/emit/InputTable.h"

#include <algorithm>

using namespace mlir;

namespace clew::compiler {

static int64_t numberOf(func::FuncOp function, unsigned argument, StringRef name) {
  auto number = function.getArgAttrOfType<IntegerAttr>(argument, name);
  return number ? number.getInt() : 0;
}

Result<InputTable> InputTable::enter(func::FuncOp function, Program &program) {
  InputTable table(program);
  if (Result<void> done = table.enterLevels(function); !done) {
    return fail(done);
  }
  for (BlockArgument argument : function.getArguments()) {
    if (Result<void> done = table.enterArgument(function, argument); !done) {
      return fail(done);
    }
  }
  return table;
}

/// The root, then levels in the order of the arguments that cut them, what holds others first.
Result<void> InputTable::enterLevels(func::FuncOp function) {
  program->levels.push_back({nn::rootLevel.str(), -1, 0});
  levels[nn::rootLevel] = 0;
  SmallVector<BlockArgument> waiting = llvm::filter_to_vector(
      function.getArguments(), [](BlockArgument argument) { return bool(nn::cutOf(argument.getType())); });
  while (!waiting.empty()) {
    auto *next = llvm::find_if(
        waiting, [&](BlockArgument argument) { return levels.contains(nn::cutOf(argument.getType()).getParent()); });
    if (next == waiting.end()) {
      return fail(ErrorKind::BadInput, "no input says where the " +
                                           nn::cutOf(waiting.front().getType()).getParent().str() +
                                           " of a batch stand");
    }
    nn::OffsetsAttr cut = nn::cutOf(next->getType());
    if (program->levels.size() == kMostLevels) {
      return fail(ErrorKind::Unsupported, "more than " + std::to_string(kMostLevels) + " levels");
    }
    if (!levels.try_emplace(cut.getLevel(), program->levels.size()).second) {
      return fail(ErrorKind::BadInput, "two inputs say where the " + cut.getLevel().str() + " stand");
    }
    program->levels.push_back(
        {cut.getLevel().str(), levels.lookup(cut.getParent()), numberOf(function, next->getArgNumber(), nn::mostName)});
    waiting.erase(next);
  }
  return {};
}

Result<void> InputTable::enterArgument(func::FuncOp function, BlockArgument argument) {
  const unsigned number = argument.getArgNumber();
  nn::OffsetsAttr cut = nn::cutOf(argument.getType());
  nn::LevelAttr level = nn::levelOf(argument.getType());
  if (level && !levels.contains(level.getName())) {
    return fail(ErrorKind::BadInput, "no input says where the " + level.getName().str() + " of a batch stand");
  }
  if (auto made = function.getArgAttrOfType<StringAttr>(number, nn::derivedName)) {
    const bool counts = made == nn::countsName; // the dialect knows two
    arguments.push_back(derived(counts ? InputKind::Counts : InputKind::Positions, levelOf(level)));
    return {};
  }
  if (auto carried = function.getArgAttrOfType<StringAttr>(number, nn::carriedName)) {
    Input input;
    input.name = carried.str();
    input.kind = InputKind::Carried;
    input.columns = cast<RankedTensorType>(argument.getType()).getDimSize(1);
    arguments.push_back({Operand::Kind::Input, static_cast<int32_t>(program->inputs.size())});
    program->inputs.push_back(std::move(input));
    return {};
  }
  auto name = function.getArgAttrOfType<StringAttr>(number, nn::inputName);
  if (!name || (!cut && !level)) {
    return fail(ErrorKind::Internal, "an argument of the graph function names no input");
  }
  Input input;
  input.name = name.str();
  input.kind = cut ? InputKind::Offsets : InputKind::Values;
  input.level = cut ? levels.lookup(cut.getLevel()) : levelOf(level);
  input.limit = numberOf(function, number, nn::limitName);
  input.optional = bool(function.getArgAttr(number, nn::optionalName));
  if (auto at = function.getArgAttrOfType<StringAttr>(number, nn::atName)) {
    if (!levels.contains(at.getValue())) {
      return fail(ErrorKind::BadInput, "no input says where the " + at.getValue().str() + " of a batch stand");
    }
    input.at = levels.lookup(at.getValue());
  }
  arguments.push_back({Operand::Kind::Input, static_cast<int32_t>(program->inputs.size())});
  program->inputs.push_back(std::move(input));
  return {};
}

Operand InputTable::operandOf(BlockArgument argument) const { return arguments[argument.getArgNumber()]; }

Result<void> InputTable::enterResult(func::FuncOp function, unsigned number, Operand operand) {
  auto name = function.getResultAttrOfType<StringAttr>(number, nn::outputName);
  auto carried = function.getResultAttrOfType<StringAttr>(number, nn::carriedName);
  if ((!name && !carried) || operand.kind != Operand::Kind::Buffer) {
    return fail(ErrorKind::Internal, "a result of the graph function has no name, or no op computes it");
  }
  if (name) {
    program->outputs.push_back({name.str(), operand.index});
    return {};
  }
  auto input = std::ranges::find(program->inputs, carried.getValue(), &Input::name);
  if (input == program->inputs.end() || input->kind != InputKind::Carried) {
    return fail(ErrorKind::Internal, "no argument of the graph function reads what is carried as " + carried.str());
  }
  input->from = operand.index;
  return {};
}

Operand InputTable::derived(InputKind kind, int32_t level) {
  auto known = std::ranges::find_if(program->inputs,
                                    [&](const Input &input) { return input.kind == kind && input.level == level; });
  const auto index = static_cast<int32_t>(known - program->inputs.begin());
  if (known == program->inputs.end()) {
    Input input;
    input.name = program->levels[level].name + "." + std::string(nameOf(kind));
    input.kind = kind;
    input.level = level;
    program->inputs.push_back(std::move(input));
  }
  return {Operand::Kind::Input, index};
}

} // namespace clew::compiler
