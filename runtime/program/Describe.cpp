// Prints the tables of a Program. Safe on Programs that are not valid: unknown indices are printed as numbers.
#include "runtime/program/Describe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>

namespace clew {

namespace {

/// Appends lines about one Program.
class Describer {
public:
  explicit Describer(const Program &program) : program(program) {}

  std::string run() {
    head();
    tables();
    line("steps:");
    for (size_t i = 0; i < program.steps.size(); ++i) {
      describeStep(i);
    }
    line("outputs:");
    for (const Output &output : program.outputs) {
      line("  {} = {}", output.name, show(Operand{Operand::Kind::Buffer, output.buffer}));
    }
    return std::move(text);
  }

private:
  template <typename... Args> void line(fmt::format_string<Args...> format, Args &&...args) {
    fmt::format_to(std::back_inserter(text), format, std::forward<Args>(args)...);
    text += '\n';
  }

  template <typename T> std::string nameIn(const std::vector<T> &table, int32_t index) const {
    const bool known = index >= 0 && static_cast<size_t>(index) < table.size();
    return known ? table[static_cast<size_t>(index)].name : fmt::format("?{}", index);
  }

  std::string show(const Operand &operand) const {
    switch (operand.kind) {
    case Operand::Kind::Buffer:
      return operand.index == -1 ? "-" : fmt::format("%{}", nameIn(program.buffers, operand.index));
    case Operand::Kind::Constant:
      return fmt::format("@{}", nameIn(program.constants, operand.index));
    case Operand::Kind::Input:
      return fmt::format("${}", nameIn(program.inputs, operand.index));
    case Operand::Kind::State:
      return fmt::format("!{}", nameIn(program.states, operand.index));
    }
    return "?";
  }

  std::string show(const std::vector<Operand> &operands) const {
    std::vector<std::string> shown;
    for (const Operand &operand : operands) {
      shown.push_back(show(operand));
    }
    return fmt::format("{}", fmt::join(shown, ", "));
  }

  std::string show(const Gemm &gemm) const {
    return fmt::format("{} = gemm {}, @{}{}", show(gemm.y), show(gemm.x), nameIn(program.constants, gemm.weight),
                       gemm.bias < 0 ? "" : fmt::format(" + @{}", nameIn(program.constants, gemm.bias)));
  }
  std::string show(const Call &call) const { return fmt::format("call {}({})", call.symbol, show(call.operands)); }
  std::string show(const Launch &launch) const {
    const std::string shared = launch.shared == Extent{} ? "" : fmt::format(", {} bytes shared", show(launch.shared));
    return fmt::format("launch {}({}) by {} threads{}", launch.symbol, show(launch.operands), launch.threads, shared);
  }
  std::string show(const RefOp &op) const { return fmt::format("{} = {}", show(op.results), showApplied(op)); }
  std::string showApplied(const RefOp &op) const {
    std::vector<std::string> attributes;
    for (const auto &[name, value] : op.attributes) {
      attributes.push_back(fmt::format("{}={}", name, value));
    }
    return fmt::format("{}{}{}{}", op.op, op.operands.empty() ? "" : " ", show(op.operands),
                       attributes.empty() ? "" : fmt::format(" {{{}}}", fmt::join(attributes, ", ")));
  }

  void head() {
    line("program {}", program.model);
    line("  target {}, precision {}{}", nameOf(program.target), nameOf(program.precision),
         program.scheme.empty() ? "" : fmt::format(" ({})", program.scheme));
    if (const auto *cpu = std::get_if<CpuCode>(&program.code)) {
      line("  cpu {}, {} features, {} bytes of code", cpu->cpu, cpu->features.size(), cpu->object.size());
    } else if (const auto *cuda = std::get_if<CudaCode>(&program.code)) {
      std::string cubins;
      for (const Cubin &cubin : cuda->cubins) {
        cubins += fmt::format(", {} bytes for {}", cubin.image.size(), cubin.chip);
      }
      line("  chip {} or newer, {} bytes of PTX{}{}", cuda->chip, cuda->ptx.size(), cubins,
           cuda->emulation.empty() ? "" : ", emulated kernels");
    }
  }

