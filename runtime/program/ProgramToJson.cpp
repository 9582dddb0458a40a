// The writing half of a Program's JSON: each type of Program.h has a `write`. Keys are read again in ProgramFromJson.cpp.
#include "runtime/program/ProgramJson.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace clew {

namespace {

using Json = nlohmann::json;

template <typename T, typename Write> Json writeAll(const std::vector<T> &values, Write write) {
  Json result = Json::array();
  for (const T &value : values) {
    result.push_back(write(value));
  }
  return result;
}

Json write(const Extent &extent) {
  return Json::array({extent.constant, extent.level, extent.perElement, extent.perLongest});
}

Json write(const Level &level) { return {{"name", level.name}, {"parent", level.parent}, {"most", level.most}}; }

Json write(const Input &input) {
  return {{"name", input.name},       {"kind", nameOf(input.kind)}, {"level", input.level},
          {"limit", input.limit},     {"optional", input.optional}, {"at", input.at},
          {"columns", input.columns}, {"from", input.from}};
}

Json write(const Parameter &parameter) {
  return {
      {"name", parameter.name}, {"shape", parameter.shape}, {"init", parameter.init == Init::Gain ? "gain" : "normal"}};
}

Json write(const ConfigValue &value) {
  return std::visit([](const auto &one) { return Json(one); }, value);
}

Json write(const ConfigRule &rule) {
  return {{"key", rule.key},
          {"accepted", writeAll(rule.accepted, [](const ConfigValue &value) { return write(value); })},
          {"otherwise", rule.otherwise ? write(*rule.otherwise) : Json()},
          {"kind", nameOf(rule.kind)}};
}

/// [kind, from, to]; null: all.
Json write(const TensorRange &range) {
  return range == TensorRange() ? Json() : Json::array({nameOf(range.kind), range.from, range.to});
}

/// A whole tensor is its name.
Json write(const TensorPart &part) {
  return part.isPlain() ? Json(part.tensor) : Json{{"tensor", part.tensor},       {"elements", write(part.elements)},
                                                   {"rows", write(part.rows)},    {"columns", write(part.columns)},
                                                   {"transpose", part.transpose}, {"shape", part.shape},
                                                   {"axes", part.axes},           {"plus", part.plus}};
}

Json write(const TensorRecipe &recipe) {
  return writeAll(recipe.blocks, [](const std::vector<TensorPart> &block) {
    return writeAll(block, [](const TensorPart &part) { return write(part); });
  });
}

Json write(const CheckpointNames &names) {
  const CheckpointForm &form = names.form;
  const auto pair = [](const auto &both) { return Json::array({both.first, both.second}); };
  return {{"format", form.format},
          {"prefix", form.prefix},
          {"ignore", form.ignore},
          {"endings", writeAll(form.endings, pair)},
          {"config_rules", writeAll(form.config.rules, [](const ConfigRule &rule) { return write(rule); })},
          {"config_absent", form.config.absent},
          {"config_ignore", form.config.ignore},
          {"config_files", form.config.files},
          {"tensors", writeAll(names.tensors, [](const TensorRecipe &recipe) { return write(recipe); })}};
}

Json write(const Buffer &buffer) {
  return {{"name", buffer.name},
          {"dtype", nameOf(buffer.dtype)},
          {"rows", write(buffer.rows)},
          {"columns", buffer.columns},
          {"per_longest", buffer.columnsPerLongest},
          {"life", Json::array({buffer.first, buffer.last})},
          {"local", buffer.local}};
}

Json write(const Operand &operand) { return Json::array({static_cast<int>(operand.kind), operand.index}); }

Json writeOperands(const std::vector<Operand> &operands) {
  return writeAll(operands, [](const Operand &operand) { return write(operand); });
}

Json write(const Gemm &gemm) {
  return {{"gemm", Json::array({write(gemm.x), write(gemm.y)})}, {"weight", gemm.weight}, {"bias", gemm.bias}};
}

Json write(const Call &call) { return {{"call", call.symbol}, {"operands", writeOperands(call.operands)}}; }

Json write(const Launch &launch) {
  return {{"launch", launch.symbol},
          {"operands", writeOperands(launch.operands)},
          {"threads", launch.threads},
          {"shared", write(launch.shared)}};
}

Json write(const RefOp &op) {
  return {
      {"op", op.op},
      {"operands", writeOperands(op.operands)},
      {"results", writeOperands(op.results)},
      {"attributes", writeAll(op.attributes, [](const auto &pair) { return Json::array({pair.first, pair.second}); })}};
}

Json write(const Constant &constant) {
  return {{"name", constant.name},           {"kind", nameOf(constant.kind)},
          {"dtype", nameOf(constant.dtype)}, {"sources", constant.sources},
          {"rows", constant.rows},           {"columns", constant.columns},
          {"gates", constant.gates},         {"made", constant.made.op.empty() ? Json() : write(constant.made)}};
}

Json write(const State &state) {
  return {{"name", state.name},           {"kind", nameOf(state.kind)}, {"dtype", nameOf(state.dtype)},
          {"parameter", state.parameter}, {"rows", state.rows},         {"columns", state.columns}};
}

Json write(const Step &step) {
  return {{"grid", nameOf(step.grid)},
          {"extent", write(step.extent)},
          {"items_per_cut", step.itemsPerCut},
          {"jobs_per_cut", step.jobsPerCut},
          {"scratch", write(step.scratch)},
          {"stages",
           writeAll(step.stages,
                    [](const Stage &stage) { return std::visit([](const auto &one) { return write(one); }, stage); })},
          {"where", step.where}};
}

/// What the pieces of code are (piecesOf).
Json write(const Code &code) {
  if (const auto *cpu = std::get_if<CpuCode>(&code)) {
    return {{"cpu", cpu->cpu}, {"features", cpu->features}};
  }
  if (const auto *cuda = std::get_if<CudaCode>(&code)) {
    return {{"chip", cuda->chip}, {"cubins", writeAll(cuda->cubins, [](const Cubin &cubin) { return cubin.chip; })}};
  }
  return {};
}

Json write(const Program &program) {
  const auto writeOne = [](const auto &value) { return write(value); };
  return {{"model", program.model},
          {"target", nameOf(program.target)},
          {"precision", nameOf(program.precision)},
          {"scheme", program.scheme},
          {"bf16", nameOf(program.execution.bf16)},
          {"products", nameOf(program.execution.products)},
          {"code", write(program.code)},
          {"levels", writeAll(program.levels, writeOne)},
          {"inputs", writeAll(program.inputs, writeOne)},
          {"checkpoints", writeAll(program.checkpoints, writeOne)},
          {"parameters", writeAll(program.parameters, writeOne)},
          {"constants", writeAll(program.constants, writeOne)},
          {"states", writeAll(program.states, writeOne)},
          {"buffers", writeAll(program.buffers, writeOne)},
          {"steps", writeAll(program.steps, writeOne)},
          {"outputs",
           writeAll(program.outputs, [](const Output &output) { return Json::array({output.name, output.buffer}); })}};
}

} // namespace

Result<std::string> programToJson(const Program &program) {
  try {
    return write(program).dump();
  } catch (const Json::exception &error) {
    return fail(ErrorKind::BadInput, fmt::format("program: {}", error.what()));
  }
}

} // namespace clew
