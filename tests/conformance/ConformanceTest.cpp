// Every op, on every backend, in every precision: each graph of cases/ runs on ref and on cpu and must give the same numbers.
//
// Tolerances, relative to the largest value of an output. f32: sums in another order, polynomials for exp, erf and tanh (3e-7): 2e-5.
// bf16: an input that lies on a rounding boundary may round the other way, one part in 256 of that input: 1e-2. int8: the same with one
// step of 127: 2e-2. Both sides round at the same places, so these bound single steps that fell to the other side, not the precision.
#include "tests/conformance/Graphs.h"

#include "runtime/ref/Activations.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

using namespace clew;
using namespace clew::conformance;

namespace {

/// One activation of numbers on both sides of zero.
std::string graphOf(std::string_view activation, int width) {
  const std::string matrix = "tensor<?x" + std::to_string(width) + "xf32, " + kTokens + ">";
  const std::string table = "tensor<" + std::to_string(kCaseVocabulary) + "x" + std::to_string(width) + "xf32>";
  const std::string vector = "tensor<" + std::to_string(width) + "xf32>";
  return "module attributes {nn.model = \"test/graph\"} {\n"
         "nn.parameter @table gain : " +
         table + "\nnn.parameter @g gain : " + vector + "\nnn.parameter @s normal : " + vector +
         "\nfunc.func @main(%ids: " + kIds + " {nn.input = \"ids\", nn.limit = 61 : i64}, %offsets: " + kOffsets +
         " {nn.input = \"offsets\"}) -> (" + matrix + " {nn.output = \"y\"}) {\n%t = nn.get @table : " + table +
         "\n%x = nn.embedding %ids, %t : " + kIds + ", " + table + "\n%g = nn.get @g : " + vector +
         "\n%s = nn.get @s : " + vector + "\n%n = nn.layer_norm %x, %g, %s eps 1.0e-12 : " + matrix +
         "\n%n2 = nn.add %n, %n : " + matrix + ", " + matrix + "\n%y = nn." + std::string(activation) +
         " %n2 : " + matrix + "\nreturn %y : " + matrix + "\n}\n}\n";
}

double toleranceOf(Precision precision) {
  return precision == Precision::F32 ? 2e-5 : precision == Precision::BF16 ? 1e-2 : 2e-2;
}

const std::vector<std::vector<int>> kBatches = {{1}, {5}, {16, 1, 7}, {33, 2, 64, 17, 17}, {130}};

/// Every case in every precision: what code for `cpu` (empty: this host) gives is what ref gives.
void holdAgainstRef(const std::string &cpu, const std::vector<TestBatch> &batches) {
  for (const std::filesystem::path &file : cases()) {
    for (Precision precision : kPrecisions) {
      CAPTURE(file.filename().string());
      CAPTURE(nameOf(precision));
      std::string text = textOf(file);
      auto reference = runGraph(text, {Target::Ref, precision, "", 1}, batches);
      REQUIRE_MESSAGE(reference, reference.error().render());
      auto measured = runGraph(text, {Target::Cpu, precision, cpu, 2}, batches);
      if (!measured && measured.error().kind == ErrorKind::Unavailable) {
        MESSAGE("skipped: " << measured.error().render());
        return;
      }
      REQUIRE_MESSAGE(measured, measured.error().render());
      for (size_t i = 0; i < batches.size(); ++i) {
        CAPTURE(i);
        for (const auto &[name, expected] : (*reference)[i]) {
          CAPTURE(name);
          REQUIRE((*measured)[i].count(name));
          CHECK(distance((*measured)[i].at(name), expected) <= toleranceOf(precision));
        }
      }
    }
  }
}

} // namespace

TEST_CASE("ref and cpu agree on every op in every precision") {
  std::vector<TestBatch> batches;
  for (const std::vector<int> &lengths : kBatches) {
    batches.push_back(makeBatch(lengths, kCaseVocabulary, 11));
  }
  REQUIRE(cases().size() >= 10);
  holdAgainstRef("", batches);
}

TEST_CASE("ref and cpu agree on every activation, in whole vectors and in part of one") {
  const std::vector<TestBatch> batches = {makeBatch({16, 1, 7}, kCaseVocabulary, 11)};
  for (const ref::Activation &activation : ref::kActivations) {
    for (int width : {3, 26, 64}) {
      CAPTURE(activation.name);
      CAPTURE(width);
      const std::string text = graphOf(activation.name, width);
      auto reference = runGraph(text, {Target::Ref, Precision::F32, "", 1}, batches);
      REQUIRE_MESSAGE(reference, reference.error().render());
      for (const char *cpu : {"", "x86-64-v3"}) {
        auto measured = runGraph(text, {Target::Cpu, Precision::F32, cpu, 2}, batches);
        REQUIRE_MESSAGE(measured, measured.error().render());
        CHECK(distance((*measured)[0].at("y"), (*reference)[0].at("y")) <= toleranceOf(Precision::F32));
      }
    }
  }
}

TEST_CASE("code for x86-64-v3 gives the same numbers") {
  holdAgainstRef("x86-64-v3", {makeBatch({16, 1, 7}, kCaseVocabulary, 11)});
}

TEST_CASE("a packed batch gives the bits of its sequences alone, on one thread and on two") {
  TestBatch packed = makeBatch({16, 1, 7, 40}, kCaseVocabulary, 11);
  std::vector<TestBatch> batches = {packed};
  for (size_t i = 0; i + 1 < packed.offsets.size(); ++i) {
    batches.push_back(sequenceOf(packed, i));
  }
  for (const std::filesystem::path &file : cases()) {
    for (Precision precision : kPrecisions) {
      CAPTURE(file.filename().string());
      CAPTURE(nameOf(precision));
      std::string text = textOf(file);
      auto one = runGraph(text, {Target::Cpu, precision, "", 1}, batches);
      auto two = runGraph(text, {Target::Cpu, precision, "", 2}, batches);
      REQUIRE_MESSAGE(one, one.error().render());
      REQUIRE_MESSAGE(two, two.error().render());
      for (const auto &[name, whole] : (*one)[0]) {
        CAPTURE(name);
        CHECK(whole.values == (*two)[0].at(name).values);
        std::vector<float> joined;
        for (size_t i = 1; i < batches.size(); ++i) {
          const std::vector<float> &part = (*two)[i].at(name).values;
          joined.insert(joined.end(), part.begin(), part.end());
        }
        CHECK(whole.values == joined);
      }
    }
  }
}