  void describeLevels() {
    line("levels:");
    for (const Level &level : program.levels) {
      line("  {}{}{}", level.name, level.parent < 0 ? "" : " in " + nameIn(program.levels, level.parent),
           level.most > 0 ? fmt::format(", at most {}", level.most) : "");
    }
    line("inputs:");
    for (const Input &input : program.inputs) {
      line("  ${} {} of {}{}{}", input.name, nameOf(input.kind), nameIn(program.levels, input.level),
           input.limit > 0 ? fmt::format(", below {}", input.limit) : "", input.optional ? ", or zeros" : "");
      if (input.kind == InputKind::Carried) {
        line("    {} columns, from {}", input.columns, nameIn(program.buffers, input.from));
      }
    }
  }

  std::string show(const Extent &extent) const { return describe(extent, nameIn(program.levels, extent.level)); }

  void tables() {
    describeLevels();
    line("parameters:");
    for (const Parameter &parameter : program.parameters) {
      line("  {} [{}]{}", parameter.name, fmt::join(parameter.shape, " x "),
           parameter.init == Init::Gain ? " gain" : "");
    }
    line("constants:");
    for (const Constant &constant : program.constants) {
      std::vector<std::string> sources;
      for (int32_t source : constant.sources) {
        sources.push_back(nameIn(program.parameters, source));
      }
      line("  @{} {} {} [{} x {}] {}", constant.name, nameOf(constant.kind), nameOf(constant.dtype), constant.rows,
           constant.columns,
           constant.made.op.empty() ? fmt::format("of {}", fmt::join(sources, ", "))
                                    : "= " + showApplied(constant.made));
    }
    for (const State &state : program.states) {
      line("  !{} {} {} [{} x {}]", state.name, nameOf(state.kind), nameOf(state.dtype), state.rows, state.columns);
    }
    line("buffers:");
    for (const Buffer &buffer : program.buffers) {
      const Extent columns{buffer.columns, buffer.rows.level, 0, buffer.columnsPerLongest};
      line("  %{} {} [{} x {}] steps {}..{}{}", buffer.name, nameOf(buffer.dtype), show(buffer.rows), show(columns),
           buffer.first, buffer.last, buffer.local ? " local" : "");
    }
  }

  void describeStep(size_t index) {
    const Step &step = program.steps[index];
    std::string jobs = step.grid == Grid::Whole ? "" : fmt::format(" {}", show(step.extent));
    if (step.grid == Grid::Jobs) {
      jobs += fmt::format(" / {} x {}", step.itemsPerCut, step.jobsPerCut);
    }
    const std::string scratch = step.scratch == Extent{} ? "" : fmt::format(" scratch {}", show(step.scratch));
    line("  {}: {}{}{}{}", index, nameOf(step.grid), jobs, scratch,
         step.where.empty() ? "" : fmt::format("  // {}", step.where));
    for (const Stage &stage : step.stages) {
      line("    {}", std::visit([this](const auto &one) { return show(one); }, stage));
    }
  }

  const Program &program;
  std::string text;
};

} // namespace

std::string describe(const Extent &extent, std::string_view level) {
  std::string text;
  const auto add = [&](int64_t factor, const std::string &name) {
    if (factor != 0) {
      text += text.empty() ? "" : " + ";
      text += name.empty() ? std::to_string(factor) : factor == 1 ? name : fmt::format("{}*{}", factor, name);
    }
  };
  add(extent.perElement, std::string(level));
  add(extent.perLongest, fmt::format("longest({})", level));
  add(extent.constant, "");
  return text.empty() ? "0" : text;
}

std::string describe(const Program &program) { return Describer(program).run(); }

} // namespace clew
