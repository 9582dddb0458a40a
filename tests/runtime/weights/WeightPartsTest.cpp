// Parameters that are made of parts of tensors have the right values, and saving puts the tensors together again.
#include "runtime/weights/SafeTensors.h"
#include "runtime/weights/Weights.h"
#include "tests/runtime/base/TemporaryFolder.h"

#include <doctest/doctest.h>
#include <numeric>

using namespace clew;

namespace {

using Kind = TensorRange::Kind;

/// An LSTM of TensorFlow (gates i, j, f, o; one kernel for both products), a fused and turned product, a convolution and a sum.
Program partsProgram() {
  Program program;
  program.model = "toy/parts";
  program.parameters = {{"ih", {8, 3}},  {"hh", {8, 2}},   {"bias", {8}},  {"q", {2, 3}},
                        {"k", {2, 3}},   {"conv", {4, 6}}, {"sum", {5}},   {"row", {4}},
                        {"column", {2}}, {"filled", {4}},  {"gru", {6, 2}}};
  CheckpointNames names;
  names.form.format = "parts";
  names.tensors.resize(program.parameters.size());
  for (const int64_t gate : {1, 3, 2, 4}) {
    const TensorRange columns{Kind::Share, gate, 4};
    names.tensors[0].blocks.push_back({{.tensor = "k", .rows = {Kind::First}, .columns = columns, .transpose = true}});
    names.tensors[1].blocks.push_back({{.tensor = "k", .rows = {Kind::Last}, .columns = columns, .transpose = true}});
    names.tensors[2].blocks.push_back({{.tensor = "b", .rows = columns, .plus = gate == 3 ? 1.0F : 0.0F}});
  }
  names.tensors[3].blocks = {{{.tensor = "qk", .columns = {Kind::Share, 1, 2}, .transpose = true}}};
  names.tensors[4].blocks = {{{.tensor = "qk", .columns = {Kind::Share, 2, 2}, .transpose = true}}};
  names.tensors[5].blocks = {{{.tensor = "conv", .shape = {1, 3, 2, 4}, .axes = {3, 0, 1, 2}}}};
  names.tensors[6].blocks = {
      {{.tensor = "s1", .rows = {Kind::Span, 0, 2}}, {.tensor = "s2", .rows = {Kind::Span, 0, 2}}}, {{.tensor = "s3"}}};
  names.tensors[7].blocks = {{{.tensor = "m", .rows = {Kind::Span, 2, 3}, .columns = {Kind::Span, 0, 4}}}};
  names.tensors[8].blocks = {{{.tensor = "m", .rows = {Kind::Span, 0, 2}, .columns = {Kind::Span, 3, 4}}}};
  names.tensors[9].blocks = {{{.tensor = "", .plus = 0.5F}}, {{.tensor = "f", .plus = -1}}};
  // Paddle's recurrent weights: a matrix [2, 4] of two gates, then one [2, 2], in one tensor [2, 6].
  for (const int64_t gate : {2, 1}) {
    names.tensors[10].blocks.push_back(
        {{.tensor = "g", .elements = {Kind::First}, .columns = {Kind::Share, gate, 2}, .transpose = true}});
  }
  names.tensors[10].blocks.push_back({{.tensor = "g", .elements = {Kind::Last}, .transpose = true}});
  names.form.ignore = {"m"};
  program.checkpoints = {names};
  return program;
}

struct Numbers {
  std::string name;
  std::vector<int64_t> shape;
  std::vector<float> values;
};

/// Tensors of the running numbers from `from`.
Numbers numbers(const std::string &name, std::vector<int64_t> shape, float from) {
  Numbers made{name, shape, {}};
  made.values.resize(static_cast<size_t>(std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>())));
  std::iota(made.values.begin(), made.values.end(), from);
  return made;
}

std::vector<Numbers> partsCheckpoint() {
  return {
      numbers("k", {5, 8}, 0), numbers("b", {8}, 100), numbers("qk", {3, 4}, 200), numbers("conv", {1, 3, 2, 4}, 300),
      numbers("s1", {2}, 1),   numbers("s2", {2}, 10), numbers("s3", {3}, 7),      numbers("m", {3, 4}, 0),
      numbers("f", {2}, 20),   numbers("g", {2, 6}, 0)};
}

void write(const std::string &path, const std::vector<Numbers> &tensors) {
  std::vector<TensorView> views;
  for (const Numbers &tensor : tensors) {
    views.push_back({tensor.name, StoredType::F32, tensor.shape, std::as_bytes(std::span(tensor.values))});
  }
  REQUIRE(writeSafeTensors(path, views).has_value());
}

std::vector<float> valuesOf(const Weights &weights, const Program &program, size_t index) {
  const auto values = weights.get(program.parameters[index]);
  REQUIRE_MESSAGE(values, values.error().message);
  return {values->begin(), values->end()};
}

} // namespace

