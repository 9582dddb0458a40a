// Names of the Program's enumerations, as files and messages spell them, and what is asked of its tables.
#include "runtime/program/Program.h"

#include <algorithm>

namespace clew {

const Input *findInput(const Program &program, std::string_view name) {
  const auto found = std::ranges::find(program.inputs, name, &Input::name);
  return found == program.inputs.end() ? nullptr : &*found;
}

int64_t limitOf(const Program &program, std::string_view input) {
  const Input *found = findInput(program, input);
  return found ? found->limit : 0;
}

int64_t depthOfChannels(const Program &program, const Constant &constant) {
  return constant.made.op.empty() ? program.parameters[static_cast<size_t>(constant.sources[0])].shape[1]
                                  : program.constants[static_cast<size_t>(constant.made.operands[0].index)].columns;
}

int64_t mostTokens(const Program &program) {
  const Input *offsets = findInput(program, "offsets");
  return offsets ? program.levels[static_cast<size_t>(offsets->level)].most : 0;
}

std::string_view nameOf(ConstantKind kind) {
  switch (kind) {
  case ConstantKind::Plain:
    return "plain";
  case ConstantKind::Matmul:
    return "matmul";
  case ConstantKind::Scales:
    return "scales";
  case ConstantKind::ColumnSums:
    return "column_sums";
  case ConstantKind::Recurrent:
    return "recurrent";
  case ConstantKind::Derived:
    return "derived";
  }
  return "?";
}

std::string_view nameOf(InputKind kind) {
  switch (kind) {
  case InputKind::Values:
    return "values";
  case InputKind::Offsets:
    return "offsets";
  case InputKind::Positions:
    return "positions";
  case InputKind::Order:
    return "order";
  case InputKind::Counts:
    return "counts";
  case InputKind::Carried:
    return "carried";
  }
  return "?";
}

bool isCarrying(const Program &program) {
  return std::ranges::find(program.inputs, InputKind::Carried, &Input::kind) != program.inputs.end();
}

std::string_view nameOf(StateKind kind) {
  switch (kind) {
  case StateKind::Parameter:
    return "parameter";
  case StateKind::Gradient:
    return "gradient";
  case StateKind::Random:
    return "random";
  }
  return "?";
}

std::string_view nameOf(Grid grid) {
  switch (grid) {
  case Grid::Rows:
    return "rows";
  case Grid::Jobs:
    return "jobs";
  case Grid::Whole:
    return "whole";
  }
  return "?";
}

} // namespace clew
