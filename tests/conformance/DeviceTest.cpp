// Every op on the cuda target, whose kernels are emulated: each graph of cases/ must give what ref gives, in every precision, in any order of
// blocks, warps and threads, without races, divergent barriers and accesses beyond an operand's end.
//
// Tolerances, relative to the largest value of an output, are those of ConformanceTest and have the same reasons.
#include "tests/conformance/Graphs.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

using namespace clew;
using namespace clew::conformance;

namespace {

double toleranceOf(Precision precision) {
  return precision == Precision::F32 ? 2e-5 : precision == Precision::BF16 ? 1e-2 : 2e-2;
}

} // namespace

TEST_CASE("ref and emulated kernels agree on every op in every precision") {
  std::vector<TestBatch> batches;
  for (const std::vector<int> &lengths : std::vector<std::vector<int>>{{1}, {16, 1, 7}, {40, 2, 33}}) {
    batches.push_back(makeBatch(lengths, kCaseVocabulary, 11));
  }
  for (const std::filesystem::path &file : cases()) {
    const std::string text = textOf(file);
    for (Precision precision : kPrecisions) {
      CAPTURE(file.filename().string());
      CAPTURE(nameOf(precision));
      auto reference = runGraph(text, {Target::Ref, precision, "", 1}, batches);
      REQUIRE_MESSAGE(reference, reference.error().render());
      auto measured = runGraph(text, {Target::Cuda, precision, "", 1}, batches);
      CHECK_MESSAGE(measured, measured.error().render());
      for (size_t i = 0; measured && i < batches.size(); ++i) {
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
