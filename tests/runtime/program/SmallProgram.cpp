// The small Programs of SmallProgram.h, built by hand: the tests of this folder need no compiler.
#include "tests/runtime/program/SmallProgram.h"

#include <fmt/format.h>

namespace clew::test {

namespace {

Operand buffer(int32_t index) { return {Operand::Kind::Buffer, index}; }
Operand constant(int32_t index) { return {Operand::Kind::Constant, index}; }
Operand input(const Program &program, std::string_view name) {
  return {Operand::Kind::Input, static_cast<int32_t>(findInput(program, name) - program.inputs.data())};
}

/// Adds a parameter and the Plain constant that reads it.
void addParameter(Program &program, const std::string &name, const std::vector<int64_t> &shape,
                  Init init = Init::Normal) {
  const auto index = static_cast<int32_t>(program.parameters.size());
  program.parameters.push_back({name, shape, init});
  program.constants.push_back(
      {name, ConstantKind::Plain, DType::F32, {index}, shape.size() == 2 ? shape[0] : 1, shape.back()});
}

Buffer makeBuffer(const std::string &name, const Extent &rows, int64_t columns, int32_t first, int32_t last) {
  Buffer made;
  made.name = name;
  made.rows = rows;
  made.columns = columns;
  made.first = first;
  made.last = last;
  return made;
}

void addStep(Program &program, RefOp op) {
  Step step;
  step.grid = Grid::Whole;
  step.where = fmt::format("small.yaml:{}:1", program.steps.size() + 1);
  step.stages.emplace_back(std::move(op));
  program.steps.push_back(std::move(step));
}

} // namespace

void addTokens(Program &program, int64_t most) {
  program.levels = {{"batch", -1, 0}, {"tokens", kBatchLevel, most}};
  program.inputs = {{"ids", InputKind::Values, kTokenLevel, kVocabulary},
                    {"segments", InputKind::Values, kTokenLevel, 2, true},
                    {"offsets", InputKind::Offsets, kTokenLevel}};
}

Program smallProgram() {
  Program program;
  program.model = "small/test";
  addTokens(program, 8);
  addParameter(program, "words.weight", {kVocabulary, kWidth});
  addParameter(program, "segments.weight", {2, kWidth});
  addParameter(program, "up.weight", {kInner, kWidth});
  addParameter(program, "up.bias", {kInner});
  addParameter(program, "down.weight", {kWidth, kInner});
  addParameter(program, "down.bias", {kWidth});
  addParameter(program, "norm.weight", {kWidth}, Init::Gain);
  addParameter(program, "norm.bias", {kWidth});
  const Extent tokens = Extent::of(kTokenLevel);
  program.buffers = {
      makeBuffer("words", tokens, kWidth, 0, 2),    makeBuffer("kinds", tokens, kWidth, 1, 2),
      makeBuffer("embedded", tokens, kWidth, 2, 3), makeBuffer("up", tokens, kInner, 3, 4),
      makeBuffer("active", tokens, kInner, 4, 5),   makeBuffer("down", tokens, kWidth, 5, 6),
      makeBuffer("hidden", tokens, kWidth, 6, 8),   makeBuffer("pooled", Extent::of(kBatchLevel), kWidth, 7, 8)};
  addStep(program, {"embedding", {input(program, "ids"), constant(0)}, {buffer(0)}, {}});
  addStep(program, {"embedding", {input(program, "segments"), constant(1)}, {buffer(1)}, {}});
  addStep(program, {"add", {buffer(0), buffer(1)}, {buffer(2)}, {}});
  addStep(program, {"linear", {buffer(2), constant(2), constant(3)}, {buffer(3)}, {}});
  addStep(program, {"gelu", {buffer(3)}, {buffer(4)}, {}});
  addStep(program, {"linear", {buffer(4), constant(4), constant(5)}, {buffer(5)}, {}});
  addStep(program, {"layer_norm", {buffer(5), constant(6), constant(7)}, {buffer(6)}, {{"eps", 1e-12}}});
  addStep(program, {"first", {buffer(6), input(program, "offsets")}, {buffer(7)}, {}});
  program.outputs = {{"hidden", 6}, {"pooled", 7}};
  return program;
}

namespace {

/// Names of a format that says all that one can say.
CheckpointNames hubNames() {
  CheckpointNames names{{"hub", "bert.", {"cls.*"}, {{"weight", "gamma"}}, {}},
                        {TensorRecipe::sum({"a.weight"}), TensorRecipe::sum({"b.weight"}),
                         TensorRecipe::sum({"a.bias"}), TensorRecipe::sum({"b.bias_ih", "b.bias_hh"})}};
  names.tensors[1].blocks = {{{.tensor = "b",
                               .elements = {TensorRange::Kind::First},
                               .rows = {TensorRange::Kind::Span, 1, TensorRange::wholeRest},
                               .columns = {TensorRange::Kind::Share, 2, 2},
                               .transpose = true}},
                             {{.tensor = "c", .shape = {4, 2, 8}, .axes = {1, 0, 2}, .plus = 0.5F}}};
  names.form.ignore.push_back("b"); // half of it is read
  names.form.config = {{{"act", ConfigRule::Kind::Is, {"gelu", "erf"}, "gelu"},
                        {"eps", ConfigRule::Kind::Is, {1e-12}},
                        {"heads", ConfigRule::Kind::Is, {int64_t{4}}, int64_t{12}},
                        {"decoder", ConfigRule::Kind::Is, {false}, false},
                        {"architectures", ConfigRule::Kind::Each, {"Bert*"}},
                        {"labels", ConfigRule::Kind::Count, {int64_t{2}}}},
                       {"pruned"},
                       {"_*"},
                       {"bert_config.json", "config.json"}};
  return names;
}

} // namespace

Program cpuProgram() {
  Program program;
  program.model = "small/cpu";
  program.target = Target::Cpu;
  program.precision = Precision::Int8;
  program.scheme = "s8 weights per channel";
  addTokens(program, 0);
  program.inputs.push_back({"tokens.counts", InputKind::Counts, kTokenLevel});
  program.parameters = {{"a.weight", {16, 8}, Init::Normal},
                        {"b.weight", {16, 8}, Init::Normal},
                        {"a.bias", {16}, Init::Normal},
                        {"b.bias", {16}, Init::Gain}};
  program.checkpoints = {hubNames()};
  program.constants = {
      {"w", ConstantKind::Matmul, DType::S8, {0, 1}, 32, 8},
      {"scales", ConstantKind::Scales, DType::F32, {0, 1}, 1, 32},
      {"sums", ConstantKind::ColumnSums, DType::I32, {0, 1}, 1, 32},
      {"bias", ConstantKind::Plain, DType::F32, {2, 3}, 1, 32},
      {"waves",
       ConstantKind::Derived,
       DType::F32,
       {},
       3,
       4,
       0,
       {"sinusoids", {}, {}, {{"from", 1}, {"step", -1}, {"interleaved", 1}}}},
      {"row", ConstantKind::Derived, DType::F32, {}, 1, 4, 0, {"row", {constant(4)}, {}, {{"index", 2}}}}};
  const Extent tokens = Extent::of(kTokenLevel);
  program.buffers = {makeBuffer("q", tokens, 8, 0, 1), makeBuffer("acc", tokens, 32, 1, 1),
                     makeBuffer("y", tokens, 32, 1, 2)};
  program.buffers[0].dtype = DType::U8;
  program.buffers[1].dtype = DType::I32;
  program.buffers[1].local = true;
  program.steps.resize(2);
  program.steps[0].grid = Grid::Jobs;
  program.steps[0].extent = Extent::of(kBatchLevel);
  program.steps[0].itemsPerCut = 32;
  program.steps[0].jobsPerCut = 2;
  program.steps[0].scratch = {64, kTokenLevel, 0, 16};
  program.steps[0].stages = {Call{"k0", {input(program, "ids"), buffer(0), input(program, "tokens.counts")}}};
  program.steps[1].extent = tokens;
  program.steps[1].stages = {Gemm{buffer(0), buffer(1), 0, -1},
                             Call{"k1", {buffer(1), constant(1), constant(2), constant(3), buffer(2)}}};
  program.outputs = {{"hidden", 2}};
  program.code = CpuCode{"x86-64-v3",
                         {"avx2", "fma"},
                         std::string("\x7f"
                                     "ELF\0code",
                                     9)};
  return program;
}

Program cudaProgram() {
  Program program;
  program.model = "small/cuda";
  program.target = Target::Cuda;
  program.precision = Precision::Int8;
  addTokens(program, 0);
  program.inputs.push_back({"tokens.counts", InputKind::Counts, kTokenLevel});
  program.parameters = {{"a.weight", {16, 8}, Init::Normal}};
  program.constants = {{"w", ConstantKind::Matmul, DType::S8, {0}, 16, 8},
                       {"scales", ConstantKind::Scales, DType::F32, {0}, 1, 16}};
  const Extent tokens = Extent::of(kTokenLevel);
  program.buffers = {makeBuffer("q", tokens, 8, 0, 1), makeBuffer("acc", tokens, 16, 1, 2),
                     makeBuffer("y", tokens, 16, 2, 3)};
  program.buffers[0].dtype = DType::S8;
  program.buffers[1].dtype = DType::I32;
  program.steps.resize(3);
  program.steps[0].grid = Grid::Jobs;
  program.steps[0].extent = tokens;
  program.steps[0].itemsPerCut = 4;
  program.steps[0].stages = {
      Launch{"quantize", {input(program, "ids"), buffer(0), input(program, "tokens.counts")}, 128, {}}};
  program.steps[1].extent = tokens;
  program.steps[1].stages = {Gemm{buffer(0), buffer(1), 0, -1}};
  program.steps[2].grid = Grid::Jobs;
  program.steps[2].extent = Extent::of(kBatchLevel);
  program.steps[2].stages = {Launch{"dequantize", {buffer(1), constant(1), buffer(2)}, 256, {1024, kTokenLevel, 0, 4}}};
  program.outputs = {{"hidden", 2}};
  program.code = CudaCode{"sm_80", ".version 7.0\n", {{"sm_90", "an image"}}, "an object"};
  return program;
}

} // namespace clew::test
