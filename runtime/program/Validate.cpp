// The checks of a Program, table by table: parameters, constants, buffers, outputs, and the head. Steps are in ValidateSteps.cpp.
#include "runtime/program/Validate.h"

#include "runtime/program/CheckpointLayout.h"
#include "runtime/program/RecurrentLayout.h"
#include "runtime/program/ValidateParts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <set>
#include <utility>

namespace clew {

namespace validation {

Failure bad(std::string message) { return fail(ErrorKind::BadInput, fmt::format("program: {}", message)); }

bool isName(const std::string &name, size_t least) {
  return name.size() >= least && name.size() <= maxName &&
         std::ranges::none_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool isExtent(const Extent &extent, const Program &program) {
  const int64_t factors[] = {extent.perElement, extent.perLongest};
  return extent.constant >= 0 && extent.constant <= maxExtent &&
         std::ranges::all_of(factors, [](int64_t factor) { return factor >= 0 && factor <= maxFactor; }) &&
         (inside(extent.level, program.levels) ||
          (extent.level == 0 && extent.perElement == 0 && extent.perLongest == 0));
}

} // namespace validation

namespace {

using namespace validation;

bool areNames(const std::vector<std::string> &names) {
  return names.size() <= maxItems && std::ranges::all_of(names, [](const std::string &name) { return isName(name); });
}

/// Number of elements, or -1 if a dimension is not in 1..maxExtent or there are too many.
int64_t elementsOf(const std::vector<int64_t> &shape) {
  int64_t elements = 1;
  for (int64_t dimension : shape) {
    if (dimension < 1 || dimension > maxExtent || elements > maxElements / dimension) {
      return -1;
    }
    elements *= dimension;
  }
  return elements;
}

Result<void> checkHead(const Program &program) {
  const size_t counts[] = {program.parameters.size(), program.constants.size(), program.buffers.size(),
                           program.steps.size(), program.outputs.size()};
  if (std::ranges::any_of(counts, [](size_t count) { return count > maxItems; })) {
    return bad(fmt::format("a table has more than {} entries", maxItems));
  }
  if (!isName(program.model) || !isName(program.scheme, 0)) {
    return bad("the name of the model or its scheme is empty, too long or not printable");
  }
  if (std::ranges::find(kPrecisions, program.precision) == kPrecisions.end()) {
    return bad(fmt::format("unknown precision number {}", static_cast<int>(program.precision)));
  }
  if (std::ranges::find(kTargets, program.target) == kTargets.end()) {
    return bad(fmt::format("unknown target number {}", static_cast<int>(program.target)));
  }
  if (std::ranges::find(kBf16Products, program.execution.bf16) == kBf16Products.end() ||
      std::ranges::find(kProducts, program.execution.products) == kProducts.end()) {
    return bad("unknown number of a choice of execution");
  }
  return {};
}

Result<void> checkCpuCode(const CpuCode &code) {
  return isName(code.cpu, 0) && areNames(code.features)
             ? Result<void>()
             : bad("the name of the CPU or a feature is empty, too long or not printable");
}

Result<void> checkCudaCode(const CudaCode &code) {
  if (chipNumber(code.chip) < 0 || code.ptx.empty() || code.ptx.find('\0') != std::string::npos) {
    return bad(fmt::format("cuda code of '{}' without a chip's name or text of PTX", code.chip));
  }
  if (code.cubins.size() > maxCubins) {
    return bad(fmt::format("more than {} cubins", maxCubins));
  }
  std::set<std::string_view> chips;
  for (const Cubin &cubin : code.cubins) {
    if (chipNumber(cubin.chip) < 0 || cubin.image.empty() || !chips.insert(cubin.chip).second) {
      return bad(fmt::format("cubin of '{}' without a chip's name or image, or a second one", cubin.chip));
    }
  }
  return {};
}

/// Code is of the target. A Program for the cpu target that trains has none.
Result<void> checkCode(const Program &program) {
  const auto *cpu = std::get_if<CpuCode>(&program.code);
  const auto *cuda = std::get_if<CudaCode>(&program.code);
  if ((cpu && program.target != Target::Cpu) || (cuda != nullptr) != (program.target == Target::Cuda)) {
    return bad(fmt::format("a {} program has no code, or another target's", nameOf(program.target)));
  }
  return cpu ? checkCpuCode(*cpu) : cuda ? checkCudaCode(*cuda) : Result<void>();
}

Result<void> checkLevels(const Program &program) {
  if (program.levels.size() > kMostLevels) {
    return bad(fmt::format("more than {} levels", kMostLevels));
  }
  std::set<std::string_view> names;
  for (size_t index = 0; index < program.levels.size(); ++index) {
    const Level &level = program.levels[index];
    if (!isName(level.name) || !names.insert(level.name).second) {
      return bad(fmt::format("level name '{}' is not printable or appears twice", level.name));
    }
    const bool isRoot = index == 0 && level.parent == -1 && level.most == 0;
    const bool isBelow = index > 0 && level.parent >= 0 && std::cmp_less(level.parent, index);
    if ((!isRoot && !isBelow) || level.most < 0 || level.most > INT32_MAX) {
      return bad(fmt::format("level '{}' has an impossible parent or number of elements", level.name));
    }
    const auto cuts = std::ranges::count_if(program.inputs, [&](const Input &input) {
      return input.kind == InputKind::Offsets && std::cmp_equal(input.level, index);
    });
    if (cuts != (isRoot ? 0 : 1)) {
      return bad(fmt::format("level '{}' has {} inputs of offsets", level.name, cuts));
    }
  }
  return {};
}

Result<void> checkInputs(const Program &program) {
  if (program.inputs.size() > maxInputs) {
    return bad(fmt::format("more than {} inputs", maxInputs));
  }
  std::set<std::string_view> names;
  for (const Input &input : program.inputs) {
    if (!isName(input.name) || !names.insert(input.name).second) {
      return bad(fmt::format("input name '{}' is not printable or appears twice", input.name));
    }
    const bool isValues = input.kind == InputKind::Values;
    const bool isCarried = input.kind == InputKind::Carried;
    if (!inside(input.level, program.levels) || (input.level == 0 && !isValues && !isCarried)) {
      return bad(fmt::format("input '{}' has no level, or one that nothing cuts", input.name));
    }
    if (input.limit < 0 || input.limit > INT32_MAX || (!isValues && (input.limit != 0 || input.optional))) {
      return bad(fmt::format("input '{}' has an impossible limit", input.name));
    }
    if (isCarried ? input.level != 0 || input.columns < 1 || input.columns > maxFactor || input.from < 0
                  : input.columns != 0 || input.from != -1) {
      return bad(
          fmt::format("input '{}' has an impossible number of columns, or buffer that it comes from", input.name));
    }
    if (input.at != -1 &&
        (!isValues || input.optional || input.level == 0 || input.at == 0 || !inside(input.at, program.levels) ||
         program.levels[static_cast<size_t>(input.at)].parent !=
             program.levels[static_cast<size_t>(input.level)].parent)) {
      return bad(fmt::format("input '{}' is at elements of a level that is not cut out of the same one", input.name));
    }
  }
  return {};
}

Result<void> checkParameters(const Program &program) {
  std::set<std::string_view> names;
  for (const Parameter &parameter : program.parameters) {
    if (!isName(parameter.name) || !names.insert(parameter.name).second) {
      return bad(fmt::format("parameter name '{}' is not printable or appears twice", parameter.name));
    }
    if (parameter.shape.empty() || parameter.shape.size() > maxRank || elementsOf(parameter.shape) < 0) {
      return bad(fmt::format("parameter '{}' has an impossible shape", parameter.name));
    }
    if (parameter.init != Init::Normal && parameter.init != Init::Gain) {
      return bad(fmt::format("parameter '{}' has an unknown init", parameter.name));
    }
  }
  return {};
}

bool isConfigValue(const ConfigValue &value) {
  if (const auto *number = std::get_if<double>(&value)) {
    return std::isfinite(*number);
  }
  const auto *text = std::get_if<std::string>(&value);
  return !text || isName(*text, 0);
}

bool isConfigForm(const ConfigForm &config) {
  const bool bounded = config.rules.size() <= maxItems && areNames(config.absent) && areNames(config.ignore) &&
                       config.files.size() <= maxRank && areNames(config.files);
  return bounded && std::ranges::all_of(config.rules, [](const ConfigRule &rule) {
           return isName(rule.key) && !rule.accepted.empty() && rule.accepted.size() <= maxItems &&
                  std::ranges::all_of(rule.accepted, isConfigValue) &&
                  (!rule.otherwise || isConfigValue(*rule.otherwise));
         });
}

bool isPart(const TensorPart &part) {
  return isName(part.tensor, 0) && part.shape.size() <= mostRecipeRank && part.axes.size() <= mostRecipeRank &&
         std::isfinite(part.plus);
}

bool isRecipe(const TensorRecipe &recipe) {
  return !recipe.blocks.empty() && recipe.blocks.size() <= mostRecipeBlocks &&
         std::ranges::all_of(recipe.blocks, [](const std::vector<TensorPart> &block) {
           return !block.empty() && block.size() <= mostBlockParts && std::ranges::all_of(block, isPart);
         });
}

Result<void> checkCheckpoints(const Program &program) {
  if (program.checkpoints.size() > maxRank) {
    return bad(fmt::format("more than {} formats of checkpoints", maxRank));
  }
  for (const CheckpointNames &names : program.checkpoints) {
    const auto &[form, tensors] = names;
    const bool named =
        isName(form.format) && isName(form.prefix, 0) && areNames(form.ignore) && form.endings.size() <= maxRank &&
        std::ranges::all_of(form.endings, [](auto &pair) { return isName(pair.first) && isName(pair.second); });
    if (!named || !isConfigForm(form.config)) {
      return bad(fmt::format("checkpoint '{}' has too many or unprintable names", form.format));
    }
    if (tensors.size() != program.parameters.size()) {
      return bad(fmt::format("checkpoint '{}' names {} of {} parameters", form.format, tensors.size(),
                             program.parameters.size()));
    }
    if (!std::ranges::all_of(tensors, isRecipe)) {
      return bad(fmt::format("checkpoint '{}' has a parameter with no, too many or unprintable names", form.format));
    }
    if (const Result<CheckpointLayout> layout = layOutCheckpoint(program.parameters, names); !layout) {
      return bad(fmt::format("checkpoint '{}': {}", form.format, layout.error().message));
    }
  }
  return {};
}

bool isDTypeOf(ConstantKind kind, DType dtype) {
  switch (kind) {
  case ConstantKind::Plain:
  case ConstantKind::Scales:
  case ConstantKind::Derived:
    return dtype == DType::F32;
  case ConstantKind::ColumnSums:
    return dtype == DType::I32;
  case ConstantKind::Matmul:
  case ConstantKind::Recurrent:
    return dtype == DType::F32 || dtype == DType::BF16 || dtype == DType::S8;
  }
  return false;
}

/// Operands of an op that makes a constant: those that put parts together take most.
constexpr size_t maxMade = 64;

/// Made of constants before it, which are plain or derived themselves.
bool isDerived(const Program &program, size_t index) {
  const Constant &constant = program.constants[index];
  const RefOp &made = constant.made;
  return isName(made.op) && made.results.empty() && constant.sources.empty() && made.operands.size() <= maxMade &&
         made.attributes.size() <= maxRank &&
         std::ranges::all_of(made.operands,
                             [&](const Operand &operand) {
                               const bool before = operand.kind == Operand::Kind::Constant && operand.index >= 0 &&
                                                   std::cmp_less(operand.index, index);
                               const ConstantKind kind =
                                   before ? program.constants[static_cast<size_t>(operand.index)].kind
                                          : ConstantKind::Matmul;
                               return kind == ConstantKind::Plain || kind == ConstantKind::Derived;
                             }) &&
         std::ranges::all_of(made.attributes,
                             [](const auto &pair) { return isName(pair.first) && std::isfinite(pair.second); });
}

/// What its sources, or the constants that are stacked in it, give: rows by columns elements, or a number for each row of theirs. Nothing: it
/// has none, or they are not its own kind of matrix; the message says which.
Result<int64_t> elementsGiven(const Program &program, const Constant &constant) {
  const bool perChannel = constant.kind == ConstantKind::Scales || constant.kind == ConstantKind::ColumnSums;
  int64_t sum = 0;
  const auto add = [&](int64_t rows, int64_t elements) {
    sum += perChannel ? rows : elements;
    return sum <= maxElements ? Result<void>() : Result<void>(fail(ErrorKind::BadInput, "is too large"));
  };
  for (int32_t source : constant.sources) {
    if (!inside(source, program.parameters)) {
      return fail(ErrorKind::BadInput, fmt::format("has source {}, which is no parameter", source));
    }
    const auto &shape = program.parameters[static_cast<size_t>(source)].shape;
    const bool matrix = shape.size() == 2 && (perChannel || shape[1] == constant.columns);
    if (constant.kind != ConstantKind::Plain && !matrix) {
      return fail(ErrorKind::BadInput, "has a source that is no matrix, or one of another width");
    }
    if (auto added = add(shape.empty() ? 1 : shape[0], elementsOf(shape)); !added) {
      return fail(added);
    }
  }
  for (const Operand &operand : constant.made.operands) {
    const Constant &part = program.constants[static_cast<size_t>(operand.index)];
    const int64_t elements = elementsOf({part.rows, part.columns});
    const int64_t columns =
        perChannel ? program.constants[static_cast<size_t>(constant.made.operands[0].index)].columns : constant.columns;
    if (elements < 0 || part.columns != columns) {
      return fail(ErrorKind::BadInput, "is a stack of constants of another width");
    }
    if (auto added = add(part.rows, elements); !added) {
      return fail(added);
    }
  }
  return sum;
}

Result<void> checkConstants(const Program &program) {
  for (const Constant &constant : program.constants) {
    const auto complain = [&](std::string_view what) {
      return bad(fmt::format("constant '{}' {}", constant.name, what));
    };
    if (!isName(constant.name)) {
      return bad("a constant has no printable name");
    }
    if (!isDTypeOf(constant.kind, constant.dtype)) {
      return complain(fmt::format("of kind {} cannot be {}", nameOf(constant.kind), nameOf(constant.dtype)));
    }
    const int64_t elements = elementsOf({constant.rows, constant.columns});
    if (constant.kind == ConstantKind::Derived) {
      if (elements < 0 || elements > maxDerived ||
          !isDerived(program, static_cast<size_t>(&constant - program.constants.data()))) {
        return complain("is derived from what does not stand before it, or is too large");
      }
      continue;
    }
    const bool perChannel = constant.kind == ConstantKind::Scales || constant.kind == ConstantKind::ColumnSums;
    const bool stacked = !constant.made.op.empty();
    if (elements < 0 || constant.sources.empty() != stacked || constant.sources.size() > maxItems) {
      return complain("has an impossible shape or no sources");
    }
    if (stacked && (!(perChannel || constant.kind == ConstantKind::Matmul) || constant.made.op != kStackOp ||
                    constant.made.operands.empty() ||
                    !isDerived(program, static_cast<size_t>(&constant - program.constants.data())))) {
      return complain("is made of what does not stand before it, or by what makes none of its kind");
    }
    const auto given = elementsGiven(program, constant);
    if (!given) {
      return complain(given.error().message);
    }
    if (*given != elements || (perChannel && constant.rows != 1)) {
      return complain(fmt::format("is {} x {}, which is not what its sources give", constant.rows, constant.columns));
    }
    const bool recurrent = constant.kind == ConstantKind::Recurrent;
    if (recurrent ? !RecurrentLayout::hasGates(constant.rows, constant.gates) : constant.gates != 0) {
      return complain(recurrent ? "of kind recurrent must have the rows of one, three or four gates"
                                : "has gates, which only recurrent weights have");
    }
  }
  return {};
}

/// Memory that others own: its size must be what they are told.
Result<void> checkStates(const Program &program) {
  if (program.states.size() > maxItems || (!program.states.empty() && !program.constants.empty())) {
    return bad("too many states, or constants beside them");
  }
  std::set<std::string_view> names;
  for (const State &state : program.states) {
    if (!isName(state.name) || !names.insert(state.name).second) {
      return bad(fmt::format("state name '{}' is not printable or appears twice", state.name));
    }
    const bool random = state.kind == StateKind::Random;
    const int64_t elements = elementsOf({state.rows, state.columns});
    const bool belongs =
        random
            ? state.parameter == -1 && elements == 4 && state.dtype == DType::I32
            : inside(state.parameter, program.parameters) && (state.dtype == DType::F32 || state.dtype == DType::F64) &&
                  elementsOf(program.parameters[static_cast<size_t>(state.parameter)].shape) == elements;
    if (elements < 0 || !belongs) {
      return bad(fmt::format("state '{}' has an impossible type or size", state.name));
    }
  }
  return {};
}

Result<void> checkBuffers(const Program &program) {
  const auto steps = static_cast<int64_t>(program.steps.size());
  for (const Buffer &buffer : program.buffers) {
    if (!isName(buffer.name)) {
      return bad("a buffer has no printable name");
    }
    if (bytesOf(buffer.dtype) == 0 || !isExtent(buffer.rows, program) || buffer.columns < 0 ||
        buffer.columns > maxExtent || buffer.columnsPerLongest < 0 || buffer.columnsPerLongest > maxFactor ||
        buffer.columns + buffer.columnsPerLongest == 0) {
      return bad(fmt::format("buffer '{}' has an impossible type or size", buffer.name));
    }
    if (buffer.first < 0 || buffer.last < buffer.first || buffer.first >= steps || buffer.last > steps) {
      return bad(
          fmt::format("buffer '{}' lives from {} to {} of {} steps", buffer.name, buffer.first, buffer.last, steps));
    }
    if (buffer.local && program.target == Target::Cuda) {
      return bad(fmt::format("local buffer '{}' in a cuda program", buffer.name));
    }
    if (buffer.local && buffer.first != buffer.last) {
      return bad(fmt::format("local buffer '{}' lives longer than one step", buffer.name));
    }
  }
  return {};
}

/// f32, there for all rows, and to the end.
bool isKept(const Buffer &buffer, const Program &program) {
  return !buffer.local && buffer.dtype == DType::F32 && buffer.last + 1 >= static_cast<int64_t>(program.steps.size());
}

Result<void> checkCarried(const Program &program) {
  for (const Input &input : program.inputs) {
    if (input.kind != InputKind::Carried) {
      continue;
    }
    if (!inside(input.from, program.buffers)) {
      return bad(fmt::format("input '{}' comes from buffer {}, which does not exist", input.name, input.from));
    }
    const Buffer &buffer = program.buffers[static_cast<size_t>(input.from)];
    if (!isKept(buffer, program) || buffer.rows != Extent::of(0) || buffer.columns != input.columns ||
        buffer.columnsPerLongest != 0) {
      return bad(
          fmt::format("input '{}' must come from an f32 buffer of {} columns with a row for each sequence, which "
                      "lives to the end",
                      input.name, input.columns));
    }
  }
  return {};
}

Result<void> checkOutputs(const Program &program) {
  std::set<std::string_view> names;
  for (const Output &output : program.outputs) {
    if (!isName(output.name) || !names.insert(output.name).second) {
      return bad(fmt::format("output name '{}' is not printable or appears twice", output.name));
    }
    if (!inside(output.buffer, program.buffers)) {
      return bad(fmt::format("output '{}' is buffer {}, which does not exist", output.name, output.buffer));
    }
    if (!isKept(program.buffers[static_cast<size_t>(output.buffer)], program)) {
      return bad(fmt::format("output '{}' must be an f32 buffer that lives to the end", output.name));
    }
  }
  return {};
}

} // namespace

Result<void> validate(const Program &program) {
  constexpr std::array checks{checkHead,       checkCode,        checkLevels,    checkInputs,
                              checkParameters, checkCheckpoints, checkConstants, checkStates,
                              checkBuffers,    checkCarried,     checkOutputs,   validation::checkSteps};
  for (const auto &check : checks) {
    if (auto ok = check(program); !ok) {
      return ok;
    }
  }
  return {};
}

} // namespace clew
