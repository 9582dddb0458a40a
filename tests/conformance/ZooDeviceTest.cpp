// Every model and every head of the zoo on the cuda target, whose kernels are emulated: each must give what the cpu target gives, in every
// precision. Models are made small by their params, so that all of their ops and none of their widths are those of the published sizes.
//
// Tolerances, relative to the largest value of an output. Both targets round at the same places; a value that lies on a boundary may fall to
// the other side, and layers carry that on: f32 1e-4, bf16 3e-2, int8 6e-2.
#include "compiler/Compile.h"
#include "tests/conformance/Graphs.h"
#include "zoo/Zoo.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

using namespace clew;
using namespace clew::conformance;

namespace {

/// Of all that a model has a param for.
const std::map<std::string, int64_t> kSmall = {{"layers", 2},      {"hidden", 48}, {"heads", 4},      {"head", 12},
                                               {"ffn", 80},        {"vocab", 67},  {"embedding", 20}, {"width", 24},
                                               {"projection", 24}, {"middle", 10}};

Overrides smallOf(const Model &model) {
  Overrides overrides;
  for (const auto &[name, value] : kSmall) {
    auto found = model.params.find(name);
    // textcnn's `middle` is the size of a window, a smaller number than ours.
    if (found != model.params.end() && std::holds_alternative<int64_t>(found->second) &&
        std::get<int64_t>(found->second) > value) {
      overrides[name] = value;
    }
  }
  return overrides;
}

double toleranceOf(Precision precision) {
  return precision == Precision::F32 ? 1e-4 : precision == Precision::BF16 ? 3e-2 : 6e-2;
}

Result<std::vector<Outputs>> run(const Model &model, Target target, Precision precision,
                                 const std::vector<TestBatch> &batches) {
  CompileOptions options;
  options.target = target;
  options.precision = precision;
  auto program = compileModel(model, options);
  return program ? runProgram(std::move(*program), 1, batches) : fail(program);
}

void holdAgainstCpu(const Model &model) {
  const std::vector<TestBatch> batches = {makeBatch({9, 1, 21}, 61, 11)};
  for (Precision precision : kPrecisions) {
    CAPTURE(nameOf(precision));
    auto expected = run(model, Target::Cpu, precision, batches);
    REQUIRE_MESSAGE(expected, expected.error().render());
    auto measured = run(model, Target::Cuda, precision, batches);
    CHECK_MESSAGE(measured, measured.error().render());
    for (const auto &[name, matrix] : (*expected)[0]) {
      CAPTURE(name);
      if (measured) {
        REQUIRE((*measured)[0].count(name));
        CHECK(distance((*measured)[0].at(name), matrix) <= toleranceOf(precision));
      }
    }
  }
}

} // namespace

TEST_CASE("every model of the zoo gives on emulated kernels what it gives on the cpu") {
  auto zoo = Zoo::openOnly({sourceFolder() + "/zoo"});
  REQUIRE(zoo);
  REQUIRE(zoo->models().size() >= 24);
  for (const ModelFile &file : zoo->models()) {
    CAPTURE(file.architecture);
    auto model = expandModel(file);
    REQUIRE_MESSAGE(model, model.error().render());
    auto small = withParams(*model, smallOf(*model));
    REQUIRE_MESSAGE(small, small.error().render());
    holdAgainstCpu(*small);
  }
}

/// A small model with that head: the first of these that gives what the head takes.
Result<Model> headed(const Zoo &zoo, const std::string &head) {
  Result<Model> found = fail(ErrorKind::NotFound, "no model");
  for (const char *name : {"bert", "roberta", "electra", "distilbert", "xlnet", "ulmfit"}) {
    auto model = zoo.findModel(name);
    auto small = model ? withParams(*model, smallOf(*model)) : fail(model);
    found = small ? zoo.withHead(*small, head) : fail(small);
    if (found) {
      break;
    }
  }
  return found;
}

TEST_CASE("every head gives on emulated kernels what it gives on the cpu") {
  auto zoo = Zoo::openOnly({sourceFolder() + "/zoo"});
  REQUIRE(zoo);
  REQUIRE(zoo->heads().size() >= 14);
  for (const ModelFile &file : zoo->heads()) {
    CAPTURE(file.architecture);
    auto model = headed(*zoo, file.architecture);
    REQUIRE_MESSAGE(model, model.error().render());
    holdAgainstCpu(*model);
  }
}