TEST_CASE("parts are cut, turned, put in order, joined, added up and shifted") {
  const TemporaryFolder folder;
  const Program program = partsProgram();
  write(folder.path + "/w.safetensors", partsCheckpoint());
  const auto weights = loadWeights(folder.path + "/w.safetensors", program);
  REQUIRE_MESSAGE(weights, weights.error().message);
  // Column c of the kernel is row of the parameter; gates are two columns each: i 0 1, j 2 3, f 4 5, o 6 7.
  CHECK(valuesOf(*weights, program, 0) ==
        std::vector<float>{0, 8, 16, 1, 9, 17, 4, 12, 20, 5, 13, 21, 2, 10, 18, 3, 11, 19, 6, 14, 22, 7, 15, 23});
  CHECK(valuesOf(*weights, program, 1) ==
        std::vector<float>{24, 32, 25, 33, 28, 36, 29, 37, 26, 34, 27, 35, 30, 38, 31, 39});
  CHECK(valuesOf(*weights, program, 2) == std::vector<float>{100, 101, 105, 106, 102, 103, 106, 107});
  CHECK(valuesOf(*weights, program, 3) == std::vector<float>{200, 204, 208, 201, 205, 209});
  CHECK(valuesOf(*weights, program, 4) == std::vector<float>{202, 206, 210, 203, 207, 211});
  CHECK(valuesOf(*weights, program, 5) == std::vector<float>{300, 304, 308, 312, 316, 320, 301, 305,
                                                             309, 313, 317, 321, 302, 306, 310, 314,
                                                             318, 322, 303, 307, 311, 315, 319, 323});
  CHECK(valuesOf(*weights, program, 6) == std::vector<float>{11, 13, 7, 8, 9});
  CHECK(valuesOf(*weights, program, 7) == std::vector<float>{8, 9, 10, 11});
  CHECK(valuesOf(*weights, program, 8) == std::vector<float>{3, 7});
  CHECK(valuesOf(*weights, program, 9) == std::vector<float>{0.5, 0.5, 19, 20});
  CHECK(valuesOf(*weights, program, 10) == std::vector<float>{2, 6, 3, 7, 0, 4, 1, 5, 8, 10, 9, 11});
}

TEST_CASE("saving puts the tensors together, and loading that gives the same values") {
  const TemporaryFolder folder;
  const Program program = partsProgram();
  const std::string path = folder.path + "/w.safetensors";
  write(path, partsCheckpoint());
  const auto weights = loadWeights(path, program);
  REQUIRE(weights);
  const std::string saved = folder.path + "/saved.safetensors";
  REQUIRE(saveWeights(saved, program, *weights).has_value());
  const auto again = loadWeights(saved, program);
  REQUIRE_MESSAGE(again, again.error().message);
  for (size_t i = 0; i < program.parameters.size(); ++i) {
    CHECK(valuesOf(*again, program, i) == valuesOf(*weights, program, i));
  }
  const auto file = SafeTensors::open(saved);
  REQUIRE(file);
  for (const Numbers &tensor : partsCheckpoint()) {
    CAPTURE(tensor.name);
    const TensorView *view = file->find(tensor.name);
    REQUIRE(view);
    CHECK(view->shape == tensor.shape);
    std::vector<float> values(tensor.values.size());
    REQUIRE(readF32(*view, values).has_value());
    const bool whole = tensor.name[0] != 's' && tensor.name != "m" && tensor.name != "f";
    if (whole) { // of a sum, the first has it all; of an ignored rest, nobody has it
      CHECK(values == tensor.values);
    }
  }
}

TEST_CASE("parts are read from every type of floats and from places that are not aligned") {
  const TemporaryFolder folder;
  Program program;
  program.model = "toy/one";
  program.parameters = {{"p", {3, 2}}};
  program.checkpoints.resize(1);
  program.checkpoints[0].tensors = {{{{{.tensor = "t", .transpose = true}}}}};
  const std::vector<double> wide = {1, 2, 3, 4, 5, 6};
  const std::vector<uint16_t> half = {0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600};
  const std::vector<uint16_t> brain = {0x3f80, 0x4000, 0x4040, 0x4080, 0x40a0, 0x40c0};
  for (const auto &[type, bytes] : {std::pair(StoredType::F64, std::as_bytes(std::span(wide))),
                                    std::pair(StoredType::F16, std::as_bytes(std::span(half))),
                                    std::pair(StoredType::BF16, std::as_bytes(std::span(brain)))}) {
    const std::vector<TensorView> views = {{"t", type, {2, 3}, bytes}};
    REQUIRE(writeSafeTensors(folder.path + "/w.safetensors", views).has_value());
    const auto weights = loadWeights(folder.path + "/w.safetensors", program);
    REQUIRE_MESSAGE(weights, weights.error().message);
    CHECK(valuesOf(*weights, program, 0) == std::vector<float>{1, 4, 2, 5, 3, 6});
  }
}

TEST_CASE("a tensor of another shape than its parts make is misshaped") {
  const TemporaryFolder folder;
  std::vector<Numbers> tensors = partsCheckpoint();
  tensors[0] = numbers("k", {8, 5}, 0);
  write(folder.path + "/w.safetensors", tensors);
  const auto weights = loadWeights(folder.path + "/w.safetensors", partsProgram());
  REQUIRE(!weights);
  CHECK(weights.error().message == "expected the tensors of toy/parts; misshaped: \"k\" expected [5, 8] found [8, 5]");
}
